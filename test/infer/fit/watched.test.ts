import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Metric, Stream, Tracer } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import type { FitError } from "../../../src/Errors.ts"
import type { Engine } from "../../../src/engine/Engine.ts"
import type { Progress } from "../../../src/infer/fit/progress.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { enumerate, observe, plate, sample } from "../../../src/model/Site.ts"
import { mul } from "../../../src/tensor/ops/ofTwo.ts"
import type { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, gradientReader, run } from "../harness.ts"

const pair = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() =>
  Normal(param("loc", 0.3), param.positive("scale", 0.8))
)
const rows = Dataset.of([0.5, -1, 2, 0.1, 0.4], [])
const options = { epochs: 3, batchSize: 2, seed: 7, progress: false } as const

/** Runs an effect under a tracer in memory and a registry of its own. */
const watching = async <A>(effect: Effect.Effect<A, FitError, Engine>) => {
  const spans: Array<Tracer.Span> = []
  const tracer = Tracer.make({
    span: (asked) => {
      const span = new Tracer.NativeSpan(asked)
      spans.push(span)
      return span
    }
  })
  const watched = Effect.gen(function* () {
    const exit = yield* Effect.exit(effect)
    return { exit, metrics: yield* Metric.snapshot }
  })
  const { exit, metrics } = await Effect.runPromise(
    watched.pipe(
      Effect.provide(cpu),
      Effect.provideService(Tracer.Tracer, tracer),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  )
  return { exit, spans, metric: (id: string) => metrics.find((metric) => metric.id === `latent_fit_${id}`) }
}

const parentOf = ({ parent }: Tracer.Span) =>
  parent._tag === "Some" && parent.value._tag === "Span" ? parent.value : undefined
const named = (spans: ReadonlyArray<Tracer.Span>, name: string) =>
  spans.filter((span) => span.name === `latent.${name}`)
const exitsOf = (spans: ReadonlyArray<Tracer.Span>) =>
  spans.map(({ status }) => (status._tag === "Ended" ? status.exit : undefined))

test("a sampler has a span, with its options, in which is the compilation", async () => {
  const centre = program(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* plate("rows", () => observe("y", Normal(mu, 1)))
  })
  const data = { rows: { y: rows } }
  const brief = { seed: 3, progress: false } as const
  const guided = centre.guide(() => ({ mu: Normal(0, 1) }))
  const fitted = await run(guided.fit(data, { epochs: 1, progress: false }), cpu)
  const each = {
    nuts: centre.nuts(data, { ...brief, chains: 1, warmup: 5, draws: 4 }),
    hmc: centre.hmc(data, { ...brief, chains: 1, warmup: 5, draws: 4, trajectory: 1 }),
    metropolis: centre.metropolis(data, { ...brief, chains: 1, warmup: 5, draws: 4 }),
    gibbs: program(enumerate("coin", Bernoulli({ probs: 0.5 }))).gibbs(
      {},
      { ...brief, chains: 1, warmup: 5, draws: 4 }
    ),
    smc: centre.smc(data, { ...brief, particles: 2, populations: 2, moves: 1 }),
    pathfinder: centre.pathfinder(data, { ...brief, paths: 1, draws: 4 }),
    svgd: centre.svgd(data, { seed: 3, particles: 2, iterations: 2 }),
    independence: fitted.metropolis(data, { seed: 3, chains: 1, warmup: 5, draws: 4 }),
    importance: fitted.importance(data, { seed: 3, draws: 4 }),
    guidedSmc: fitted.smc(data, { ...brief, particles: 2, populations: 2, moves: 1 })
  }
  for (const [name, effect] of Object.entries<Effect.Effect<unknown, FitError, Engine>>(each)) {
    const { exit, spans } = await watching(effect)
    expect([name, Exit.isSuccess(exit)]).toEqual([name, true])
    const [own] = named(spans, name)
    expect(own?.attributes.get("seed")).toBe(3)
    expect(own?.status._tag).toBe("Ended")
    expect(named(spans, "compile").every((span) => parentOf(span) === own)).toBe(true)
    expect(named(spans, "compile").length).toBeGreaterThan(0)
  }
})

