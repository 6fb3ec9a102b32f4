import { describe, expect, test } from "vitest"
import { chainOf } from "../../../src/infer/mcmc/chain.ts"
import { numbersOf } from "../../../src/infer/mcmc/chainNumbers.ts"
import { mixingOf } from "../../../src/infer/mcmc/diagnostics.ts"
import { emptyPhase } from "../../../src/infer/mcmc/hamiltonian.ts"
import { diagonal, type MetricKind, unit } from "../../../src/infer/mcmc/metric.ts"
import { nutsTransition } from "../../../src/infer/mcmc/nuts.ts"
import { adaptedStepSize } from "../../../src/infer/mcmc/stepSize.ts"
import { treeFor } from "../../../src/infer/mcmc/tree.ts"
import { isStraight } from "../../../src/infer/mcmc/uTurn.ts"
import { windowsOf } from "../../../src/infer/mcmc/windows.ts"
import { answered, at, distanceOf, normal, skewed, type Target } from "./answered.ts"

describe("a transition of NUTS", () => {
  // a Kolmogorov–Smirnov test of draws that begin in the target: one transition must leave it as it is
  test.each([
    ["a normal", normal([1, 1])],
    ["a skewed density, that of log of a Gamma(2, 1)", skewed.target]
  ] as const)("leaves %s unchanged", (_, target) => {
    const numbers = numbersOf(11, 0)
    const isGamma = target === skewed.target
    const n = 4000
    const ends = Float64Array.from({ length: n }, () => {
      const first = isGamma ? [skewed.draw(numbers)] : [numbers.normal(), numbers.normal()]
      const { place } = answered(
        nutsTransition(at(target, first), 6, { step: 0.9, metric: unit(first.length), numbers }),
        target
      )
      return place.vector[0] ?? 0
    }).sort()
    const cumulative = isGamma ? skewed.cumulative : normalCdf
    expect(distanceOf(ends, cumulative)).toBeLessThan(1)
    // and the test can fail: the same draws, moved by 0.2
    expect(distanceOf(ends, cumulative, 0.2)).toBeGreaterThan(1)
  })

  test("ends where it turns: about half a period of a normal's oscillation, whatever the step", () => {
    const target = normal([1])
    for (const step of [0.4, 0.1, 0.025]) {
      const numbers = numbersOf(2, 0)
      const lengths = Array.from({ length: 200 }, () =>
        answered(nutsTransition(at(target, [numbers.normal()]), 10, { step, metric: unit(1), numbers }), target)
      )
      const mean = lengths.reduce((sum, { leapfrogs }) => sum + leapfrogs * step, 0) / 200
      expect(mean).toBeGreaterThan(Math.PI / 3)
      expect(mean).toBeLessThan(2 * Math.PI)
      expect(lengths.some(({ isDivergent }) => isDivergent)).toBe(false)
    }
  })

  test("says that it diverged where a step is far too large, and stays", () => {
    const target = normal([1e-4])
    const numbers = numbersOf(5, 0)
    const moved = answered(nutsTransition(at(target, [0.01]), 10, { step: 1, metric: unit(1), numbers }), target)
    expect(moved.isDivergent).toBe(true)
    expect(moved.place.vector[0]).toBe(0.01)
    expect(moved.leapfrogs).toBe(1)
  })

  test("is the same in memory that earlier trees of other depths have used", () => {
    const target = normal([1, 0.01, 4])
    const tree = treeFor(3)
    let here = at(target, [0.3, 0.1, -1])
    for (let i = 0; i < 60; i++) {
      const moving = { step: i % 3 === 0 ? 0.01 : 0.15, metric: diagonal(Float64Array.of(1, 0.5, 2)) }
      const [again, anew] = [{ tree }, {}].map((memory) =>
        answered(nutsTransition(here, 8, { ...moving, numbers: numbersOf(i, 0), ...memory }), target)
      )
      expect(again).toEqual(anew)
      here = again?.place ?? here
    }
  })

  test("turns where one of the sums of its criterion does, written out", () => {
    const { normal: drawn } = numbersOf(3, 0)
    const vector = () => Float64Array.from({ length: 3 }, drawn)
    const state = () => ({ ...emptyPhase(vector), gradient: vector() })
    const along = (p: Float64Array, q: Float64Array, { velocity }: ReturnType<typeof state>): boolean =>
      [0, 1, 2].reduce((sum, i) => sum + ((p[i] ?? 0) + (q[i] ?? 0)) * (velocity[i] ?? 0), 0) > 0
    const found = Array.from({ length: 400 }, (_, n) => {
      const [a, b, c, d, both] = [state(), state(), state(), state(), vector()] as const
      const [early, late] = n % 2 === 0 ? [vector(), vector()] : [a.momentum, c.momentum]
      const [before, after] = n % 2 === 0 ? [b, d] : [a, c]
      const wanted =
        along(early, late, a) &&
        along(early, late, after) &&
        along(early, c.momentum, a) &&
        along(early, c.momentum, c) &&
        along(late, before.momentum, before) &&
        along(late, before.momentum, after)
      expect(isStraight(a, before, early, c, after, late, both)).toBe(wanted)
      expect([...both]).toEqual([0, 1, 2].map((i) => (early[i] ?? 0) + (late[i] ?? 0)))
      return wanted
    })
    expect(found.filter((is) => is).length).toBeGreaterThan(20)
  })

  test("doubles at most as often as it is told", () => {
    const numbers = numbersOf(5, 0)
    const target = normal([1])
    const moved = answered(nutsTransition(at(target, [1]), 3, { step: 1e-4, metric: unit(1), numbers }), target)
    expect([moved.depth, moved.leapfrogs]).toEqual([3, 7])
  })
})

