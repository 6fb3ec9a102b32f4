import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Fiber, Schema, Stream } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Data } from "../../../src/data/Data.ts"
import { HalfNormal } from "../../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { DataFormat, InvalidOption, NonFiniteLoss, SupportViolation } from "../../../src/Errors.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { Guide } from "../../../src/model/auto/Guide.ts"
import { collect } from "../../../src/model/collect.ts"
import { imputed, masked } from "../../../src/model/incomplete.ts"
import type { Missing } from "../../../src/model/missingValue.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { dot } from "../../../src/tensor/ops/matmul.ts"
import { sqrt } from "../../../src/tensor/ops/ofOne.ts"
import { sub } from "../../../src/tensor/ops/ofTwo.ts"
import { at } from "../../../src/tensor/ops/pick.ts"
import { permutation } from "../../../src/tensor/random.ts"
import type { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, engines, failure, run } from "../harness.ts"

const line = program(function* () {
  const w = yield* sample("w", Normal(0, 1).iid(2))
  const sigma = yield* sample("sigma", HalfNormal(1))
  yield* plate("rows", (row: { readonly x: Tensor<readonly [2]> }) => observe("y", Normal(dot(row.x, w), sigma)))
}).guide(() => ({
  w: Normal(param("w.loc", [2]), param.positive("w.scale", [2], 0.5)),
  sigma: LogNormal(param("s.loc", 0), param.positive("s.scale", 0.3))
}))

const n = 50
const xs = Float32Array.from({ length: 2 * n }, (_, i) => Math.sin(3 * i + 1))
const ys = Float32Array.from({ length: n }, (_, i) => (xs[2 * i] ?? 0) - (xs[2 * i + 1] ?? 0) + 0.3 * Math.cos(7 * i))
const held = { rows: { x: Data.of(xs, [2]), y: Data.of(ys, []) } }
const rowAt = (i: number) => ({ x: xs.subarray(2 * i, 2 * i + 2), y: ys[i] ?? 0 })
const rowsOf = function* () {
  for (let i = 0; i < n; i++) yield rowAt(i)
}
const fields = { x: [2], y: [] } as const
const options = { epochs: 3, batchSize: 10, learningRate: 0.05, seed: 4, progress: false } as const
const losses = ({ history }: { readonly history: ReadonlyArray<{ readonly train: number }> }) =>
  history.map(({ train }) => train)

/** The source's rows in the order in which a fit takes rows from memory. */
const inOrder = async function* (pass: number) {
  for (const i of permutation(n, { seed: 4, owner: "library", site: "rows of rows", step: pass, lane: 0 }))
    yield rowAt(i)
}

test.each(engines)(
  "rows in the order of a fit give its losses and parameters to the last digit: %s",
  async (_, engine) => {
    const streamed = { rows: Data.stream(fields, inOrder, { rows: n, shuffle: 1 }) }
    const fitted = await run(line.fit(streamed, options), engine)
    const whole = await run(line.fit(held, options), engine)
    expect(losses(fitted)).toEqual(losses(whole))
    expect(fitted.parameters).toEqual(whole.parameters)
    // what was fitted to a stream reads data from memory
    expect(await run(fitted.elbo(held), engine)).toEqual(await run(whole.elbo(held), engine))
  }
)

test("each row counts once in a pass, also where the same rows come in a partial batch each time", async () => {
  const mean = program(function* () {
    const m = yield* sample("m", Normal(0, 1))
    yield* plate("rows", (_row: object) => observe("y", Normal(m, 1)))
  }).guide(() => ({ m: Normal(param("loc", 0), param.positive("scale", 0.1)) }))
  // 101 rows in batches of 25, unshuffled: the last one, which is 10, stands alone in its batch
  const points = Array.from({ length: 101 }, (_, i) => ({ y: i < 100 ? 0 : 10 }))
  const rows = Data.stream({ y: [] }, points, { rows: 101, shuffle: 1 })
  const how = { epochs: 1500, batchSize: 25, progress: false, optimizer: Optimizer.sgd(2e-4) } as const
  const fitted = await run(mean.fit({ rows }, how), cpu)
  // the posterior is N(10 / 102, 1 / 102); after the last batch the mean is ahead of it by at most a step, 2e-4 · 5 · 10
  expect(Math.abs((fitted.parameter("loc")[0] ?? Number.NaN) - 10 / 102)).toBeLessThan(0.02)
  expect((fitted.parameter("scale")[0] ?? Number.NaN) * Math.sqrt(102)).toBeCloseTo(1, 1)
  const loss = fitted.history.slice(-200).reduce((sum, { train }) => sum + train / 200, 0)
  // −log p(y), with |y|² = 100 and Σy = 10
  const exact = 0.5 * (101 * Math.log(2 * Math.PI) + Math.log(102) + 100 - 100 / 102)
  expect(Math.abs(loss - exact)).toBeLessThan(0.5)
})

