import * as tf from "@tensorflow/tfjs"
import { Effect, Layer } from "effect"
import { expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Dirichlet } from "../../../src/dist/Dirichlet.ts"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { MultivariateNormal } from "../../../src/dist/MultivariateNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { StudentT } from "../../../src/dist/StudentT.ts"
import { onCpu } from "../../../src/engine/backend.ts"
import { Engine } from "../../../src/engine/index.ts"
import { runGraph } from "../../../src/engine/runGraph.ts"
import { densityGraph, densityOf, fixedFor } from "../../../src/infer/mcmc/density.ts"
import { targetOf } from "../../../src/infer/mcmc/target.ts"
import { program } from "../../../src/infer/program/program.ts"
import { type ProgramData, prepare } from "../../../src/infer/run/prepared.ts"
import type { AnyProgram } from "../../../src/model/Guided.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { dot } from "../../../src/tensor/ops/matmul.ts"
import { add, mul } from "../../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { nameOf } from "../../../src/trace/Graph.ts"
import { schools, schoolsData } from "./schools.ts"

const chains = 3

/** An engine on which nothing compiles. */
const none = Layer.succeed(Engine, {
  name: "none",
  because: "for a test",
  bfloat16: Effect.void,
  compile: () => Effect.die(new Error("compiled"))
})

/** The densities and gradients that a sampler is told without any engine, and those of tfjs's cpu kernels. */
const both = async (model: { readonly effect: unknown }, given: ProgramData) => {
  const data = prepare(given)
  const target = targetOf(model.effect as AnyProgram, data, {})
  const vectors = Float32Array.from({ length: chains * target.size }, (_, i) => 1.3 * Math.sin(3 * i))
  const density = densityOf(target, data, chains)
  const here = await Effect.runPromise(
    Effect.scoped(Effect.flatMap(density, (at) => at(vectors))).pipe(Effect.provide(none))
  )
  const graph = densityGraph(target, data, chains, "density and gradient")
  const fixed = fixedFor(target, data)
  const reference = onCpu(() =>
    tf.tidy(() => {
      const leaves = graph.nodes.flatMap((node) => {
        if (node.kernel !== "Input") return []
        const values = Array.from(fixed[nameOf(node)] ?? vectors)
        return [[nameOf(node), tf.tensor(values, [...node.shape], node.dtype)] as const]
      })
      const outputs = runGraph(graph, Object.fromEntries(leaves))
      return Object.values(outputs).map((each) => each.dataSync().map((x) => -x))
    })
  )
  return { here: [here.logDensity, here.gradient], reference }
}

const far = (a: ArrayLike<number> | undefined, b: ArrayLike<number> | undefined): number =>
  Math.max(...Array.from(a ?? [Number.NaN], (x, i) => Math.abs(x - (b?.[i] ?? Number.NaN)) / (1 + Math.abs(x))))

const x = Array.from({ length: 60 * 3 }, (_, i) => Math.sin(i * i))
const y = Array.from({ length: 60 }, (_, i) => (Math.cos(7 * i) > 0 ? 1 : 0))

test.each([
  ["eight schools", schools, schoolsData],
  [
    "a logistic regression",
    program(function* () {
      const b = yield* sample("b", Normal(0, 1))
      const w = yield* sample("w", StudentT(4, 0, 1).iid(3))
      yield* plate("rows", (row: { readonly x: Tensor<readonly [3]> }) =>
        observe("y", Bernoulli({ logits: add(b, dot(row.x, w)) }))
      )
    }),
    { rows: { x: Dataset.of(x, [3]), y: Dataset.of(y, [], "boolean") } }
  ],
  [
    "vectors on simplexes and beside a fixed covariance",
    program(function* () {
      const parts = yield* sample("parts", Dirichlet(Tensor.of([3], tf.tensor1d([1, 2, 5]))))
      const scale = yield* sample("scale", Gamma(2, 1))
      const scaleTril = Tensor.of([3, 3], tf.tensor2d([1, 0, 0, 0.5, 2, 0, -0.3, 0.2, 0.7], [3, 3]))
      yield* sample("z", MultivariateNormal(mul(scale, parts), { scaleTril }))
    }),
    {}
  ]
] as const)(
  "the log density of %s and its gradient are computed without an engine, as the cpu kernels do",
  async (_, model, data) => {
    const { here, reference } = await both(model, data)
    expect(reference.length).toBe(2)
    for (const [i, each] of reference.entries()) expect(far(each, here[i])).toBeLessThan(1e-5)
    // and the comparison can fail
    expect(
      far(
        reference[1],
        here[1]?.map((x) => x + 1e-3)
      )
    ).toBeGreaterThan(1e-5)
  }
)

test("an answer of the effect stays, and one that is asked for at once is the same until the next", async () => {
  const data = prepare(schoolsData)
  const target = targetOf(schools.effect as AnyProgram, data, {})
  const [first, second] = [0.3, 1.1].map((scale) => new Float32Array(chains * target.size).fill(scale))
  const density = await Effect.runPromise(Effect.scoped(densityOf(target, data, chains)).pipe(Effect.provide(none)))
  const told = await Effect.runPromise(density(first ?? new Float32Array()))
  const other = density.now?.(second ?? new Float32Array())
  expect(other?.gradient).not.toEqual(told.gradient)
  expect(density.now?.(first ?? new Float32Array())).toEqual(told)
})

test("a density of many rows goes to the engine", async () => {
  const many = program(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* plate("rows", () => observe("y", Normal(mu, 1)))
  })
  await expect(both(many, { rows: { y: Dataset.of(new Float32Array(200_000), []) } })).rejects.toThrow("compiled")
})
