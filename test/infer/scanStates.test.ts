import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Categorical } from "../../src/dist/Categorical.ts"
import { DiscreteUniform } from "../../src/dist/DiscreteUniform.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../src/dist/OneHotCategorical.ts"
import { Uniform } from "../../src/dist/Uniform.ts"
import { recordJoint } from "../../src/infer/joint/recordJoint.ts"
import { program } from "../../src/infer/program/program.ts"
import type { AnyProgram } from "../../src/model/Guided.ts"
import { param } from "../../src/model/Param.ts"
import { scan } from "../../src/model/recurrence.ts"
import { enumerate, observe, plate, sample } from "../../src/model/Site.ts"
import { add, mul } from "../../src/tensor/ops/ofTwo.ts"
import { at } from "../../src/tensor/ops/pick.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { allNodes } from "../../src/trace/region.ts"
import { logSumExp, normal } from "../support/closedForms.ts"
import { cpu, onnx, run } from "./harness.ts"
import { locs, means, prior, rowsOf, step, table, ways } from "./threeStates.ts"

const ys = [0.3, -0.7, 1.2, 0.4]
const rows = (values: ReadonlyArray<number> = ys) => rowsOf(values)
const still = { progress: false, epochs: 1, learningRate: 1e-9 } as const

/** Probabilities of all ways, by their log densities. */
const normalized = (logs: ReadonlyArray<number>): ReadonlyArray<number> => {
  const total = logSumExp(logs)
  return logs.map((x) => Math.exp(x - total))
}

/** Holds the counts of draws against their probabilities: Pearson's χ² within 3.5 of its standard deviations, cells of less than 5 expected draws as one. */
const mustFollow = (draws: ReadonlyArray<number>, probabilities: ReadonlyArray<number>): void => {
  const counts = new Array<number>(probabilities.length).fill(0)
  for (const draw of draws) counts[draw] = (counts[draw] ?? 0) + 1
  let [rare, rareExpected, squares, cells] = [0, 0, 0, 0]
  const add = (count: number, expected: number): void => {
    squares += (count - expected) ** 2 / expected
    cells++
  }
  probabilities.forEach((p, i) => {
    const [count, expected] = [counts[i] ?? 0, p * draws.length]
    if (expected >= 5) add(count, expected)
    else {
      rare += count
      rareExpected += expected
    }
  })
  if (rareExpected >= 5) add(rare, rareExpected)
  else expect(rare).toBeLessThan(5 + 5 * Math.sqrt(rareExpected + 1))
  const df = cells - 1
  expect(cells).toBeGreaterThan(2)
  expect((squares - df) / Math.sqrt(2 * df)).toBeLessThan(3.5)
}

/** Draws of several sites, `[n, T]` each, as the number of their way: `digit` makes one digit of their values at a position. */
const asWays = (n: number, k: number, steps: number, digit: (place: number) => number): ReadonlyArray<number> =>
  Array.from({ length: n }, (_, i) =>
    Array.from({ length: steps }, (_, t) => digit(i * steps + t) * k ** t).reduce((a, b) => a + b, 0)
  )

const hidden = program(function* () {
  yield* scan("steps", { state: 3 }, function* ({ state }) {
    const next = yield* enumerate("state", Categorical({ logits: at(table(), state) }))
    yield* observe("y", Normal(at(locs(), next), 0.7))
    return { state: next }
  })
})
const withShift = program(function* () {
  const shift = yield* sample("shift", Normal(0, 1))
  yield* scan("steps", { state: 3 }, function* ({ state }) {
    const next = yield* enumerate("state", Categorical({ logits: at(table(), state) }))
    yield* observe("y", Normal(add(shift, at(locs(), next)), 0.7))
    return { state: next }
  })
})
const seen =
  (shift: number) =>
  (states: ReadonlyArray<number>): number =>
    prior(states) + states.reduce((sum, s, t) => sum + normal(ys[t] ?? 0, shift + (means[s] ?? 0), 0.7), 0)

