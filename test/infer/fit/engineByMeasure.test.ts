import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tf from "@tensorflow/tfjs"
import { Effect, Fiber, Layer } from "effect"
import { afterAll, describe, expect, test } from "vitest"
import { Normal } from "../../../src/dist/Normal.ts"
import { EngineUnavailable } from "../../../src/Errors.ts"
import { choosing } from "../../../src/engine/auto.ts"
import { Engine, type Session } from "../../../src/engine/Engine.ts"
import { layers } from "../../../src/engine/layers.ts"
import type { FitOptions } from "../../../src/infer/fit/options.ts"
import type { Progress } from "../../../src/infer/fit/progress.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { factor, sample } from "../../../src/model/Site.ts"
import { nativeIsSetUp } from "../../engine/engines.ts"
import { cpu, failure, onnx, relativeDistance, run, type Source, watched } from "../harness.ts"
import { bitsOf, vae } from "../smallVae.ts"

const bits = bitsOf(5, 30)
/** Ten batches an epoch, of a fit that would take hours and ends after three epochs. */
const settings = { epochs: 1_000_000, batchSize: 3, seed: 4, learningRate: 1e-2, progress: false } as const
const long = {
  ...settings,
  stop: (history: ReadonlyArray<unknown>) => (history.length < 3 ? undefined : "three epochs are enough")
} as const
/** A trial of some tens of milliseconds. */
const quick = { long: 1000, node: 1, first: 20, rival: 60, call: 5 }

/** An engine with another session in place of its own. */
const changed = (source: Source, change: (session: Session) => Partial<Session>): Source =>
  Layer.effect(
    Engine,
    Effect.map(Engine, (engine) => ({
      ...engine,
      compile: (loop, bindings, hint) =>
        Effect.map(engine.compile(loop, bindings, hint), (session) => ({ ...session, ...change(session) }))
    }))
  ).pipe(Layer.provide(source))

/** An engine of which each step takes some milliseconds more. */
const slowed = (source: Source, milliseconds: number): Source =>
  changed(source, ({ run }) => ({
    run: (k, feeds) => Effect.andThen(Effect.sleep(k * milliseconds), run(k, feeds))
  }))

const first = "eager (cpu)"
/** The cpu's engine, with a rival. */
const between = (ours: Source, rival: Source): Source => choosing(ours, new Map([[first, rival]]), quick)

/** A fit with what it told. */
const told = async (options: FitOptions, source: Source) => {
  const events: Array<Progress<unknown>> = []
  const fitted = await run(vae.fit(bits, { ...options, progress: (event) => events.push(event) }), source)
  const moved = events.filter((event) => event._tag === "Engine")
  const done = events.find((event) => event._tag === "Done")
  return { ...fitted, moved, on: done?.engine }
}
const numbersOf = ({ parameters, history }: Pick<Awaited<ReturnType<typeof told>>, "parameters" | "history">) => ({
  parameters,
  losses: history.map(({ train }) => train)
})

const folder = mkdtempSync(join(tmpdir(), "by-measure-"))
afterAll(() => rmSync(folder, { recursive: true }))

