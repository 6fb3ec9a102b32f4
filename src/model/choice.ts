import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { InvalidOption, ShapeMismatch } from "../Errors.ts"
import { type Chosen, joined, settledResult, wayOf } from "../tensor/branch.ts"
import type { Tensor } from "../tensor/Tensor.ts"
import { effectOf, type FailsWith, type Needs, type Part, type ResultOf } from "./Body.ts"
import { Interpreter } from "./Interpreter.ts"
import { asSite } from "./Site.ts"

/** What a branch of tensors gives: numbers are scalars. */
export type ChosenOf<A> = A extends number
  ? Tensor<readonly []>
  : A extends Tensor
    ? A
    : A extends { readonly [name: string]: unknown }
      ? { readonly [K in keyof A]: ChosenOf<A[K]> }
      : A

/** What another branch must give. */
export type LikeBranch<A> = A extends number | Tensor<readonly []>
  ? number | Tensor<readonly []>
  : A extends Tensor
    ? A
    : A extends { readonly [name: string]: unknown }
      ? { readonly [K in keyof A]: LikeBranch<A[K]> }
      : A

/** What a branch with sites gives. */
type Given<P> = ChosenOf<ResultOf<P>>

/**
 * A choice by a value that is known only when the program runs. Branches are functions of nothing that return a tensor, a record of tensors, or nothing; or generator functions (or functions that
 * return an Effect) with sites inside.
 *
 * In a recorded program every branch is computed and the predicate selects the result, row by row and particle by particle. A branch that is not taken leaves no trace: its sites
 * have no log density, its gradient is zero, and a slope in it that is infinite or not a number goes nowhere. A latent site in it is drawn from the guide all the same, and such a draw says nothing
 * (decision 034). With numbers, as under `trace`, only the branch that is taken runs.
 *
 * @param predicate one boolean, or a number: zero is false. For a tensor of them use `where`
 * @throws ShapeMismatch for a predicate that is no scalar, or for results of different shapes; InvalidOption for results of different kinds; UnsupportedKernel when a value that was made in
 * one branch is read outside of it
 * @example
 * ```ts
 * const x = Tensor.of([], tf.scalar(-2))
 * cond(greater(x, 0), () => log(x), () => mul(x, 3)) // => -6
 * const spike = program(function* () {
 *   const isOn = yield* enumerate("isOn", Bernoulli({ probs: 0.3 }))
 *   yield* cond(isOn, () => observe("x", Normal(2, 1), Tensor.of([], tf.scalar(1.5))), () => observe("y", Normal(0, 1), Tensor.of([], tf.scalar(1.5))))
 * })
 * ```
 */
export const cond: {
  <P extends Part, Q extends Part>(
    predicate: Tensor<readonly []>,
    ifTrue: () => P,
    ifFalse: () => Q
  ): Effect.Effect<Given<P> | Given<Q>, FailsWith<P> | FailsWith<Q>, Needs<P> | Needs<Q>>
  <A extends Chosen>(
    predicate: Tensor<readonly []>,
    ifTrue: () => A,
    ifFalse: () => LikeBranch<NoInfer<A>>
  ): ChosenOf<A>
} = ((predicate: Tensor, ifTrue: AnyBranch, ifFalse: AnyBranch) => {
  mustBeScalar("cond", predicate)
  const on = asBoolean(predicate)
  return choose("cond", () => [on, tf.logicalNot(on)], [ifTrue, ifFalse])
}) as never

/**
 * A choice among several branches by a whole number, as {@link cond} is one by a boolean: the first for 0, the second for 1, and so on. A number below 0 takes the first, one that is too large the last.
 *
 * @throws InvalidOption for fewer than two branches
 * @example
 * ```ts
 * match(Tensor.of([], tf.scalar(1)), [() => 10, () => 20, () => 30]) // => 20
 * ```
 */
export const match: {
  <const B extends ReadonlyArray<() => Part>>(
    index: Tensor<readonly []>,
    branches: B
  ): Effect.Effect<Given<ReturnType<B[number]>>, FailsWith<ReturnType<B[number]>>, Needs<ReturnType<B[number]>>>
  <A extends Chosen>(index: Tensor<readonly []>, branches: ReadonlyArray<() => A>): ChosenOf<A>
} = ((index: Tensor, branches: ReadonlyArray<AnyBranch>) => {
  mustBeScalar("match", index)
  if (!Array.isArray(branches) || branches.length < 2)
    throw new InvalidOption({
      option: "the branches of match",
      value: Array.isArray(branches) ? `${branches.length} of them` : String(branches),
      expected: "a list of two functions or more"
    })
  const last = branches.length - 1
  const predicates = () =>
    branches.map((_, i) =>
      i === 0 ? tf.less(index, 1) : i === last ? tf.greaterEqual(index, last) : tf.equal(index, i)
    )
  return choose("match", predicates, branches)
}) as never

type AnyBranch = () => unknown

const choose = (
  where: string,
  predicates: () => ReadonlyArray<tf.Tensor>,
  branches: ReadonlyArray<AnyBranch>
): unknown => {
  for (const branch of branches)
    if (typeof branch !== "function")
      throw new InvalidOption({ option: `a branch of ${where}`, value: String(branch), expected: "a function" })
  const way = wayOf(predicates())
  if (way.kind === "one") {
    const result = branches[way.taken]?.()
    return isPart(result) ? withSites(where, predicates, branches) : settledResult(result)
  }
  const results: Array<unknown> = []
  for (const [i, branch] of branches.entries()) {
    const result = way.branches[i]?.within(() => settledResult(branch()))
    if (isPart(result)) return withSites(where, predicates, branches)
    results.push(result)
  }
  return joined(where, results, way.join)
}

const withSites = (
  where: string,
  predicates: () => ReadonlyArray<tf.Tensor>,
  branches: ReadonlyArray<AnyBranch>
): Effect.Effect<unknown> =>
  asSite<unknown, never, never>(
    Effect.withFiber((fiber) =>
      Effect.flatMap(Interpreter, (interpreter) =>
        interpreter.choose(
          where,
          predicates,
          branches.map((branch) => effectOf(branch as () => Effect.Effect<unknown, never, Interpreter>)),
          fiber.id
        )
      )
    )
  )

const isPart = (x: unknown): x is Part =>
  Effect.isEffect(x) || (typeof x === "object" && x !== null && typeof (x as { next?: unknown }).next === "function")

const asBoolean = (predicate: tf.Tensor): tf.Tensor =>
  predicate.dtype === "bool" ? predicate : tf.notEqual(predicate, 0)

const mustBeScalar = (where: string, value: unknown): void => {
  if (!(value instanceof tf.Tensor))
    throw new InvalidOption({ option: `what ${where} chooses by`, value: String(value), expected: "a scalar tensor" })
  if (value.shape.length === 0) return
  throw new ShapeMismatch({
    site: undefined,
    where: `what ${where} chooses by`,
    expected: [],
    actual: value.shape,
    advice: "Choose by one number; for element by element use where."
  })
}
