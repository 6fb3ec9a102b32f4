import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  Bernoulli,
  block,
  condition,
  counterfactual,
  Data,
  type Dataset,
  deterministic,
  enumerate,
  factor,
  HalfNormal,
  intervene,
  LogNormal,
  lift,
  logJoint,
  mask,
  Normal,
  Objective,
  Optimizer,
  observe,
  param,
  plate,
  predict,
  program,
  Reparam,
  reparam,
  replay,
  Schedule,
  sample,
  scale,
  scan,
  seed,
  simulate,
  substitute,
  Tensor,
  trace
} from "../../src/index.ts"
import { cpu, engines, failure, run } from "./harness.ts"

type Scalar = Tensor<readonly []>
const scalar = (x: tf.Tensor | number): Scalar => Tensor.of([], typeof x === "number" ? tf.scalar(x) : x)
type Rows = Pick<Dataset<ReadonlyArray<number>, string>, "values">
const mean = ({ values }: Rows): number => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length
const sd = (data: Rows): number => {
  const centre = mean(data)
  return Math.sqrt(mean({ values: Float32Array.from(data.values, (x) => (x - centre) ** 2) }))
}
const normal = (x: number, loc: number, by: number): number =>
  -0.5 * ((x - loc) / by) ** 2 - Math.log(by) - 0.5 * Math.log(2 * Math.PI)
const fast = { epochs: 1500, optimizer: Optimizer.adam(Schedule.cosine(0.05)), particles: 32, progress: false } as const

const schools = Effect.gen(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const tau = yield* sample("tau", HalfNormal(2))
  yield* plate("schools", (row: { readonly sigma: Scalar }) =>
    Effect.gen(function* () {
      const theta = yield* sample("theta", Normal(mu, tau))
      yield* observe("y", Normal(theta, row.sigma))
    })
  )
})
const rows = { sigma: Data.of([1, 2, 0.5], []), y: Data.of([2, -1, 0.3], []) }
const onCpu = <A>(f: () => A): A => {
  tf.setBackend("cpu")
  return f()
}

describe.each(engines)("the log joint, %s", (_, engine) => {
  test("of a trace is the sum of its sites' log densities", async () => {
    for (const n of [1, 2, 3]) {
      const made = onCpu(() => trace(schools, { schools: rows }, { seed: n }))
      const { mu, tau, schools: inner } = made.values
      const values = { mu, tau, schools: { theta: inner.theta } }
      const found = await run(logJoint(schools, { schools: rows }, values), engine)
      const sum = made.sites.reduce((total, { logDensity }) => total + (logDensity.dataSync()[0] ?? 0), 0)
      expect(found).toBeCloseTo(sum, 3)
    }
  })
})

describe("the log joint", () => {
  test("of nested plates has a value for each pair of rows", async () => {
    const crossed = plate("users", (user: { readonly a: Scalar }) =>
      plate("items", (item: { readonly b: Scalar }) =>
        Effect.gen(function* () {
          const z = yield* sample("z", Normal(user.a, 1))
          yield* observe("r", Normal(z, 2), item.b)
        })
      )
    )
    const [a, b] = [
      [1, 2],
      [0, 1, -1]
    ]
    const z = [
      [0.1, 0.2, 0.3],
      [1, 2, 3]
    ]
    const data = { users: { a: Data.of(a, []) }, items: { b: Data.of(b, []) } }
    const values = { users: { items: { z: tf.tensor2d(z) as unknown as Tensor<readonly [number, number]> } } }
    const right = a.reduce(
      (sum, x, i) =>
        sum + b.reduce((inner, y, j) => inner + normal(z[i]?.[j] ?? 0, x, 1) + normal(y, z[i]?.[j] ?? 0, 2), 0),
      0
    )
    expect(await run(logJoint(crossed, data, values), cpu)).toBeCloseTo(right, 3)
  })

  test("sums enumerated sites out, and counts factors, scales and given values", async () => {
    const mixed = Effect.gen(function* () {
      const k = yield* enumerate("k", Bernoulli({ probs: 0.3 }))
      const mu = yield* sample("mu", Normal(k, 1))
      yield* factor("f", scalar(tf.mul(2, mu)))
      yield* scale(observe("x", Normal(mu, 1)), 3)
    })
    const found = await run(logJoint(condition(mixed, { x: 1 }), {}, { mu: 0.4 }), cpu)
    const prior = Math.log(0.7 * Math.exp(normal(0.4, 0, 1)) + 0.3 * Math.exp(normal(0.4, 1, 1)))
    expect(found).toBeCloseTo(prior + 0.8 + 3 * normal(1, 0.4, 1), 4)
  })

  test("refuses values that are missing, unknown or of another shape, and those of blocked sites", async () => {
    const at = (values: unknown, p: unknown = schools) =>
      failure(logJoint(p as typeof schools, { schools: rows }, values as never), cpu)
    const theta = tf.zeros([3])
    expect(await at({ mu: 1, schools: { theta } })).toMatchObject({ _tag: "InvalidOption", value: "without 'tau'" })
    expect(await at({ mu: 1, tau: 1, nu: 1, schools: { theta } })).toMatchObject({ _tag: "InvalidOption" })
    expect(await at({ mu: 1, tau: 1, schools: { theta: tf.zeros([2]) } })).toMatchObject({ _tag: "ShapeMismatch" })
    expect(await at({ mu: 1, tau: -1, schools: { theta } })).toMatchObject({ _tag: "SupportViolation", site: "tau" })
    expect(await at({ mu: 1, schools: { theta } }, block(schools, "tau"))).toMatchObject({ _tag: "GuideMismatch" })
    expect(await at({ mu: "a" })).toMatchObject({ _tag: "InvalidOption", option: "values.mu" })
  })
})

