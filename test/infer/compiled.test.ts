import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { HalfNormal } from "../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { layers } from "../../src/engine/layers.ts"
import { score } from "../../src/infer/estimator/score.ts"
import type { FitOptions } from "../../src/infer/fit/options.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import { Net } from "../../src/model/net/index.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { dot } from "../../src/tensor/ops/matmul.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { nativeIsSetUp, tensorflows } from "../engine/engines.ts"
import { cpu, normals, onnx, relativeDistance, run, type Source } from "./harness.ts"
import { bitsOf, decoder, vae } from "./smallVae.ts"

const images = bitsOf(8, 10)
const code = Net.mlp([6, 5, 2])
const discrete = model(Bernoulli({ probs: 0.5 }).iid(2), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Bernoulli({ logits: code(x) })
)
const regression = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 2).iid(3))
    const sigma = yield* sample("sigma", HalfNormal(1.5))
    yield* plate("rows", (row: { readonly x: Tensor<readonly [3]> }) => observe("y", Normal(dot(row.x, w), sigma)))
  })
).guide(() => ({
  w: Normal(param("w.loc", [3]), param.positive("w.scale", [3])),
  sigma: LogNormal(param("sigma.loc", 0), param.positive("sigma.scale", 0.4))
}))
const rows = { rows: { x: Dataset.of(normals(9, 30), [3]), y: Dataset.of(normals(10, 10), []) } } as never

const ours = nativeIsSetUp ? tensorflows.map(([, source]) => source) : []

const tolerance = 1e-4

/** Ten rows in twos: five updates an epoch. */
const fiveUpdates = { epochs: 1, batchSize: 2, seed: 4, progress: false } as const

type Fits = (options: FitOptions, source: Source) => Promise<Readonly<Record<string, Float32Array>>>
const programs: ReadonlyArray<readonly [string, Fits]> = [
  ["a VAE", async (options, source) => (await run(vae.fit(images, options), source)).parameters],
  [
    "a model with discrete codes",
    async (options, source) => (await run(discrete.fit(images, options), source)).parameters
  ],
  [
    "a regression with global sites",
    async (options, source) => (await run(regression.fit(rows, options), source)).parameters
  ],
  [
    "a regression by the score function",
    async (options, source) =>
      (await run(regression.fit(rows, { ...options, estimators: { w: score, sigma: score } }), source)).parameters
  ]
]
const optimizers: ReadonlyArray<readonly [string, FitOptions]> = [
  ["Adam", { learningRate: 1e-2 }],
  ["SGD with momentum", { optimizer: Optimizer.sgd(1e-3, { momentum: 0.9 }) }],
  ["Adam with clipped gradients", { learningRate: 1e-2, clipNorm: 0.5 }],
  ["SGD with clipped gradients of three particles", { optimizer: Optimizer.sgd(0.05), clipNorm: 0.1, particles: 3 }]
]

describe.each(programs)("after five updates every engine has the same parameters: %s", (_, fits) => {
  test.each(optimizers)("%s", async (_name, options) => {
    const start = await fits({ ...fiveUpdates, optimizer: Optimizer.sgd(0) }, cpu)
    const eager = await fits({ ...fiveUpdates, ...options }, cpu)
    for (const source of [onnx, layers.eager, layers.onnxWeb, ...ours]) {
      const other = await fits({ ...fiveUpdates, ...options }, source)
      expect(Object.keys(other)).toEqual(Object.keys(eager))
      for (const [name, values] of Object.entries(eager)) {
        expect(relativeDistance(other[name], values), name).toBeLessThan(tolerance)
        expect(relativeDistance(start[name], values), `${name} moved`).toBeGreaterThan(tolerance)
      }
    }
  })
})

test("sites of a loop, whose operations are joined, have the same parameters on ONNX as kernel by kernel", async () => {
  const chain = program(function* () {
    let before: Tensor<readonly []> | number = 0
    for (let i = 0; i < 20; i++) before = yield* sample(`w${i}`, Normal(before, 1))
    yield* plate("rows", () => observe("y", Normal(before, 0.5)))
  }).autoGuide()
  const fits: Fits = async (options, source) =>
    (await run(chain.fit({ rows: { y: Dataset.of(normals(10, 10), []) } } as never, options), source)).parameters
  const eager = await fits({ ...fiveUpdates, learningRate: 0.05 }, cpu)
  const other = await fits({ ...fiveUpdates, learningRate: 0.05 }, onnx)
  for (const [name, values] of Object.entries(eager))
    expect(relativeDistance(other[name], values), name).toBeLessThan(tolerance)
})

describe.each([["eager on cpu", cpu] as const, ["onnx", onnx] as const])("a seed names a run: %s", (_, source) => {
  const options = { epochs: 3, batchSize: 3, particles: 2, progress: false } as const
  const losses = async (seed: number) => {
    const fitted = await run(vae.fit(images, { ...options, seed }), source)
    return { losses: fitted.history.map(({ train }) => train), parameters: fitted.parameters }
  }

  test("the same seed gives the same losses and parameters to the last bit", async () => {
    expect(await losses(4)).toEqual(await losses(4))
  })

  test("another seed gives other losses in each epoch, and other parameters", async () => {
    const [one, other] = [await losses(4), await losses(5)]
    one.losses.forEach((loss, epoch) => {
      expect(loss).not.toBe(other.losses[epoch])
    })
    for (const [name, values] of Object.entries(one.parameters)) expect(values).not.toEqual(other.parameters[name])
  })

  test("a seed beyond 32 bits is another seed", async () => {
    expect((await losses(4)).losses).not.toEqual((await losses(4 + 2 ** 32)).losses)
  })
})
