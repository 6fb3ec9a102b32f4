import * as tf from "@tensorflow/tfjs"
import { Effect, Exit, Fiber, Stream } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { layers } from "../../src/engine/layers.ts"
import { score } from "../../src/infer/estimator/score.ts"
import type { Progress } from "../../src/infer/fit/progress.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer } from "../../src/infer/step/Optimizer.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, engines, failure, leaked, onnx, run, type Seen, under, watched } from "./harness.ts"
import { bitsOf, vae } from "./smallVae.ts"

const images = bitsOf(3, 40)
const mean = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1))
    yield* plate("rows", (_row: { readonly y: Tensor<readonly []> }) => observe("y", Normal(w, 1)))
  })
).guide(() => ({ w: Normal(param("loc", 0), param.positive("scale", 1)) }))
const quiet = { epochs: 2, batchSize: 16, progress: false } as const
const allClosed = (sessions: ReadonlyArray<Seen>): boolean => sessions.every(({ open }) => !open)

describe.each([...engines, ["eager on wasm or cpu", layers.eager] as const])(
  "nothing is left behind: %s",
  (_, source) => {
    test("by eight fits and all that is asked of their results", async () => {
      const { engine, sessions } = watched(source)
      const rows = tf.tidy(() => tf.tensor1d([1, 2, 3]))
      await run(vae.fit(images, quiet), engine)
      const left = await leaked(async () => {
        for (let i = 0; i < 8; i++) {
          const estimators = i % 2 === 0 ? {} : { z: score }
          const fitted = await run(vae.fit(images, { ...quiet, seed: i, estimators, validation: images }), engine)
          await run(fitted.generate(3), engine)
          await run(fitted.encode(images), engine)
          await run(fitted.reconstruct(images), engine)
          await run(fitted.logMarginal(images, { particles: 3 }), engine)
          const global = await run(mean.fit({ rows: { y: rows } } as never, quiet), engine)
          await run(global.sample(3), engine)
          vae.explain()
        }
      })
      rows.dispose()
      expect(left).toBe(0)
      expect(sessions.length).toBeGreaterThanOrEqual(8 * 8)
      expect(allClosed(sessions)).toBe(true)
    })

    test("by fits that fail before or while they run", async () => {
      const { engine, sessions } = watched(source)
      await run(vae.fit(images, quiet), engine)
      const left = await leaked(async () => {
        for (let i = 0; i < 5; i++) {
          await failure(vae.fit(images, { ...quiet, optimizer: Optimizer.sgd(1e38) }), engine)
          await failure(vae.fit(Dataset.of([1, 0], [2], "boolean") as never, quiet), engine)
        }
      })
      expect(left).toBe(0)
      expect(allClosed(sessions)).toBe(true)
    })

    test("on the backend that was current", async () => {
      await tf.setBackend("cpu")
      await run(vae.fit(images, quiet), source)
      expect(tf.getBackend()).toBe("cpu")
    })
  }
)

describe.each(engines)("a fit that is told to stop ends within one call: %s", (_, source) => {
  const long = { ...quiet, epochs: 1_000_000 } as const

  test("by interrupting its fiber", async () => {
    const { engine, sessions } = watched(source)
    await run(vae.fit(images, quiet), engine)
    const earlier = sessions.length
    const left = await leaked(async () => {
      let heard = 0
      let underWay = (): void => {}
      const running = new Promise<void>((resolve) => {
        underWay = resolve
      })
      const progress = (): void => {
        if (++heard === 6) underWay()
      }
      const fiber = Effect.runFork(Effect.provide(vae.fit(images, { ...long, progress }), engine))
      await running
      const calls = sessions[earlier]?.calls.length ?? 0
      await Effect.runPromise(Fiber.interrupt(fiber))
      expect((sessions[earlier]?.calls.length ?? 0) - calls).toBeLessThanOrEqual(1)
      const exit = await Effect.runPromise(Fiber.await(fiber))
      expect(Exit.isFailure(exit) && Exit.hasInterrupts(exit)).toBe(true)
    })
    expect(left).toBe(0)
    expect(sessions).toHaveLength(earlier + 1)
    expect(allClosed(sessions)).toBe(true)
  })

  test("by aborting its signal, and keeps what it has learned", async () => {
    const { engine, sessions } = watched(source)
    const abort = new AbortController()
    const events: Array<Progress<unknown>> = []
    const progress = (event: Progress<unknown>): void => {
      events.push(event)
      if (sessions[0]?.calls.length === 3) abort.abort()
    }
    const fitted = await run(vae.fit(images, { ...long, progress, signal: abort.signal }), engine)
    // the call that was told of when the signal came is the last, or the one after it
    expect(sessions[0]?.calls.length).toBeGreaterThanOrEqual(3)
    expect(sessions[0]?.calls.length).toBeLessThanOrEqual(4)
    expect(events[0]?._tag).toBe("Started")
    expect(events.at(-1)?._tag).toBe("Done")
    expect(fitted.stopped).toBe(true)
    expect(fitted.history).toHaveLength(events.filter(({ _tag }) => _tag === "Epoch").length)
    for (const [name, values] of Object.entries(fitted.parameters)) {
      expect(values).toEqual(under("param:", sessions[0]?.calls.at(-1)?.after ?? {})[name])
    }
    expect(allClosed(sessions)).toBe(true)
    expect((await run(fitted.generate(2), engine)).size).toBe(2)
  })

  test("a signal that was aborted before lets one call run", async () => {
    const { engine, sessions } = watched(source)
    const fitted = await run(vae.fit(images, { ...long, signal: AbortSignal.abort() }), engine)
    expect(sessions[0]?.calls).toHaveLength(1)
    expect(fitted.stopped).toBe(true)
  })

  test("a fit that came to its end was not stopped", async () => {
    expect((await run(vae.fit(images, { ...quiet, signal: new AbortController().signal }), source)).stopped).toBe(false)
  })

  test("by taking only some of its stream", async () => {
    const { engine, sessions } = watched(source)
    const events = await run(Stream.runCollect(Stream.take(vae.fitStream(images, long), 4)), engine)
    expect(Array.from(events).map(({ _tag }) => _tag)[0]).toBe("Started")
    expect(events).toHaveLength(4)
    expect(sessions[0]?.calls.length).toBeLessThanOrEqual(3)
    expect(allClosed(sessions)).toBe(true)
  })

  test("and lets timers run between its calls", async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const started = performance.now()
    const abort = new AbortController()
    const progress = (): void => {
      if (performance.now() - started > 300) abort.abort()
    }
    await run(vae.fit(images, { ...long, progress, signal: abort.signal }), source)
    clearInterval(timer)
    // calls grow to 200 ms at most, of which the eager engine gives the event loop back every 50
    expect(ticks).toBeGreaterThanOrEqual(2)
  })
})

