import * as tf from "@tensorflow/tfjs"
import { InvalidOption, ShapeMismatch, SupportViolation } from "../../Errors.ts"
import { Key } from "../../tensor/random.ts"
import { type Refused, type Shape, sameShape } from "../../tensor/Tensor.ts"
import { mustBeDist } from "../arguments.ts"
import type { Dist, Tails } from "../Dist.ts"
import { type Accepts, accepts, type Kinds, type Support } from "../Support.ts"
import { drawOf, formsOver, leadOf, positionsOf, tails } from "./copies.ts"

/** Distributions of values of one shape: one with a leading dimension, or a list. */
export type Components = Dist<readonly [number, ...Shape]> | ReadonlyArray<Dist>

/** The number of components. */
export type CountOf<C extends Components> =
  C extends ReadonlyArray<Dist> ? C["length"] : C extends Dist<readonly [infer K extends number, ...Shape]> ? K : number

/** The shape of a value of each component. */
export type EventOf<C extends Components> =
  C extends ReadonlyArray<Dist>
    ? C[number]["shape"]
    : C extends Dist<readonly [number, ...infer S extends Shape]>
      ? Readonly<S>
      : Shape

type Each<C extends Components> = C extends ReadonlyArray<infer D extends Dist> ? D : C extends Dist ? C : never

/** The widest of the components' supports, which contains all the others. */
export type SupportOf<C extends Components> = Widest<Each<C>["support"]>
type Widest<P extends Support> = { readonly [W in P]: [P] extends [Accepts[W]] ? W : never }[P]

/** The family's name, which includes the component family's name if there is only one. */
export type NameOf<Name extends string, C extends Components> = C extends Dist ? `${Name}(${C["family"]})` : Name

/** `score` if every component has it. */
export type ScoreOf<C extends Components> = [Unscored<Each<C>>] extends [never] ? "score" : never
type Unscored<D extends Dist> = D extends Dist ? ("score" extends D["gradients"][number] ? never : D) : never

/** Whether all components are densities of a number with a cdf. */
export type HaveCdf<C extends Components> =
  EventOf<C> extends readonly [] ? ([Coarse<Each<C>>] extends [never] ? true : false) : false
type Coarse<D extends Dist> = D extends Dist
  ? Tails extends keyof D
    ? Kinds[D["support"]] extends "density"
      ? never
      : D
    : D
  : never

/** `unknown` for components of one shape of which one has a support that contains the others. */
export type Compatible<C extends Components> =
  C extends ReadonlyArray<Dist>
    ? IsUnion<C[number]["shape"]> extends true
      ? Refused<"the components are of different shapes">
      : [SupportOf<C>] extends [never]
        ? Refused<`none of the components' supports holds the others: ${C[number]["support"]}`>
        : unknown
    : unknown
type IsUnion<A, B = A> = A extends unknown ? ([B] extends [A] ? false : true) : never

/** All components evaluated together, along a dimension of length `count` in front of the value's own dimensions. */
export interface Parts {
  readonly count: number
  /** of one value */
  readonly shape: Shape
  readonly support: Support
  readonly name: string
  readonly scored: boolean
  /** the log density of the whole value: [...lead, ...shape] → [...lead, count] */
  readonly logDensity: (x: tf.Tensor) => tf.Tensor
  /** [...lead, count, ...shape] */
  readonly draw: (key: Key, lead: Shape) => tf.Tensor
  /** [count, ...shape] */
  readonly mean: () => tf.Tensor
  readonly variance: () => tf.Tensor
  /** [...lead, ...shape] → [...lead, count, ...shape], given only if all components have it */
  readonly tails: AllTails | undefined
}

type AllTails = Readonly<Record<Tails, (x: tf.Tensor) => tf.Tensor>>

/** @throws ShapeMismatch or SupportViolation when the components do not match */
export const partsOf = (where: string, components: Components): Parts => {
  const list: unknown = components
  for (const each of Array.isArray(list) ? list : [list]) mustBeDist(`${where}.components`, each)
  return isOne(components) ? stacked(where, components) : listed(where, components)
}

