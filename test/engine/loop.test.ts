import * as tf from "@tensorflow/tfjs"
import { Effect, Exit } from "effect"
import { describe, expect, it } from "vitest"
import { ShapeMismatch } from "../../src/Errors.ts"
import { Engine, type Session } from "../../src/engine/Engine.ts"
import { layers } from "../../src/engine/layers.ts"
import { leaf, type Node } from "../../src/trace/Graph.ts"
import { engines } from "./engines.ts"
import { distance, nothing, pure, runOnce, Sketch, type Source, single, using } from "./harness.ts"
import { regression } from "./models.ts"

const train = (source: Source, calls: ReadonlyArray<number>) => {
  const { loop, bindings, feeds } = regression()
  return using(source, loop, bindings, (session) =>
    Effect.gen(function* () {
      const emitted = []
      let done = 0
      for (const k of calls) {
        emitted.push(yield* session.run(k, feeds(k, done)))
        done += k
      }
      return { emitted, state: yield* session.state }
    })
  )
}

describe.each(engines)("a loop on %s", (_, source) => {
  it("trains as the reference engine does, over several steps and calls", async () => {
    const [here, reference] = [await train(source, [3, 1, 5]), await train(layers.eagerOn("cpu"), [3, 1, 5])]
    for (const name of Object.keys(reference.state)) {
      expect(distance(here.state[name], reference.state[name]), name).toBeLessThan(3e-6)
    }
    for (const [call, expected] of reference.emitted.entries()) {
      for (const name of Object.keys(expected)) {
        expect(distance(here.emitted[call]?.[name], expected[name]), `${name} of call ${call}`).toBeLessThan(3e-6)
      }
    }
  })

  it("does not depend on how its steps are divided into calls", async () => {
    const [together, apart] = [await train(source, [6]), await train(source, [1, 2, 3])]
    for (const name of Object.keys(together.state)) {
      expect(together.state[name], name).toEqual(apart.state[name])
    }
    const losses = apart.emitted.flatMap(({ loss }) => [...(loss ?? [])])
    expect([...(together.emitted[0]?.["loss"] ?? [])]).toEqual(losses)
  })

  it("says whether carried values are finite", async () => {
    const { loop, bindings, feeds } = regression()
    const found = await using(source, loop, bindings, (session) =>
      Effect.gen(function* () {
        yield* session.run(2, feeds(2, 0))
        const names = Object.keys(loop.carried)
        const before = yield* session.finite(names)
        const state = yield* session.state
        const answers = []
        for (const name of names) {
          for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
            const values = Float32Array.from(state[name] ?? [])
            values[values.length - 1] = bad
            yield* session.restore({ ...state, [name]: values })
            answers.push([yield* session.finite(names.filter((each) => each !== name)), yield* session.finite([name])])
          }
        }
        return { before, answers, names }
      })
    )
    expect(found.before).toBe(true)
    // whole numbers that are carried cannot be otherwise
    expect(found.answers.every(([others]) => others)).toBe(true)
    expect(found.answers.filter(([, own]) => own === false).length).toBeGreaterThanOrEqual(3)
  })

  it("counts in whole numbers and emits what does not change at every step", async () => {
    const { emitted, state } = await train(source, [4])
    expect(state["steps"]).toEqual(Float32Array.of(4))
    expect(emitted[0]?.["twice"]).toEqual(new Float32Array(4).fill(Math.fround(0.05) * 2))
  })

  it("learns: the loss falls", async () => {
    const { emitted } = await train(source, [60])
    const losses = emitted[0]?.["loss"] ?? new Float32Array()
    const mean = (part: Float32Array): number => part.reduce((sum, x) => sum + x, 0) / part.length
    expect(mean(losses.subarray(50))).toBeLessThan(mean(losses.subarray(0, 10)))
  })

  it("goes on from restored values", async () => {
    const { loop, bindings, feeds } = regression()
    const [first, second] = await using(source, loop, bindings, (session) =>
      Effect.gen(function* () {
        const before = yield* session.state
        const once = yield* session.run(3, feeds(3, 0))
        yield* session.restore(before)
        return [once, yield* session.run(3, feeds(3, 0))]
      })
    )
    expect(second).toEqual(first)
  })

  it("takes the last call back, and only that one", async () => {
    const { loop, bindings, feeds } = regression()
    const states = await using(source, loop, bindings, (session) =>
      Effect.gen(function* () {
        yield* session.undo
        const start = yield* session.state
        yield* session.run(2, feeds(2, 0))
        const between = yield* session.state
        yield* session.run(3, feeds(3, 2))
        yield* session.undo
        const back = yield* session.state
        yield* session.undo
        return { start, between, back, again: yield* session.state }
      })
    )
    expect(states.start["w"]).toEqual(bindings.state["w"])
    expect(states.back).toEqual(states.between)
    expect(states.again).toEqual(states.between)
  })

  it("returns copies: a later call does not change a state that was read", async () => {
    const { loop, bindings, feeds } = regression()
    await using(source, loop, bindings, (session) =>
      Effect.gen(function* () {
        const read = yield* session.state
        const copy = Float32Array.from(read["w"] ?? [])
        yield* session.run(2, feeds(2, 0))
        yield* session.run(2, feeds(2, 2))
        expect(read["w"]).toEqual(copy)
      })
    )
  })

  it("takes noise by site and law", async () => {
    const g = new Sketch()
    const [a, b] = [g.add(leaf.noise("normal", "z", [2])), g.add(leaf.noise("uniform", "z", [2]))]
    const graph = { nodes: g.nodes, outputs: { result: 2 } }
    g.pair("Sub", a, b)
    const feeds = { "noise:normal:z": Float32Array.of(1, 2, 3, 4), "noise:uniform:z": Float32Array.of(0.5, 0, 1, 0.5) }
    expect((await runOnce(source, pure(graph), nothing, 2, feeds))["result"]).toEqual(Float32Array.of(0.5, 2, 2, 3.5))
  })

  it("reads whole-number labels out of a byte table", async () => {
    const graph = { nodes: [leaf.input("label", [3], "int32")], outputs: { label: 0 } }
    const loop = { ...pure(graph), rows: { label: { table: "labels", indices: "which" } } }
    const bindings = { ...nothing, tables: { labels: { values: Uint8Array.of(7, 8, 9), shape: [3], scale: 1 } } }
    const { label } = await runOnce(source, loop, bindings, 2, { which: Int32Array.of(2, 0, 1, 1, 1, 2) })
    expect(label).toEqual(Float32Array.of(9, 7, 8, 8, 8, 9))
  })

  it("refuses a feed of the wrong size and a missing carried value, saying which", async () => {
    const { loop, bindings, feeds } = regression()
    const short = await Effect.runPromiseExit(
      Effect.promise(() => using(source, loop, bindings, (session) => session.run(4, feeds(3, 0))))
    )
    expect(String(short)).toContain("feed 'places'")
    const incomplete = { ...bindings, state: {} }
    await expect(using(source, loop, incomplete, (session) => session.state)).rejects.toThrow(/carried value 'w'/)
    await expect(using(source, loop, incomplete, (session) => session.state)).rejects.toThrow(ShapeMismatch)
  })

  it("names a kernel that it does not have, before any work", async () => {
    const node = { kernel: "Bessel", inputs: [0], names: ["x"], attrs: {}, shape: [2], dtype: "float32" as const }
    const loop = pure(single(node, [leaf.input("x", [2])]))
    await expect(using(source, loop, nothing, (session) => session.state)).rejects.toMatchObject({
      _tag: "UnsupportedKernel",
      kernel: "Bessel"
    })
  })

  it("leaves no tensor behind and the current backend as it was", async () => {
    await tf.setBackend("cpu")
    const before = tf.memory().numTensors
    await train(source, [3, 2])
    expect(tf.memory().numTensors).toBe(before)
    expect(tf.getBackend()).toBe("cpu")
  })

  it("cannot be used after its scope has closed", async () => {
    const { loop, bindings, feeds } = regression()
    const escaped: Session = await using(source, loop, bindings, Effect.succeed)
    const exit = await Effect.runPromiseExit(escaped.run(2, feeds(2, 0)))
    expect(Exit.isFailure(exit)).toBe(true)
  })
})

