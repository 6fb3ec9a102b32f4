/** log N(x; mean, sd), in double precision. */
export const normal = (x: number, mean: number, sd: number): number =>
  -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - 0.5 * Math.log(2 * Math.PI)

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** log p(z) of a coin with log odds. */
export const coin = (z: number, logit: number): number => -softplus((1 - 2 * z) * logit)

export const logSumExp = (xs: ReadonlyArray<number>): number =>
  Math.log(xs.reduce((sum, each) => sum + Math.exp(each), 0))

export const softmax = (xs: ReadonlyArray<number>): ReadonlyArray<number> => {
  const total = xs.reduce((sum, each) => sum + Math.exp(each), 0)
  return xs.map((each) => Math.exp(each) / total)
}
