import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import type { Arrays, Bindings, Loop, Session } from "../../src/engine/Engine.ts"
import { layers } from "../../src/engine/layers.ts"
import { takeOutAdam } from "../../src/engine/tensorflow/adam.ts"
import type { Id, Values } from "../../src/trace/Graph.ts"
import { nativeIsSetUp, tensorflows } from "./engines.ts"
import { distance, nothing, Sketch, using } from "./harness.ts"

const size = 1000

/** What an update may be made of, beside its parameter and gradient. */
interface Settings {
  readonly beta1?: Id
  readonly rate?: Id
}

const adam = (g: Sketch, name: string, gradient: Id, settings: Settings = {}) => {
  const shape = g.shape(gradient)
  const [w, m, v] = [name, `m:${name}`, `v:${name}`].map((each) => g.input(each, shape)) as [Id, Id, Id]
  const nextM = g.pair("Add", g.pair("Multiply", m, settings.beta1 ?? g.scalar(0.9)), gradient)
  const nextV = g.pair("Add", g.pair("Multiply", v, g.scalar(0.99)), g.pair("Multiply", gradient, gradient))
  const deviation = g.pair("Add", g.unary("Sqrt", nextV), g.input("epsilon", []))
  const step = g.pair("Multiply", g.pair("RealDiv", nextM, deviation), settings.rate ?? g.input("rate", []))
  return { w, m, v, nextM, nextV, next: g.pair("Sub", w, step) }
}

/**
 * One parameter goes to a target, and the loss reads it again after its gradient is known; the gradient of the other one
 * does not depend on it. The loss is a logarithm, which ends when the second parameter falls below 0.
 */
const descent = (
  settings: (g: Sketch) => Settings = () => ({})
): { readonly loop: Loop; readonly bindings: Bindings } => {
  const g = new Sketch()
  const [near, target] = [g.input("near", [size]), g.input("target", [size])]
  const far = g.input("far", [])
  const difference = g.pair("Sub", near, target)
  const one = adam(g, "near", g.pair("Multiply", difference, g.scalar(2)), settings(g))
  const other = adam(g, "far", g.scalar(1), settings(g))
  const distanceSquared = g.call("Sum", { x: g.pair("Multiply", difference, difference) }, [], {
    axis: [0],
    keepDims: false
  })
  const value = g.pair("Add", distanceSquared, g.unary("Log", far))
  const outputs = { value, near, ...resultsOf("near", one), ...resultsOf("far", other) }
  const start = (n: number, value: number): Float32Array => Float32Array.from({ length: n }, (_, i) => value + (i % 7))
  return {
    loop: {
      graph: { nodes: g.nodes, outputs },
      carried: Object.fromEntries(
        ["near", "far"].flatMap((name) => [name, `m:${name}`, `v:${name}`].map((each) => [each, `next:${each}`]))
      ),
      fixed: ["target"],
      rows: {},
      emitted: ["value", "near"]
    },
    bindings: {
      ...nothing,
      fixed: { target: start(size, 2) },
      state: {
        near: start(size, 0.5),
        "m:near": start(size, 0.1),
        "v:near": start(size, 0.2),
        far: Float32Array.of(0.05),
        "m:far": new Float32Array(1),
        "v:far": new Float32Array(1)
      }
    }
  }
}

const resultsOf = (name: string, { next, nextM, nextV }: ReturnType<typeof adam>): Readonly<Record<string, Id>> => ({
  [`next:${name}`]: next,
  [`next:m:${name}`]: nextM,
  [`next:v:${name}`]: nextV
})

const feeds = (k: number, rate: number): Readonly<Record<string, Values>> => ({
  rate: new Float32Array(k).map((_, i) => rate / (i + 1)),
  epsilon: new Float32Array(k).fill(1e-3)
})

