import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  at,
  Bernoulli,
  block,
  collect,
  condition,
  counterfactual,
  Data,
  deterministic,
  enumerate,
  factor,
  HalfNormal,
  InvalidOption,
  intervene,
  lift,
  MultivariateNormal,
  mask,
  Normal,
  observe,
  param,
  plate,
  program,
  Reparam,
  reparam,
  replay,
  StudentT,
  sample,
  scale,
  scan,
  seed,
  substitute,
  Tensor,
  type Trace,
  Transform,
  Transformed,
  trace
} from "../../../src/index.ts"
import { normal } from "../../support/closedForms.ts"
import { freesTensors } from "../../support/freesTensors.ts"

type Scalar = Tensor<readonly []>
const scalar = (x: number | tf.Tensor): Scalar => Tensor.of([], typeof x === "number" ? tf.scalar(x) : x)
const number = (x: tf.Tensor): number => x.dataSync()[0] ?? Number.NaN

freesTensors()

const schools = Effect.gen(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const tau = yield* sample("tau", HalfNormal(2))
  yield* observe("total", Normal(mu, 3))
  yield* plate("schools", (row: { readonly sigma: Scalar }) =>
    Effect.gen(function* () {
      const theta = yield* sample("theta", Normal(mu, tau))
      yield* deterministic("double", scalar(tf.mul(2, theta)))
      yield* observe("y", Normal(theta, row.sigma))
    })
  )
  return mu
})
const data = {
  total: scalar(1.5),
  schools: { sigma: Data.of([1, 2, 0.5], []), y: Data.of([2, -1, 0.3], []) }
}
/** the log density of N(mean, sd) */
/** Site by site: kind, name, rows, value, log density. */
const summary = ({ sites }: Trace<unknown, unknown>) =>
  sites.map(({ kind, name, rows, value, logDensity }) => [
    kind,
    name,
    rows.join(),
    [...value.dataSync()],
    number(logDensity)
  ])
const sameRun = (a: Trace<unknown, unknown>, b: Trace<unknown, unknown>): void => {
  expect(summary(a)).toEqual(summary(b))
  expect(number(a.logJoint)).toBe(number(b.logJoint))
}
const seeds = fc.integer({ min: 0, max: 2 ** 31 })
const small = fc.double({ min: -3, max: 3, noNaN: true }).map(Math.fround)
const law = (property: fc.IProperty<unknown> | fc.IRawProperty<unknown>): void => {
  fc.assert(property as fc.IProperty<unknown>, { numRuns: 25 })
}

