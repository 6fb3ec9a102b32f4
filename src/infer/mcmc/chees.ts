import { dot, plus } from "./hamiltonian.ts"
import type { Proposed } from "./hmc.ts"
import type { Metric } from "./metric.ts"

/** The longest time of a trajectory, which moves during the warm-up. */
export interface TrajectoryLength {
  readonly current: () => number
  /** the average, with which sampling goes on */
  readonly final: () => number
  /**
   * @param from where the chains were, and what each of them proposed
   * @param time of these trajectories, the same for all chains
   */
  readonly learn: (
    from: ReadonlyArray<Float64Array>,
    proposed: ReadonlyArray<Proposed>,
    time: number,
    metric: Metric
  ) => void
  /** begins anew in other units of time */
  readonly rescale: (factor: number) => void
}

/** Always the same. */
export const fixedLength = (length: number): TrajectoryLength => ({
  current: () => length,
  final: () => length,
  learn: () => {},
  rescale: () => {}
})

/** The rate of Adam, and the decay of its mean square (Hoffman, Radul and Sountsov 2021, section 3.3); the mean of gradients decays at once. */
const [rate, decay] = [0.025, 0.95]

/**
 * The shortest length that maximises the change in the estimator of the expected square, ¼ E[(‖θ′ − E θ′‖² − ‖θ − E θ‖²)²] (Hoffman, Radul and Sountsov 2021, equations 11 to 15). It climbs by Adam on the logarithm of the
 * length, along the derivative by the time of the trajectory, which is a mean over chains with their acceptance probabilities as weights. Expectations are means over chains, and norms those of the metric, so that no
 * unit of a site counts.
 *
 * @param first one step, as in the paper: beyond the first maximum there are others, at which trajectories turn back
 * @param most the longest one that the step size of this moment allows
 */
export const cheesLength = (first: number, most: () => number): TrajectoryLength => {
  let logLength = Math.log(first)
  let [average, square, count] = [0, 0, 0]
  const learn: TrajectoryLength["learn"] = (from, proposed, time, metric) => {
    const slope = slopeOf(from, proposed, metric)
    if (!Number.isFinite(slope)) return
    count++
    const byLog = slope * time
    square = decay * square + (1 - decay) * byLog ** 2
    const scale = Math.sqrt(square / (1 - decay ** count))
    if (scale > 0) logLength += (rate * byLog) / scale
    logLength = Math.min(logLength, Math.log(most()))
    // as that of dual averaging
    const weight = count ** -0.75
    average = weight * logLength + (1 - weight) * average
  }
  return {
    current: () => Math.exp(logLength),
    final: () => Math.exp(count === 0 ? logLength : Math.min(average, Math.log(most()))),
    learn,
    rescale: (factor) => {
      logLength += Math.log(factor)
      ;[average, square, count] = [0, 0, 0]
    }
  }
}

/** The derivative of the criterion by the time of the trajectories. */
export const slopeOf = (
  from: ReadonlyArray<Float64Array>,
  proposed: ReadonlyArray<Proposed>,
  metric: Metric
): number => {
  // what left the finite numbers is no proposal
  const kept = proposed.flatMap(({ transition, end }, i) => {
    const begin = from[i]
    return begin === undefined || !Number.isFinite(end.logDensity)
      ? []
      : [{ begin, end, weight: transition.acceptance }]
  })
  const weights = kept.reduce((sum, { weight }) => sum + weight, 0)
  if (weights === 0) return 0
  const [before, after] = [meanOf(kept.map(({ begin }) => begin)), meanOf(kept.map(({ end }) => end.vector))]
  const slopes = kept.map(({ begin, end, weight }) => {
    const [old, moved] = [plus(begin, before, -1), plus(end.vector, after, -1)]
    const scaled = metric.precision(moved)
    return weight * (dot(moved, scaled) - dot(old, metric.precision(old))) * dot(scaled, end.velocity)
  })
  return slopes.reduce((sum, x) => sum + x, 0) / weights
}

const meanOf = (vectors: ReadonlyArray<Float64Array>): Float64Array =>
  vectors
    .reduce((sum, vector) => plus(sum, vector), new Float64Array(vectors[0]?.length ?? 0))
    .map((x) => x / vectors.length)