const isOne = (components: Components): components is Dist<readonly [number, ...Shape]> => "family" in components

const stacked = (where: string, dist: Dist): Parts => {
  const [count, ...shape] = dist.shape
  if (count === undefined || positionsOf(dist) < 1)
    throw new ShapeMismatch({
      site: undefined,
      where,
      expected: [2, ...dist.shape],
      actual: dist.shape,
      advice: "Components have a leading dimension, along which they stand."
    })
  const widened = (x: tf.Tensor): tf.Tensor => {
    const lead = leadOf({ shape }, x.shape)
    return tf.add(tf.reshape(x, [...lead, 1, ...shape]), tf.zeros([count, ...shape]))
  }
  const own = tailsOver(dist)
  return {
    count,
    shape,
    support: dist.support,
    name: `${where}(${dist.family})`,
    scored: dist.gradients.includes("score"),
    logDensity: (x) => summed(dist.logDensity(widened(x)), positionsOf(dist) - 1),
    draw: (key, lead) => drawOf(dist, key, [...lead, ...dist.shape]),
    mean: () => dist.mean(),
    variance: () => dist.variance(),
    tails: own && tailsOf((name) => (x) => own[name](widened(x)))
  }
}

const listed = (where: string, dists: ReadonlyArray<Dist>): Parts => {
  const [first] = dists
  if (first === undefined)
    throw new InvalidOption({ option: `${where}.components`, value: "[]", expected: "at least one distribution" })
  const { shape } = first
  const other = dists.find((each) => !sameShape(each.shape, shape))
  if (other !== undefined)
    throw new ShapeMismatch({
      site: undefined,
      where,
      expected: shape,
      actual: other.shape,
      advice: "Components are of one shape."
    })
  const all = dists.map(tailsOver).filter((own) => own !== undefined)
  return {
    count: dists.length,
    shape,
    support: widest(where, dists),
    name: where,
    scored: dists.every(({ gradients }) => gradients.includes("score")),
    logDensity: (x) =>
      tf.stack(
        dists.map((dist) => summed(dist.logDensity(x), positionsOf(dist))),
        -1
      ),
    draw: (key, lead) =>
      tf.stack(
        dists.map((dist, i) => drawOf(dist, Key.fork(key, `${i}`), [...lead, ...shape])),
        lead.length
      ),
    mean: () => tf.stack(dists.map((dist) => dist.mean())),
    variance: () => tf.stack(dists.map((dist) => dist.variance())),
    tails:
      all.length < dists.length
        ? undefined
        : tailsOf(
            (name) => (x) =>
              tf.stack(
                all.map((own) => own[name](x)),
                x.rank - shape.length
              )
          )
  }
}

const tailsOf = (of: (name: Tails) => (x: tf.Tensor) => tf.Tensor): AllTails => ({
  cdf: of("cdf"),
  logCdf: of("logCdf"),
  logSurvival: of("logSurvival")
})

const tailsOver = (dist: Dist): AllTails | undefined => {
  const { cdf, logCdf, logSurvival } = formsOver(dist, tails)
  return cdf && logCdf && logSurvival && { cdf, logCdf, logSurvival }
}

/** The sum over the last dimensions. */
const summed = (x: tf.Tensor, dimensions: number): tf.Tensor =>
  dimensions === 0 ? x : tf.sum(x, Array.from({ length: dimensions }, (_, i) => x.rank - 1 - i).reverse())

const widest = (where: string, dists: ReadonlyArray<Dist>): Support => {
  const all = dists.map(({ support }) => support)
  const found = all.find((support) => all.every((each) => accepts[support].includes(each)))
  if (found !== undefined) return found
  throw new SupportViolation({
    site: where,
    support: all[0] ?? "real",
    actual: `its components are on ${[...new Set(all)].join(", ")}`,
    advice: "Give components one of whose supports holds the others."
  })
}
