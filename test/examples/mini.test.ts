import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test, vi } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { score } from "../../src/infer/estimator/score.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../src/infer/step/Optimizer.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { gradientReader, run } from "../infer/harness.ts"
import { estimates } from "../infer/moments.ts"

/** The example runs when it is loaded, checks itself and prints; what it prints is kept from the test's own output. */
vi.spyOn(console, "table").mockImplementation(() => {})
const { fitted, heating } = await import("../../examples/mini.ts")

const scalar = (x: tf.Tensor): Tensor<readonly []> => Tensor.of([], x)
const xs = [0, ...Array.from({ length: 24 }, (_, i) => i / 6 - 2)]
const names = ["odds", "slope", "mean", "shift", "gain", "logScale"] as const
type Values = Readonly<Record<(typeof names)[number], number>>

/** The model and the guide of the example in the library's words, with parameters that start at given values. */
const room = (start: Values) =>
  program(
    plate("rows", () =>
      Effect.gen(function* () {
        const on = yield* sample("on", Bernoulli({ logits: -0.4 }))
        const t = yield* sample("t", Normal(scalar(tf.add(-1, tf.mul(2.5, on))), 1))
        yield* observe("x", Normal(t, 0.5))
      })
    )
  ).guideWith(() =>
    plate("rows", ({ x }: { readonly x: Tensor<readonly []> }) =>
      Effect.gen(function* () {
        const line = tf.add(param("odds", start.odds), tf.mul(x, param("slope", start.slope)))
        const on = yield* sample("on", Bernoulli({ logits: scalar(line) }))
        const mean = tf.add(param("mean", start.mean), tf.mul(on, param("shift", start.shift)))
        const loc = scalar(tf.add(mean, tf.mul(x, param("gain", start.gain))))
        yield* sample("t", Normal(loc, scalar(tf.exp(param("logScale", start.logScale)))))
      })
    )
  )
const dataset = Dataset.of(xs, [])
const at: Values = { odds: 0.3, slope: 0.5, mean: 0.2, shift: -0.3, gain: 0.4, logScale: -0.3 }

/** Mean and standard error of each column. */
const moments = (columns: ReadonlyArray<ReadonlyArray<number>>) =>
  columns.map((numbers) => {
    const n = numbers.length
    const mean = numbers.reduce((sum, x) => sum + x, 0) / n
    const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1)
    return { mean, error: Math.sqrt(variance / n) }
  })

describe("examples/mini.ts, and the same model in the library", () => {
  const drawn = Array.from({ length: 500 }, () => heating.step(at))
  const mini = moments(names.map((name) => drawn.map(({ slopes }) => slopes[name] ?? 0)))

  test("has at most 150 lines and imports nothing but effect", () => {
    const text = readFileSync(new URL("../../examples/mini.ts", import.meta.url), "utf8")
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(150)
    expect([...text.matchAll(/from "(.*)"/g)].map(([, name]) => name)).toEqual(["effect"])
  })

  test("the two choose the same gradient for each site, and the same KL where both know a closed form", () => {
    const { sites } = room(at).explain({ rows: { x: dataset } }, { estimators: { on: score } })
    const gradients = new Map(sites.map(({ site, gradient }) => [site, gradient]))
    for (const { site, gradient } of heating.plan) expect(gradients.get(site)).toBe(gradient)
    expect(heating.plan.map(({ gradient }) => gradient)).toEqual(["score function", "reparameterized"])
    expect(heating.plan.find(({ site }) => site === "t")?.kl).toBe("analytic")
    expect(sites.find(({ site }) => site === "t")?.kl).toBe("analytic")
  })

  test("their mean gradients are the same, within 4.5 standard errors of the difference", async () => {
    const library = await estimates((options) => room(at).fit({ rows: { x: dataset } }, options), {
      batchSize: xs.length,
      epochs: 2000,
      seed: 3,
      estimators: { on: score }
    })
    const largest = Math.max(...mini.map(({ mean }) => Math.abs(mean)))
    names.forEach((name, i) => {
      const [theirs = Number.NaN, error = Number.NaN] = [library.of(name).mean[0], library.of(name).error[0]]
      const [mean, noise] = [mini[i]?.mean ?? Number.NaN, Math.hypot(mini[i]?.error ?? Number.NaN, error / xs.length)]
      expect(Math.abs(mean - theirs / xs.length)).toBeLessThan(4.5 * noise)
      expect(noise).toBeLessThan(largest / 20)
    })
  })

  test("the ELBO at the same parameters is the same, within 4.5 standard errors", async () => {
    const kept = await run(
      room(at).fit({ rows: { x: dataset } }, { epochs: 1, optimizer: gradientReader, progress: false })
    )
    const particles = 4000
    const library = -(await run(kept.elbo({ rows: { x: dataset } }, { particles }))) / xs.length
    const [value] = moments([drawn.map(({ value }) => value)])
    const error = Math.hypot(1, Math.sqrt(drawn.length / particles)) * (value?.error ?? Number.NaN)
    expect(Math.abs((value?.mean ?? Number.NaN) - library)).toBeLessThan(4.5 * error)
    expect(error).toBeLessThan(0.05)
  })

  test("both fits find the exact posterior, and so each other", async () => {
    const library = await run(
      room(at).fit(
        { rows: { x: dataset } },
        {
          epochs: 3000,
          particles: 8,
          batchSize: xs.length,
          progress: false,
          optimizer: Optimizer.adam(Schedule.cosine(0.02))
        }
      )
    )
    // standard deviations of the example's results over eight seeds
    const noise: Values = { odds: 0.05, slope: 0.025, mean: 0.007, shift: 0.012, gain: 0.009, logScale: 0.007 }
    for (const name of names) {
      expect(Math.abs((fitted[name] ?? Number.NaN) - (library.parameters[name]?.[0] ?? Number.NaN))).toBeLessThan(
        5 * noise[name]
      )
    }
  })
})
