/**
 * How far chance may lead before a law counts as broken. All tests of draws over the whole catalogue, some 60 families with fewer than 60
 * tests each, raise a false alarm with a probability below 1e-3 together: each may with 2.5e-7. (Seeds are fixed; this is the chance
 * that a new family or a new generator meets.)
 */
export const alarm = 2.5e-7

/** The two-sided normal quantile of `alarm`, with room for a standard error that is estimated from 100 numbers. */
export const z = 5.6

/** √n·sup|F_n − F| above which Kolmogorov and Smirnov's test says no: 2·exp(−2k²) = alarm. */
export const ks = Math.sqrt(-Math.log(alarm / 2) / 2)

/** The chi-square quantile, by Wilson and Hilferty's cube root. */
export const chiSquare = (freedom: number): number =>
  freedom * (1 - 2 / (9 * freedom) + 5.1 * Math.sqrt(2 / (9 * freedom))) ** 3
