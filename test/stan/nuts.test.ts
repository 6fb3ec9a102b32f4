import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { layers } from "../../src/engine/layers.ts"
import { mixingOf } from "../../src/infer/mcmc/diagnostics.ts"
import { nutsSample } from "../../src/infer/mcmc/nutsSample.ts"
import type { ProgramData } from "../../src/infer/run/prepared.ts"
import { fixtureOf, given } from "./judged.ts"
import { average, beside } from "./moments.ts"
import { programs } from "./programs/index.ts"

/** Programs whose sites and likelihoods differ in kind. */
const listed = [
  "logistic-regression",
  "weibull-survival",
  "gaussian-process",
  "autoregression",
  "beta-regression",
  "censored-normal",
  "directions",
  "dose-response",
  "negative-binomial",
  "ordered-logistic",
  "poisson-regression",
  "softmax-regression",
  "zero-inflated-poisson"
] as const
const all = process.env["STAN"] === "all"
const [chains, draws] = [4, 1000]

describe("means by NUTS are Stan's within four Monte Carlo errors, and its chains agree", () => {
  test.each(listed.slice(0, all ? listed.length : 2))("of %s", async (name) => {
    const judged = programs[name]
    if (judged === undefined) throw new RangeError(`there is no program '${name}'`)
    const fixture = fixtureOf(name)
    const data = judged.data(given(fixture)) as ProgramData
    const options = { chains, draws, warmup: 1000, seed: 1, progress: false } as const
    const before = process.cpuUsage()
    const sampled = await Effect.runPromise(
      Effect.provide(
        nutsSample(judged.program, () => data, options),
        layers.onnx
      )
    )
    const { user, system } = process.cpuUsage(before)
    const found = beside(sampled.draws, judged.parameters, fixture).map(({ name: number, right, column }) => {
      const values = Array.from({ length: chains }, (_, c) =>
        Float64Array.from(column.slice(c * draws, (c + 1) * draws))
      )
      const { rHat, essBulk, mcse } = mixingOf(values)
      return { number, distance: (average(column) - right[0]) / Math.hypot(mcse, right[2]), rHat, essBulk }
    })
    for (const { number, distance, rHat } of found) {
      expect(Math.abs(distance), `mean of ${number}`).toBeLessThan(4)
      expect(rHat, `R-hat of ${number}`).toBeLessThan(1.01)
    }
    if (!all) return
    const least = Math.min(...found.map(({ essBulk }) => essBulk))
    const seconds = (user + system) / 1e6
    const worst = Math.max(...found.map(({ distance }) => Math.abs(distance)))
    console.log(
      `${name}: ${found.length} numbers, least bulk ESS ${Math.round(least)}, ${Math.round(least / seconds)} a second of processor time with compilation (${seconds.toFixed(1)} s), R-hat at most ${Math.max(...found.map(({ rHat }) => rHat)).toFixed(4)}, means at most ${worst.toFixed(1)} errors away`
    )
  })
})
