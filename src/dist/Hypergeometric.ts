import * as tf from "@tensorflow/tfjs"
import { InvalidOption, SupportViolation } from "../Errors.ts"
import { uniform } from "../tensor/random.ts"
import { coinExcess } from "../tensor/special/coinExcess.ts"
import { densityInside } from "../tensor/special/insideOf.ts"
import { shown } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { binomialLogMass } from "./formula/countMass.ts"
import { coinOf } from "./Odds.ts"

const constraints = { population: "natural", successes: "natural", draws: "natural" } as const

/**
 * The number of successes among `draws` items drawn without replacement from a population that has `successes` of them, log p(x) = log C(K, x) C(N −
 * K, n − x)/C(N, n) with N, K and n the three parameters. The parameters are plain numbers: draws are made from a table whose length depends on them.
 *
 * @param population the size of the population, a whole number
 * @param successes the number of successes in the population, at most `population`
 * @param draws the number of items drawn, at most `population`
 * @throws SupportViolation when a parameter is not a whole number from 0, or is above `population`
 * @example
 * ```ts
 * Hypergeometric(10, 4, 3).logProb(tf.scalar(2)) // => Math.log((6 * 6) / 120)
 * Hypergeometric(10, 4, 3).mean() // => 1.2
 * ```
 */
export const Hypergeometric = (
  population: number,
  successes: number,
  draws: number
): Dist<readonly [], "integerInterval", "score" | "enumerable", "Hypergeometric"> &
  Has<readonly [], "mode" | "supportValues"> => {
  for (const [name, value] of Object.entries({ population, successes, draws }))
    if (typeof value !== "number") throw notPlain(name, value)
  shapeOfParameters("Hypergeometric", constraints, { population, successes, draws })
  for (const [name, value] of Object.entries({ successes, draws }))
    if (value > population) throw tooMany(name, value, population)
  const failures = population - successes
  const [low, high] = [Math.max(0, draws - failures), Math.min(successes, draws)]
  const share = successes / Math.max(population, 1)
  const left = (population - draws) / Math.max(population - 1, 1)
  return fromFamily({
    family: "Hypergeometric",
    shape: [],
    support: "integerInterval",
    gradients: ["score", "enumerable"],
    supportValues: () => tf.range(low, high + 1),
    constraints,
    parameters: () => ({ population, successes, draws }),
    logDensity: (x) => {
      // from three binomial masses of a common probability; every choice of it gives the same result (Loader 2000)
      const logits = Math.log((draws + 0.5) / (population - draws + 0.5))
      const massOf = (y: tf.Tensor, n: number): tf.Tensor =>
        binomialLogMass(y, n, coinOf({ logits }), coinExcess(n, 0, y, logits))
      const chosen = massOf(x, successes)
      const others = massOf(tf.sub(draws, x), failures)
      const all = massOf(tf.scalar(draws), population)
      return densityInside(tf.sub(tf.add(chosen, others), all), x, low, high, { integer: true })
    },
    draw: (key, size) => {
      const { from, below } = table(population, successes, draws, low, high)
      const passed = tf.cast(tf.less(below, tf.expandDims(uniform(key, size), -1)), "float32")
      return tf.add(tf.sum(passed, -1), from)
    },
    mean: () => draws * share,
    variance: () => draws * share * (1 - share) * left,
    mode: () => Math.floor(((draws + 1) * (successes + 1)) / (population + 2))
  })
}

/**
 * P(X ≤ x) for x from `from` on, in float64 by the ratios of neighbouring masses. The table is built outwards from the mode, where the masses fall
 * faster and faster, and stops at masses of 1e-12 of that of the mode: a uniform number of 23 bits does not resolve smaller ones.
 */
const table = (population: number, successes: number, draws: number, low: number, high: number) => {
  const odds = (x: number): number =>
    ((successes - x) * (draws - x)) / ((x + 1) * (population - successes - draws + x + 1))
  const mode = Math.min(high, Math.max(low, Math.floor(((draws + 1) * (successes + 1)) / (population + 2))))
  const [masses, before]: [Array<number>, Array<number>] = [[1], []]
  for (let x = mode, mass = 1; x < high && mass > 1e-12; x++) masses.push((mass *= odds(x)))
  for (let x = mode, mass = 1; x > low && mass > 1e-12; x--) before.push((mass /= odds(x - 1)))
  const all = [...before.reverse(), ...masses]
  const sum = all.reduce((total, mass) => total + mass, 0)
  let total = 0
  return { from: mode - before.length, below: tf.tensor1d(all.map((mass) => (total += mass) / sum)) }
}

const notPlain = (name: string, value: unknown): InvalidOption =>
  new InvalidOption({ option: `Hypergeometric.${name}`, value: shown(value), expected: "a plain number" })

const tooMany = (name: string, value: number, population: number): SupportViolation =>
  new SupportViolation({
    site: `Hypergeometric.${name}`,
    support: "natural",
    actual: `it is ${value}, of a population of ${population}`,
    advice: "Give at most the population."
  })
