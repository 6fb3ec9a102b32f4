import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { Categorical } from "../../../../src/dist/Categorical.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { DataFormat, GuideMismatch, InvalidOption } from "../../../../src/Errors.ts"
import { program } from "../../../../src/infer/program/program.ts"
import { collect } from "../../../../src/model/collect.ts"
import { scale } from "../../../../src/model/handler/scale.ts"
import { param } from "../../../../src/model/Param.ts"
import { scan } from "../../../../src/model/recurrence.ts"
import { deterministic, enumerate, factor, observe, plate, sample } from "../../../../src/model/Site.ts"
import { add, mul } from "../../../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { cpu, failure, onnx, run } from "../../harness.ts"
import { zOf } from "../zOf.ts"

type Scalar = Tensor<readonly []>
const scalar = (x: number): Scalar => Tensor.of([], tf.scalar(x))
const probabilities = (p: ReadonlyArray<number>) => ({ probs: Tensor.of([p.length], tf.tensor1d([...p])) })
const logNormal = (x: number, mean: number, sd: number): number =>
  -((x - mean) ** 2) / (2 * sd ** 2) - Math.log(2 * Math.PI * sd ** 2) / 2

const there = <A>(value: A | undefined): A => {
  if (value === undefined) throw new Error("it is missing")
  return value
}

/** Sums over all values of sites with these numbers of values. */
const enumerated = (sizes: ReadonlyArray<number>, logDensity: (at: ReadonlyArray<number>) => number) => {
  const all = Array.from({ length: sizes.reduce((n, k) => n * k, 1) }, (_, state) => {
    let rest = state
    return sizes.map((k) => {
      const at = rest % k
      rest = Math.floor(rest / k)
      return at
    })
  })
  const weights = all.map((at) => Math.exp(logDensity(at)))
  const total = weights.reduce((sum, w) => sum + w, 0)
  return (of: (at: ReadonlyArray<number>) => number): number =>
    all.reduce((sum, at, i) => sum + ((weights[i] ?? 0) / total) * of(at), 0)
}

describe("a loopy network of three sites", () => {
  const prior = [0.2, 0.5, 0.3]
  const loop = program(function* () {
    const a = yield* enumerate("a", Categorical(probabilities(prior)))
    const b = yield* enumerate("b", Bernoulli({ probs: 0.4 }))
    const c = yield* enumerate("c", Bernoulli({ logits: mul(0.7, a) }))
    yield* factor("ab", mul(0.9, mul(a, b)))
    yield* factor("bc", mul(-1.1, mul(b, c)))
    yield* observe("y", Normal(add(a, c), 0.8))
    yield* deterministic("sum", add(a, mul(10, b)))
  })
  const expectation = enumerated([3, 2, 2], ([a = 0, b = 0, c = 0]) => {
    const p = 1 / (1 + Math.exp(-0.7 * a))
    return (
      Math.log((prior[a] ?? 0) * (b === 1 ? 0.4 : 0.6) * (c === 1 ? p : 1 - p)) +
      0.9 * a * b -
      1.1 * b * c +
      logNormal(1.3, a + c, 0.8)
    )
  })

  test.each([
    ["eager", cpu, 60],
    ["onnx", onnx, 1000]
  ] as const)("has the marginals of exact enumeration on %s", async (_, engine, draws) => {
    const swept = await run(loop.gibbs({ y: scalar(1.3) }, { draws, seed: 1, progress: false }), engine)
    for (const [i, site] of (["a", "b", "c"] as const).entries()) {
      const mean = expectation((at) => at[i] ?? 0)
      expect(Math.abs(zOf(swept.draws[site], 4, (x) => x, mean))).toBeLessThan(4)
    }
    // both sites together, which are not independent
    const both = expectation(([a, b]) => (a === 2 && b === 1 ? 1 : 0))
    const apart = expectation(([a]) => (a === 2 ? 1 : 0)) * expectation(([, b]) => b ?? 0)
    const together = (exact: number) => zOf(there(swept.draws.sum), 4, (x) => (x === 12 ? 1 : 0), exact)
    expect(Math.abs(together(both))).toBeLessThan(4)
    if (draws === 1000) expect(Math.abs(together(apart))).toBeGreaterThan(4)
    expect(swept.summary().rows.map(({ name }) => name)).toEqual(["a", "b", "c", "sum"])
    expect(`${swept}`).toContain(`4 chains of ${draws} sweeps`)
  })

  test("has the log density of each draw, and the same draws at a seed", async () => {
    const options = { draws: 20, chains: 2, warmup: 3, seed: 4, progress: false }
    const [one, again, other] = await Promise.all(
      [options, options, { ...options, seed: 5 }].map((each) => run(loop.gibbs({ y: scalar(1.3) }, each), cpu))
    )
    expect(again?.draws).toEqual(one?.draws)
    expect(other?.draws).not.toEqual(one?.draws)
    const { a, b, c } = one?.draws ?? {}
    for (const i of [0, 19, 20, 39]) {
      const [x = 0, y = 0, z = 0] = [a?.values[i], b?.values[i], c?.values[i]]
      const p = 1 / (1 + Math.exp(-0.7 * x))
      const prior = [0.2, 0.5, 0.3][x] ?? 0
      const exact =
        Math.log(prior * (y === 1 ? 0.4 : 0.6) * (z === 1 ? p : 1 - p)) +
        (0.9 * x * y - 1.1 * y * z + logNormal(1.3, x + z, 0.8))
      expect(one?.logDensity[i]).toBeCloseTo(exact, 4)
    }
  })
})