test("a batch of all rows is one step, in which their order does not matter", async () => {
  const all = { ...options, batchSize: 100 }
  const streamed = await run(line.fit({ rows: Data.stream(fields, rowsOf) }, all), cpu)
  const whole = await run(line.fit(held, all), cpu)
  for (const [i, loss] of losses(streamed).entries()) expect(loss).toBeCloseTo(losses(whole)[i] ?? Number.NaN, 3)
})

test("an Effect Stream is a source, for a model too: the exact posterior of a normal mean is found", async () => {
  const points = Stream.fromIterable(Array.from(ys)).pipe(Stream.map((y) => ({ y })))
  const mean = program(function* () {
    const m = yield* sample("m", Normal(0, 1))
    yield* plate("rows", (_row: object) => observe("y", Normal(m, 1)))
  }).guide(() => ({ m: Normal(param("loc", 0), param.positive("scale", 1)) }))
  const how = { epochs: 150, batchSize: 10, learningRate: 0.02, progress: false } as const
  const fitted = await run(mean.fit({ rows: Data.stream({ y: [] }, points, { shuffle: 20 }) }, how))
  // precision 1 + n, mean Σy / (1 + n)
  expect(fitted.parameter("loc")[0]).toBeCloseTo(ys.reduce((sum, y) => sum + y, 0) / (n + 1), 1)
  expect(Math.abs(Math.log((fitted.parameter("scale")[0] ?? 0) * Math.sqrt(n + 1)))).toBeLessThan(0.25)

  const plain = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(x, param.positive("scale", 1)))
  const one = { epochs: 1, batchSize: 100, progress: false } as const
  const streamed = await run(
    plain.fit(Data.stream({ x: [] }, Stream.fromIterable(Array.from(ys, (x) => ({ x })))), one),
    cpu
  )
  const whole = await run(plain.fit(Data.of(ys, []), one), cpu)
  expect(losses(streamed)[0]).toBeCloseTo(losses(whole)[0] ?? Number.NaN, 5)
})

test("two streams of unlike length are read beside rows in memory, each in passes of its own", async () => {
  const three = program(function* () {
    const m = yield* sample("m", Normal(0, 1))
    yield* plate("a", (_row: object) => observe("u", Normal(m, 1)))
    yield* plate("b", (_row: object) => observe("v", Normal(m, 1)))
    yield* plate("c", (_row: object) => observe("w", Normal(m, 1)))
  }).guide(() => ({ m: Normal(param("loc", 0), param.positive("scale", 1)) }))
  const passes = { a: 0, b: 0 }
  const rows = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => i / count)
  const a = (pass: number) => {
    passes.a = pass + 1
    return rows(20).map((u) => ({ u }))
  }
  const b = (pass: number) => {
    passes.b = pass + 1
    return rows(7).map((v) => ({ v }))
  }
  const data = {
    a: Data.stream({ u: [] }, a, { rows: 20 }),
    b: Data.stream({ v: [] }, b, { rows: 7 }),
    c: { w: Data.of(ys, []) }
  }
  const fitted = await run(three.fit(data, { ...options, epochs: 2, batchSize: 5 }), cpu)
  expect(losses(fitted).every(Number.isFinite)).toBe(true)
  // 10 steps an epoch, 4 a pass of a, 2 a pass of b
  expect(passes).toEqual({ a: 5, b: 10 })
})