describe("a trace", () => {
  test("runs a plate for each of its rows, and lists sites with values, distributions and log densities", () => {
    const run = trace(schools, data, { seed: 4 })
    expect(run.sites.map(({ kind, name, plates, rows }) => [kind, name, plates.join(), rows.join()])).toEqual([
      ["latent", "mu", "", ""],
      ["latent", "tau", "", ""],
      ["observed", "total", "", ""],
      ...["0", "1", "2"].flatMap((row) => [
        ["latent", "theta", "schools", row],
        ["deterministic", "double", "schools", row],
        ["observed", "y", "schools", row]
      ])
    ])
    const [mu, tau] = [number(run.values.mu), number(run.values.tau)]
    const theta = [...run.values.schools.theta.dataSync()]
    expect(run.values.schools.theta.shape).toEqual([3])
    expect([...run.values.schools.y.dataSync()].map((x) => Math.round(10 * x) / 10)).toEqual([2, -1, 0.3])
    expect([...run.values.schools.double.dataSync()]).toEqual(theta.map((x) => Math.fround(2 * x)))
    const right =
      normal(mu, 0, 5) +
      normal(tau, 0, 2) +
      Math.log(2) +
      normal(1.5, mu, 3) +
      theta.reduce((sum, x, i) => sum + normal(x, mu, tau) + normal([2, -1, 0.3][i] ?? 0, x, [1, 2, 0.5][i] ?? 1), 0)
    expect(number(run.logJoint)).toBeCloseTo(right, 4)
    expect(number(run.value)).toBe(mu)
    expect(run.sites[3]?.dist?.family).toBe("Normal")
  })

  test("is the same for the same seed, and its rows differ", () => {
    law(
      fc.property(seeds, (n) => {
        sameRun(trace(schools, data, { seed: n }), trace(schools, data, { seed: n }))
        expect(new Set(trace(schools, data, { seed: n }).values.schools.theta.dataSync()).size).toBe(3)
      })
    )
  })

  test("adds up to its log joint, factors and scales included", () => {
    const whole = Effect.gen(function* () {
      const mu = yield* schools
      yield* factor("penalty", scalar(tf.mul(-0.5, tf.square(mu))))
      yield* enumerate("k", Bernoulli({ probs: 0.3 }))
    })
    law(
      fc.property(seeds, fc.double({ min: 0, max: 3, noNaN: true }), (n, by) => {
        const run = trace(scale(whole, by), data, { seed: n })
        const sum = run.sites.reduce((total, { logDensity }) => total + number(logDensity), 0)
        expect(number(run.logJoint)).toBeCloseTo(sum, 3)
        expect(sum).toBeCloseTo(by * number(trace(whole, data, { seed: n }).logJoint), 2)
      })
    )
  })

  test("refuses data that are missing, and options that do not exist", () => {
    expect(() => trace(schools, { total: scalar(1) } as never)).toThrow(/data.schools: there are no data for the plate/)
    expect(() => trace(schools, { ...data, total: undefined } as never)).toThrow(/undefined/)
    expect(() => trace(schools, data, { sed: 1 } as never)).toThrow(InvalidOption)
    expect(() => trace(schools, data, { seed: -1 })).toThrow(InvalidOption)
  })

  test("reads parameters, given or as they begin", () => {
    const shifted = Effect.suspend(() => observe("x", Normal(param("mu", 2), param.positive("sigma", 3)), scalar(1)))
    expect(number(trace(shifted, {}).logJoint)).toBeCloseTo(normal(1, 2, 3), 5)
    const parameters = { mu: Float32Array.of(0), sigma: Float32Array.of(2) }
    expect(number(trace(shifted, {}, { parameters }).logJoint)).toBeCloseTo(normal(1, 0, 2), 5)
    const wrong = (given: object) => () => trace(shifted, {}, { parameters: given as typeof parameters })
    expect(wrong({ mu: Float32Array.of(0) })).toThrow(/parameters.sigma.*missing/)
    expect(wrong({ ...parameters, sigma: Float32Array.of(-1) })).toThrow(/outside of its support/)
    expect(wrong({ ...parameters, mu: Float32Array.of() })).toThrow(/0 numbers/)
  })
})

describe("handlers obey laws", () => {
  test("replay replays, whatever the seed", () => {
    law(
      fc.property(seeds, seeds, (a, b) => {
        const first = trace(schools, data, { seed: a })
        sameRun(trace(replay(schools, first), data, { seed: b }), first)
      })
    )
  })

  test("scale by 1 and a mask of true are the identity", () => {
    law(
      fc.property(seeds, (n) => {
        const plain = trace(schools, data, { seed: n })
        sameRun(trace(scale(schools, 1), data, { seed: n }), plain)
        sameRun(trace(mask(schools, true), data, { seed: n }), plain)
        sameRun(trace(mask(schools, scalar(1)), data, { seed: n }), plain)
      })
    )
  })

  test("condition and substitute give the same log joint, and the second keeps its sites latent", () => {
    law(
      fc.property(seeds, small, (n, mu) => {
        const [observed, latent] = [condition(schools, { mu }), substitute(schools, { mu })]
        const [a, b] = [trace(observed, data, { seed: n }), trace(latent, data, { seed: n })]
        expect(number(a.logJoint)).toBe(number(b.logJoint))
        expect([a.sites[0]?.kind, b.sites[0]?.kind]).toEqual(["observed", "latent"])
        expect(number(a.value)).toBe(mu)
      })
    )
  })

  test("those of disjoint sites commute", () => {
    law(
      fc.property(seeds, small, small, (n, mu, theta) => {
        const inside = { schools: { theta } }
        const pairs = [
          [condition(condition(schools, { mu }), inside), condition(condition(schools, inside), { mu })],
          [condition(intervene(schools, { mu }), inside), intervene(condition(schools, inside), { mu })],
          [block(intervene(schools, { mu }), "tau"), intervene(block(schools, "tau"), { mu })],
          [
            reparam(condition(schools, { mu }), { schools: { theta: Reparam.nonCentred } }),
            condition(reparam(schools, { schools: { theta: Reparam.nonCentred } }), { mu })
          ]
        ] as const
        for (const [a, b] of pairs)
          sameRun(trace(a as typeof schools, data, { seed: n }), trace(b as typeof schools, data, { seed: n }))
      })
    )
  })

  test("reparam leaves the joint distribution: densities differ by the scale of each value", () => {
    const moved = reparam(schools, { schools: { theta: Reparam.nonCentred } })
    law(
      fc.property(seeds, (n) => {
        const run = trace(moved, data, { seed: n })
        const [mu, tau] = [number(run.values.mu), number(run.values.tau)]
        const base = [...run.values.schools["theta.base"].dataSync()]
        expect([...run.values.schools.theta.dataSync()]).toEqual(base.map((z) => expect.closeTo(mu + tau * z, 4)))
        // p(theta) = p(z) / tau
        const centred = trace(replay(schools, run), data, { seed: n + 1 })
        fc.pre(tau > 0.01)
        expect(number(centred.logJoint)).toBeCloseTo(number(run.logJoint) - 3 * Math.log(tau), 2)
      })
    )
  })
})