test("21 coins in one factor, whose 2²¹ values are too many to sum over, have the mean of the closed form", async () => {
  const [n, field, coupling] = [21, -0.6, 0.05]
  const coins = program(function* () {
    let sum: Scalar = scalar(0)
    for (let i = 0; i < n; i++) sum = add(sum, yield* enumerate(`coin${i}`, Bernoulli({ probs: 0.5 })))
    yield* factor("all", add(mul(field, sum), mul(coupling, mul(sum, sum))))
    yield* deterministic("sum", sum)
  })
  // p(sum = s) is proportional to C(n, s) exp(field s + coupling s²)
  const weights = Array.from({ length: n + 1 }, (_, s) => {
    let log = field * s + coupling * s * s
    for (let k = 0; k < s; k++) log += Math.log((n - k) / (k + 1))
    return Math.exp(log)
  })
  const total = weights.reduce((sum, w) => sum + w, 0)
  const moment = (of: (s: number) => number): number => weights.reduce((sum, w, s) => sum + (w / total) * of(s), 0)
  const swept = await run(coins.gibbs({}, { warmup: 50, draws: 300, progress: false }), onnx)
  const mean = moment((s) => s)
  expect(Math.abs(zOf(there(swept.draws.sum), 4, (x) => x, mean))).toBeLessThan(4)
  expect(
    Math.abs(
      zOf(
        there(swept.draws.sum),
        4,
        (x) => (x - mean) ** 2,
        moment((s) => (s - mean) ** 2)
      )
    )
  ).toBeLessThan(4)
  // coins that are apart have the mean n p
  expect(Math.abs(zOf(there(swept.draws.sum), 4, (x) => x, n / (1 + Math.exp(-field - coupling))))).toBeGreaterThan(4)
})

describe("a mixture in a plate, under a site outside of it", () => {
  const y = [0.3, 0.8, 1.1, 1.6]
  const data = { rows: { y: Dataset.of(y, []) } }
  const weight = 2
  const mixture = program(
    scale(
      program(function* () {
        const flag = yield* enumerate("flag", Bernoulli({ probs: 0.3 }))
        yield* plate("rows", function* () {
          const z = yield* enumerate("z", Bernoulli({ logits: add(-0.5, flag) }))
          yield* observe("y", Normal(mul(2, z), 1))
        })
      }).effect,
      weight
    )
  )
  const expectation = enumerated([2, 2, 2, 2, 2], ([flag = 0, ...z]) => {
    const p = 1 / (1 + Math.exp(0.5 - flag))
    const rows = z.map((each, row) => Math.log(each === 1 ? p : 1 - p) + logNormal(y[row] ?? 0, 2 * each, 1))
    return weight * rows.reduce((sum, x) => sum + x, Math.log(flag === 1 ? 0.3 : 0.7))
  })

  test("has the allocations of exact enumeration, with scaled densities", async () => {
    const swept = await run(mixture.gibbs(data, { draws: 1000, progress: false }), onnx)
    expect(
      Math.abs(
        zOf(
          swept.draws.flag,
          4,
          (x) => x,
          expectation(([flag]) => flag ?? 0)
        )
      )
    ).toBeLessThan(4)
    const { z } = swept.draws.rows
    expect(z.shape).toEqual([4000, 4])
    for (const row of y.keys()) {
      const own = { ...z, values: z.values.filter((_, i) => i % 4 === row), size: 4000 }
      const mean = expectation((at) => at[1 + row] ?? 0)
      expect(Math.abs(zOf(own, 4, (x) => x, mean))).toBeLessThan(4)
    }
  })

  test("has likelihoods and predictions of each draw", async () => {
    const swept = await run(mixture.gibbs(data, { chains: 1, warmup: 2, draws: 10, progress: false }), cpu)
    const { flag, rows } = swept.draws
    const likelihood = await run(swept.logLikelihood(), cpu)
    for (const i of [0, 5, 39])
      expect(likelihood.rows?.y?.values[i]).toBeCloseTo(logNormal(y[i % 4] ?? 0, 2 * (rows.z.values[i] ?? 0), 1), 4)
    const predicted = await run(swept.predict({ rows: 4000 }, { seed: 3 }), cpu)
    for (const i of [0, 9]) {
      const all = predicted.rows.y.values.slice(4000 * i, 4000 * (i + 1))
      const p = 1 / (1 + Math.exp(0.5 - (flag.values[i] ?? 0)))
      const error = Math.sqrt((1 + 4 * p * (1 - p)) / 4000)
      expect(Math.abs(Array.from(all).reduce((sum, x) => sum + x, 0) / 4000 - 2 * p) / error).toBeLessThan(4)
    }
  })

  test("refuses data that do not fit", async () => {
    expect(await failure(mixture.gibbs({ rows: { x: Dataset.of(y, []) } } as never))).toBeInstanceOf(DataFormat)
  })
})