describe.each(engines)("simulate, %s", (_, engine) => {
  test("draws latent sites from their priors, and then data", async () => {
    const draws = await run(simulate(schools, { schools: { sigma: rows.sigma } }, 4000, { seed: 1 }), engine)
    expect(draws.schools.y.shape).toEqual([4000, 3])
    expect(draws.mu.shape).toEqual([4000])
    const of = (i: number) => ({ ...draws.schools.y, values: draws.schools.y.values.filter((__, at) => at % 3 === i) })
    // var y = 25 + E tau² + sigma², with tau ~ HalfNormal(2)
    rows.sigma.values.forEach((sigma, i) => {
      const right = Math.sqrt(25 + 4 + sigma ** 2)
      expect(Math.abs(mean(of(i)))).toBeLessThan((4 * right) / Math.sqrt(4000))
      expect(Math.abs(sd(of(i)) / right - 1)).toBeLessThan(4 / Math.sqrt(2 * 4000))
    })
  })
})

describe("simulate", () => {
  test("returns what was conditioned or intervened, in plates too", async () => {
    const known = fc.double({ min: -3, max: 3, noNaN: true }).map(Math.fround)
    await fc.assert(
      fc.asyncProperty(known, known, async (mu, y) => {
        const given = condition(schools, { mu, schools: { y } })
        const draws = await run(simulate(given, { schools: { sigma: rows.sigma } }, 3), cpu)
        expect([...draws.mu.values]).toEqual([mu, mu, mu])
        expect([...draws.schools.y.values]).toEqual(Array(9).fill(y))
        const moved = await run(
          simulate(intervene(schools, { schools: { y } }), { schools: { sigma: rows.sigma } }, 2),
          cpu
        )
        expect([...moved.schools.y.values]).toEqual(Array(6).fill(y))
      }),
      { numRuns: 5 }
    )
  })

  test("gives the same draws for the same seed, others for a program with a seed of its own", async () => {
    const at = async (p: typeof schools, n: number) => [
      ...(await run(simulate(p, { schools: { sigma: rows.sigma } }, 3, { seed: n }), cpu)).schools.y.values
    ]
    expect(await at(schools, 1)).toEqual(await at(schools, 1))
    expect(await at(schools, 1)).not.toEqual(await at(schools, 2))
    expect(await at(seed(schools, 5), 1)).toEqual(await at(seed(schools, 5), 1))
    expect(await at(seed(schools, 5), 1)).not.toEqual(await at(schools, 1))
  })

  test("takes a number of rows for rows without fields, draws what is summed out, and reads parameters", async () => {
    const coins = Effect.suspend(() =>
      plate("rows", (_row: object) =>
        Effect.gen(function* () {
          const k = yield* enumerate("k", Bernoulli({ probs: 0.25 }))
          yield* observe("x", Normal(scalar(tf.mul(k, param("far", 100))), 1))
        })
      )
    )
    const draws = await run(simulate(coins, { rows: 50 }, 80, { seed: 2 }), cpu)
    expect(draws.rows.k.shape).toEqual([80, 50])
    expect(Math.abs(mean(draws.rows.k) - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / 4000))
    expect([...draws.rows.x.values].map((x) => (x > 50 ? 1 : 0))).toEqual([...draws.rows.k.values])
    const near = await run(simulate(coins, { rows: 2 }, 3, { parameters: { far: Float32Array.of(1e6) } }), cpu)
    expect(Math.max(...near.rows.x.values)).toBeGreaterThan(1e5)
  })

  test("refuses to draw a recurrence from its prior, in words", async () => {
    const walk = program(function* () {
      yield* scan("steps", { level: 0 }, function* ({ level }, _row: { readonly x: Scalar }) {
        return { level: yield* sample("level", Normal(level, 1)) }
      })
    })
    const drawn = simulate(walk, { steps: { x: Data.of([1, 2], []) } }, 3)
    expect(await failure(drawn, cpu)).toMatchObject({ _tag: "GuideMismatch", site: "level" })
  })

  test("refuses factors, unknown plates, plates without rows and wrong options", async () => {
    const given = { schools: { sigma: rows.sigma } }
    const fails = (effect: Effect.Effect<unknown, unknown, never> | unknown) => failure(effect as never, cpu)
    expect(await fails(simulate(factor("f", scalar(1)), {}, 1))).toMatchObject({ _tag: "GuideMismatch", site: "f" })
    expect(await fails(simulate(schools, {} as never, 1))).toMatchObject({ _tag: "DataFormat" })
    expect(await fails(simulate(schools, { ...given, other: 3 } as never, 1))).toMatchObject({ path: "data.other" })
    expect(await fails(simulate(schools, given, 0))).toMatchObject({ _tag: "InvalidOption", option: "n" })
    expect(await fails(simulate(schools, given, 1, { sede: 1 } as never))).toMatchObject({ option: "sede" })
    expect(await fails(simulate(schools, { schools: 0 } as never, 1))).toMatchObject({ option: "inputs.schools" })
  })
})