describe("what each handler does to the sites", () => {
  const pair = Effect.gen(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    return yield* sample("x", Normal(mu, 2))
  })
  const kinds = (run: Trace<unknown, unknown>) => run.sites.map(({ kind, name }) => `${kind} ${name}`)

  test("intervene cuts a site off from its parents, leaves its density out and keeps its name", () => {
    const run = trace(intervene(schools, { mu: 7, total: 3, schools: { theta: 1, double: 5 } }), data, { seed: 1 })
    expect(kinds(run).slice(0, 6)).toEqual([
      "deterministic mu",
      "latent tau",
      "deterministic total",
      "deterministic theta",
      "deterministic double",
      "observed y"
    ])
    expect(number(run.value)).toBe(7)
    expect([...run.values.schools.double.dataSync()]).toEqual([5, 5, 5])
  })

  test("an intervened deterministic site gives its value to the program", () => {
    const chain = Effect.gen(function* () {
      const z = yield* sample("z", Normal(0, 1))
      const h = yield* deterministic("h", scalar(tf.mul(2, z)))
      return scalar(tf.add(h, 1))
    })
    expect(number(trace(intervene(chain, { h: 4 }), {}).value)).toBe(5)
  })

  test("block draws from the prior and counts no density; a scale or a mask around it changes nothing", () => {
    const run = trace(mask(scale(block(pair, "mu"), 3), false), {}, { seed: 2 })
    expect(number(run.logJoint)).toBe(0)
    expect(number(run.values.x)).toBe(number(trace(pair, {}, { seed: 2 }).values.x))
    const blocked = trace(block(pair, "mu"), {}, { seed: 2 })
    expect(number(blocked.logJoint)).toBeCloseTo(
      normal(number(blocked.values.x), number(trace(pair, {}, { seed: 2 }).values.mu), 2),
      5
    )
  })

  test("a mask leaves NaN out, also of single events, and masks meet", () => {
    const row = Tensor.of([3], tf.tensor1d([1, Number.NaN, 2]))
    const seen = Tensor.of([3], tf.tensor1d([1, 0, 1]))
    const program = mask(observe("x", Normal(0, 1).iid(3), row), seen)
    expect(number(trace(program, {}).logJoint)).toBeCloseTo(normal(1, 0, 1) + normal(2, 0, 1), 5)
    const twice = mask(program, Tensor.of([3], tf.tensor1d([0, 1, 1])))
    expect(number(trace(twice, {}).logJoint)).toBeCloseTo(normal(2, 0, 1), 5)
    expect(number(trace(mask(program, false), {}).logJoint)).toBe(0)
    const vectors = MultivariateNormal(0, {
      covariance: Tensor.of(
        [2, 2],
        tf.tensor2d([
          [1, 0],
          [0, 1]
        ])
      )
    })
    const vector = mask(observe("v", vectors, Tensor.of([2], tf.tensor1d([Number.NaN, 1]))), scalar(0))
    expect(number(trace(vector, {}).logJoint)).toBe(0)
    const wrong = mask(observe("x", Normal(0, 1).iid(3), row), Tensor.of([2], tf.tensor1d([1, 1])))
    expect(() => trace(wrong, {})).toThrow(/mask at site 'x': expected shape \[3\], got \[2\]/)
    expect(() => mask(pair, 1 as never)).toThrow(InvalidOption)
  })

  test("a mask leaves a factor out", () => {
    const infinite = factor("f", scalar(Number.NEGATIVE_INFINITY))
    expect(number(trace(mask(infinite, scalar(0)), {}).logJoint)).toBe(0)
    expect(number(trace(mask(factor("f", scalar(3)), scalar(1)), {}).logJoint)).toBe(3)
  })

  test("a scale of a row weighs each datum", () => {
    const weighted = plate("rows", (row: { readonly w: Scalar; readonly x: Scalar }) =>
      scale(observe("x", Normal(0, 1), row.x), row.w)
    )
    const run = trace(weighted, { rows: { w: Data.of([1, 0, 2], []), x: Data.of([0, 1, 2], []) } } as never)
    expect(number(run.logJoint)).toBeCloseTo(normal(0, 0, 1) + 2 * normal(2, 0, 1), 5)
    expect(() => scale(pair, -1)).toThrow(InvalidOption)
    expect(() => scale(pair, Tensor.of([2], tf.ones([2])) as never)).toThrow(/scale: expected shape \[\]/)
  })

  test("seeds tell the draws of programs apart, the inner one first", () => {
    const x = (program: typeof pair, n = 0) => number(trace(program, {}, { seed: n }).values.x)
    expect(x(seed(pair, 1))).toBe(x(seed(pair, 1)))
    expect(x(seed(pair, 1))).not.toBe(x(seed(pair, 2)))
    expect(x(seed(pair, 1))).not.toBe(x(pair))
    expect(x(seed(seed(pair, 1), 2))).toBe(x(seed(pair, 1)))
    expect(() => seed(pair, 0.5)).toThrow(InvalidOption)
  })

  test("a reparameterized site is a function of its base: location and scale, matrices and transforms", () => {
    const covariance = Tensor.of(
      [2, 2],
      tf.tensor2d([
        [4, 1],
        [1, 2]
      ])
    )
    const wide = Effect.gen(function* () {
      yield* sample("v", MultivariateNormal(Tensor.of([2], tf.tensor1d([1, -1])), { covariance }))
      yield* sample("t", StudentT(5, 2, 3))
      yield* sample("l", Transformed(Normal(1, 0.5), Transform.exp))
    })
    const run = trace(
      reparam(wide, { v: Reparam.nonCentred, t: Reparam.nonCentred, l: Reparam.transformed }),
      {},
      { seed: 5 }
    )
    const { values } = run
    const root = [
      [2, 0],
      [0.5, Math.sqrt(1.75)]
    ] as const
    const z = values["v.base"].dataSync()
    expect([...values.v.dataSync()]).toEqual([
      expect.closeTo(1 + root[0][0] * (z[0] ?? 0), 5),
      expect.closeTo(-1 + root[1][0] * (z[0] ?? 0) + root[1][1] * (z[1] ?? 0), 5)
    ])
    expect(number(values.t)).toBeCloseTo(2 + 3 * number(values["t.base"]), 5)
    expect(number(values.l)).toBeCloseTo(Math.exp(number(values["l.base"])), 5)
    expect(run.sites.filter(({ kind }) => kind === "latent").map(({ dist }) => dist?.family)).toEqual([
      "Normal",
      "StudentT",
      "Normal"
    ])
    expect(() => trace(reparam(wide, { l: Reparam.nonCentred } as never), {})).toThrow(
      /site 'l': it has the distribution Normal → exp, but Reparam.nonCentred needs a family of location and scale/
    )
  })

  test("lifted parameters are latent sites on their own support", () => {
    const line = Effect.suspend(() => observe("y", Normal(param("mu", 0), param.positive("sigma", 1)), scalar(2)))
    const run = trace(lift(line, { mu: Normal(0, 1), sigma: HalfNormal(2) }), {}, { seed: 3 })
    const [mu, sigma] = [number(run.values.mu), number(run.values.sigma)]
    expect(number(run.logJoint)).toBeCloseTo(
      normal(mu, 0, 1) + normal(sigma, 0, 2) + Math.log(2) + normal(2, mu, sigma),
      4
    )
    expect(() => trace(lift(line, { nu: Normal(0, 1) }), {})).toThrow(/for the parameter 'nu'.*mu, sigma/)
    expect(() => trace(lift(line, { sigma: Normal(0, 1) }), {})).toThrow(/support 'real'.*'positive'/)
    expect(() => trace(lift(line, { mu: Normal(0, 1).iid(2) }), {})).toThrow(/expected shape \[\], got \[2\]/)
    expect(() => lift(line, { mu: 1 as never })).toThrow(InvalidOption)
    for (const none of [null, undefined, [Normal(0, 1)]])
      expect(() => lift(line, none as never)).toThrow(/'lift'.*a record of priors/)
  })
})

