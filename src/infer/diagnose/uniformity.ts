/** Ranks of true values among draws, tested for being uniform on 0 … draws. */
export interface RankTest {
  /** how many ranks lie in each of 11 equal parts, up to whole ranks, of all that there are */
  readonly counts: ReadonlyArray<number>
  /** how many of them would be expected */
  readonly expected: ReadonlyArray<number>
  /** of Pearson's χ² test of these counts */
  readonly p: number
  /** the mean rank less that of uniform ranks, in standard errors: above 0 the true values lie above the draws */
  readonly high: number
  /** the mean square distance of a rank from the middle, less that of uniform ranks, in standard errors: above 0 the true values lie outside of the draws too often */
  readonly outside: number
}

const parts = 11

/** Tests ranks from 0 to `draws` (Talts et al. 2018, section 4): their histogram, and the two ways in which a guide is wrong most often. */
export const rankTest = (ranks: ArrayLike<number>, draws: number): RankTest => {
  const [n, values] = [ranks.length, draws + 1]
  const partOf = (rank: number): number => Math.floor((rank * parts) / values)
  const expected = new Array<number>(parts).fill(0)
  for (let rank = 0; rank < values; rank++) expected[partOf(rank)] = (expected[partOf(rank)] ?? 0) + n / values
  const counts = new Array<number>(parts).fill(0)
  let [sum, squares] = [0, 0]
  for (let i = 0; i < n; i++) {
    const rank = ranks[i] ?? 0
    counts[partOf(rank)] = (counts[partOf(rank)] ?? 0) + 1
    const off = rank - draws / 2
    sum += off
    squares += off * off
  }
  const chiSquare = counts.reduce((total, count, i) => {
    const wanted = expected[i] ?? 0
    return wanted === 0 ? total : total + (count - wanted) ** 2 / wanted
  }, 0)
  // the second and fourth moments of a uniform whole number around its middle
  const second = (values * values - 1) / 12
  const fourth = ((values * values - 1) * (3 * values * values - 7)) / 240
  return {
    ...{ counts, expected, p: chiSquareTail(chiSquare) },
    high: sum / Math.sqrt(n * second),
    outside: (squares - n * second) / Math.sqrt(n * (fourth - second * second))
  }
}

/** P(χ² > x) with ten degrees of freedom, which are even: a finite sum (Abramowitz and Stegun 1964, 26.4.5). */
const chiSquareTail = (x: number): number => {
  let [term, sum] = [1, 1]
  for (let i = 1; i < (parts - 1) / 2; i++) {
    term *= x / 2 / i
    sum += term
  }
  return Math.exp(-x / 2) * sum
}