describe("updates in place", () => {
  it("are all of Adam's, whose moments are then neither handed on nor read", () => {
    const { loop } = descent()
    const { loop: rest, updates } = takeOutAdam(loop)
    expect(updates.map(({ parameter, m, v }) => [parameter, m, v])).toEqual([
      ["near", "m:near", "v:near"],
      ["far", "m:far", "v:far"]
    ])
    expect(updates[0]?.beta1).toBeCloseTo(0.9, 7)
    expect(updates[0]?.beta2).toBeCloseTo(0.99, 7)
    expect(rest.carried).toEqual({ near: "gradient of near", far: "gradient of far" })
  })

  it.each<readonly [string, (loop: Loop) => Loop]>([
    ["whose next value something reads", (loop) => ({ ...loop, emitted: [...loop.emitted, "next:near"] })],
    ["whose moment something reads", (loop) => ({ ...loop, emitted: [...loop.emitted, "next:m:near"] })]
  ])("are not those %s", (_, change) => {
    const loop = change(descent().loop)
    expect(takeOutAdam(loop)).toEqual({ loop, updates: [] })
  })

  it.each<readonly [string, (g: Sketch) => Settings]>([
    ["by a factor that is fed", (g) => ({ beta1: g.input("beta", []) })],
    ["with a rate for each number", (g) => ({ rate: g.input("rates", [size]) })]
  ])("are not those %s", (_, settings) => {
    const { updates } = takeOutAdam(descent(settings).loop)
    expect(updates.map(({ parameter }) => parameter)).not.toContain("near")
  })
})

if (nativeIsSetUp)
  describe.each(tensorflows)("updates on %s", (_, source) => {
    const compared = (use: (session: Session) => Effect.Effect<ReadonlyArray<Arrays>>) =>
      Promise.all(
        [source, layers.eagerOn("cpu")].map((engine) => {
          const { loop, bindings } = descent()
          return using(engine, loop, bindings, use)
        })
      )
    const expectAlike = ([here = [], there = []]: ReadonlyArray<ReadonlyArray<Arrays>>): void => {
      expect(here.length).toBeGreaterThan(0)
      here.forEach((arrays, i) => {
        expect(Object.keys(arrays)).toEqual(Object.keys(there[i] ?? {}))
        for (const [name, values] of Object.entries(arrays))
          expect(distance(values, there[i]?.[name])).toBeLessThan(1e-5)
      })
    }

    it("train as the reference engine does, over several calls, and leave its moments", async () => {
      expectAlike(
        await compared((session) =>
          Effect.gen(function* () {
            const first = yield* session.run(3, feeds(3, 1e-3))
            const between = yield* session.state
            const second = yield* session.run(2, feeds(2, 1e-3))
            return [first, between, second, yield* session.state]
          })
        )
      )
    })

    it("are undone, and go on from a state that is set", async () => {
      expectAlike(
        await compared((session) =>
          Effect.gen(function* () {
            yield* session.run(2, feeds(2, 1e-3))
            const good = yield* session.state
            yield* session.run(4, feeds(4, 1e-2))
            yield* session.undo
            const undone = yield* session.state
            expect(undone).toEqual(good)
            const again = yield* session.run(2, feeds(2, 1e-3))
            yield* session.restore(good)
            return [undone, again, yield* session.run(3, feeds(3, 1e-3)), yield* session.state]
          })
        )
      )
    })

    it("end with a loss that is no number, after which they can be undone", async () => {
      const { loop, bindings } = descent()
      await using(source, loop, bindings, (session) =>
        Effect.gen(function* () {
          const { value = new Float32Array() } = yield* session.run(6, feeds(6, 0.04))
          const finite = [...value].map(Number.isFinite)
          expect(finite.indexOf(false)).toBeGreaterThan(0)
          expect(finite.lastIndexOf(true)).toBeLessThan(finite.indexOf(false))
          yield* session.undo
          const state = yield* session.state
          for (const [name, values] of Object.entries(bindings.state))
            expect(distance(state[name], values)).toBeLessThan(1e-6)
        })
      )
    })
  })