describe("a handled program is fitted like any other", () => {
  test("intervene gives the exact posterior of the mutilated model", async () => {
    // z → x → y with z → y: do(x = 2) leaves z ~ N(0, 1), y ~ N(z + 2, 1)
    const confounded = Effect.gen(function* () {
      const z = yield* sample("z", Normal(0, 1))
      const x = yield* sample("x", Normal(z, 1))
      yield* observe("y", Normal(scalar(tf.add(z, x)), 1))
    })
    const guided = program(intervene(confounded, { x: 2 })).guide(() => ({
      z: Normal(param("loc", 0), param.positive("scale", 1))
    }))
    const data = { y: scalar(3) }
    const fitted = await run(guided.fit(data, fast), cpu)
    expect(fitted.parameters["loc"]?.[0]).toBeCloseTo(0.5, 2)
    expect(fitted.parameters["scale"]?.[0] ?? 0).toBeCloseTo(Math.SQRT1_2, 2)
    expect(await run(fitted.logMarginal(data), cpu)).toBeCloseTo(normal(3, 2, Math.SQRT2), 2)
    const draws = (await run(fitted.posterior(data, 4), cpu)) as unknown as Record<string, Dataset>
    expect([...(draws["x"]?.values ?? [])]).toEqual([2, 2, 2, 2])
  })

  test("condition takes a site from the guide", async () => {
    const pair = Effect.gen(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* sample("x", Normal(mu, 1))
    })
    const guided = program(condition(pair, { x: 1 })).guide(() => ({
      mu: Normal(param("loc", 0), param.positive("scale", 1))
    }))
    const fitted = await run(guided.fit({}, fast), cpu)
    expect(fitted.parameters["loc"]?.[0]).toBeCloseTo(0.5, 2)
    const twice = program(substitute(pair, { x: 1 })).guide(() => ({ mu: Normal(0.5, Math.SQRT1_2) }))
    const exact = await run(twice.fit({}, { epochs: 1, learningRate: 1e-9, progress: false }), cpu)
    // at the exact posterior every draw has the same weight
    expect(await run(exact.logMarginal({}, { particles: 5 }), cpu)).toBeCloseTo(normal(1, 0, Math.SQRT2), 5)
  })

  test("a guide that gives what is no latent site any more is refused", async () => {
    const pair = Effect.flatMap(sample("mu", Normal(0, 1)), (mu) => sample("x", Normal(mu, 1)))
    const record = () => ({ mu: Normal(0, 1), x: Normal(0, 1) })
    for (const handled of [condition(pair, { x: 1 }), intervene(pair, { x: 1 }), block(pair, "x")]) {
      const guided = program(handled as typeof pair).guide(record)
      expect(await failure(guided.fit({}, { progress: false }), cpu)).toMatchObject({
        _tag: "GuideMismatch",
        site: "x"
      })
    }
  })

  test("reparam gives the same posterior as the centred form", async () => {
    // mu ~ N(1, 2), y ~ N(mu, 1), y = 3: N((1/4 + 3) / (5/4), 4/5)
    const one = Effect.gen(function* () {
      const mu = yield* sample("mu", Normal(1, 2))
      yield* observe("y", Normal(mu, 1))
    })
    const guided = program(reparam(one, { mu: Reparam.nonCentred })).guide(() => ({
      "mu.base": Normal(param("loc", 0), param.positive("scale", 1))
    }))
    const data = { y: scalar(3) }
    const fitted = await run(guided.fit(data, { ...fast, particles: 200 }), cpu)
    const draws = (await run(fitted.posterior(data, 4000), cpu)) as unknown as {
      readonly mu: Dataset<ReadonlyArray<number>>
    }
    expect(fitted.parameters["loc"]?.[0]).toBeCloseTo((2.6 - 1) / 2, 2)
    expect(fitted.parameters["scale"]?.[0] ?? 0).toBeCloseTo(Math.sqrt(0.8) / 2, 2)
    expect(Math.abs(mean(draws.mu) - 2.6)).toBeLessThan(0.06)
    expect(await run(fitted.logMarginal(data), cpu)).toBeCloseTo(normal(3, 1, Math.sqrt(5)), 2)
  })

  test("block draws from the prior, and its gradient is that of the exact posterior", async () => {
    // noise ~ N(0, 1) is blocked: E_noise log N(y | mu + noise, 1) = log N(y | mu, 1) − ½
    const noisy = Effect.gen(function* () {
      const noise = yield* sample("noise", Normal(0, 1))
      const mu = yield* sample("mu", Normal(0, 1))
      yield* observe("y", Normal(scalar(tf.add(mu, noise)), 1))
    })
    const guided = program(block(noisy, "noise")).guide(() => ({
      mu: Normal(param("loc", 0), param.positive("scale", 1))
    }))
    const data = { y: scalar(2) }
    const fitted = await run(guided.fit(data, fast), cpu)
    expect(fitted.parameters["loc"]?.[0]).toBeCloseTo(1, 1)
    expect(fitted.parameters["scale"]?.[0] ?? 0).toBeCloseTo(Math.SQRT1_2, 1)
    const row = fitted.explain().sites.find(({ site }) => site === "noise")
    expect(row).toMatchObject({ kl: "analytic", because: expect.stringContaining("drawn from its own prior") })
    expect(await run(fitted.elbo(data, { particles: 4000 }), cpu)).toBeCloseTo(normal(2, 0, Math.SQRT2) - 0.5, 1)
    // weighing draws takes the noise as latent: p(y) = N(0, 3)
    expect(await run(fitted.logMarginal(data, { particles: 4000 }), cpu)).toBeCloseTo(normal(2, 0, Math.sqrt(3)), 1)
  })

  test("a blocked choice is summed over its values, and the guide's gradient is exact", async () => {
    const flip = Effect.gen(function* () {
      const k = yield* sample("k", Bernoulli({ probs: 0.25 }))
      const mu = yield* sample("mu", Normal(0, 1))
      yield* observe("y", Normal(scalar(tf.add(mu, k)), 1))
    })
    const guided = program(block(flip, "k")).guide(() => ({ mu: Normal(param("loc", 0), 0.5) }))
    const fitted = await run(guided.fit({ y: scalar(1) }, fast), cpu)
    // minimise ½ m² + ½ E(1 − m − k)²
    expect(fitted.parameters["loc"]?.[0]).toBeCloseTo((1 - 0.25) / 2, 2)
    expect(fitted.explain().sites.find(({ site }) => site === "k")?.gradient).toBe("enumerated")
  })

  test("a blocked site below one that is summed out is refused in words", async () => {
    const below = Effect.gen(function* () {
      const k = yield* enumerate("k", Bernoulli({ probs: 0.3 }))
      const z = yield* sample("z", Normal(k, 1))
      yield* observe("y", Normal(z, 1))
    })
    const guided = program(block(below, "z")).guide(() => ({}))
    expect(await failure(guided.fit({ y: scalar(1) }, { progress: false }), cpu)).toMatchObject({
      _tag: "GuideMismatch",
      site: "z"
    })
  })

  test("scale tempers the likelihood and the prior: the KL is no longer the closed one", async () => {
    const one = Effect.gen(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* observe("y", Normal(mu, 1))
    })
    const guided = program(scale(one, 4)).guide(() => ({ mu: Normal(param("loc", 0), param.positive("scale", 1)) }))
    const fitted = await run(guided.fit({ y: scalar(2) }, fast), cpu)
    // (N(mu | 0, 1) N(2 | mu, 1))⁴ has mean 1 and precision 8
    expect(fitted.parameters["loc"]?.[0]).toBeCloseTo(1, 1)
    expect(fitted.parameters["scale"]?.[0] ?? 0).toBeCloseTo(Math.sqrt(1 / 8), 1)
    expect(fitted.explain().sites[0]).toMatchObject({ kl: "sampled", because: expect.stringContaining("scaled") })
  })

  test("NaN under a mask leaves the exact posterior of the rest", async () => {
    const holes = Effect.gen(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* plate("rows", (row: { readonly seen: Scalar }) => mask(observe("y", Normal(mu, 1)), row.seen))
    })
    const guided = program(holes).guide(() => ({ mu: Normal(param("loc", 0), param.positive("scale", 1)) }))
    const data = {
      rows: { seen: Data.of([1, 0, 1, 0], []), y: Tensor.of([4], tf.tensor1d([1, Number.NaN, 2, Number.NaN])) }
    }
    const fitted = await run(guided.fit(data, fast), cpu)
    expect(fitted.parameters["loc"]?.[0]).toBeCloseTo(1, 2)
    expect(fitted.parameters["scale"]?.[0] ?? 0).toBeCloseTo(Math.sqrt(1 / 3), 2)
  })

  test("lifted parameters have a posterior", async () => {
    const line = Effect.suspend(() => observe("y", Normal(param("mu", 0), 1)))
    const guided = program(lift(line, { mu: Normal(0, 1) })).guide(() => ({
      mu: Normal(param("loc", 0), param.positive("scale", 1))
    }))
    const fitted = await run(guided.fit({ y: scalar(2) }, fast), cpu)
    expect(fitted.parameters["loc"]?.[0]).toBeCloseTo(1, 2)
    expect(fitted.parameters["scale"]?.[0] ?? 0).toBeCloseTo(Math.SQRT1_2, 2)
    expect(Object.keys(fitted.parameters).sort()).toEqual(["loc", "scale"])
  })

  test("a replay of sites in plates is refused where one run stands for all rows", async () => {
    const made = onCpu(() => trace(schools, { schools: rows }))
    const guided = program(replay(schools, made)).guide(() => ({}) as never)
    expect(await failure(guided.fit({ schools: rows }, { progress: false }), cpu)).toMatchObject({
      _tag: "GuideMismatch",
      site: "theta"
    })
  })

  test("eight schools trains without centres", async () => {
    const guided = program(reparam(schools, { schools: { theta: Reparam.nonCentred } })).guide(() => ({
      mu: Normal(param("mu", 0), param.positive("mu.scale", 1)),
      tau: LogNormal(param("tau", 0), param.positive("tau.scale", 0.5)),
      schools: () => ({ "theta.base": Normal(param.row("loc", 0), param.row.positive("scale", 1)) })
    }))
    const eight = {
      sigma: Data.of(
        [15, 10, 16, 11, 9, 11, 10, 18].map((x) => x / 10),
        []
      ),
      y: Data.of(
        [28, 8, -3, 7, -1, 1, 18, 12].map((x) => x / 10),
        []
      )
    }
    const fitted = await run(guided.fit({ schools: eight }, { ...fast, particles: 4 }), cpu)
    const bound = await run(fitted.elbo({ schools: eight }, { particles: 500 }), cpu)
    const evidence = await run(fitted.logMarginal({ schools: eight }, { particles: 2000 }), cpu)
    expect(bound).toBeLessThan(evidence + 0.05)
    expect(evidence - bound).toBeLessThan(0.5)
    const draws = (await run(fitted.posterior({ schools: eight }, 5), cpu)) as never as {
      readonly schools: Readonly<Record<string, Dataset>>
    }
    expect(draws.schools["theta"]?.shape).toEqual([5, 8])
  })

  test("a counterfactual with an unknown noise has the posterior of its twin", async () => {
    // u ~ N(0, 1) unseen, y = x + u seen with noise 1
    const unseen = Effect.gen(function* () {
      const x = yield* sample("x", Normal(0, 1))
      const u = yield* sample("u", Normal(0, 1))
      const h = yield* deterministic("h", scalar(tf.add(x, u)))
      yield* observe("y", Normal(h, 1))
    })
    const asked = { given: { x: 1 }, intervene: { x: 3 }, query: ["h"] } as const
    const guided = program(counterfactual(unseen, asked)).guide(() => ({
      u: Normal(param("loc", 0), param.positive("scale", 1))
    }))
    const data = { y: scalar(2) }
    const fitted = await run(guided.fit(data, fast), cpu)
    const draws = (await run(fitted.posterior(data, 4000), cpu)) as never as Readonly<
      Record<string, Dataset<ReadonlyArray<number>>>
    >
    // u | y ~ N(½, ½): h' = 3 + u
    const twin = draws["twin.h"]
    if (twin === undefined) throw new Error("there is no twin")
    expect(Math.abs(mean(twin) - 3.5)).toBeLessThan(0.06)
    expect(Math.abs(sd(twin) - Math.SQRT1_2)).toBeLessThan(0.05)
  })

  test("blocked sites carry an importance weighted bound too", async () => {
    const noisy = Effect.gen(function* () {
      const noise = yield* sample("noise", Normal(0, 1))
      yield* observe("y", Normal(scalar(tf.add(param("mu", 0), noise)), 1))
    })
    const guided = program(block(noisy, "noise")).guide(() => ({}))
    const fitted = await run(guided.fit({ y: scalar(2) }, { ...fast, objective: Objective.iwae }), cpu)
    expect(fitted.parameters["mu"]?.[0]).toBeCloseTo(2, 1)
  })
})

