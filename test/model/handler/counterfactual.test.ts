import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import * as fc from "fast-check"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import {
  Bernoulli,
  counterfactual,
  Data,
  deterministic,
  Exponential,
  Gamma,
  GuideMismatch,
  LogNormal,
  MultivariateNormal,
  Normal,
  observe,
  plate,
  StudentT,
  sample,
  Tensor,
  Transform,
  Transformed,
  trace,
  Weibull
} from "../../../src/index.ts"
import { runProgram } from "../../../src/model/runProgram.ts"

type Scalar = Tensor<readonly []>
const scalar = (x: tf.Tensor | number): Scalar => Tensor.of([], typeof x === "number" ? tf.scalar(x) : x)
const number = (x: tf.Tensor): number => x.dataSync()[0] ?? Number.NaN
const sum = (...terms: ReadonlyArray<readonly [number, tf.Tensor]>): Scalar =>
  scalar(terms.reduce<tf.Tensor>((total, [by, x]) => tf.add(total, tf.mul(by, x)), tf.scalar(0)))

beforeEach(async () => {
  await tf.setBackend("cpu")
  tf.engine().startScope()
})
afterEach(() => tf.engine().endScope())

/** Encouragement, homework and exam: Pearl, Glymour and Jewell (2016), section 4.2, figure 4.1 and equations 4.4. */
const study = Effect.gen(function* () {
  const x = yield* sample("x", Normal(0, 1))
  const h = yield* sample("h", Normal(sum([0.5, x]), 1))
  return yield* sample("y", Normal(sum([0.7, x], [0.4, h]), 1))
})