describe("the eager engine", () => {
  it("lets timers run between slices of steps", async () => {
    const { loop, bindings, feeds } = regression()
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    await runOnce(layers.eagerOn("cpu"), loop, bindings, 1500, feeds(1500, 0))
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(1)
  })

  it("takes wasm where it has every kernel, and cpu where it has not", async () => {
    const detail = (kernel: string, operands: Readonly<Record<string, Node["dtype"]>>, attrs = {}) => {
      const leaves = Object.entries(operands).map(([name, dtype]) => leaf.input(name, [5], dtype))
      const names = Object.keys(operands)
      const node = { kernel, inputs: names.map((_, i) => i), names, attrs, shape: [5], dtype: "float32" as const }
      return using(layers.eager, pure(single(node, leaves)), nothing, (session) => Effect.succeed(session.detail))
    }
    expect(await detail("Exp", { x: "float32" })).toContain("wasm")
    const segments = { x: "float32", segmentIds: "int32" } as const
    expect(await detail("UnsortedSegmentSum", segments, { numSegments: 5 })).toContain("wasm")
    expect(await detail("Sum", { x: "bool" }, { axis: [0] })).toContain("cpu")
  })

  it("says what to install when a backend is not there", async () => {
    const made = Effect.provide(Engine, layers.eagerOn("webgpu"))
    await expect(Effect.runPromise(made)).rejects.toMatchObject({
      _tag: "EngineUnavailable",
      engine: "eager on tfjs webgpu"
    })
  })
})