describe("rows with holes", () => {
  const size = 40
  const width = 3
  const tests = Array.from({ length: size }, (_, i) =>
    Array.from({ length: width }, (_, j) => ((i * 7 + j * 5) % 4 === 0 ? null : Math.sin(3 * i + j) + j))
  )
  type Row = { readonly y: Missing<Tensor<readonly [3]>> }
  const centre = { mu: () => Normal(param("loc", [3]), param.positive("scale", [3], 0.5)) }
  const asMasked = program(function* () {
    const mu = yield* sample("mu", Normal(0, 2).iid(3))
    yield* plate("rows", (row: Row) => masked("y", Normal(mu, 1), row.y))
  }).guide(() => ({ mu: centre.mu() }))
  const asImputed = program(function* () {
    const mu = yield* sample("mu", Normal(0, 2).iid(3))
    yield* plate("rows", function* (row: Row) {
      yield* imputed("y", Normal(mu, 1), row.y)
    })
  }).guide(() => ({
    mu: centre.mu(),
    rows: (_row: Row) => ({ "y.missing": Normal(param("hole", [3]), param.positive("width", [3], 1)) })
  }))
  const rowsInOrder = function* (pass: number) {
    for (const i of permutation(size, { seed: 4, owner: "library", site: "rows of rows", step: pass, lane: 0 }))
      yield { y: tests[i] ?? [] }
  }
  const whole = { rows: { y: Data.missing(tests.flat(), [3]) } }
  const streamed = {
    rows: Data.stream({ y: { event: [3], missing: true } }, rowsInOrder, { rows: size, shuffle: 1 })
  }

  test("are masked and imputed as those in memory, to the last digit", async () => {
    for (const guided of [asMasked, asImputed]) {
      const [inMemory, asStream] = [
        await run(guided.fit(whole, options), cpu),
        await run(guided.fit(streamed, options), cpu)
      ]
      expect(losses(asStream)).toEqual(losses(inMemory))
      expect(asStream.parameters).toEqual(inMemory.parameters)
    }
  })

  test("are read from a CSV file, whose empty fields are holes, and give the exact posterior", async () => {
    const folder = mkdtempSync(join(tmpdir(), "latent-holes-"))
    try {
      const path = join(folder, "rows.csv")
      writeFileSync(path, `y\n${tests.map(([y]) => y ?? "NA").join("\n")}\n`)
      const mean = program(function* () {
        const m = yield* sample("m", Normal(0, 1))
        yield* plate("rows", (row: { readonly y: Missing<Tensor<readonly []>> }) => masked("y", Normal(m, 1), row.y))
      }).guide(() => ({ m: Normal(param("loc", 0), param.positive("scale", 1)) }))
      const how = { missing: ["NA"], shuffle: 20 }
      const rows = await Effect.runPromise(
        Data.csvStream(path, Schema.Struct({ y: Schema.NullOr(Schema.Number) }), how)
      )
      const fitted = await run(
        mean.fit({ rows }, { epochs: 150, batchSize: 10, learningRate: 0.02, seed: 1, progress: false }),
        cpu
      )
      // precision 1 + the numbers that are there
      const there = tests.flatMap(([y]) => y ?? [])
      const exact = there.reduce((sum, y) => sum + y, 0) / (1 + there.length)
      expect(Math.abs((fitted.parameter("loc")[0] ?? 9) - exact)).toBeLessThan(0.5 / Math.sqrt(1 + there.length))
      expect(Math.abs(Math.log((fitted.parameter("scale")[0] ?? 0) * Math.sqrt(1 + there.length)))).toBeLessThan(0.25)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test("are refused where the field does not say so", async () => {
    const error = await failure(
      asMasked.fit({ rows: Data.stream({ y: [3] }, rowsInOrder as never, { rows: size }) } as never, options)
    )
    expect(error.message).toMatch(/data\.rows\.y: row \d+ holds null at place/)
  })
})

describe("a stream is refused in words", () => {
  const refused = (source: unknown, how: object = {}, more: object = {}) =>
    failure(line.fit({ rows: Data.stream(fields, source as never, more) }, { ...options, ...how }))

  test("where its source fails, gives what is no row, or another number of rows", async () => {
    const broken = function* () {
      yield* rowsOf()
      throw new Error("gone")
    }
    const cases: ReadonlyArray<readonly [Promise<unknown>, string]> = [
      [refused(broken, {}, { rows: 60 }), "data.rows: the source failed at row 50: gone."],
      [
        refused(rowsOf, {}, { rows: 60 }),
        "data.rows: the source ended after 50 rows, but it must give 60 in each pass."
      ],
      [refused(rowsOf, {}, { rows: 40 }), "data.rows: the source gives more than 40 rows"],
      [refused(() => [{ x: [1, Number.NaN], y: 1 }]), "data.rows.x: row 0 holds NaN"],
      [refused(() => Stream.fail("no network")), "the source failed at row 0: no network"]
    ]
    for (const [error, words] of cases) {
      expect(await error).toBeInstanceOf(DataFormat)
      expect(((await error) as Error).message).toContain(words)
    }
  })

  test("in the middle of a fit, with the row", async () => {
    const late = function* (pass: number) {
      for (let i = 0; i < n; i++) yield pass === 2 && i === 37 ? { x: [1], y: 0 } : rowAt(i)
    }
    const error = await refused(late, {}, { rows: n, shuffle: 5 })
    expect(error.message).toContain("data.rows.x: row 37 holds a list of 1, not numbers of shape [2]")
  })

  test("where a row lies outside of its distribution's support, or is no position", async () => {
    const scales = program(function* () {
      const m = yield* sample("m", Normal(0, 1).iid(3))
      yield* plate("rows", (row: { readonly g: Tensor<readonly []> }) => observe("y", LogNormal(at(m, row.g), 1)))
    }).guide(() => ({ m: Normal(param("loc", [3]), 1) }))
    const source = (y: number, g: number) => () =>
      Array.from({ length: 3000 }, (_, i) => (i === 2500 ? { y, g } : { y: 1, g: 2 }))
    const fit = (y: number, g: number) =>
      failure(
        scales.fit({ rows: Data.stream({ y: [], g: [] }, source(y, g), { rows: 3000 }) } as never, {
          ...options,
          epochs: 1,
          batchSize: 500
        })
      )
    expect(await fit(-1, 1)).toBeInstanceOf(SupportViolation)
    expect((await fit(-1, 1)).message).toContain("but row 2500 holds -1")
    expect((await fit(1, 3)).message).toContain(
      "data.rows.g: row 2500 holds 3, but the program reads it as a position among 3 entries"
    )
  })

  test("where it can be read once only, for more than one pass", async () => {
    const error = await refused(rowsOf(), {}, { rows: n })
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toContain(
      "option 'epochs' is 3; expected 1, as the source of data.rows can be read only once"
    )
    const fitted = await run(
      line.fit({ rows: Data.stream(fields, rowsOf(), { rows: n }) }, { ...options, epochs: 1 }),
      cpu
    )
    expect(losses(fitted)).toHaveLength(1)
  })

  test("where all rows are needed: per-row parameters, rows that are read together, a Laplace guide, other methods", async () => {
    const source = Data.stream({ y: [] }, () => Array.from(ys, (y) => ({ y })), { rows: n })
    const local = program(
      plate("rows", function* (_row: object) {
        const z = yield* sample("z", Normal(0, 1))
        yield* observe("y", Normal(z, 1))
      })
    ).guide(() => ({ rows: () => ({ z: Normal(param.row("m", 0), 1) }) }))
    expect((await failure(local.fit({ rows: source }, options))).message).toContain(
      "the parameter 'm' has a value for each row, which a stream of rows cannot have"
    )
    const groups = program(function* () {
      yield* collect("rows", function* (_row: object) {
        const z = yield* sample("z", Normal(0, 1))
        yield* observe("y", Normal(z, 1))
        return z
      })
    }).guide(() => ({ rows: () => ({ z: Normal(param("m", 0), 1) }) }))
    expect((await failure(groups.fit({ rows: source }, options))).message).toContain(
      "reads the rows of 'rows' together"
    )
    const mean = program(function* () {
      const m = yield* sample("m", Normal(0, 1))
      yield* plate("rows", (_row: object) => observe("y", Normal(m, 1)))
    })
    expect((await failure(mean.autoGuide(Guide.laplace()).fit({ rows: source }, options))).message).toContain(
      "concluded with all rows at the mode"
    )
    const words = "data.rows: it is a stream of rows, which only `fit` reads"
    const guided = mean.guide(() => ({ m: Normal(param("m", 0), 1) }))
    expect((await failure(guided.verify({ rows: source } as never))).message).toContain(words)
    expect(
      (
        await failure(
          guided.fit({ rows: { y: Data.of(ys, []) } }, { ...options, validation: { rows: source } as never })
        )
      ).message
    ).toContain("validation.rows: it is a stream of rows")
  })

  test("where its field is not that of a model", async () => {
    const plain = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(x, 1))
    const error = await failure(plain.fit(Data.stream({ y: [] }, [{ y: 1 }]) as never, options))
    expect(error.message).toBe(
      "data: the stream has the fields 'y'. A model is fitted to one field, 'x': Data.stream({ x: shape }, source)."
    )
  })
})

test("a gradient that breaks is found among streamed rows, as among rows in memory", async () => {
  const roots = program(function* () {
    const m = yield* sample("m", Normal(0, 1))
    yield* plate("rows", (row: { readonly x: Tensor<readonly []> }) =>
      observe("y", Normal(sub(sqrt(row.x), m), sqrt(sub(row.x, row.x))))
    )
  }).guide(() => ({ m: Normal(param("loc", 0.5), 0.1) }))
  const ones = Array.from({ length: 20 }, (_, i) => ({ x: i / 20, y: 1 }))
  const data = {
    rows: {
      x: Data.of(
        ones.map(({ x }) => x),
        []
      ),
      y: Data.of(
        ones.map(({ y }) => y),
        []
      )
    }
  }
  const how = { ...options, batchSize: 4 }
  const whole = await failure(roots.fit(data, how))
  const streamed = await failure(
    roots.fit({ rows: Data.stream({ x: [], y: [] }, ones, { rows: 20, shuffle: 1 }) }, how)
  )
  expect(whole).toBeInstanceOf(NonFiniteLoss)
  expect(streamed).toBeInstanceOf(NonFiniteLoss)
  const { site, of: what } = streamed as NonFiniteLoss
  expect([site, what]).toEqual([(whole as NonFiniteLoss).site, (whole as NonFiniteLoss).of])
})

describe("a checkpoint of a fit to a stream", () => {
  let folder = ""
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "latent-streams-"))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const rows = (source: unknown = rowsOf, shuffle = 12) => ({
    rows: Data.stream(fields, source as never, { rows: n, shuffle })
  })

  test("goes on with the same numbers, from the middle of a pass; another order of the source or another buffer is refused", async () => {
    const path = join(folder, "middle.safetensors")
    const whole = await run(line.fit(rows(), options), cpu)
    const controller = new AbortController()
    const progress = ({ _tag }: { readonly _tag: string }) => {
      if (_tag === "Step") controller.abort()
    }
    const begun = { ...options, checkpoint: { path, every: 0.1 } }
    const stopped = await run(line.fit(rows(), { ...begun, signal: controller.signal, progress }), cpu)
    expect(stopped.stopped).toBe(true)
    const backwards = () => Array.from(rowsOf()).toReversed()
    for (const other of [rows(backwards), rows(rowsOf, 13)])
      expect((await failure(line.fit(other, { ...begun, resume: true }))).message).toContain("option 'data' is")
    const resumed = await run(line.fit(rows(), { ...begun, resume: true }), cpu)
    expect(losses(resumed)).toEqual(losses(whole))
    expect(resumed.parameters).toEqual(whole.parameters)
  })
})

