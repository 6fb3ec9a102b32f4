import { momentsOf, quantileOf } from "../fitted/moments.ts"
import { normalQuantile } from "./normalQuantile.ts"

/** The draws of one number, by chain. */
export type Chains = ReadonlyArray<Float64Array>

/**
 * What the draws of one number say of how well its chains mixed (Vehtari, Gelman, Simpson, Carpenter and Bürkner 2021): `rHat` is the larger one of the rank-normalised split R-hats of the draws and of their
 * distances from the median, `essBulk` the effective sample size of the rank-normalised split chains, `essTail` the smaller one of those of the 5 % and 95 % quantiles, and `mcse` the standard
 * error of the mean. All are NaN for chains that do not move.
 */
export interface Mixing {
  readonly rHat: number
  readonly essBulk: number
  readonly essTail: number
  readonly mcse: number
}

export const mixingOf = (chains: Chains): Mixing => {
  const halves = split(chains)
  const sorted = joined(chains).sort()
  const isStuck = !sorted.every(Number.isFinite) || sorted[0] === sorted.at(-1)
  if (isStuck) return { rHat: Number.NaN, essBulk: Number.NaN, essTail: Number.NaN, mcse: Number.NaN }
  const ranked = rankNormalised(halves)
  const middle = quantileOf(joined(halves).sort(), 0.5)
  const folded = rankNormalised(halves.map((chain) => chain.map((x) => Math.abs(x - middle))))
  const tail = (p: number): number => {
    const end = quantileOf(sorted, p)
    return essOf(halves.map((chain) => chain.map((x) => (x <= end ? 1 : 0))))
  }
  return {
    rHat: Math.max(rHatOf(ranked), rHatOf(folded)),
    essBulk: essOf(ranked),
    essTail: Math.min(tail(0.05), tail(0.95)),
    mcse: momentsOf(joined(chains)).sd / Math.sqrt(essOf(halves))
  }
}

/** Each chain as its first and its second half; of an odd number of draws the middle one is left out. */
const split = (chains: Chains): Chains =>
  chains.flatMap((chain) => {
    const half = Math.floor(chain.length / 2)
    return [chain.slice(0, half), chain.slice(chain.length - half)]
  })

const meanOf = (xs: Float64Array): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

/** with n − 1 in the denominator; 0 exactly where all numbers are the same */
const varianceOf = (xs: Float64Array): number => {
  if (xs.every((x) => x === xs[0])) return 0
  const mean = meanOf(xs)
  return xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (xs.length - 1)
}

const joined = (chains: Chains): Float64Array => Float64Array.from(chains.flatMap((chain) => [...chain]))

/** Draws replaced by normal quantiles of their ranks among all chains, (r − 3/8) / (S + 1/4); equal draws have their mean rank. */
const rankNormalised = (chains: Chains): Chains => {
  const all = joined(chains)
  const order = Array.from(all, (_, i) => i).sort((i, j) => (all[i] ?? 0) - (all[j] ?? 0))
  const ranked = new Float64Array(all.length)
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && all[order[to] ?? 0] === all[order[from] ?? 0]) to++
    const score = normalQuantile(((from + 1 + to) / 2 - 3 / 8) / (all.length + 1 / 4))
    for (const i of order.slice(from, to)) ranked[i] = score
    from = to
  }
  const { length = 0 } = chains[0] ?? {}
  return chains.map((_, m) => ranked.slice(m * length, (m + 1) * length))
}

/** √(var⁺ / W): the variance of all draws over that within chains (Gelman and Rubin 1992; Vehtari et al. 2021, equations 1 to 4). Without bound where chains stand still at places of their own, 1 at one place. */
const rHatOf = (chains: Chains): number => {
  const n = chains[0]?.length ?? 0
  const within = meanOf(Float64Array.from(chains, varianceOf))
  const between = n * varianceOf(Float64Array.from(chains, meanOf))
  if (within === 0 && between === 0) return 1
  return Math.sqrt((n - 1) / n + between / (n * within))
}

/** The autocovariance at a lag of numbers around 0, with n in the denominator. */
const autocovariance = (xs: Float64Array, lag: number): number => {
  let sum = 0
  for (let i = lag; i < xs.length; i++) sum += (xs[i] ?? 0) * (xs[i - lag] ?? 0)
  return sum / xs.length
}

/**
 * The effective sample size of several chains: S / τ with the autocorrelations of Vehtari et al. (2021, equations 8 to 11), summed by Geyer's (1992) initial monotone sequence of pairs. At most S log₁₀ S, for
 * chains whose draws alternate around the mean.
 */
export const essOf = (chains: Chains): number => {
  const [m, n] = [chains.length, chains[0]?.length ?? 0]
  const total = m * n
  const within = meanOf(Float64Array.from(chains, varianceOf))
  const between = m > 1 ? varianceOf(Float64Array.from(chains, meanOf)) : 0
  const all = (within * (n - 1)) / n + between
  if (all === 0) return total
  const centred = chains.map((chain) => {
    const mean = meanOf(chain)
    return chain.map((x) => x - mean)
  })
  const rho = (lag: number): number =>
    lag === 0 ? 1 : 1 - (within - meanOf(Float64Array.from(centred, (each) => autocovariance(each, lag)))) / all
  let tau = -1
  let least = Number.POSITIVE_INFINITY
  for (let lag = 0; ; lag += 2) {
    const even = rho(lag)
    const pair = even + rho(lag + 1)
    if (pair < 0 || lag + 2 >= n - 2) {
      // the last even lag counts on its own
      if (lag > 0 && even > 0) tau += even
      break
    }
    least = Math.min(least, pair)
    tau += 2 * least
  }
  return total / Math.max(tau, 1 / Math.log10(total))
}

/** How much the energy changes from draw to draw, over how much it varies: E-BFMI (Betancourt 2016), which is small where momenta explore too slowly. */
export const eBfmiOf = (energy: Float64Array): number => {
  const mean = meanOf(energy)
  const changes = energy.slice(1).reduce((sum, x, i) => sum + (x - (energy[i] ?? 0)) ** 2, 0)
  return changes / energy.reduce((sum, x) => sum + (x - mean) ** 2, 0)
}
