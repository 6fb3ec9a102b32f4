/** Φ, by the complementary error function of W. J. Cody's kind in Numerical Recipes (erfcc): relative error below 1.2e-7. */
export const normalCdf = (x: number): number => {
  const z = Math.abs(x) / Math.SQRT2
  const t = 1 / (1 + 0.5 * z)
  const series = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277
  ].reduceRight((sum, c) => sum * t + c, 0)
  const tail = 0.5 * t * Math.exp(-z * z + series)
  return x >= 0 ? 1 - tail : tail
}

/**
 * The Kolmogorov–Smirnov distance of a sample from a law, as a multiple of what a sample of its size has: √n·sup|F_n − F|. Under the law it
 * exceeds 1.95 with probability 0.001 (its limit is P(K > k) ≈ 2·exp(−2k²)).
 */
export const ksDistance = (sample: ArrayLike<number>, cdf: (x: number) => number): number => {
  const sorted = Float64Array.from(sample).sort()
  let most = 0
  sorted.forEach((x, i) => {
    const f = cdf(x)
    most = Math.max(most, f - i / sorted.length, (i + 1) / sorted.length - f)
  })
  return Math.sqrt(sorted.length) * most
}

/** The bound that a sample from the law exceeds once in a thousand seeds. */
export const ksLimit = 1.95

export const mean = (xs: ArrayLike<number>): number => Array.from(xs).reduce((sum, x) => sum + x, 0) / xs.length

export const variance = (xs: ArrayLike<number>): number => {
  const center = mean(xs)
  return Array.from(xs).reduce((sum, x) => sum + (x - center) ** 2, 0) / (xs.length - 1)
}

/** The standard error of a sample's mean. */
export const standardError = (xs: ArrayLike<number>): number => Math.sqrt(variance(xs) / xs.length)

export const correlation = (xs: ArrayLike<number>, ys: ArrayLike<number>): number => {
  const [mx, my] = [mean(xs), mean(ys)]
  const products = Array.from(xs, (x, i) => (x - mx) * ((ys[i] as number) - my))
  return (mean(products) * xs.length) / (xs.length - 1) / Math.sqrt(variance(xs) * variance(ys))
}

/** How many numbers lie below the first edge, between neighbouring ones, and above the last. */
export const countsBetween = (edges: ReadonlyArray<number>, sample: ArrayLike<number>): Array<number> => {
  const counts = Array<number>(edges.length + 1).fill(0)
  for (const x of Array.from(sample)) {
    const bin = edges.findIndex((edge) => x < edge)
    const place = bin < 0 ? edges.length : bin
    counts[place] = (counts[place] ?? 0) + 1
  }
  return counts
}

/** Pearson's χ² of counts against probabilities, as a multiple of the value that it exceeds once in a thousand samples (Wilson and Hilferty 1931). */
export const chiSquare = (counts: ReadonlyArray<number>, probabilities: ReadonlyArray<number>): number => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const terms = counts.map(
    (count, i) => (count - total * (probabilities[i] ?? 0)) ** 2 / (total * (probabilities[i] ?? 0))
  )
  const freedom = counts.length - 1
  const limit = freedom * (1 - 2 / (9 * freedom) + 3.0902 * Math.sqrt(2 / (9 * freedom))) ** 3
  return terms.reduce((sum, term) => sum + term, 0) / limit
}

/** How many standard errors the mean of a sample lies from what it should be. */
export const meanDistance = (sample: ArrayLike<number>, expected: number): number =>
  Math.abs(mean(sample) - expected) / standardError(sample)
