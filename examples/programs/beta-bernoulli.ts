// The chance of a coin: the posterior is a Beta distribution, which the guide can hold exactly.
import { Bernoulli, Beta, Data, observe, param, plate, program, sample } from "../../src/index.ts"
import { compare, moments, momentsOf, settled } from "./answers.ts"

const coin = program(function* () {
  const chance = yield* sample("chance", Beta(2, 2))
  yield* plate("tosses", () => observe("heads", Bernoulli({ probs: chance })))
}).guide(() => ({ chance: Beta(param.positive("heads", 1), param.positive("tails", 1)) }))

const tosses = [1, 1, 0, 1, 0, 1, 1, 1, 0, 1]
const fitted = await coin.fitPromise({ tosses: { heads: Data.of(tosses, [], "boolean") } }, settled(2000, 0.05))

// Beta(2 + heads, 2 + tails): Gelman et al., Bayesian Data Analysis (2013), section 2.4.
const heads = tosses.filter((x) => x === 1).length
const [a, b] = [2 + heads, 2 + tosses.length - heads]
const { chance } = await fitted.sample(20_000)
const known = { mean: a / (a + b), sd: Math.sqrt((a * b) / ((a + b) ** 2 * (a + b + 1))) }
compare("Beta-Bernoulli: the chance of heads", moments("chance", momentsOf(chance.values), known, 0.05))