/** Φ by its integral, summed from −8. */
const normalCdf = (() => {
  const [from, step] = [-8, 1e-3]
  const sums = new Float64Array(16_001)
  for (let i = 1; i < sums.length; i++)
    sums[i] = (sums[i - 1] ?? 0) + (step * Math.exp(-((from + (i - 0.5) * step) ** 2) / 2)) / Math.sqrt(2 * Math.PI)
  return (x: number): number => sums[Math.max(0, Math.min(16_000, Math.round((x - from) / step)))] ?? 0
})()

const run = (target: Target, size: number, metric: MetricKind, seed: number) => {
  const chains = [0, 1, 2, 3].map((index) =>
    answered(
      chainOf((place, moving) => nutsTransition(place, 10, moving), index, {
        ...{ warmup: 300, draws: 500, targetAccept: 0.8, metric, seed, start: new Float64Array(size).fill(Number.NaN) },
        onTransition: () => {}
      }),
      target
    )
  )
  return chains.flatMap((chain) => chain ?? [])
}

/** (mean − exact) in standard errors, of a function of the draws. */
const zOf = (chains: ReturnType<typeof run>, size: number, of: (x: Float32Array) => number, exact: number): number => {
  const values = chains.map(({ vectors }) =>
    Float64Array.from({ length: vectors.length / size }, (_, i) => of(vectors.subarray(i * size, (i + 1) * size)))
  )
  const all = values.flatMap((each) => [...each])
  return (all.reduce((sum, x) => sum + x, 0) / all.length - exact) / mixingOf(values).mcse
}

describe("chains with their warm-up", () => {
  test("give a normal of five dimensions and of very different scales its means and variances", () => {
    const variances = Array.from({ length: 5 }, (_, i) => 10 ** (i - 2))
    const chains = run(normal(variances), 5, "diagonal", 1)
    for (const [i, variance] of variances.entries()) {
      expect(Math.abs(zOf(chains, 5, (x) => x[i] ?? 0, 0))).toBeLessThan(4)
      expect(Math.abs(zOf(chains, 5, (x) => (x[i] ?? 0) ** 2, variance))).toBeLessThan(4)
    }
    for (const { divergent, acceptance, leapfrogs } of chains) {
      expect(divergent.some((x) => x === 1)).toBe(false)
      const mean = acceptance.reduce((sum, x) => sum + x, 0) / acceptance.length
      // the averaged step size is smaller than the mean one, so that the acceptance comes out above the target, as Stan's does
      expect(mean).toBeGreaterThan(0.75)
      expect(mean).toBeLessThan(0.95)
      // with the metric learned, the scales cost nothing
      expect(Math.max(...leapfrogs)).toBeLessThan(32)
    }
  })

  test("learn a correlation of 0.99 by a dense metric, with short trajectories", () => {
    const rho = 0.99
    const target: Target = (x) => {
      const [a = 0, b = 0] = x
      const scale = 1 / (1 - rho ** 2)
      const gradient = Float64Array.of(-scale * (a - rho * b), -scale * (b - rho * a))
      return { logDensity: (a * (gradient[0] ?? 0) + b * (gradient[1] ?? 0)) / 2, gradient }
    }
    const [dense, diagonal] = (["dense", "diagonal"] as const).map((metric) => run(target, 2, metric, 4))
    for (const chains of [dense ?? [], diagonal ?? []]) {
      expect(Math.abs(zOf(chains, 2, ([a = 0, b = 0]) => a * b, rho))).toBeLessThan(4)
      expect(Math.abs(zOf(chains, 2, ([a = 0]) => a, 0))).toBeLessThan(4)
    }
    const steps = (chains: ReturnType<typeof run> = []): number =>
      chains.reduce((sum, { leapfrogs }) => sum + leapfrogs.reduce((all, x) => all + x, 0), 0)
    expect(steps(dense)).toBeLessThan(steps(diagonal) / 3)
  })

  test("do not begin where nothing is finite", () => {
    const nowhere: Target = (x) => ({ logDensity: Number.NaN, gradient: x })
    expect(run(nowhere, 1, "diagonal", 0)).toEqual([])
  })
})

test("dual averaging finds the step size at which a known acceptance is the target's", () => {
  // acceptance e^(−ε): 0.8 at ε = −log 0.8
  const stepSize = adaptedStepSize(1, 0.8)
  for (let i = 0; i < 2000; i++) stepSize.learn(Math.exp(-stepSize.current()))
  expect(stepSize.final()).toBeCloseTo(-Math.log(0.8), 2)
})

test("the windows of a warm-up are Stan's", () => {
  expect(windowsOf(1000)).toEqual([
    [75, 100],
    [100, 150],
    [150, 250],
    [250, 450],
    [450, 950]
  ])
  expect(windowsOf(100)).toEqual([[15, 90]])
  expect(windowsOf(150)).toEqual([[75, 100]])
  expect(windowsOf(19)).toEqual([])
})

test("a metric's momenta have the inverse of its variances", () => {
  const numbers = numbersOf(1, 0)
  const metric = diagonal(Float64Array.of(4))
  const n = 4000
  const squares = Array.from({ length: n }, () => (metric.momentum(numbers)[0] ?? 0) ** 2)
  const mean = squares.reduce((sum, x) => sum + x, 0) / n
  // the standard error of a variance of 1/4
  expect(Math.abs(mean - 0.25) / (0.25 * Math.sqrt(2 / n))).toBeLessThan(4)
  expect(metric.velocity(Float64Array.of(3))[0]).toBe(12)
})