describe("a long fit on one of two engines", () => {
  test("runs on the rival where that is faster, from its first step to the last bit, and says why", async () => {
    const [ours, its] = [watched(slowed(cpu, 20)), watched(onnx)]
    let openAtFirst: unknown
    const events: Array<Progress<unknown>> = []
    const fitted = await run(
      vae.fit(bits, {
        ...long,
        progress: (event) => {
          events.push(event)
          if (event._tag === "Engine")
            openAtFirst = [ours.sessions, its.sessions].map((all) => all.map(({ open }) => open))
        }
      }),
      between(ours.engine, its.engine)
    )
    const [started, moved] = events
    expect(started).toMatchObject({ _tag: "Started", engine: first })
    expect(moved).toMatchObject({ _tag: "Engine", engine: "onnx", detail: "1 thread" })
    expect(moved).toMatchObject({
      because: expect.stringMatching(/^a step takes [\d.e-]+ ms, and on eager \(cpu\) [\d.]+ ms$/)
    })
    expect(events.at(-1)).toMatchObject({ _tag: "Done", engine: "onnx" })
    expect(openAtFirst).toEqual([[false], [true]])
    expect([...ours.sessions, ...its.sessions].map(({ open }) => open)).toEqual([false, false])
    const named = await run(vae.fit(bits, long), onnx)
    expect(numbersOf(fitted)).toEqual(numbersOf(named))
    const onCpu = await run(vae.fit(bits, long), cpu)
    for (const [name, values] of Object.entries(onCpu.parameters))
      expect(relativeDistance(fitted.parameters[name] ?? [], values)).toBeLessThan(1e-4)
  })

  if (nativeIsSetUp)
    test("runs on TensorFlow as where TensorFlow is named", async () => {
      const ours = choosing(slowed(onnx, 20), new Map([["onnx", layers.tensorflow]]), quick)
      const { moved, on, ...fitted } = await told(long, ours)
      expect(moved).toMatchObject([{ engine: "tensorflow", detail: expect.stringContaining("TensorFlow 2") }])
      expect(on).toBe("tensorflow")
      expect(numbersOf(fitted)).toEqual(numbersOf(await run(vae.fit(bits, long), layers.tensorflow)))
    })

  test("stays where it is faster, to the last bit, and says why", async () => {
    const its = watched(slowed(onnx, 20))
    const { moved, on, ...fitted } = await told(long, between(cpu, its.engine))
    expect(moved).toMatchObject([{ engine: first }])
    expect(moved[0]?.because).toMatch(/^a step takes [\d.]+ ms, and on onnx, which must save a fifth, [\d.]+ ms$/)
    expect(on).toBe(first)
    expect(its.sessions.map(({ open }) => open)).toEqual([false])
    expect(numbersOf(fitted)).toEqual(numbersOf(await run(vae.fit(bits, long), cpu)))
  })

  test("that goes on from a checkpoint stays on the engine on which it began", async () => {
    const checkpoint = { path: join(folder, "on the rival.safetensors"), every: 1 }
    const two = { ...long, stop: (history: ReadonlyArray<unknown>) => (history.length < 2 ? undefined : "two") }
    expect((await told({ ...two, checkpoint }, between(slowed(cpu, 20), onnx))).on).toBe("onnx")
    // now the first engine is by far the faster one
    const again = await told({ ...long, checkpoint, resume: true }, between(cpu, slowed(onnx, 20)))
    expect([again.on, again.moved]).toEqual(["onnx", []])
    expect(numbersOf(again)).toEqual(numbersOf(await run(vae.fit(bits, long), onnx)))
  })

  test("that goes on stays on the first engine too", async () => {
    const checkpoint = { path: join(folder, "on the first.safetensors"), every: 1 }
    await told({ ...settings, epochs: 1, checkpoint }, between(cpu, onnx))
    const again = await told({ ...long, checkpoint, resume: true }, between(slowed(cpu, 20), onnx))
    expect([again.on, again.moved]).toEqual([first, []])
  })

  test("does not go on where its engine is not, and says what to do", async () => {
    const checkpoint = { path: join(folder, "elsewhere.safetensors"), every: 1 }
    const renamed = Layer.effect(
      Engine,
      Effect.map(Engine, (engine) => ({ ...engine, name: "my own" }))
    ).pipe(Layer.provide(cpu))
    await told({ ...long, checkpoint }, renamed)
    const failed = await failure(vae.fit(bits, { ...long, checkpoint, resume: true }), between(cpu, onnx))
    expect(failed).toBeInstanceOf(EngineUnavailable)
    expect(failed.message).toBe(
      "the engine 'my own' is not available: the fit that goes on has run on it, and Engine.auto does not have it. To let it go on elsewhere, with other roundings, name an engine (such as Engine.onnx) in place of Engine.auto."
    )
    expect((await told({ ...long, checkpoint, resume: true }, cpu)).on).toBe(first)
  })

  const breaking: ReadonlyArray<readonly [string, Source, RegExp]> = [
    [
      "throws while it runs",
      changed(onnx, () => ({ run: () => Effect.die(new Error("no memory")) })),
      /^onnx could not be tried: Error: no memory$/
    ],
    [
      "refuses the graph",
      Layer.effect(
        Engine,
        Effect.map(Engine, (engine) => ({
          ...engine,
          compile: () => Effect.fail(new EngineUnavailable({ engine: "onnx", reason: "it refuses", advice: "Go." }))
        }))
      ).pipe(Layer.provide(onnx)),
      /^onnx could not be tried: the engine 'onnx' is not available: it refuses\. Go\.$/
    ],
    [
      "computes something else",
      changed(onnx, ({ run }) => ({
        run: (k, feeds) =>
          Effect.map(run(k, feeds), (emitted) => ({
            ...emitted,
            value: Float32Array.from(emitted["value"] ?? [], (x) => x * 1.01)
          }))
      })),
      /^onnx does not agree with it on 'value'$/
    ]
  ]
  test.each(breaking)("stays where the rival %s, and says so", async (_, rival, because) => {
    const its = watched(rival)
    const { moved, on, ...fitted } = await told(long, between(cpu, its.engine))
    expect(moved).toMatchObject([{ engine: first, because: expect.stringMatching(because) }])
    expect(on).toBe(first)
    expect(its.sessions.filter(({ open }) => open)).toEqual([])
    expect(numbersOf(fitted)).toEqual(numbersOf(await run(vae.fit(bits, long), cpu)))
  })

  test("stays silently where the rival is not set up", async () => {
    const absent: Source = Layer.effect(
      Engine,
      Effect.fail(new EngineUnavailable({ engine: "onnx", reason: "it is not set up", advice: "" }))
    )
    const { moved, on } = await told(long, between(cpu, absent))
    expect([on, moved]).toEqual([first, []])
  })

  test("says where it broke as on an engine that is named", async () => {
    // Adam takes the number from 0.025 to below 0 in three steps, where it has no logarithm
    const falling = program(
      Effect.gen(function* () {
        yield* sample("z", Normal(0, 1))
        yield* factor("slope", tf.neg(tf.log(param("at", 0.025))))
      })
    ).guide(() => ({ z: Normal(param("loc", 0), 1) }))
    const its = watched(onnx)
    const [found, known] = [
      await failure(falling.fit({}, settings), between(cpu, its.engine)),
      await failure(falling.fit({}, settings), onnx)
    ]
    expect(known).toMatchObject({ _tag: "NonFiniteLoss", step: 4, site: "slope" })
    expect(found.message).toBe(known.message)
    // the fit's own steps and those of the trial
    expect(its.sessions[0]?.calls.length).toBeGreaterThan(2)
  })

  test("frees both engines where it is interrupted in the trial", async () => {
    const [ours, its] = [watched(cpu), watched(slowed(onnx, 50))]
    const fiber = Effect.runFork(Effect.provide(vae.fit(bits, long), between(ours.engine, its.engine)))
    while (its.sessions.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await Effect.runPromise(Fiber.interrupt(fiber))
    expect([...ours.sessions, ...its.sessions].map(({ open }) => open)).toEqual([false, false])
  })
})

describe("no engine is tried", () => {
  const untouched: Source = Layer.effect(Engine, Effect.die(new Error("the rival was made")))
  test("for a short fit", async () => {
    const { on, moved } = await told({ ...settings, epochs: 3 }, between(cpu, untouched))
    expect([on, moved]).toEqual([first, []])
  })

  test("for a fit that ends when it is accurate, of which nobody knows how long it takes", async () => {
    const abort = new AbortController()
    const progress = ({ _tag }: Progress<unknown>) => {
      // the first call still runs
      if (_tag === "Started") abort.abort()
    }
    const small = program(sample("z", Normal(0, 1))).guide(() => ({ z: Normal(param("loc", 0), 1) }))
    await run(small.fit({}, { seed: 4, accuracy: 0.1, signal: abort.signal, progress }), between(cpu, untouched))
    expect(abort.signal.aborted).toBe(true)
  })
})
