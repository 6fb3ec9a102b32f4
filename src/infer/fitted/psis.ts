/** Log weights whose largest ones were smoothed, and the shape of their tail. */
export interface Smoothed {
  /** the shape k of the tail: weights have a finite variance below ½, and a finite mean below 1 */
  readonly k: number
  /** in the order in which they came, not normalised */
  readonly logWeights: Float64Array
}

/**
 * Pareto smoothed importance sampling (Vehtari, Simpson, Gelman, Yao and Gabry 2024): a generalised Pareto distribution is fitted to the largest min(S/5, 3√S) of S weights, which are then replaced by its
 * quantiles, none of them above the largest weight. A tail of equal weights has no shape: k is 0. So it is where the tail has few values, each drawn ten times in the mean, as where all latent sites are discrete: nothing is
 * beyond them that a smooth tail would stand for. One of fewer than five weights that are larger than the others has no shape either, and there k is infinite.
 *
 * @param logWeights log p − log q of each draw, in nats up to a constant; −Infinity for a draw of no weight
 */
export const psis = (logWeights: Float64Array): Smoothed => {
  const size = logWeights.length
  const largest = logWeights.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY)
  const order = Int32Array.from(logWeights, (_, i) => i).sort((a, b) => {
    const [first = 0, second = 0] = [logWeights[a], logWeights[b]]
    return first < second ? -1 : first > second ? 1 : 0
  })
  const count = Math.ceil(Math.min(0.2 * size, 3 * Math.sqrt(size)))
  const weightAt = (place: number): number => Math.exp((logWeights[order[place] ?? 0] ?? 0) - largest)
  const cutoff = weightAt(size - count - 1)
  const above = Float64Array.from({ length: count }, (_, i) => weightAt(size - count + i) - cutoff).filter(
    // less than that is rounding
    (x) => x > 1e-10 * cutoff
  )
  const none = above.length === 0 || !Number.isFinite(largest)
  if (none || above.length < 5) return { k: none ? 0 : Number.POSITIVE_INFINITY, logWeights: logWeights.slice() }
  if (valuesAmong(above) * 10 <= above.length) return { k: 0, logWeights: logWeights.slice() }
  const { k, sigma } = paretoFit(above)
  const smoothed = logWeights.slice()
  for (let i = 0; i < above.length; i++) {
    const excess = paretoQuantile((i + 0.5) / above.length, k, sigma)
    smoothed[order[size - above.length + i] ?? 0] = largest + Math.min(0, Math.log(cutoff + excess))
  }
  return { k, logWeights: smoothed }
}

/** How many values there are among sorted numbers, but for rounding. */
const valuesAmong = (sorted: Float64Array): number =>
  sorted.reduce((count, x, i) => (i > 0 && x <= (sorted[i - 1] ?? 0) * (1 + 1e-5) ? count : count + 1), 0)

/**
 * The shape and scale of a generalised Pareto distribution from a sample: the posterior mean of Zhang and Stephens (2009) over a grid of the profile likelihood, with the shape pulled towards ½ as if by ten
 * more values (Vehtari et al. 2024, appendix).
 *
 * @param sorted positive numbers in increasing order
 */
export const paretoFit = (sorted: Float64Array): { readonly k: number; readonly sigma: number } => {
  const n = sorted.length
  const [quartile = 0, most = 0] = [sorted[Math.floor(n / 4 + 0.5) - 1], sorted[n - 1]]
  const points = 30 + Math.floor(Math.sqrt(n))
  const shapeAt = (theta: number): number => sorted.reduce((sum, x) => sum + Math.log1p(-theta * x), 0) / n
  const thetas = Array.from(
    { length: points },
    (_, j) => 1 / most + (1 - Math.sqrt(points / (j + 0.5))) / (3 * quartile)
  )
  const profile = thetas.map((theta) => {
    const shape = shapeAt(theta)
    return n * (Math.log(-theta / shape) - shape - 1)
  })
  const highest = Math.max(...profile)
  const weights = profile.map((log) => Math.exp(log - highest))
  const total = weights.reduce((sum, w) => sum + w, 0)
  const theta = thetas.reduce((sum, each, j) => sum + (each * (weights[j] ?? 0)) / total, 0)
  const shape = shapeAt(theta)
  return { k: (shape * n + 0.5 * 10) / (n + 10), sigma: -shape / theta }
}

const paretoQuantile = (p: number, k: number, sigma: number): number =>
  Math.abs(k) < 1e-12 ? -sigma * Math.log1p(-p) : (sigma * Math.expm1(-k * Math.log1p(-p))) / k

/** The largest k at which S weights are to be trusted (Vehtari et al. 2024, section 3.2.4): 1 − 1/log₁₀ S, at most 0.7. */
export const largestGood = (draws: number): number => Math.min(1 - 1 / Math.log10(draws), 0.7)

/** Weights that add up to 1. */
export const normalised = (logWeights: Float64Array): Float64Array => {
  const largest = logWeights.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY)
  const weights = logWeights.map((x) => (largest === Number.NEGATIVE_INFINITY ? 1 : Math.exp(x - largest)))
  const total = weights.reduce((sum, w) => sum + w, 0)
  return weights.map((w) => w / total)
}

/** (Σ w)² / Σ w², of how many draws of weight 1 the weights are worth */
export const effectiveSize = (logWeights: Float64Array): number =>
  1 / normalised(logWeights).reduce((sum, w) => sum + w * w, 0)

/**
 * What a standard error is multiplied by where weights have no variance: above k = ½ the error of their mean falls as n^(k − 1), by the limit theorem for stable laws, and not as n^(−½), so that the error
 * which is computed as if they had one is too small by n^(k − ½). From k = 1 on they have no mean either, and no error says how far it is.
 */
export const heavyTail = (k: number, n: number): number => Math.max(1, n ** (Math.min(k, 1) - 0.5))

/** The logarithm of the mean weight, and its standard error by the delta method: that of the relative error of the mean, larger by {@link heavyTail} where k is known to be above ½. */
export const logMeanWeight = (logWeights: Float64Array, k = 0): { readonly mean: number; readonly error: number } => {
  const largest = logWeights.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY)
  if (largest === Number.NEGATIVE_INFINITY) return { mean: largest, error: Number.NaN }
  const size = logWeights.length
  const [sum, squares] = logWeights.reduce(
    ([sum, squares], x) => [sum + Math.exp(x - largest), squares + Math.exp(2 * (x - largest))] as const,
    [0, 0] as readonly [number, number]
  )
  const relative = Math.sqrt(Math.max(0, squares / sum ** 2 - 1 / size))
  return { mean: largest + Math.log(sum / size), error: relative * heavyTail(k, size) }
}