describe("recurrences and collected plates", () => {
  const walk = program(function* () {
    const drift = yield* sample("drift", HalfNormal(1))
    return yield* scan("steps", { level: 0 }, function* ({ level }, row: { readonly gain: Scalar }) {
      const next = yield* sample("level", Normal(level, drift))
      yield* observe("y", Normal(next, row.gain))
      return { level: next }
    })
  })
  const steps = { gain: Data.of([1, 2, 1], []), y: Data.of([0.5, 1, 2], []) }

  test("a trace carries from row to row, and replays", () => {
    const run = trace(walk, { steps }, { seed: 1 })
    const levels = [...run.values.steps.level.dataSync()]
    const drift = number(run.values.drift)
    const right = levels.reduce(
      (sum, x, i) => sum + normal(x, levels[i - 1] ?? 0, drift) + normal([0.5, 1, 2][i] ?? 0, x, [1, 2, 1][i] ?? 1),
      normal(drift, 0, 1) + Math.LN2
    )
    expect(number(run.logJoint)).toBeCloseTo(right, 3)
    expect(number(run.value.level)).toBe(levels[2])
    sameRun(trace(replay(walk, run), { steps }, { seed: 2 }), run)
  })

  test("a twin of a recurrence carries what was set to its end", () => {
    const asked = { given: {}, intervene: { drift: 2 }, query: ["steps.level"] } as const
    const run = trace(counterfactual(walk, asked), { steps }, { seed: 1 })
    const [levels, twins] = ["level", "twin.level"].map((name) =>
      run.sites.filter((site) => site.name === name).map(({ value }) => number(value))
    )
    const by = 2 / number(run.values.drift)
    expect(twins).toEqual(levels?.map((x) => expect.closeTo(by * x, 3)))
  })

  test("a collected plate gives the values of all rows", () => {
    const groups = Effect.gen(function* () {
      const effects = yield* collect("groups", (_: { readonly size: Scalar }) => sample("effect", Normal(0, 1)))
      return yield* plate("rows", (row: { readonly group: Scalar; readonly y: Scalar }) =>
        observe("seen", Normal(at(effects, row.group), 1), row.y)
      )
    })
    const run = trace(groups, {
      groups: { size: Data.of([1, 1], []) },
      rows: { group: Data.of([0, 1, 1], []), y: Data.of([0, 0, 0], []) }
    })
    const effects = [...run.values.groups.effect.dataSync()]
    const at0 = run.sites.filter(({ name }) => name === "seen").map(({ logDensity }) => number(logDensity))
    expect(at0).toEqual([0, 1, 1].map((group) => expect.closeTo(normal(0, effects[group] ?? 0, 1), 5)))
  })
})