describe("a counterfactual", () => {
  test("Joe's exam had he done twice the homework: 1.90", () => {
    const joe = { given: { x: 0.5, h: 1, y: 1.5 }, intervene: { h: 2 }, query: ["y", "x", "h"] } as const
    const { value, sites } = trace(counterfactual(study, joe), {})
    expect(Math.abs(number(value.y) - 1.9)).toBeLessThan(1e-3)
    expect(number(value.x)).toBe(0.5)
    expect(number(value.h)).toBe(2)
    expect(sites.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "observed x",
      "observed h",
      "observed y",
      "deterministic twin.x",
      "deterministic twin.h",
      "deterministic twin.y"
    ])
  })

  test("without an intervention on its parents a site keeps its value, and that of the value it has changes nothing", () => {
    const numbers = fc.double({ min: -5, max: 5, noNaN: true }).map(Math.fround)
    fc.assert(
      fc.property(numbers, numbers, numbers, (x, h, y) => {
        const asked = { given: { x, h, y }, intervene: { h }, query: ["x", "h", "y"] } as const
        const { value } = trace(counterfactual(study, asked), {})
        expect([value.x, value.h, value.y].map(number)).toEqual([x, h, expect.closeTo(y, 4)])
        const later = { given: { x, h, y }, intervene: { y: 3 }, query: ["h"] } as const
        expect(number(trace(counterfactual(study, later), {}).value.h)).toBe(h)
      }),
      { numRuns: 30 }
    )
  })

  test("the same answer comes from noise written out as sites", () => {
    const structural = Effect.gen(function* () {
      const u = yield* sample("u", Normal(0, 1))
      const v = yield* sample("v", Normal(0, 1))
      const h = yield* deterministic("h", sum([0.5, u], [1, v]))
      return yield* deterministic("y", scalar(tf.exp(sum([0.7, u], [0.4, h]))))
    })
    const asked = { given: { u: 0.5, v: 0.75 }, intervene: { h: 2 }, query: ["y"] } as const
    expect(number(trace(counterfactual(structural, asked), {}).value.y)).toBeCloseTo(Math.exp(0.35 + 0.8), 5)
  })

  test("each family shares the noise by which it draws", () => {
    const scaleTril = Tensor.of(
      [2, 2],
      tf.tensor2d([
        [2, 0],
        [1, 1]
      ])
    )
    const families = Effect.gen(function* () {
      const x = yield* sample("x", Normal(0, 1))
      const rate = scalar(tf.exp(x))
      yield* sample("t", StudentT(4, x, rate))
      yield* sample("e", Exponential(rate))
      yield* sample("w", Weibull(rate, 2))
      yield* sample("l", LogNormal(x, 0.5))
      yield* sample("s", Transformed(Normal(x, rate), Transform.exp))
      yield* sample("m", MultivariateNormal(Tensor.of([2], tf.mul(x, tf.ones([2]))), { scaleTril }))
    })
    const m = Tensor.of([2], tf.tensor1d([1, 2]))
    const given = { x: 0, t: 1.5, e: 0.7, w: 0.9, l: 2, s: 3, m }
    const query = ["t", "e", "w", "l", "s", "m"] as const
    const { value } = trace(counterfactual(families, { given, intervene: { x: 1 }, query }), {})
    const rate = Math.E
    expect(number(value.t)).toBeCloseTo(1 + rate * 1.5, 4)
    // both keep u: rate · e, and w / scale
    expect(number(value.e)).toBeCloseTo(0.7 / rate, 5)
    expect(number(value.w)).toBeCloseTo(0.9 * rate, 4)
    expect(number(value.l)).toBeCloseTo(2 * Math.E, 4)
    expect(number(value.s)).toBeCloseTo(Math.exp(1 + rate * Math.log(3)), 2)
    expect([...value.m.dataSync()]).toEqual([expect.closeTo(2, 5), expect.closeTo(3, 5)])
  })

  test("a discrete site whose parents may have changed is refused in words, one before the intervention or declared outside is not", () => {
    const coin = Bernoulli({ probs: 0.5 })
    const coins = Effect.gen(function* () {
      const a = yield* sample("a", Bernoulli({ probs: scalar(0.3) }))
      const x = yield* sample("x", Normal(a, 1))
      const b = yield* sample("b", coin)
      yield* sample("c", Bernoulli({ logits: x }))
      return b
    })
    const given = { a: 1, x: 0, b: 1, c: 1 }
    const ask = (query: "a" | "b" | "c") =>
      trace(counterfactual(coins, { given, intervene: { x: 3 }, query: [query] }), {})
    expect(() => ask("c")).toThrow(GuideMismatch)
    expect(() => ask("c")).toThrow(
      /site 'c': its parents may have changed, and Bernoulli.*deterministic function of a noise site/
    )
    const short = Effect.flatMap(sample("a", Bernoulli({ probs: scalar(0.3) })), (a) =>
      Effect.flatMap(sample("x", Normal(a, 1)), () => sample("b", coin))
    )
    const { value } = trace(
      counterfactual(short, { given: { a: 1, x: 0, b: 1 }, intervene: { x: 3 }, query: ["a", "b"] }),
      {}
    )
    expect([number(value.a), number(value.b)]).toEqual([1, 1])
    const changed = Effect.flatMap(sample("x", Normal(0, 1)), (x) => sample("g", Gamma(scalar(tf.exp(x)), 1)))
    expect(() =>
      trace(counterfactual(changed, { given: { x: 0, g: 1 }, intervene: { x: 1 }, query: ["g"] }), {})
    ).toThrow(/Gamma does not say by which noise/)
  })

  test("each row of a plate has its own twin", () => {
    const units = plate("rows", (row: { readonly x: Scalar }) =>
      Effect.gen(function* () {
        const h = yield* observe("h", Normal(sum([0.5, row.x]), 1))
        yield* observe("y", Normal(sum([0.7, row.x], [0.4, h]), 1))
      })
    )
    const rows = { x: Data.of([0.5, 0], []), h: Data.of([1, 3], []), y: Data.of([1.5, 2], []) }
    const asked = { given: {}, intervene: { rows: { h: 2 } }, query: ["rows.y"] } as const
    const run = trace(counterfactual(units, asked), { rows } as never)
    const twins = run.sites.filter(({ name }) => name === "twin.y")
    expect(twins.map(({ rows: row, value }) => [row[0], number(value)])).toEqual([
      [0, expect.closeTo(1.9, 5)],
      [1, expect.closeTo(2 - 0.4, 5)]
    ])
  })

  test("costs two runs of the program, however many sites are set", () => {
    const long = (n: number) =>
      Effect.gen(function* () {
        let x = scalar(0)
        for (let i = 0; i < n; i++) x = yield* sample(`x${i}`, Normal(x, 1)) as Effect.Effect<Scalar>
      })
    const distributions = (n: number, moved: number): number => {
      let asked = 0
      const program = long(n)
      const counted = Effect.suspend(() => {
        asked++
        return program
      })
      const given = Object.fromEntries(Array.from({ length: n }, (_, i) => [`x${i}`, 1]))
      const intervene = Object.fromEntries(Array.from({ length: moved }, (_, i) => [`x${i}`, 2]))
      runProgram(counterfactual(counted as never, { given, intervene, query: [] } as never) as never, {
        rows: () => [],
        scan: (_, init) => init,
        collect: (_, [value = scalar(0)]) => value,
        site: (request) => (("value" in request ? request.value : undefined) as Tensor | undefined) ?? scalar(0)
      })
      return asked
    }
    expect([distributions(20, 1), distributions(20, 20)]).toEqual([2, 2])
  })

  test("unknown sites are refused with the sites that there are", () => {
    const ask = (question: object) => () => trace(counterfactual(study, question as never), {})
    const given = { x: 0.5, h: 1, y: 1.5 }
    expect(ask({ given: { z: 1 }, intervene: { h: 2 }, query: ["y"] })).toThrow(/'z'.*x, h, y/)
    expect(ask({ given, intervene: { z: 2 }, query: ["y"] })).toThrow(/intervene.*'z'.*x, h, y/)
    expect(ask({ given, intervene: { h: 2 }, query: ["z"] })).toThrow(/query.*'z'.*x, h, y/)
  })
})
