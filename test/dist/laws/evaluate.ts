import * as tf from "@tensorflow/tfjs"
import type { ClosedForms, Dist, FormName } from "../../../src/dist/Dist.ts"
import { compute } from "../../support/onCpu.ts"
import { flat, given, type Point, type Row, type Setting } from "./Row.ts"

/** float32: half a unit in the last place. */
export const eps = 2 ** -24

/** Plain data from a computation whose tensors are all freed. */
export const tidied = <A>(f: () => A): A => {
  const results: Array<A> = []
  tf.tidy(() => {
    results.push(f())
  })
  return results[0] as A
}

/** Points as one tensor with a leading dimension, for a distribution of such points. */
export const stackOf = (dist: Dist, points: ReadonlyArray<Point>): tf.Tensor =>
  tf.tensor(
    points.flatMap((x) => flat(x)),
    [points.length, ...dist.shape]
  )

/** The log density at each of some points. */
export const densitiesAt = <P extends Setting>(
  row: Row<P>,
  setting: P,
  points: ReadonlyArray<Point>
): ReadonlyArray<number> => [
  ...compute(() => {
    const dist = row.make(given(setting))
    return dist.logDensity(stackOf(dist, points))
  }).values
]

/** The closed forms that a distribution has at run time. */
export const formsOf = (dist: Dist): Partial<ClosedForms> => dist as Dist & Partial<ClosedForms>

export const formNames: ReadonlyArray<FormName> = [
  "entropy",
  "cdf",
  "logCdf",
  "logSurvival",
  "icdf",
  "icdfOfLogs",
  "mode",
  "supportValues"
]

/** The sizes of the terms of a log density at any point. */
export const termsAt = <P extends Setting>(row: Row<P>, setting: P, x: Point): number => row.terms(x as never, setting)

export const describeSetting = (setting: Setting): string => JSON.stringify(setting)