/** The deviation of how often each state is drawn at each position from its exact probability given the draws of `shift`, in standard errors. */
const deviations = (shifts: ArrayLike<number>, states: ArrayLike<number>): ReadonlyArray<number> => {
  const all = ways(3, 4)
  const sums = new Float64Array(12)
  const variances = new Float64Array(12)
  for (let i = 0; i < shifts.length; i++) {
    const p = normalized(all.map(seen(shifts[i] ?? 0)))
    for (let place = 0; place < 12; place++) {
      const [t, k] = [Math.floor(place / 3), place % 3]
      const chance = all.reduce((sum, way, w) => sum + (way[t] === k ? (p[w] ?? 0) : 0), 0)
      sums[place] = (sums[place] ?? 0) + (states[i * 4 + t] === k ? 1 : 0) - chance
      variances[place] = (variances[place] ?? 0) + chance * (1 - chance)
    }
  }
  return [...sums].map((sum, i) => sum / Math.sqrt(variances[i] ?? 0))
}

describe("draws of the states that a recurrence sums out", () => {
  test("follow the joint distribution of all 81 ways", async () => {
    const fitted = await run(hidden.guide(() => ({})).fit(rows(), still), onnx)
    const { state } = (await run(fitted.posterior(rows(), 3000, { seed: 1 }), onnx)).steps
    expect(state.shape).toEqual([3000, 4])
    const { values } = state
    mustFollow(
      asWays(3000, 3, 4, (i) => values[i] ?? -1),
      normalized(ways(3, 4).map(seen(0)))
    )
  })

  test("follow it for each draw of a latent mean, by a guide and by a sampler", async () => {
    const guided = withShift.guide(() => ({ shift: Normal(param("loc", [], 0.1), param.positive("scale", [], 0.5)) }))
    const fitted = await run(guided.fit(rows(), still), onnx)
    const byGuide = await run(fitted.posterior(rows(), 2000, { seed: 2 }), onnx)
    for (const z of deviations(byGuide.shift.values, byGuide.steps.state.values)) expect(Math.abs(z)).toBeLessThan(3.5)
    const sampled = await run(
      withShift.nuts(rows(), { draws: 200, warmup: 100, chains: 2, seed: 3, progress: false }),
      onnx
    )
    const { shift, steps } = sampled.draws
    expect(steps.state.values.length).toBe(1600)
    for (const z of deviations(shift.values, steps.state.values)) expect(Math.abs(z)).toBeLessThan(3.5)
  })

  test("are the same on both engines for a thousand steps, and the graph does not grow", async () => {
    const count = (T: number): number =>
      allNodes(
        recordJoint(
          { model: hidden.effect as AnyProgram, guide: { kind: "prior" } },
          { plates: { steps: { y: [] } }, globals: {}, counts: { steps: T } },
          { scored: new Set(), enumerated: new Set(), drawsStates: true }
        ).joint.graph.nodes
      ).length
    expect(count(1000)).toBe(count(10))
    expect(count(10)).toBeGreaterThan(40)
    const long = rows(Array.from({ length: 1000 }, (_, t) => Math.sin(t) + Math.cos(3 * t)))
    const fitted = await run(hidden.guide(() => ({})).fit(long, still), onnx)
    const states = async (engine: typeof cpu) =>
      (await run(fitted.posterior(long, 1, { seed: 4 }), engine)).steps.state.values
    const [one, other] = [await states(cpu), await states(onnx)]
    expect(one.length).toBe(1000)
    expect(new Set(one)).toEqual(new Set([0, 1, 2]))
    // a tie within rounding may go either way
    expect(one.filter((s, i) => s !== other[i]).length).toBeLessThan(4)
  })
})