describe("the spans of a fit", () => {
  test("are the fit, and in it the recording, the compilations, the epochs and their calls", async () => {
    const { exit, spans } = await watching(pair.fit(rows, { ...options, validation: rows }))
    expect(Exit.isSuccess(exit)).toBe(true)
    const [fit, ...others] = named(spans, "fit")
    expect(others).toEqual([])
    expect(parentOf(fit as Tracer.Span)).toBeUndefined()
    expect(Object.fromEntries(fit?.attributes ?? [])).toMatchObject({
      ...{
        engine: "eager (cpu)",
        parameters: 2,
        sites: "z",
        seed: 7,
        batchSize: 2,
        epochs: 3,
        stepsPerEpoch: 3,
        particles: 1
      },
      ...{ objective: "ELBO", optimizer: "Adam", bound: true, precision: "float32" }
    })
    const epochs = named(spans, "epoch")
    expect(epochs.map(({ attributes }) => [attributes.get("first"), attributes.get("last")])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3]
    ])
    const parents = (name: string) => new Set(named(spans, name).map((span) => parentOf(span)))
    expect(parents("derive")).toEqual(new Set([fit]))
    expect(parents("epoch")).toEqual(new Set([fit]))
    expect(parents("call")).toEqual(new Set(epochs))
    expect(parents("evaluate")).toEqual(new Set(epochs))
    expect(named(spans, "compile").map(parentOf)).toContain(fit)
    const steps = named(spans, "call").map(({ attributes }) => [attributes.get("from"), attributes.get("steps")])
    expect(steps.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(9)
    expect(exitsOf(spans).every((each) => each !== undefined && Exit.isSuccess(each))).toBe(true)
  })

  test("end with the error of a fit that fails", async () => {
    const broken = model(Normal(0, 1), (z) => Normal(mul(z, 1e30), 1)).guide(() => Normal(param("loc", 1e9), 1))
    const { exit, spans, metric } = await watching(broken.fit(rows, options))
    expect(Exit.isFailure(exit)).toBe(true)
    for (const name of ["fit", "epoch"]) {
      const [ended] = exitsOf(named(spans, name))
      expect(String(ended)).toContain("NonFiniteLoss")
    }
    expect(exitsOf(spans)).not.toContain(undefined)
    expect(metric("non_finite_stops")?.state).toMatchObject({ count: 1 })
  })

  test("end as interrupted where a fit is, between its events and within a call", async () => {
    const long = { ...options, epochs: 100_000 }
    const between = Stream.runForEach(pair.fitStream(rows, long), ({ _tag }) =>
      _tag === "Epoch" ? Effect.interrupt : Effect.void
    )
    const within = Effect.race(pair.fit(rows, long), Effect.sleep(60))
    for (const [effect, isFailure] of [
      [between, true],
      [within, false]
    ] as const) {
      const { exit, spans } = await watching<unknown>(effect)
      expect(Exit.isFailure(exit)).toBe(isFailure)
      const [fit] = exitsOf(named(spans, "fit"))
      expect(fit !== undefined && Exit.hasInterrupts(fit)).toBe(true)
      expect(exitsOf(spans)).not.toContain(undefined)
    }
  })
})

test("the metrics of a fit are its steps, rows a second and losses", async () => {
  const { exit, metric } = await watching(pair.fit(rows, options))
  const last = Exit.isSuccess(exit) ? exit.value.history.at(-1) : undefined
  expect(metric("steps")).toMatchObject({ attributes: { engine: "eager (cpu)" }, state: { count: 9 } })
  expect(metric("loss")?.state).toEqual({ value: last?.train })
  expect(metric("elbo")?.state).toEqual({ value: -(last?.train ?? Number.NaN) })
  expect(metric("rows_per_second")?.state).toMatchObject({ value: expect.toSatisfy((x: number) => x > 0) })
  expect(metric("non_finite_stops")).toBeUndefined()
})

describe("−ELBO by site in the events of epochs", () => {
  type Row = { readonly y: Tensor<readonly []> }
  const still = program(
    Effect.gen(function* () {
      yield* sample("w", Normal(0, 1))
      yield* plate("rows", (_row: Row) => observe("y", Normal(0, 1)))
    })
  ).guide(() => ({ w: Normal(param("m", 2), 1) }))
  const data = { rows: { y: Dataset.of([1, 2, 3, 4, 5], []) } }
  const fixed = { ...options, optimizer: gradientReader }
  const epochsOf = async <F>(stream: Stream.Stream<Progress<F>, FitError, Engine>) => {
    const events = await Effect.runPromise(Stream.runCollect(stream).pipe(Effect.provide(cpu)))
    return events.flatMap((event) => (event._tag === "Epoch" ? [event] : []))
  }

  test("is the KL of a latent site and −log p of an observed one, in each epoch, by partial batches too", async () => {
    // KL(N(2, 1) ‖ N(0, 1)) = 2; −Σ log N(y; 0, 1) over the five rows
    const likelihood = 0.5 * 55 + 2.5 * Math.log(2 * Math.PI)
    const epochs = await epochsOf(still.fitStream(data, fixed))
    expect(epochs).toHaveLength(3)
    for (const { terms, train } of epochs) {
      expect(terms).toEqual({ w: expect.closeTo(2, 5), y: expect.closeTo(likelihood, 4) })
      expect((terms?.["w"] ?? 0) + (terms?.["y"] ?? 0)).toBeCloseTo(train, 4)
    }
  })

  test("is unweighted where the objective weighs the KL: it adds up to the bound", async () => {
    const [epoch] = await epochsOf(still.fitStream(data, { ...fixed, objective: Objective.beta(3) }))
    const { terms, bound = Number.NaN, train = Number.NaN } = epoch ?? {}
    expect((terms?.["w"] ?? 0) + (terms?.["y"] ?? 0)).toBeCloseTo(bound, 4)
    expect(train - bound).toBeCloseTo(2 * 2, 4)
  })

  test("is the same where a fit goes on from the middle of an epoch", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latent-terms-"))
    try {
      const checkpoint = { path: join(folder, "fit.safetensors"), every: 0.2 }
      const one = { ...options, batchSize: 1, epochs: 2 }
      const whole = await epochsOf(pair.fitStream(rows, one))
      const cut = pair.fitStream(rows, { ...one, checkpoint })
      await Effect.runPromise(
        Effect.provide(Stream.runDrain(Stream.takeUntil(cut, ({ _tag }) => _tag === "Step")), cpu)
      )
      const resumed = await epochsOf(pair.fitStream(rows, { ...one, checkpoint, resume: true }))
      expect(resumed.map(({ terms }) => terms)).toEqual(whole.map(({ terms }) => terms))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
