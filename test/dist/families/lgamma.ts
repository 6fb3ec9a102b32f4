/** log Γ(x) for x > 0 in float64, to 1e-10: Stirling's series from 10 on, the recurrence below. For the sizes of terms only. */
export const lgamma = (x: number): number =>
  x < 10
    ? lgamma(x + 1) - Math.log(x)
    : (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3)

/** log B(a, b). */
export const lbeta = (a: number, b: number): number => lgamma(a) + lgamma(b) - lgamma(a + b)