describe("a stream of progress", () => {
  const collect = (options: object, source = cpu) =>
    run(Stream.runCollect(vae.fitStream(images, { ...quiet, epochs: 3, batchSize: 4, ...options })), source)

  test("begins with the plan and the engine, tells steps and epochs in order, and ends with the fitted model", async () => {
    const events = Array.from(await collect({}))
    const [started, ...rest] = events
    expect(started).toMatchObject({ _tag: "Started", epochs: 3, steps: 10, engine: expect.stringContaining("cpu") })
    expect(`${(started as { plan: unknown }).plan}`).toBe(`${vae.explain()}`)
    expect(rest.at(-1)?._tag).toBe("Done")
    let [epoch, step] = [1, 0]
    for (const event of rest.slice(0, -1)) {
      if (event._tag === "Warning") continue
      expect(event).toMatchObject({ epoch, epochs: 3 })
      if (event._tag === "Epoch") [epoch, step] = [epoch + 1, 0]
      if (event._tag !== "Step") continue
      expect(event.step).toBeGreaterThan(step)
      expect(event.step).toBeLessThan(10)
      expect(event.loss).toSatisfy(Number.isFinite)
      expect(event.secondsLeft).toBeGreaterThanOrEqual(0)
      step = event.step
    }
    expect(epoch).toBe(4)
  })

  test("reports after each epoch the loss on validation data, which is what elbo gives", async () => {
    const validation = Dataset.slice(images, 0, 9)
    const events = Array.from(await collect({ validation, seed: 2 }))
    const epochs = events.filter((event) => event._tag === "Epoch")
    expect(epochs).toHaveLength(3)
    const done = events.at(-1)
    if (done?._tag !== "Done") throw new Error("the stream did not end with Done")
    const { fitted } = done
    expect(fitted.history.map(({ test }) => test)).toEqual(epochs.map(({ test }) => test))
    expect(fitted.history.every(({ test }) => test !== undefined)).toBe(true)
    expect(fitted.history.at(-1)?.test).toBe(-(await run(fitted.elbo(validation, { seed: 3 }), cpu)))
    expect(fitted.history.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
  })

  test("nothing runs before it is run", () => {
    const { sessions } = watched(cpu)
    vae.fitStream(images, quiet)
    vae.fit(images, quiet)
    expect(sessions).toHaveLength(0)
  })

  test("the same stream can be run twice and tells the same", async () => {
    const stream = vae.fitStream(images, { ...quiet, seed: 1 })
    const losses = async () =>
      Array.from(await run(Stream.runCollect(stream), cpu)).flatMap((event) =>
        event._tag === "Epoch" ? [event.train] : []
      )
    const [once, again] = [await losses(), await losses()]
    expect(once).toHaveLength(2)
    expect(again).toEqual(once)
  })

  test("two fits at once do not disturb each other", async () => {
    const alone = await run(vae.fit(images, { ...quiet, seed: 1 }), onnx)
    const [one, other] = await Promise.all([
      run(vae.fit(images, { ...quiet, seed: 1 }), onnx),
      run(vae.fit(images, { ...quiet, seed: 2 }), cpu)
    ])
    expect(one.parameters).toEqual(alone.parameters)
    expect(other.parameters).toEqual((await run(vae.fit(images, { ...quiet, seed: 2 }), cpu)).parameters)
  })
})
