/** log Σ exp(x) */
export const logSumExp = (values: Float64Array): number => {
  const most = values.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY)
  return Number.isFinite(most) ? most + Math.log(values.reduce((sum, x) => sum + Math.exp(x - most), 0)) : most
}

/** (Σ w)² / Σ w² of weights e^x */
const effectiveSize = (logWeights: Float64Array): number =>
  Math.exp(2 * logSumExp(logWeights) - logSumExp(logWeights.map((x) => 2 * x)))

/**
 * The next temperature: the largest at which the weights of particles still have the effective sample size that is wanted (Del Moral, Doucet and Jasra 2012, section 3.3), found by halving.
 *
 * @param logLikelihood of each particle; −Infinity for one of no weight
 * @param least as a part of the particles that have a weight
 */
export const nextTemperature = (logLikelihood: Float64Array, from: number, least: number): number => {
  const weighed = logLikelihood.filter((x) => x > Number.NEGATIVE_INFINITY)
  const isWide = (to: number): boolean => effectiveSize(weighed.map((x) => (to - from) * x)) >= least * weighed.length
  if (isWide(1)) return 1
  let [low, high] = [from, 1]
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2
    if (isWide(middle)) low = middle
    else high = middle
  }
  // between two neighbouring numbers there is no step that keeps the size
  return low > from ? low : high
}

/** The log weight of a step: without weight is without weight, however small the step. */
export const weightOf = (logLikelihood: number, step: number): number =>
  logLikelihood === Number.NEGATIVE_INFINITY ? logLikelihood : step * logLikelihood

/** Systematic resampling (Kitagawa 1996): `count` places, as many as there are weights unless told otherwise, each as often as its weight says, rounded up or down by one uniform number. */
export const systematic = (logWeights: Float64Array, uniform: number, count = logWeights.length): Int32Array => {
  const n = logWeights.length
  const total = logSumExp(logWeights)
  const chosen = new Int32Array(count)
  let [at, sum] = [0, Math.exp((logWeights[0] ?? 0) - total)]
  for (let i = 0; i < count; i++) {
    while (at < n - 1 && sum < (i + uniform) / count) sum += Math.exp((logWeights[++at] ?? 0) - total)
    chosen[i] = at
  }
  return chosen
}
