import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { Categorical } from "../../../../src/dist/Categorical.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { InvalidOption } from "../../../../src/Errors.ts"
import { program } from "../../../../src/infer/program/program.ts"
import { deterministic, enumerate, factor, observe, plate, sample } from "../../../../src/model/Site.ts"
import { add, mul } from "../../../../src/tensor/ops/ofTwo.ts"
import { Tensor } from "../../../../src/tensor/Tensor.ts"
import { failure, onnx, run } from "../../harness.ts"
import { zOf } from "../zOf.ts"

const probabilities = (p: ReadonlyArray<number>) => ({ probs: Tensor.of([p.length], tf.tensor1d([...p])) })
const normal = (x: number, mean: number, sd: number): number => Math.exp(-((x - mean) ** 2) / (2 * sd ** 2)) / sd
const quiet = { warmup: 20, draws: 600, seed: 1, progress: false } as const

/** a xor b, almost surely: equal values weigh e⁻⁴⁰. */
const xor = program(function* () {
  const a = yield* enumerate("a", Bernoulli({ probs: 0.7 }))
  const b = yield* enumerate("b", Bernoulli({ probs: 0.4 }))
  yield* factor("xor", Tensor.of([], tf.mul(-40, tf.sub(1, tf.squaredDifference(a, b)))))
})

describe("two sites that hold each other in place", () => {
  test("never move one by one, which the summary says", async () => {
    const { draws, summary } = await run(xor.gibbs({}, { ...quiet, draws: 100 }), onnx)
    for (const chain of [0, 1, 2, 3])
      expect(new Set(draws.a.values.subarray(100 * chain, 100 * (chain + 1))).size).toBe(1)
    expect(summary().advice.join("\n")).toContain("blocks")
  })

  test("have exact probabilities in a block", async () => {
    const { draws, summary } = await run(xor.gibbs({}, { ...quiet, blocks: [["a", "b"]] }), onnx)
    expect(draws.a.values.every((a, i) => a === 1 - (draws.b.values[i] ?? 0))).toBe(true)
    expect(Math.abs(zOf(draws.a, 4, (x) => x, 0.42 / (0.42 + 0.12)))).toBeLessThan(4)
    expect(summary().advice).toEqual([])
  })
})

test("three sites of different sizes, in a block of two and one of all, have the marginals and pairs of enumeration", async () => {
  const [pa, pc] = [
    [0.2, 0.5, 0.3],
    [0.1, 0.4, 0.2, 0.3]
  ] as const
  const three = program(function* () {
    const a = yield* enumerate("a", Categorical(probabilities(pa)))
    const b = yield* enumerate("b", Bernoulli({ probs: 0.4 }))
    const c = yield* enumerate("c", Categorical(probabilities(pc)))
    yield* factor("all", mul(0.5, mul(a, mul(b, c))))
    yield* observe("y", Normal(add(a, c), 1.5))
    yield* deterministic("state", add(a, add(mul(10, b), mul(100, c))))
  })
  const y = 2.2
  const weights = new Map<number, number>()
  for (const [a, ofA] of pa.entries())
    for (const b of [0, 1])
      for (const [c, ofC] of pc.entries())
        weights.set(
          a + 10 * b + 100 * c,
          ofA * (b === 1 ? 0.4 : 0.6) * ofC * Math.exp(0.5 * a * b * c) * normal(y, a + c, 1.5)
        )
  const total = [...weights.values()].reduce((sum, w) => sum + w, 0)
  for (const blocks of [[["a", "c"]], [["c", "a", "b"]]] as const) {
    const { draws } = await run(
      three.gibbs({ y: Tensor.of([], tf.scalar(y)) }, { ...quiet, draws: 1000, blocks }),
      onnx
    )
    const states = draws.state
    if (states === undefined) throw new Error("there are no states")
    // the distance of all 24 probabilities from the exact ones, as chi squared of draws that are nearly independent
    const n = states.size
    const chi = [...weights].reduce((sum, [state, weight]) => {
      const wanted = (n * weight) / total
      return sum + (states.values.filter((x) => x === state).length - wanted) ** 2 / wanted
    }, 0)
    // the 0.999 quantile of chi squared with 23 degrees of freedom is 49.7; draws with a site outside of the block depend on each other
    expect(chi).toBeLessThan(blocks[0].length === 3 ? 49.7 : 100)
    for (const [site, digit] of [
      ["a", 1],
      ["b", 10],
      ["c", 100]
    ] as const) {
      const exact = [...weights].reduce((sum, [state, w]) => sum + (Math.floor(state / digit) % 10) * (w / total), 0)
      expect(Math.abs(zOf(draws[site], 4, (x) => x, exact))).toBeLessThan(4)
    }
  }
})