describe("names that no site has are refused, with the sites that there are", () => {
  test.each([
    [
      "condition",
      () => condition(schools, { nu: 1 } as never),
      /condition.*'nu'.*mu, tau, total, schools.theta, schools.y/
    ],
    ["condition of a computed value", () => condition(schools, { schools: { double: 1 } } as never), /schools.double/],
    ["condition twice", () => condition(condition(schools, { mu: 1 }), { mu: 2 } as never), /'mu'.*tau, total/],
    ["substitute", () => substitute(schools, { total: 1 } as never), /'total'.*mu, tau, schools.theta/],
    ["intervene", () => intervene(schools, { schools: { z: 1 } } as never), /'schools.z'.*schools.double/],
    ["block", () => block(schools, "total" as never), /'total'.*mu, tau, schools.theta/],
    ["reparam", () => reparam(schools, { total: Reparam.nonCentred } as never), /'total'.*mu, tau, schools.theta/]
  ])("%s", (_, make, message) => {
    expect(() => trace(make() as typeof schools, data)).toThrow(message)
    expect(() => trace(make() as typeof schools, data)).toThrow(InvalidOption)
  })

  test("and so are values of another shape, or that are none", () => {
    const wide = Tensor.of([2], tf.ones([2]))
    expect(() => trace(condition(schools, { mu: wide } as never), data)).toThrow(
      /condition at site 'mu': expected shape \[\], got \[2\]/
    )
    expect(() => condition(schools, { mu: "a" } as never)).toThrow(/condition.mu.* is a; expected values/)
    expect(() => condition(schools, 3 as never)).toThrow(InvalidOption)
    expect(() => reparam(schools, { mu: 3 } as never)).toThrow(/reparam.mu/)
    expect(() => block(schools, 3 as never)).toThrow(InvalidOption)
  })
})
