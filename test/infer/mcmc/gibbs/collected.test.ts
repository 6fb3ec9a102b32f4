import * as tf from "@tensorflow/tfjs"
import { expect, test } from "vitest"
import { Dataset } from "../../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { Categorical } from "../../../../src/dist/Categorical.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { program } from "../../../../src/infer/program/program.ts"
import { collect } from "../../../../src/model/collect.ts"
import { deterministic, enumerate, factor, observe, plate, sample } from "../../../../src/model/Site.ts"
import { add, mul } from "../../../../src/tensor/ops/ofTwo.ts"
import { at } from "../../../../src/tensor/ops/pick.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { onnx, run } from "../../harness.ts"
import { zOf } from "../zOf.ts"

const row = (all: Dataset, i: number, rows: number): Dataset => ({
  ...all,
  size: all.values.length / rows,
  values: all.values.filter((_, at) => at % rows === i)
})

/** Expectations over the values of `n` rows with `k` values each. */
const enumerated = (n: number, k: number, weightOf: (z: ReadonlyArray<number>) => number) => {
  const states = Array.from({ length: k ** n }, (_, state) =>
    Array.from({ length: n }, (_, i) => Math.floor(state / k ** i) % k)
  )
  const weights = states.map(weightOf)
  const total = weights.reduce((sum, w) => sum + w, 0)
  return (of: (z: ReadonlyArray<number>) => number): number =>
    states.reduce((sum, z, i) => sum + ((weights[i] ?? 0) / total) * of(z), 0)
}

test("a ring of spins in a collected plate has the moments of enumeration", async () => {
  const field = [0.4, -0.8, 0.2, 0.6]
  const ring = program(function* () {
    const spins = yield* collect("rows", function* (row: { readonly h: Tensor<readonly []> }) {
      const z = yield* enumerate("z", Categorical({ probs: Tensor.of([3], tf.tensor1d([0.5, 0.2, 0.3])) }))
      yield* factor("field", mul(row.h, z))
      return z
    })
    const next = tf.concat([tf.slice(spins, [1], [3]), tf.slice(spins, [0], [1])])
    yield* factor("ring", Tensor.of([], tf.mul(0.5, tf.sum(tf.mul(spins, next)))))
    yield* deterministic("sum", Tensor.of([], tf.sum(spins)))
  })
  const prior = [0.5, 0.2, 0.3]
  const expectation = enumerated(4, 3, (z) =>
    z.reduce(
      (product, x, i) => product * (prior[x] ?? 0) * Math.exp((field[i] ?? 0) * x + 0.5 * x * (z[(i + 1) % 4] ?? 0)),
      1
    )
  )
  const data = { rows: { h: Dataset.of(field, []) } }
  const swept = await run(ring.gibbs(data, { draws: 500, seed: 2, progress: false }), onnx)
  for (const i of field.keys())
    expect(
      Math.abs(
        zOf(
          row(swept.draws.rows.z, i, 4),
          4,
          (x) => x,
          expectation((z) => z[i] ?? 0)
        )
      )
    ).toBeLessThan(4)
  const { sum } = swept.draws
  if (sum === undefined) throw new Error("there is no sum")
  const square = expectation((z) => z.reduce((all, x) => all + x, 0) ** 2)
  expect(Math.abs(zOf(sum, 4, (x) => x ** 2, square))).toBeLessThan(4)
})

test("types of users that ratings read, with a continuous site, have the moments of enumeration and conjugacy", async () => {
  const ratings = { user: [0, 1, 2, 0, 1], y: [0.9, -0.2, 1.4, 1.6, 0.3] }
  const model = program(function* () {
    const shift = yield* sample("shift", Normal(0, 0.5))
    const kinds = yield* collect("users", () => enumerate("kind", Bernoulli({ probs: 0.4 })))
    yield* plate("ratings", function* (row: { readonly user: Tensor<readonly []> }) {
      yield* observe("y", Normal(add(shift, at(kinds, row.user)), 0.6))
    })
  })
  const data = { users: 3, ratings: { user: Dataset.of(ratings.user, []), y: Dataset.of(ratings.y, []) } }
  const { draws } = await run(model.gibbs(data, { warmup: 100, draws: 400, seed: 1, progress: false }), onnx)
  // the residuals are normal with a shift in common: by Sherman and Morrison
  const expectation = enumerated(3, 2, (z) => {
    const left = ratings.y.map((y, i) => y - (z[ratings.user[i] ?? 0] ?? 0))
    const [own, common, n] = [0.36, 0.25, left.length]
    const sum = left.reduce((all, x) => all + x, 0)
    const square = left.reduce((all, x) => all + x * x, 0) / own - (common * sum ** 2) / (own * (own + n * common))
    return z.reduce((product, x) => product * (x === 1 ? 0.4 : 0.6), 1) * Math.exp(-square / 2)
  })
  for (const i of [0, 1, 2])
    expect(
      Math.abs(
        zOf(
          row(draws.users.kind, i, 3),
          4,
          (x) => x,
          expectation((z) => z[i] ?? 0)
        )
      )
    ).toBeLessThan(4)
  const shift = expectation((z) => {
    const sum = ratings.y.reduce((all, y, i) => all + y - (z[ratings.user[i] ?? 0] ?? 0), 0)
    return (0.25 * sum) / (0.36 + 5 * 0.25)
  })
  expect(Math.abs(zOf(draws.shift, 4, (x) => x, shift))).toBeLessThan(4)
})