test("a site of several coins is drawn as a whole", async () => {
  const pair = program(function* () {
    const coins = yield* enumerate("coins", Bernoulli({ probs: 0.5 }).iid(2))
    // they are alike, so that coins that are drawn one by one would stay
    yield* factor("alike", mul(-1e3, Tensor.of([], tf.square(tf.sub(coins.gather(0), coins.gather(1))))))
  })
  const swept = await run(pair.gibbs({}, { chains: 2, draws: 300, warmup: 5, progress: false }), cpu)
  const { values, shape } = swept.draws.coins
  expect(shape).toEqual([600, 2])
  expect(values.every((x, i) => x === values[i - (i % 2)])).toBe(true)
  const heads = values.filter((x, i) => i % 2 === 0 && x === 1).length
  expect(Math.abs(heads - 300) / Math.sqrt(600 / 4)).toBeLessThan(4)
})

describe("what cannot be swept is refused", () => {
  const coin = () => enumerate("coin", Bernoulli({ probs: 0.5 }))
  test.each([
    [
      "a discrete site that is drawn by sample",
      program(function* () {
        const k = yield* coin()
        yield* sample("flag", Bernoulli({ logits: k }))
      }),
      "'flag'",
      'enumerate("flag"'
    ],
    [
      "a program of continuous sites alone",
      program(function* () {
        yield* sample("mu", Normal(0, 1))
      }),
      "(program)",
      "Take nuts or hmc"
    ],
    [
      "a parameter",
      program(function* () {
        yield* factor("f", mul(param("weight", 1), yield* coin()))
      }),
      "'weight'",
      "parameter of the model"
    ],
    [
      "a program without enumerated sites",
      program(function* () {
        yield* factor("f", scalar(0))
      }),
      "(program)",
      "nothing to sample"
    ],
    [
      "a chain at impossible values",
      program(function* () {
        const k = yield* coin()
        yield* factor("f", Tensor.of([], tf.log(tf.mul(k, 0))))
      }),
      "(program)",
      "is -Infinity"
    ]
  ] as const)("%s", async (_, model, site, words) => {
    const error = await failure(model.gibbs({} as never, { draws: 10, progress: false }))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain(site)
    expect(error.message).toContain(words)
  })

  test("a site in plates inside of plates, and one in a scan", async () => {
    const nested = program(function* () {
      yield* plate("outer", () => plate("inner", () => coin()))
    })
    const plates = await failure(nested.gibbs({ outer: 2, inner: 2 }, { draws: 10, progress: false }))
    const steps = program(function* () {
      yield* scan("steps", { x: 0 }, function* ({ x }, _row: { readonly y: Scalar }) {
        yield* observe("y", Normal(yield* coin(), 1))
        return { x }
      })
    })
    const data = { steps: { y: Dataset.of([1, 2], []) } }
    const sequence = await failure(steps.gibbs(data, { draws: 10, progress: false }))
    for (const [error, words] of [
      [plates, "the plates [outer, inner]"],
      [sequence, "stands in a scan"]
    ] as const) {
      expect(error).toBeInstanceOf(GuideMismatch)
      expect(error.message).toContain("'coin'")
      expect(error.message).toContain(words)
    }
  })

  test("many rows that are read together", async () => {
    const collected = program(function* () {
      const all = yield* collect("rows", () => coin())
      yield* factor("f", Tensor.of([], tf.sum(all)))
    })
    const error = await failure(collected.gibbs({ rows: 101 } as never, { draws: 10, progress: false }))
    expect(error).toBeInstanceOf(GuideMismatch)
    expect(error.message).toContain("all 101 rows of the plate 'rows' together")
  })

  test("a wrong option", async () => {
    const model = program(function* () {
      yield* coin()
    })
    const error = await failure(model.gibbs({}, { sweeps: 4 } as never))
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error).toMatchObject({ option: "sweeps" })
  })
})