describe("draws in other forms", () => {
  test("several sites with values of their own, and an observation that reads two positions", async () => {
    const model = program(function* () {
      yield* scan("steps", { s: 0 }, function* ({ s }) {
        const kind = yield* enumerate("kind", DiscreteUniform(4, 5))
        const next = yield* enumerate("s", Bernoulli({ logits: add(mul(0.8, s), mul(0.2, kind)) }))
        const hot = yield* enumerate("hot", OneHotCategorical({ logits: at(table(), 3) }))
        yield* observe("y", Normal(add(mul(next, kind), add(mul(0.4, s), mul(2, at(hot, 2)))), 1))
        return { s: next }
      })
    })
    const [first, second] = [3.2, 1.5]
    const data = rows([first, second])
    const fitted = await run(model.guide(() => ({})).fit(data, still), onnx)
    const { steps } = await run(fitted.posterior(data, 3000, { seed: 5 }), onnx)
    expect(steps.hot.shape).toEqual([3000, 2, 3])
    const hotAt = (i: number): number => [0, 1, 2].reduce((sum, k) => sum + k * (steps.hot.values[3 * i + k] ?? 0), 0)
    const draws = asWays(
      3000,
      12,
      2,
      (i) => (steps.kind.values[i] ?? 0) - 4 + 2 * (steps.s.values[i] ?? 0) + 4 * hotAt(i)
    )
    const coin = (z: number, logit: number): number => (z === 1 ? 0 : -logit) - Math.log1p(Math.exp(-logit))
    const logs = ways(12, 2).map((way) =>
      way.reduce((sum, joint, t) => {
        const [kind, s, hot] = [4 + (joint % 2), Math.floor(joint / 2) % 2, Math.floor(joint / 4)]
        const before = t === 0 ? 0 : Math.floor((way[0] ?? 0) / 2) % 2
        const loc = s * kind + 0.4 * before + (hot === 2 ? 2 : 0)
        return sum + coin(s, 0.8 * before + 0.2 * kind) + step(3, hot) + normal(t === 0 ? first : second, loc, 1)
      }, 0)
    )
    mustFollow(draws, normalized(logs))
  })

  test("in the rows of a plate, beside a site that is summed out in each row", async () => {
    const series = [ys.slice(0, 3), [2, 1.4, -1]]
    const model = program(function* () {
      yield* plate("series", function* (row: { readonly all: Tensor<readonly [3]> }) {
        const regime = yield* enumerate("regime", Bernoulli({ probs: 0.3 }))
        yield* scan("steps", { state: 3 }, function* ({ state }, _: object, t) {
          const next = yield* enumerate("state", Categorical({ logits: at(table(), state) }))
          yield* observe("y", Normal(add(regime, at(locs(), next)), 0.7), at(row.all, t))
          return { state: next }
        })
      })
    })
    const data = { series: { all: Dataset.of(series.flat(), [3]) }, steps: 3 }
    const fitted = await run(model.guide(() => ({})).fit(data as never, still), onnx)
    const draws = (await run(fitted.posterior(data as never, 2000, { seed: 6 }), onnx)) as unknown as {
      readonly series: { readonly regime: Dataset; readonly steps: { readonly state: Dataset } }
    }
    expect(draws.series.steps.state.shape).toEqual([2000, 2, 3])
    const [regime, state] = [draws.series.regime.values, draws.series.steps.state.values]
    for (const [r, of] of series.entries()) {
      const found = asWays(2000, 3, 3, (i) => state[(2 * Math.floor(i / 3) + r) * 3 + (i % 3)] ?? -1)
      const both = found.map((way, i) => way + 27 * (regime[2 * i + r] ?? 0))
      const logs = [0, 1].flatMap((z) =>
        ways(3, 3).map(
          (way) =>
            Math.log(z === 1 ? 0.3 : 0.7) +
            prior(way) +
            way.reduce((sum, s, t) => sum + normal(of[t] ?? 0, z + (means[s] ?? 0), 0.7), 0)
        )
      )
      mustFollow(both, normalized(logs))
    }
  })

  test("no impossible state is drawn", async () => {
    const model = program(function* () {
      yield* scan("steps", { s: 0 }, function* ({ s }) {
        const next = yield* enumerate("s", Bernoulli({ logits: mul(0.8, s) }))
        yield* observe("y", Uniform(mul(0.5, next), 1))
        return { s: next }
      })
    })
    const data = rows([0.3, 0.7, 0.2, 0.6])
    const fitted = await run(model.guide(() => ({})).fit(data, still), cpu)
    const { values } = (await run(fitted.posterior(data, 200), cpu)).steps.s
    expect(values.filter((s, i) => s === 1 && i % 2 === 0).length).toBe(0)
    expect(values.filter((s, i) => s === 1 && i % 2 === 1).length).toBeGreaterThan(100)
  })
})
