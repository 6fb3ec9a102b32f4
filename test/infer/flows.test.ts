import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Flow } from "../../src/dist/flow/index.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { Transformed } from "../../src/dist/Transformed.ts"
import { Transform } from "../../src/dist/transform/index.ts"
import { score } from "../../src/infer/estimator/score.ts"
import type { FitOptions } from "../../src/infer/fit/options.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../src/infer/step/Optimizer.ts"
import { Net } from "../../src/model/net/index.ts"
import { param } from "../../src/model/Param.ts"
import { observe, sample } from "../../src/model/Site.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, gradientMoments, onnx, run, type Source, under, watched } from "./harness.ts"

const [priorScale, noise, datum] = [1.5, 0.3, 0]

/** z₂ + z₁² is seen with little noise, so that the posterior is a banana. */
const banana = program(
  Effect.gen(function* () {
    const z = yield* sample("z", Normal(0, priorScale).iid(2))
    const [first, second] = tf.unstack(z)
    const bent = tf.add(tf.square(first ?? z), second ?? z)
    yield* observe("y", Normal(Tensor.of([], bent), noise))
  })
)
const data = () => ({ y: Tensor.of([], tf.scalar(datum)) })

/**
 * The best that a guide can do whose first number is normal, as an autoregressive flow's is, and whose second has the exact posterior given
 * the first: max over s of E[log N(z; 0, a) + log N(z²; 0, b)] + H(z) for z ~ N(0, s²), with a the prior's scale and b that of z₂ with
 * noise. The derivative 1/s − s/a² − 6s³/b² is 0 at the root of a quadratic equation in s².
 */
const best = (() => {
  const [aa, bb] = [priorScale ** 2, priorScale ** 2 + noise ** 2]
  const ss = ((-1 / aa + Math.sqrt(1 / aa ** 2 + 24 / bb)) * bb) / 12
  const prior = -0.5 * (ss / aa + Math.log(aa) + Math.log(2 * Math.PI))
  const likelihood = -0.5 * ((3 * ss ** 2) / bb + Math.log(bb) + Math.log(2 * Math.PI))
  return prior + likelihood + 0.5 * Math.log(2 * Math.PI * Math.E * ss)
})()

const layers = [2, 16, 4] as const
const autoregressive = Net.mlp(layers, { masks: Flow.masks(layers), activation: "tanh" })
const coupled = Net.mlp([1, 16, 2], { activation: "tanh" })
const bins = Net.mlp([1, 16, 11], { activation: "tanh" })
const turn = Transform.permute([1, 0])

const straight = () => ({ z: Normal(param("loc", [2]), param.positive("scale", [2], 0.5)) })
const bent = () => ({ z: Transformed(straight().z, Flow.iaf(autoregressive)) })

const settings = { epochs: 3000, particles: 32, seed: 3, progress: false } as const
const elboOf = async (guided: ReturnType<typeof banana.guide>, source: Source): Promise<number> => {
  const optimizer = Optimizer.adam(Schedule.cosine(0.02))
  const fitted = await run(guided.fit(data(), { ...settings, optimizer }), source)
  return run(fitted.elbo(data(), { particles: 5000, seed: 7 }), source)
}

describe("a guide with a flow", () => {
  test("comes as near to a banana-shaped posterior as its kind can, where a normal guide stays far off", async () => {
    const [normal, flow] = [await elboOf(banana.guide(straight), onnx), await elboOf(banana.guide(bent), onnx)]
    // 5000 terms with a spread below 1 have a mean with a standard error below 0.015
    expect(flow).toBeLessThan(best + 0.03)
    expect(flow).toBeGreaterThan(best - 0.07)
    expect(normal).toBeLessThan(flow - 0.3)
  })

  const others = {
    planar: () => Flow.planar({ w: param("w", [2], 0.3), u: param("u", [2], 0.1), b: param("b", 0) }),
    radial: () => Flow.radial({ center: param("c", [2], 0.1), alpha: param.positive("a", 1), beta: param("b", 0.5) }),
    realNvp: () => Transform.chain(Flow.realNvp(1, coupled), turn),
    neuralSpline: () => Transform.chain(turn, Flow.neuralSpline(1, bins, { bins: 4, bound: 3 })),
    maf: () => Flow.maf(autoregressive),
    linear: () => Flow.linear({ lower: param("l", [1]), upper: param("r", [1]), logDiagonal: param("d", [2]) })
  }

  test.each(Object.entries(others))("%s: has a path for its gradient, and takes a step", async (_, flow) => {
    const guided = banana.guide(() => ({ z: Transformed(straight().z, flow()) }))
    const [site] = guided.explain(data()).sites
    expect(site).toMatchObject({ gradient: "reparameterized", kl: "sampled" })
    const fitted = await run(guided.fit(data(), { epochs: 2, particles: 2, seed: 1, progress: false }), cpu)
    expect(fitted.history.every(({ train }) => Number.isFinite(train))).toBe(true)
  })

  test("has the same gradient by the score function, which asks for log q of a given value, as along its path", async () => {
    const guided = banana.guide(() => ({ z: Transformed(straight().z, others.planar()) }))
    const gradient = async (estimators: NonNullable<FitOptions["estimators"]>) => {
      const { engine, sessions } = watched(onnx)
      const steps = 400
      const options = { epochs: steps, particles: 50, optimizer: gradientMoments, seed: 5, progress: false } as const
      await run(guided.fit(data(), { ...options, estimators }), engine)
      const last = sessions[0]?.calls.at(-1)?.after ?? {}
      const [sums, squares] = [under("sum:", last), under("squares:", last)]
      return ["loc", "scale", "u"].flatMap((name) =>
        Array.from(sums[name] ?? [], (sum, i) => {
          const mean = sum / steps
          return { mean, variance: ((squares[name]?.[i] ?? Number.NaN) / steps - mean * mean) / (steps - 1) }
        })
      )
    }
    const [path, scored] = [await gradient({}), await gradient({ z: score })]
    expect(path).toHaveLength(6)
    path.forEach(({ mean, variance }, i) => {
      const other = scored[i] ?? { mean: Number.NaN, variance: Number.NaN }
      const error = Math.sqrt(variance + other.variance)
      expect(Math.abs(mean - other.mean)).toBeLessThan(5 * error)
      // an estimate of 0 would be seen
      if (Math.abs(mean) > 0.5) expect(error).toBeLessThan(Math.abs(mean) / 6)
    })
    expect(path.filter(({ mean }) => Math.abs(mean) > 0.5).length).toBeGreaterThan(2)
  })

  test("is scored as it is drawn: its plan holds no inverse", async () => {
    const inverse = (): never => {
      throw new Error("the inverse was asked for")
    }
    const flow = { ...Flow.iaf(autoregressive), inverse, inverseAndLogDet: inverse }
    const guided = banana.guide(() => ({ z: Transformed(straight().z, flow) }))
    const fitted = await run(guided.fit(data(), { epochs: 1, seed: 1, progress: false }), cpu)
    expect(await run(fitted.elbo(data(), { particles: 10 }), cpu)).toSatisfy(Number.isFinite)
  })

  test("has a closed-form KL with a prior that went through the same transform", () => {
    const shifted = program(
      Effect.gen(function* () {
        const scale = yield* sample("scale", Transformed(Normal(0, 1), Transform.exp))
        yield* observe("y", Normal(0, scale))
      })
    ).guide(() => ({ scale: Transformed(Normal(param("loc", 0), param.positive("s", 1)), Transform.exp) }))
    expect(shifted.explain(data()).sites[0]).toMatchObject({ kl: "analytic", gradient: "reparameterized" })
  })
})
