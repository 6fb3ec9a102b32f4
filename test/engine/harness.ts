import * as tf from "@tensorflow/tfjs"
import { Effect, type Layer } from "effect"
import type { EngineUnavailable } from "../../src/Errors.ts"
import { onBackend } from "../../src/engine/backend.ts"
import { type Arrays, type Bindings, Engine, type Loop, type Session } from "../../src/engine/Engine.ts"
import { runGraph } from "../../src/engine/runGraph.ts"
import { type Graph, type Id, leaf, type Node, type Values } from "../../src/trace/Graph.ts"
import type { Case, OperandCase } from "./cases.ts"

export type Source = Layer.Layer<Engine, EngineUnavailable>

export const nothing: Bindings = { state: {}, fixed: {}, tables: {} }

/** Compiles a loop on an engine, uses the session and closes it. */
export const using = <A>(
  source: Source,
  loop: Loop,
  bindings: Bindings,
  use: (session: Session) => Effect.Effect<A>
): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const engine = yield* Engine
        return yield* use(yield* engine.compile(loop, bindings))
      })
    ).pipe(Effect.provide(source))
  )

export const runOnce = (
  source: Source,
  loop: Loop,
  bindings: Bindings,
  k: number,
  feeds: Readonly<Record<string, Values>>
): Promise<Arrays> => using(source, loop, bindings, (session) => session.run(k, feeds))

/** How an engine runs a loop, when it is told how many steps there will be. */
export const detailOf = (source: Source, loop: Loop, bindings: Bindings, steps: number): Promise<string> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        return (yield* (yield* Engine).compile(loop, bindings, { steps })).detail
      })
    ).pipe(Effect.provide(source))
  )

/** A loop that carries nothing and emits every output. */
export const pure = (graph: Graph): Loop => ({
  graph,
  carried: {},
  fixed: [],
  rows: {},
  emitted: Object.keys(graph.outputs)
})

/** Numbers for an operand, by a small generator of their own (mulberry32), so that a failing case can be run again. */
export const draw = ({ shape, dtype, domain: [low, high] }: OperandCase, seed: number, copies = 1): Values => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const size = copies * shape.reduce((product, n) => product * n, 1)
  const values = Float32Array.from({ length: size }, () => low + (high - low) * next())
  if (dtype === "float32") return values
  return dtype === "int32" ? Int32Array.from(values, Math.floor) : Uint8Array.from(values)
}

/** A graph of one kernel call; tfjs's cpu backend says what shape and dtype the result has. */
export const oneNode = (kernel: string, { operands, attrs = {} }: Case): Graph => {
  const names = Object.keys(operands)
  const call = { kernel, inputs: names.map((_, n) => n), names, attrs, shape: [], dtype: "float32" as const }
  const values = Object.values(operands).map((operand) => leaf.constant(draw(operand, 1), operand.shape, operand.dtype))
  const { shape, dtype } = onBackend("cpu", () =>
    tf.tidy(() => runGraph(single(call, values), {})["result"] ?? tf.scalar(0))
  )
  const inputs = Object.entries(operands).map(([name, { shape, dtype }]) => leaf.input(name, shape, dtype))
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") throw new TypeError(`${kernel} gives ${dtype}`)
  return single({ ...call, shape, dtype }, inputs)
}

export const single = (node: Node, leaves: ReadonlyArray<Node>): Graph => ({
  nodes: [...leaves, node],
  outputs: { result: leaves.length }
})

/** A graph written as it is read: each line adds a node and names it by its place. */
export class Sketch {
  readonly nodes: Array<Node> = []

  add(node: Node): Id {
    return this.nodes.push(node) - 1
  }

  input(name: string, shape: ReadonlyArray<number>, dtype: Node["dtype"] = "float32"): Id {
    return this.add(leaf.input(name, shape, dtype))
  }

  scalar(value: number): Id {
    return this.add(leaf.constant(Float32Array.of(value), [], "float32"))
  }

  call(
    kernel: string,
    inputs: Readonly<Record<string, Id>>,
    shape: ReadonlyArray<number>,
    attrs: Node["attrs"] = {},
    dtype: Node["dtype"] = "float32"
  ): Id {
    return this.add({ kernel, inputs: Object.values(inputs), names: Object.keys(inputs), attrs, shape, dtype })
  }

  /** A kernel of two operands, whose shape is that of the operand of higher rank. */
  pair(kernel: string, a: Id, b: Id): Id {
    const [left, right] = [this.shape(a), this.shape(b)]
    return this.call(kernel, { a, b }, left.length >= right.length ? left : right)
  }

  unary(kernel: string, x: Id, attrs: Node["attrs"] = {}): Id {
    return this.call(kernel, { x }, this.shape(x), attrs)
  }

  shape(id: Id): ReadonlyArray<number> {
    return (this.nodes[id] as Node).shape
  }
}

/** The largest difference between two arrays, relative to 1 + |value|; infinite when their sizes differ. */
export const distance = (a: Values | undefined, b: Values | undefined): number => {
  if (a === undefined || b === undefined || a.length !== b.length) return Infinity
  let most = 0
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number]
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue
    const gap = Math.abs(x - y) / (1 + Math.abs(y))
    most = Number.isNaN(gap) ? Infinity : Math.max(most, gap)
  }
  return most
}
