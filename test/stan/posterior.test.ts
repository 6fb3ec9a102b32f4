import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { layers } from "../../src/engine/layers.ts"
import { Optimizer, Schedule } from "../../src/infer/step/Optimizer.ts"
import { Guide } from "../../src/model/auto/Guide.ts"
import { fixtureOf, given } from "./judged.ts"
import { compared } from "./moments.ts"
import { programs } from "./programs/index.ts"

/** Programs whose posterior is close enough to a normal one, where the supports are mapped to the reals; the first ones are quick. */
const quick = ["known-noise-regression", "logistic-regression", "poisson-regression"]
const others = [
  "annual-maxima",
  "beta-regression",
  "change-point",
  "coin",
  "directions",
  "exponential-survival",
  "incomes",
  "median-regression",
  "negative-binomial",
  "normal-unknown-both",
  "ordered-logistic",
  "softmax-regression",
  "zero-inflated-poisson"
]
const all = process.env["STAN"] === "all"

describe("means and standard deviations of a posterior are Stan's, within four Monte Carlo errors", () => {
  test.each(all ? [...quick, ...others] : quick)("of %s", async (name) => {
    const judged = programs[name]
    if (judged === undefined) throw new RangeError(`there is no program '${name}'`)
    const fixture = fixtureOf(name)
    expect(fixture.posterior.diverged).toBe(0)
    expect(fixture.posterior.rHat).toBeLessThan(1.01)
    const optimizer = Optimizer.adam(Schedule.cosine(0.05), { beta2: 0.99 })
    const options = { epochs: 2000, particles: 16, seed: 1, progress: false, optimizer } as const
    const draws = judged.draws(given(fixture), Guide.multivariateNormal(), options, 20_000)
    const found = compared(await Effect.runPromise(Effect.provide(draws, layers.onnx)), judged.parameters, fixture)
    for (const { name, mean, sd } of found) {
      expect(Math.abs(mean), `mean of ${name}`).toBeLessThan(4)
      expect(Math.abs(sd), `standard deviation of ${name}`).toBeLessThan(4)
    }
  })
})
