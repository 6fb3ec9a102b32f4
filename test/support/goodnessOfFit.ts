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
