/** The z with P(|N(0, 1)| > z) = level, by bisection. */
export const twoSided = (level: number): number => {
  let [low, high] = [0, 40]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (2 * upperTail(middle) > level) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(N(0, 1) > z): the density times Laplace's continued fraction (Abramowitz and Stegun 1964, 26.2.14), or the power series near 0 (26.2.10). */
const upperTail = (z: number): number => {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  if (z > 2) {
    let fraction = z
    for (let k = 60; k > 0; k--) fraction = z + k / fraction
    return density / fraction
  }
  let [term, sum] = [z, z]
  for (let k = 1; k < 60; k++) {
    term *= (-z * z * (2 * k - 1)) / (2 * k * (2 * k + 1))
    sum += term
  }
  return 0.5 - sum / Math.sqrt(2 * Math.PI)
}
