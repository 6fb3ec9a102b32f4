import { beginning } from "../chain.ts"
import { type Numbers, numbersOf } from "../chainNumbers.ts"
import { type Asking, dot, type Place, plus } from "../hamiltonian.ts"
import { type Curvature, curvatureOf, isCurved, nextDiagonal, type Pair } from "./curvature.ts"
import { lineSearch } from "./lineSearch.ts"

export interface PathSettings {
  readonly draws: number
  readonly elboDraws: number
  readonly history: number
  readonly maxIterations: number
  readonly seed: number
  /** the numbers at which it begins, NaN where they are drawn */
  readonly start: Float64Array
}

/** Draws of the best normal approximation along one path. */
export interface Path {
  /** `[draws, size]` */
  readonly vectors: Float32Array
  /** log p − log q of each draw */
  readonly logWeights: Float64Array
  /** of that approximation, by `elboDraws` draws */
  readonly elbo: number
  /** steps of L-BFGS to the end of the path, and to that approximation */
  readonly iterations: number
  readonly best: number
}

/** The way that is left to the mode at the end of a path, in nats: about 0.001 standard deviations. */
const tolerance = 1e-6

/**
 * One path of Pathfinder (Zhang, Carpenter, Gelman and Vehtari 2022, algorithms 1 to 4): L-BFGS climbs to a mode, each of its iterates θ gives the normal approximation N(θ + Σ∇log p, Σ) with the inverse
 * Hessian Σ that it has learned, and the one with the largest ELBO is drawn from. It is undefined where there is no place to begin, or no approximation with a finite ELBO.
 */
export function* pathOf(index: number, settings: PathSettings): Asking<Path | undefined> {
  const { history, maxIterations, elboDraws, draws } = settings
  const numbers = numbersOf(settings.seed, index, "path")
  const begin = yield* beginning(settings.start, numbers)
  if (begin === undefined) return undefined
  let place: Place = begin
  let diagonal: Float64Array = new Float64Array(begin.vector.length).fill(1)
  let pairs: ReadonlyArray<Pair> = []
  let curvature = curvatureOf(diagonal, pairs)
  let best: Best | undefined
  let iterations = 0
  while (iterations < maxIterations) {
    const { gradient } = place
    const first = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1
    const next = yield* lineSearch(place, curvature.times(gradient), first)
    if (next === undefined) break
    iterations++
    const pair = { step: plus(next.vector, place.vector, -1), change: plus(place.gradient, next.gradient, -1) }
    place = next
    if (isCurved(pair)) {
      diagonal = nextDiagonal(diagonal, pair)
      pairs = [...pairs, pair].slice(-history)
      curvature = curvatureOf(diagonal, pairs)
    }
    const toMode = curvature.times(place.gradient)
    const normal: Normal = { mean: plus(place.vector, toMode), curvature }
    const { logWeights } = yield* drawn(normal, elboDraws, numbers)
    const elbo = logWeights.reduce((sum, x) => sum + x, 0) / elboDraws
    if (elbo > (best?.elbo ?? Number.NEGATIVE_INFINITY)) best = { ...normal, elbo, at: iterations }
    if (dot(toMode, place.gradient) / 2 < tolerance) break
  }
  if (best === undefined) return undefined
  return { ...(yield* drawn(best, draws, numbers)), elbo: best.elbo, iterations, best: best.at }
}

interface Normal {
  readonly mean: Float64Array
  readonly curvature: Curvature
}

interface Best extends Normal {
  readonly elbo: number
  readonly at: number
}

/** Draws as the float32 numbers that the density is asked at. A draw outside of what p can be computed at has no weight. */
function* drawn(
  { mean, curvature }: Normal,
  draws: number,
  numbers: Numbers
): Asking<Pick<Path, "vectors" | "logWeights">> {
  const size = mean.length
  const vectors = new Float32Array(draws * size)
  const logWeights = new Float64Array(draws)
  for (let i = 0; i < draws; i++) {
    const vector = plus(mean, curvature.draw(numbers)).map(Math.fround)
    const { logDensity } = yield vector
    const square = curvature.square(plus(vector, mean, -1))
    const logQ = -(square + curvature.logDeterminant + size * Math.log(2 * Math.PI)) / 2
    const logWeight = logDensity - logQ
    vectors.set(vector, i * size)
    logWeights[i] = Number.isNaN(logWeight) ? Number.NEGATIVE_INFINITY : logWeight
  }
  return { vectors, logWeights }
}