describe("a source is closed", () => {
  const watched = (rows: number, wait?: Promise<void>) => {
    const seen = { open: 0, closed: 0 }
    const source = async function* () {
      seen.open++
      try {
        for (let i = 0; i < rows; i++) {
          if (i === 40 && wait !== undefined) await wait
          yield rowAt(i % n)
        }
      } finally {
        seen.closed++
      }
    }
    return { seen, source }
  }

  test("when the fit ends, fails, or is told to stop", async () => {
    const good = watched(n)
    await run(line.fit({ rows: Data.stream(fields, good.source) }, options), cpu)
    expect(good.seen).toEqual({ open: 4, closed: 4 })
    const long = watched(1e9)
    const controller = new AbortController()
    controller.abort()
    await run(
      line.fit({ rows: Data.stream(fields, long.source, { rows: 1e9 }) }, { ...options, signal: controller.signal }),
      cpu
    )
    expect(long.seen).toEqual({ open: 1, closed: 1 })
    const bad = watched(n)
    await failure(line.fit({ rows: Data.stream({ x: [3], y: [] }, bad.source, { rows: n }) } as never, options))
    expect(bad.seen).toEqual({ open: 1, closed: 1 })
  })

  test("when the fiber is interrupted, while it waits for a row as well", async () => {
    let release = (): void => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const { seen, source } = watched(1e9, gate)
    const fit = line.fit({ rows: Data.stream(fields, source, { rows: 1e9, shuffle: 20 }) }, options)
    await Effect.runPromise(
      Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.provide(fit, cpu))
        yield* Effect.sleep(300)
        yield* Fiber.interrupt(fiber)
      })
    )
    expect(seen).toEqual({ open: 1, closed: 0 })
    release()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(seen.closed).toBe(1)
  })
})