test("a block in each row of a plate, beside a continuous site, has the moments of each row", async () => {
  // y is near a sum that is 1 in two ways; a mean outside of the plate moves by NUTS
  const y = [1.1, 0.2]
  const model = program(function* () {
    const shift = yield* sample("shift", Normal(0, 0.5))
    yield* plate("rows", function* () {
      const a = yield* enumerate("a", Bernoulli({ probs: 0.3 }))
      const b = yield* enumerate("b", Bernoulli({ probs: 0.6 }))
      yield* observe("y", Normal(add(shift, add(a, b)), 0.2))
    })
  })
  const data = { rows: { y: Dataset.of(y, []) } }
  const { draws } = await run(model.gibbs(data, { ...quiet, warmup: 100, draws: 400, blocks: [["a", "b"]] }), onnx)
  const states = [0, 1].flatMap((a) => [0, 1].map((b) => ({ a, b, p: (a === 1 ? 0.3 : 0.7) * (b === 1 ? 0.6 : 0.4) })))
  // given both rows' coins, the two observations less their sums are normal with the shift in common
  const pairs = states.flatMap((first) =>
    states.map((second) => {
      const [u, v] = [(y[0] ?? 0) - first.a - first.b, (y[1] ?? 0) - second.a - second.b]
      const [own, common] = [0.04, 0.25]
      const determinant = (own + common) ** 2 - common ** 2
      const square = ((own + common) * (u ** 2 + v ** 2) - 2 * common * u * v) / determinant
      return { first, second, w: (first.p * second.p * Math.exp(-square / 2)) / Math.sqrt(determinant) }
    })
  )
  const total = pairs.reduce((sum, { w }) => sum + w, 0)
  const row = (all: Dataset, i: number): Dataset => ({
    ...all,
    size: 1600,
    values: all.values.filter((_, at) => at % 2 === i)
  })
  for (const site of ["a", "b"] as const) {
    const exact = [
      pairs.reduce((sum, { first, w }) => sum + (first[site] * w) / total, 0),
      pairs.reduce((sum, { second, w }) => sum + (second[site] * w) / total, 0)
    ]
    for (const i of [0, 1]) expect(Math.abs(zOf(row(draws.rows[site], i), 4, (x) => x, exact[i] ?? 0))).toBeLessThan(4)
  }
})

describe("blocks that cannot be drawn are refused", () => {
  const model = program(function* () {
    yield* enumerate("a", Categorical(probabilities(new Array<number>(20).fill(0.05))))
    yield* enumerate("b", Categorical(probabilities(new Array<number>(20).fill(0.05))))
    yield* sample("m", Normal(0, 1))
    yield* plate("rows", () => enumerate("c", Bernoulli({ probs: 0.5 })))
  })
  test.each([
    [[["a"]], "two or more names"],
    ["a", "two or more names"],
    [[["a", "m"]], "marked by enumerate: a, b, c"],
    [[["a", "c"]], "same plate"],
    [[["a", "a"]], "once"],
    [[["a", "b"]], "400"]
  ])("%j", async (blocks, words) => {
    const error = await failure(model.gibbs({ rows: 2 }, { ...quiet, blocks: blocks as never }))
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain("blocks")
    expect(error.message).toContain(words)
  })
})