describe("predict", () => {
  const line = Effect.gen(function* () {
    const slope = yield* sample("slope", Normal(0, 10))
    yield* plate("rows", (row: { readonly x: Scalar }) =>
      Effect.gen(function* () {
        const shift = yield* sample("shift", Normal(0, 1))
        yield* observe("y", Normal(scalar(tf.add(tf.mul(slope, row.x), shift)), 0.5))
      })
    )
  })
  const data = { rows: { x: Data.of([1, 2, 3, 4], []), y: Data.of([2.1, 3.9, 6.2, 8.1], []) } }

  test("draws new rows: sites outside of plates from the guide, the others from their priors", async () => {
    const guided = program(line).guide(() => ({
      slope: Normal(param("loc", 0), param.positive("scale", 1)),
      rows: (row) => ({ shift: Normal(scalar(tf.mul(row.y, param("w", 0))), param.row.positive("s", 1)) })
    }))
    const fitted = await run(guided.fit(data, fast), cpu)
    const [loc, by] = [fitted.parameters["loc"]?.[0] ?? 0, fitted.parameters["scale"]?.[0] ?? 0]
    const draws = await run(fitted.predict({ rows: { x: Data.of([10, 0], []) } }, 4000, { seed: 3 }), cpu)
    expect(draws.rows.y.shape).toEqual([4000, 2])
    const far = { ...draws.rows.y, values: draws.rows.y.values.filter((__, i) => i % 2 === 0) }
    const right = Math.sqrt((10 * by) ** 2 + 1 + 0.25)
    expect(Math.abs(mean(far) - 10 * loc)).toBeLessThan((4 * right) / Math.sqrt(4000))
    expect(Math.abs(sd(far) / right - 1)).toBeLessThan(4 / Math.sqrt(2 * 4000))
    expect(Math.abs(sd(draws.rows.shift) - 1)).toBeLessThan(0.05)
    const same = await run(predict(fitted, { rows: { x: Data.of([10, 0], []) } }, 2, { seed: 3 }), cpu)
    expect([...same.rows.y.values]).toEqual([...draws.rows.y.values.slice(0, 4)])
  })

  test("refuses inputs that are missing or unknown", async () => {
    const guided = program(line).guide(() => ({ slope: Normal(2, 0.1), rows: () => ({ shift: Normal(0, 1) }) }))
    const fitted = await run(guided.fit(data, { epochs: 1, progress: false }), cpu)
    const fails = (inputs: unknown) => failure(fitted.predict(inputs as never, 3), cpu)
    expect(await fails({})).toMatchObject({ _tag: "DataFormat" })
    expect(await fails({ rows: { y: Data.of([1], []) } })).toMatchObject({ _tag: "DataFormat", path: "data.rows.x" })
    expect(await fails({ rows: { x: Data.of([1], []), z: Data.of([1], []) } })).toMatchObject({ path: "data.rows.z" })
  })
})
