import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import type { catalogue } from "../../../src/dist/catalogue.ts"
import type { Dist } from "../../../src/dist/Dist.ts"
import { type Param, type Shape, Tensor } from "../../../src/tensor/Tensor.ts"
import type { Domain } from "./Domain.ts"

/** A number, or the numbers of a vector or a matrix. */
export type Point = number | ReadonlyArray<number> | ReadonlyArray<ReadonlyArray<number>>

/** A family's parameters as plain numbers, by name; of several ways to parameterise, one is given. */
export type Setting = Readonly<Record<string, Point | undefined>>

/** The same parameters as a distribution takes them: numbers or scalars, vectors, matrices. */
export type Given<P> = {
  readonly [K in keyof P]: NonNullable<P[K]> extends number
    ? Param
    : NonNullable<P[K]> extends ReadonlyArray<number>
      ? Tensor<readonly [number]>
      : Tensor<readonly [number, number]>
}

/** What the law suite must be told of a family, beside its fixture `test/fixtures/dist/<family>.json`. */
export interface Row<P extends Setting> {
  readonly family: keyof typeof catalogue
  readonly make: (parameters: Given<P>) => Dist
  /** parameters that stay plain numbers, such as counts: no gradient is by them */
  readonly fixed?: ReadonlyArray<keyof P & string>
  /** settings of moderate size, at least 0.05 away from the ends of the constraints, at which draws, integrals and gradients are judged */
  readonly settings: fc.Arbitrary<P>
  /** where the density is summed to 1 */
  readonly domain: (parameters: P) => Domain
  /**
   * The sizes of the terms of which the log density is a sum, each of which float32 rounds: the allowed error is 8 units of that size.
   * An argument such as z = (x − loc)/scale that inherits a rounding error counts with the slope at which it enters.
   */
  readonly terms: (x: never, parameters: P) => number
  /** the same for a moment, where its terms are larger than itself */
  readonly sizes?: Partial<
    Record<"mean" | "variance" | "entropy", (parameters: P) => number> &
      Record<"cdf", (x: number, parameters: P) => number>
  >
  /** points of density 0; or why there are none */
  readonly outside: ((parameters: P) => ReadonlyArray<Point>) | "every number is inside" | "not masked yet"
  /** points where the density is not smooth */
  readonly kinks?: (parameters: P) => ReadonlyArray<number>
  /** not all of its free parameters take a leading dimension, with which they are those of several events */
  readonly ofOneEvent?: true
  /** how many draws laws judge (5000): more where these do not tell the gradient of an expectation from 0 */
  readonly draws?: number
  /** every key draws the same */
  readonly certain?: true
}

/** Numbers between two ends on a grid of 1/1024, which float32 holds exactly with a step of a finite difference. */
export const number = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: Math.ceil(min * 1024), max: Math.floor(max * 1024) }).map((n) => n / 1024)

export const vector = (min: number, max: number, length: number): fc.Arbitrary<ReadonlyArray<number>> =>
  fc.array(number(min, max), { minLength: length, maxLength: length })

/** Some settings of a family, always the same ones. */
export const someSettings = <P extends Setting>({ settings }: Row<P>, n: number): ReadonlyArray<P> =>
  fc.sample(settings, { seed: 2026, numRuns: n })

/** The shape of a point. */
export const shapeOf = (x: Point): Shape => {
  if (typeof x === "number") return []
  const [first] = x
  return [x.length, ...(first === undefined ? [] : shapeOf(first))]
}

export const flat = (x: Point): ReadonlyArray<number> => (typeof x === "number" ? [x] : x.flatMap((each) => flat(each)))

export const tensorOf = (x: Point): Tensor => Tensor.of(shapeOf(x), tf.tensor([...flat(x)], [...shapeOf(x)]))

/** Parameters as they are written down: numbers stay numbers. */
export const given = <P extends Setting>(setting: P): Given<P> =>
  mapped(setting, (x) => (typeof x === "number" ? x : tensorOf(x)))

/** The names of the parameters that are given and not fixed. */
export const freeNames = <P extends Setting>({ fixed = [] }: Row<P>, setting: P): ReadonlyArray<string> =>
  Object.keys(setting).filter((name) => setting[name] !== undefined && !fixed.includes(name))

/** The free parameters as tensors, with numbers as scalars: what a gradient can be taken of. */
export const leaves = <P extends Setting>(row: Row<P>, setting: P): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(freeNames(row, setting).map((name) => [name, tensorOf(setting[name] ?? 0)]))

/** Free numbers repeated to tensors of a shape; vectors and matrices as they are. */
export const repeated = <P extends Setting>(row: Row<P>, setting: P, shape: Shape): Given<P> =>
  mapped(setting, (x, name) => {
    if (typeof x !== "number") return tensorOf(x)
    return freeNames(row, setting).includes(name) ? Tensor.of(shape, tf.fill([...shape], x)) : x
  })

/** Whether `repeated` gives a distribution of that shape: it is of numbers, and at least one of its free parameters is a number. */
export const repeats = <P extends Setting>(row: Row<P>, setting: P, { eventRank }: Dist): boolean =>
  eventRank === 0 && freeNames(row, setting).some((name) => typeof setting[name] === "number")

/** A fixed parameter, as the plain number that it is. */
export const plain = (parameter: Param | undefined): number => {
  if (typeof parameter === "number") return parameter
  throw new Error("name this parameter in the row's 'fixed': it must be a number")
}

/** The type of the result follows from that of the setting, which the compiler cannot see through `Object.entries`. */
const mapped = <T>(setting: Setting, f: (x: Point, name: string) => unknown): T =>
  Object.fromEntries(Object.entries(setting).flatMap(([name, x]) => (x === undefined ? [] : [[name, f(x, name)]]))) as T
