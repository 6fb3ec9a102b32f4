import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Exit, Fiber, Layer } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { EngineUnavailable } from "../../src/Errors.ts"
import { Engine, type Session } from "../../src/engine/Engine.ts"
import { model } from "../../src/infer/program/model.ts"
import { Net } from "../../src/model/net/index.ts"
import { cpu, engines, failure, generator, leaked, onnx, run, type Source, watched } from "./harness.ts"

const next = generator(5)
const bits = Dataset.of(
  Float32Array.from({ length: 4 * 24 }, () => (next() < 0.4 ? 1 : 0)),
  [4],
  "boolean"
)
const [decoder, encoder] = [Net.mlp([2, 5, 4]), Net.mlp([4, 5, 4])]
const vae = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
const options = { progress: false, epochs: 4, batchSize: 6, seed: 1, validation: bits } as const

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latent-faults-"))
})
afterAll(() => rm(folder, { recursive: true }))

/** An engine whose n-th call of any kind throws, as a library of native code may; and how many calls there were. */
const throwing = (source: Source, nth: number): { readonly engine: Source; readonly calls: () => number } => {
  let calls = 0
  const turn = <A, E, R>(call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => (++calls === nth ? Effect.die(new Error("the device is gone")) : call))
  const faulty = (session: Session): Session => ({
    ...session,
    run: (k, feeds) => turn(session.run(k, feeds)),
    state: turn(session.state),
    finite: (names) => turn(session.finite(names)),
    restore: (state) => turn(session.restore(state)),
    undo: turn(session.undo)
  })
  const engine = Layer.effect(
    Engine,
    Effect.map(Engine, (inner) => ({
      ...inner,
      compile: (...args: Parameters<typeof inner.compile>) => turn(Effect.map(inner.compile(...args), faulty))
    }))
  ).pipe(Layer.provide(source))
  return { engine, calls: () => calls }
}

describe.each(engines)("an engine that throws: %s", (name, source) => {
  test("ends a fit with a typed error at any of its calls; sessions are closed, and the checkpoint goes on", async () => {
    const whole = await run(vae.fit(bits, options), source)
    const count = throwing(source, Number.POSITIVE_INFINITY)
    await run(vae.fit(bits, { ...options, checkpoint: { path: join(folder, `${name} count`) } }), count.engine)
    expect(count.calls()).toBeGreaterThan(20)
    const left = await leaked(async () => {
      for (let nth = 1; nth <= count.calls(); nth += Math.ceil(count.calls() / 12)) {
        const checkpoint = { path: join(folder, `${name} ${nth}`) }
        const { engine, sessions } = watched(throwing(source, nth).engine)
        const error = await failure(vae.fit(bits, { ...options, checkpoint }), engine)
        expect(error).toBeInstanceOf(EngineUnavailable)
        expect(error.message).toContain("the device is gone")
        expect(sessions.every(({ open }) => !open)).toBe(true)
        const resumed = await run(vae.fit(bits, { ...options, checkpoint, resume: true }), source)
        expect(resumed.parameters).toEqual(whole.parameters)
      }
    })
    expect(left).toBe(0)
  })

  test("ends what is asked of a fitted value with a typed error", async () => {
    const fitted = await run(vae.fit(bits, options), source)
    for (const nth of [1, 2, 3]) {
      for (const asked of [fitted.elbo(bits), fitted.generate(3), fitted.encode(bits), fitted.posterior(bits, 2)]) {
        const { engine, calls } = throwing(source, nth)
        const exit = await Effect.runPromiseExit(Effect.provide(asked as Effect.Effect<unknown, never, Engine>, engine))
        if (calls() < nth) continue
        expect(Exit.isFailure(exit) && Exit.hasDies(exit)).toBe(false)
        expect(Exit.isFailure(exit)).toBe(true)
      }
    }
  })
})

describe("a fit that is interrupted at any of its turns", () => {
  test("leaves no session open, no tensor, and a checkpoint that is whole and goes on", async () => {
    const whole = await run(vae.fit(bits, options), cpu)
    const begin = (path: string, engine: Source) =>
      Effect.runFork(
        Effect.provide(vae.fit(bits, { ...options, checkpoint: { path, every: 0.25 }, resume: true }), engine)
      )
    let [all, interrupted] = [0, 0]
    const counted = begin(join(folder, "counted"), cpu)
    for (; counted.pollUnsafe() === undefined; all++) await new Promise(setImmediate)
    const left = await leaked(async () => {
      for (let nth = 0; nth < 12; nth++) {
        const turns = Math.round((all * nth) / 12)
        const path = join(folder, `turn ${turns}`)
        const { engine, sessions } = watched(cpu)
        const fiber = begin(path, engine)
        for (let i = 0; i < turns && fiber.pollUnsafe() === undefined; i++) await new Promise(setImmediate)
        const isOver = fiber.pollUnsafe() !== undefined
        await Effect.runPromise(Fiber.interrupt(fiber))
        expect(sessions.every(({ open }) => !open)).toBe(true)
        expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([])
        if (!isOver) interrupted++
        const resumed = await run(vae.fit(bits, { ...options, checkpoint: { path, every: 0.25 }, resume: true }), cpu)
        expect(resumed.parameters).toEqual(whole.parameters)
      }
    })
    expect(interrupted).toBeGreaterThan(4)
    expect(left).toBe(0)
  })

  test("and one whose signal is aborted at any of its events ends with finite parameters, and goes on", async () => {
    const whole = await run(vae.fit(bits, options), onnx)
    for (let nth = 1; ; nth++) {
      const abort = new AbortController()
      let heard = 0
      const progress = (): void => {
        if (++heard === nth) abort.abort()
      }
      const checkpoint = { path: join(folder, `signal ${nth}`) }
      const { signal } = abort
      const part = await run(vae.fit(bits, { ...options, checkpoint, signal, progress }), onnx)
      expect(Object.values(part.parameters).every((values) => values.every(Number.isFinite))).toBe(true)
      if (!part.stopped) break
      const resumed = await run(vae.fit(bits, { ...options, checkpoint, resume: true }), onnx)
      expect(resumed.parameters).toEqual(whole.parameters)
    }
  })
})
