import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { cond } from "../../../src/model/choice.ts"
import { Net } from "../../../src/model/net/index.ts"
import { param } from "../../../src/model/Param.ts"
import { factor, observe, plate, sample } from "../../../src/model/Site.ts"
import { scan } from "../../../src/tensor/scan.ts"
import { Tensor, typed } from "../../../src/tensor/Tensor.ts"
import { cpu, engines, gradientMoments, run, under, watched } from "../../infer/harness.ts"

type Row = { readonly x: Tensor<[3]> }
const rate = 0.3
/** The variance of one number of a mask: E[m²] − 1 with m = 1/(1 − rate) or 0. */
const spread = rate / (1 - rate)
const xs = [
  [1, -2, 0.5],
  [0.3, 1.5, -1]
]
const ys = [0.7, -1.2]
const first = [0.4, -0.6, 1.1]
const data = () => ({
  rows: { x: Dataset.of(Float32Array.from(xs.flat()), [3]), y: Dataset.of(Float32Array.from(ys), []) }
})
const dot = (a: tf.Tensor, b: tf.Tensor): Tensor<readonly []> => typed(tf.sum(tf.mul(a, b)))
const sumOf = (numbers: ReadonlyArray<number>): number => numbers.reduce((a, b) => a + b, 0)

const drop = Net.dropout(rate)
const regression = program(function* () {
  yield* plate("rows", function* ({ x }: Row) {
    yield* observe("y", Normal(dot(drop(x), param("w", [3], first)), 1))
  })
}).guide(() => ({}))

const steps = 1500
const still = { epochs: steps, progress: false, seed: 5 } as const

describe.each(engines)("dropout in a regression, on %s", (_, source) => {
  test("has the mean loss and the mean gradient of the closed form, and is off in elbo", async () => {
    const { engine, sessions } = watched(source)
    const fitted = await run(regression.fit(data(), { ...still, optimizer: gradientMoments }), engine)
    const errors = xs.map((x, i) => (ys[i] ?? 0) - sumOf(x.map((xj, j) => xj * (first[j] ?? 0))))
    // E (y − w·(m∘x))² = (y − w·x)² + spread · Σ w²x²
    const penalty = sumOf(xs.flat().map((x, i) => spread * (x * (first[i % 3] ?? 0)) ** 2))
    const plain = sumOf(errors.map((e) => e ** 2 / 2 + Math.log(2 * Math.PI) / 2))
    const losses = fitted.history.map(({ train }) => train)
    const [mean, sd] = momentsOf(losses)
    expect(Math.abs(mean - plain - penalty / 2)).toBeLessThan((4.5 * sd) / Math.sqrt(steps))
    expect(sd).toBeGreaterThan(0.1)

    const last = sessions.at(0)?.last ?? {}
    const [sums, squares] = [under("sum:", last)["w"] ?? [], under("squares:", last)["w"] ?? []]
    first.forEach((w, j) => {
      const exact = sumOf(xs.map((x, i) => -(errors[i] ?? 0) * (x[j] ?? 0) + spread * w * (x[j] ?? 0) ** 2))
      const average = (sums[j] ?? Number.NaN) / steps
      const error = Math.sqrt(((squares[j] ?? 0) / steps - average ** 2) / steps)
      expect(Math.abs(average - exact) / error).toBeLessThan(4.5)
    })
    expect(await run(fitted.elbo(data()), source)).toBeCloseTo(-plain, 5)
  })
})

const momentsOf = (values: ReadonlyArray<number>): readonly [number, number] => {
  const mean = sumOf(values) / values.length
  return [mean, Math.sqrt(sumOf(values.map((x) => (x - mean) ** 2)) / (values.length - 1))]
}

/** The losses of steps that move nothing, of a program whose log density is `f` of a row and of layers. */
const losses = async (f: (x: Tensor<[3]>) => tf.Tensor, options = {}): Promise<ReadonlyArray<number>> => {
  const summed = program(function* () {
    yield* plate("rows", function* ({ x }: Row) {
      yield* factor("f", typed(tf.sum(f(x))))
    })
  }).guide(() => ({}))
  const rows = { x: Dataset.of(new Float32Array(12).fill(1), [3]) }
  const settings = { epochs: 400, progress: false, seed: 2, optimizer: Optimizer.sgd(0), ...options } as const
  return (await run(summed.fit({ rows }, settings), cpu)).history.map(({ train }) => -train)
}

