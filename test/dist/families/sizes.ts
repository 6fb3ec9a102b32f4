/** The log odds that a setting gives in one of two ways. */
export const logOdds = ({ logits, probs }: { readonly logits?: number; readonly probs?: number }): number =>
  probs === undefined ? (logits ?? 0) : Math.log(probs) - Math.log1p(-probs)

export const log1pexp = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))

/** The terms of x log(x/m) + m − x near the mean, where the mean's rounding counts with x − m, and of the logarithms far from it. */
export const devianceTerms = (x: number, m: number, logM = Math.log(m)): number => {
  const far = x > 2 * m || x < m / 2
  const logX = Math.abs(Math.log(Math.max(x, 1)))
  return far
    ? Math.max(x, m) * (2 + logX + Math.abs(logM))
    : Math.abs(x - m) * (2 + Math.abs(logM)) + (x - m) ** 2 / (x + m || 1)
}

/** What the rounding of a mean of count events is to their distribution function, beside what it is to their mass. */
export const countCdfTerms = (m: number, logM: number): number => (2 + Math.abs(logM)) * Math.sqrt(m) + 4

/** log x! − (x log x − x), and what it is made of. */
export const restTerms = (x: number): number => 2 + Math.log(1 + Math.max(x, 0))

export const binomialTerms = (x: number, n: number, logits: number): number => {
  const [logYes, logNo] = [-log1pexp(-logits), -log1pexp(logits)]
  const part = (k: number, log: number): number =>
    devianceTerms(k, n * Math.exp(log), Math.log(Math.max(n, 1)) + log) + restTerms(k)
  return part(x, logYes) + part(n - x, logNo) + restTerms(n)
}

/** log Γ(a + x)/(Γ(a) x!), which is at most the entropy of its two parts, and what it is made of. */
export const risingTerms = (a: number, x: number): number => {
  const total = a + x
  const part = (k: number): number => (k > 0 ? k * Math.log(total / k) : 0)
  return part(a) + part(x) + Math.abs(Math.log(a)) + 2 * Math.log(1 + total) + 4
}

export const logSoftmax = (logits: ReadonlyArray<number>): ReadonlyArray<number> => {
  const top = Math.max(...logits)
  const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x - top), 0)) + top
  return logits.map((x) => x - total)
}

/** All ways to write a whole number as a sum of some, in order. */
export const splits = (total: number, parts: number): ReadonlyArray<ReadonlyArray<number>> => {
  if (parts === 1) return [[total]]
  return Array.from({ length: total + 1 }, (_, first) => first).flatMap((first) =>
    splits(total - first, parts - 1).map((rest) => [first, ...rest])
  )
}
