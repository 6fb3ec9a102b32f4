import type { Asking, Evaluated, Place } from "../../../src/infer/mcmc/hamiltonian.ts"

/** A log density with its gradient. */
export type Target = (vector: Float64Array) => Evaluated

/** Answers a computation's questions on the spot. */
export const answered = <A>(
  asking: Asking<A>,
  target: Target,
  onAsked: (vector: Float64Array) => void = () => {}
): A => {
  let next = asking.next({ logDensity: Number.NaN, gradient: new Float64Array(0) })
  while (next.done !== true) {
    onAsked(next.value)
    next = asking.next(target(next.value))
  }
  return next.value
}

/** Independent normals about 0. */
export const normal =
  (variances: ReadonlyArray<number>): Target =>
  (x) => ({
    logDensity: -x.reduce((sum, each, i) => sum + each ** 2 / (variances[i] ?? 1), 0) / 2,
    gradient: x.map((each, i) => -each / (variances[i] ?? 1))
  })

export const at = (target: Target, vector: ReadonlyArray<number>): Place => {
  const place = Float64Array.from(vector)
  return { ...target(place), vector: place }
}
