import * as tf from "@tensorflow/tfjs"
import { InvalidOption, ShapeMismatch } from "../Errors.ts"
import { sameShape, type Tensor, typed } from "./Tensor.ts"

/**
 * One branch of a choice in a recorded program, where every branch is computed and the predicate says which one counts. Inside, a value from outside gets a gradient
 * only if the branch is taken, so that no infinite or undefined slope of a branch that is not taken reaches the program around it.
 */
export interface Branch {
  readonly enter: () => void
  readonly leave: () => void
  readonly within: <A>(f: () => A) => A
  /** the value that `f` makes inside, for the program around all branches; if one of them is not taken, zeros or what `notTaken` makes outside */
  readonly counted: (f: () => tf.Tensor, notTaken?: () => tf.Tensor) => tf.Tensor
}

/** The way of a choice: branches that are all computed, or the number of the one that is taken, if the predicates are numbers. */
export type Way =
  | {
      readonly kind: "all"
      readonly branches: ReadonlyArray<Branch>
      readonly join: (values: ReadonlyArray<tf.Tensor>) => tf.Tensor
    }
  | { readonly kind: "one"; readonly taken: number }

/** The kernel by which a recording backend gives the way of a choice. */
export const choiceKernel = "Choice"

/** @param predicates scalar booleans, of which exactly one is true */
export const wayOf = (predicates: ReadonlyArray<tf.Tensor>): Way => {
  if (tf.getKernel(choiceKernel, tf.getBackend()) === undefined)
    return { kind: "one", taken: predicates.findIndex((predicate) => (predicate.dataSync()[0] ?? 0) !== 0) }
  let way: Way | undefined
  const give = (made: Way): void => void (way = made)
  tf.engine().runKernel(choiceKernel, { ...predicates } as never, { give } as never)
  if (way === undefined) throw new RangeError("a recording gave no way through a choice")
  return way
}

/** What a branch returns: a tensor or number, a record of them, or nothing. */
export type Chosen = Tensor | number | { readonly [name: string]: Tensor | number } | undefined

/**
 * The results of all branches as one, by the tensors that they contain; nothing if one of them gives nothing.
 *
 * @throws InvalidOption for results of different kinds, ShapeMismatch for tensors of different shapes
 */
export const joined = (
  where: string,
  results: ReadonlyArray<unknown>,
  join: (values: ReadonlyArray<tf.Tensor>) => tf.Tensor
): unknown => {
  const [first] = results
  const fail = (value: unknown): never => {
    throw new InvalidOption({
      option: `the result of a branch of ${where}`,
      value: kindOf(value),
      expected: `a tensor, a record of tensors, or nothing; the first branch gives ${kindOf(first)}, and all must give the like`
    })
  }
  if (results.some((each) => each === undefined || each === null)) return undefined
  if (isValue(first)) {
    const tensors = results.map((each) => (isValue(each) ? tensorOf(each) : fail(each)))
    for (const { shape } of tensors) {
      const expected = tensors[0]?.shape ?? []
      if (!sameShape(shape, expected))
        throw new ShapeMismatch({
          site: undefined,
          where: `the result of a branch of ${where}`,
          expected,
          actual: shape,
          advice: "All branches return values of the same shapes."
        })
    }
    return typed(join(tensors))
  }
  if (!isRecord(first)) return fail(first)
  const names = Object.keys(first).sort()
  for (const each of results) if (!isRecord(each) || Object.keys(each).sort().join() !== names.join()) return fail(each)
  return Object.fromEntries(
    names.map((name) => [
      name,
      joined(
        where,
        (results as ReadonlyArray<Record<string, unknown>>).map((each) => each[name]),
        join
      )
    ])
  )
}

/** A number as a branch returns it is a scalar. */
const tensorOf = (value: tf.Tensor | number): tf.Tensor => (typeof value === "number" ? tf.scalar(value) : value)

/** The result of the only branch that runs, with scalars for numbers. */
export const settledResult = (result: unknown): unknown => {
  if (isValue(result)) return tensorOf(result)
  return isRecord(result)
    ? Object.fromEntries(Object.entries(result).map(([name, each]) => [name, settledResult(each)]))
    : result
}

const isValue = (x: unknown): x is tf.Tensor | number => typeof x === "number" || x instanceof tf.Tensor
const isRecord = (x: unknown): x is Record<string, unknown> =>
  typeof x === "object" && x !== null && Object.getPrototypeOf(x) === Object.prototype

const kindOf = (x: unknown): string =>
  x instanceof tf.Tensor
    ? "a tensor"
    : isRecord(x)
      ? `a record of ${Object.keys(x).join(", ") || "nothing"}`
      : `a ${typeof x}`