describe("masks", () => {
  test("are drawn anew for each row and each step, by the seed, and are the same for all particles", async () => {
    const layer = Net.dropout(0.5)
    const found = await losses((x) => layer(x))
    // 12 numbers of 4 rows, each 0 or 2
    expect(new Set(found).size).toBeGreaterThan(8)
    expect(found.every((x) => x >= 0 && x <= 24 && Number.isInteger(x / 2))).toBe(true)
    const [mean, sd] = momentsOf(found)
    expect(Math.abs(mean - 12)).toBeLessThan(4.5 * Math.sqrt(12 / 400))
    // the variance of 12 independent numbers is 12, of 4 equal rows 48; its own standard error is √(2/400) of it
    expect(Math.abs(sd ** 2 - 12)).toBeLessThan(4.5 * 12 * Math.sqrt(2 / 400))
    expect(await losses((x) => layer(x))).toEqual(found)
    expect(await losses((x) => layer(x), { particles: 3 })).toEqual(found)
    expect(await losses((x) => layer(x), { seed: 3 })).not.toEqual(found)
  })

  test("of one layer are the same wherever it is called for a datum; two layers have two", async () => {
    const [layer, other] = [Net.dropout(0.5), Net.dropout(0.5)]
    const gap = (f: (x: Tensor<[3]>) => tf.Tensor) => (x: Tensor<[3]>) => tf.square(tf.sub(f(x), layer(x)))
    const along = (x: Tensor<[3]>) => {
      const { ys } = scan({ c: x as Tensor }, {}, ({ c }) => ({ carry: { c }, y: { d: layer(c) } }), { length: 4 })
      return tf.mean(ys.d, 0)
    }
    const branch = (x: Tensor<[3]>) =>
      cond(
        typed(tf.greater(tf.sum(x), 0)),
        () => layer(x),
        () => tf.neg(x) as Tensor<[3]>
      )
    const isZero = (x: number): boolean => x === 0
    expect((await losses(gap((x) => layer(x)))).every(isZero)).toBe(true)
    expect((await losses(gap((x) => tf.tidy(() => layer(x))))).every(isZero)).toBe(true)
    expect((await losses(gap(along))).every(isZero)).toBe(true)
    expect((await losses(gap(branch))).every(isZero)).toBe(true)
    expect(momentsOf(await losses(gap((x) => other(x))))[0]).toBeGreaterThan(20)
  })
})

test("the plan says that the losses are those of masked nets; posterior and generate read the net as it is", async () => {
  const net = Net.sequential(Net.dense(4, { name: "a" }), Net.dropout(0.5), Net.dense(1, { name: "b" }))
  const read = program(function* () {
    const z = yield* sample("z", Normal(0, 1).iid(3))
    yield* observe("y", Normal(typed<readonly []>(tf.sum(net(z))), 1))
  }).guide(() => ({ z: Normal(typed<readonly [3]>(tf.mul(net(Tensor.of([3], tf.ones([3]))), tf.ones([3]))), 1e-9) }))
  const y = { y: Tensor.of([], tf.scalar(0.3)) }
  expect(read.explain(y).noBound).toEqual(["it is that of nets with masks (Net.dropout), and elbo reads them without"])
  const fitted = await run(read.fit(y, { epochs: 3, progress: false }), cpu)
  const draws = await run(fitted.posterior(y, 20), cpu)
  const values = [...draws.z.values]
  expect(Math.max(...values) - Math.min(...values)).toBeLessThan(1e-5)
})

test.each([1, -0.1, Number.NaN, Number.POSITIVE_INFINITY])("a rate of %s is refused", (rate) => {
  expect(() => Net.dropout(rate)).toThrow(/from 0 to below 1/)
})
