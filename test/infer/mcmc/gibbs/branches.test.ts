import * as tf from "@tensorflow/tfjs"
import { expect, test } from "vitest"
import { Dataset } from "../../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { Categorical } from "../../../../src/dist/Categorical.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { program } from "../../../../src/infer/program/program.ts"
import { cond } from "../../../../src/model/choice.ts"
import { scale } from "../../../../src/model/handler/scale.ts"
import { deterministic, enumerate, observe, plate, sample } from "../../../../src/model/Site.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { onnx, run } from "../../harness.ts"
import { zOf } from "../zOf.ts"

const prior = [0.2, 0.5, 0.3]
const categorical = () => Categorical({ probs: Tensor.of([3], tf.tensor1d(prior)) })
const normal = (x: number, mean: number): number => Math.exp(-((x - mean) ** 2) / 2) / Math.sqrt(2 * Math.PI)
/** p(y) where the branch with the site is taken, and p(its value is 2, y) */
const taken = (y: number): number => prior.reduce((sum, p, z) => sum + p * normal(y, z), 0)
const two = (y: number): number => (prior[2] ?? 0) * normal(y, 2)

test("a site in a branch has its posterior where it is taken, and does not weigh where it is not", async () => {
  const y = [0.7, 1.9, -0.4]
  const model = program(function* () {
    yield* plate("rows", function* (row: { readonly y: Tensor<readonly []> }) {
      const flag = yield* enumerate("flag", Bernoulli({ probs: 0.4 }))
      const on = yield* cond(
        flag,
        function* () {
          const z = yield* enumerate("z", categorical())
          yield* observe("near", Normal(z, 1), row.y)
          return z
        },
        function* () {
          yield* observe("far", Normal(-0.5, 1), row.y)
          return Tensor.of([], tf.scalar(-1))
        }
      )
      yield* deterministic("on", on)
    })
  })
  const data = { rows: { y: Dataset.of(y, []) } }
  const { draws } = await run(model.gibbs(data, { draws: 1000, seed: 2, progress: false }), onnx)
  for (const [row, value] of y.entries()) {
    const own = (all: Dataset): Dataset => ({ ...all, size: 4000, values: all.values.filter((_, i) => i % 3 === row) })
    const total = 0.4 * taken(value) + 0.6 * normal(value, -0.5)
    expect(Math.abs(zOf(own(draws.rows.flag), 4, (x) => x, (0.4 * taken(value)) / total))).toBeLessThan(4)
    const isTwo = (exact: number) => zOf(own(draws.rows.on as Dataset), 4, (x) => (x === 2 ? 1 : 0), exact)
    expect(Math.abs(isTwo((0.4 * two(value)) / total))).toBeLessThan(4)
  }
})

test.each([1, 2])(
  "a branch that a continuous site chooses is taken as often as by quadrature, at a scale of %s",
  async (weight) => {
    const y = 0.7
    const model = program(function* () {
      const u = yield* sample("u", Normal(0, 1))
      const on = yield* cond(
        Tensor.of([], tf.greater(u, 0.3)),
        () =>
          scale(
            program(function* () {
              const z = yield* enumerate("z", categorical())
              yield* observe("near", Normal(z, 1), Tensor.of([], tf.scalar(y)))
              return z
            }).effect,
            weight
          ),
        function* () {
          yield* observe("far", Normal(-0.5, 1), Tensor.of([], tf.scalar(y)))
          return Tensor.of([], tf.scalar(-1))
        }
      )
      yield* deterministic("on", on)
    })
    const { draws } = await run(model.gibbs({}, { warmup: 50, draws: 300, maxTreeDepth: 3, progress: false }), onnx)
    // the normal beyond 0.3, by Simpson's rule
    const beyond = Array.from({ length: 2001 }, (_, i) => {
      const simpson = i === 0 || i === 2000 ? 1 : i % 2 === 0 ? 2 : 4
      return (simpson * normal(0.3 + i * 0.005, 0) * 0.005) / 3
    }).reduce((sum, x) => sum + x, 0)
    const values = prior.map((p, z) => (p * normal(y, z)) ** weight)
    const inBranch = beyond * values.reduce((sum, x) => sum + x, 0)
    const total = inBranch + (1 - beyond) * normal(y, -0.5)
    expect(Math.abs(zOf(draws.u, 4, (x) => (x > 0.3 ? 1 : 0), inBranch / total))).toBeLessThan(4)
    const isTwo = (exact: number) => zOf(draws.on as Dataset, 4, (x) => (x === 2 ? 1 : 0), exact)
    expect(Math.abs(isTwo((beyond * (values[2] ?? 0)) / total))).toBeLessThan(4)
  }
)
