import * as tf from "@tensorflow/tfjs"
import { Effect, Layer, type Scope } from "effect"
import type { EngineUnavailable, UnsupportedKernel } from "../Errors.ts"
import type { Shape } from "../tensor/Tensor.ts"
import type { DType, Values } from "../trace/Graph.ts"
import { onBackend, preferred, prepare } from "./backend.ts"
import { type Arrays, type Bindings, Engine, type Loop, type Session } from "./Engine.ts"
import {
  areFinite,
  carriedShapes,
  checkBindings,
  checkFeeds,
  checkState,
  feedsOf,
  type Leaf,
  leavesOf,
  neededNodes,
  tableOf,
  valuesAs
} from "./leaves.ts"
import { bfloat16Elsewhere } from "./precision.ts"
import { rowsAt } from "./rowsAt.ts"
import { constant, missingKernel, runGraph } from "./runGraph.ts"

/** Runs graphs kernel by kernel on tfjs's wasm backend if it is installed and has the kernels, otherwise on cpu. */
export const eager: Layer.Layer<Engine, EngineUnavailable> = Layer.effect(
  Engine,
  Effect.gen(function* () {
    const found = yield* Effect.forEach(preferred, (backend) => Effect.result(prepare(backend)))
    const usable = preferred.filter((_, i) => found[i]?._tag === "Success")
    return engineOn(usable, `tfjs ${usable.join(" or ")} runs everywhere`)
  })
)

/** Runs graphs kernel by kernel on the tfjs backend of that name. */
export const eagerOn = (backend: string): Layer.Layer<Engine, EngineUnavailable> =>
  Layer.effect(
    Engine,
    Effect.map(prepare(backend), (name) => engineOn([name], `tfjs ${name} was asked for`))
  )

const engineOn = (backends: ReadonlyArray<string>, because: string): Engine["Service"] => ({
  name: `eager (${backends.join(", ")})`,
  because,
  bfloat16: bfloat16Elsewhere("eager"),
  compile: (loop, bindings) => compile(backends, loop, bindings)
})

const compile = (
  backends: ReadonlyArray<string>,
  loop: Loop,
  bindings: Bindings
): Effect.Effect<Session, UnsupportedKernel, Scope.Scope> =>
  Effect.gen(function* () {
    const backend = backendFor(backends, loop)
    if (typeof backend !== "string") return yield* Effect.fail(backend)
    checkBindings(loop, bindings)
    const held = yield* Effect.acquireRelease(
      Effect.sync(() => onBackend(backend, () => hold(loop, bindings))),
      (held) => Effect.sync(() => onBackend(backend, held.dispose))
    )
    return session(backend, loop, held)
  })

/** The first backend that can compute the loop, or the error of the last one. */
const backendFor = ([backend = "cpu", ...others]: ReadonlyArray<string>, loop: Loop): string | UnsupportedKernel => {
  const missing = missingKernel(loop.graph, neededNodes(loop), backend)
  if (missing === undefined) return backend
  return others.length === 0 ? missing : backendFor(others, loop)
}

/** The tensors that are kept between steps: constants and fixed inputs by node, carried values by name. */
interface Held {
  readonly still: Readonly<Record<string, tf.Tensor>>
  readonly state: () => Readonly<Record<string, tf.Tensor>>
  readonly replace: (state: Readonly<Record<string, tf.Tensor>>) => void
  /** Saves the current state, for `undo`. */
  readonly mark: () => void
  readonly undo: () => void
  readonly leaves: ReadonlyArray<Leaf>
  readonly loop: Loop
  readonly bindings: Bindings
  readonly dispose: () => void
}

const hold = (loop: Loop, bindings: Bindings): Held => {
  const leaves = leavesOf(loop)
  const still: Record<string, tf.Tensor> = {}
  for (const { id, node, role } of leaves) {
    if (role.kind === "constant") still[id] = constant(node)
    if (role.kind === "fixed")
      still[id] = tensorOf(bindings.fixed[role.name] ?? new Float32Array(), node.shape, node.dtype)
  }
  let state = stateOf(loop, bindings.state)
  let marked = copyOf(state)
  const replace = (next: Readonly<Record<string, tf.Tensor>>): void => {
    tf.dispose(state)
    state = next
  }
  const mark = (): void => {
    tf.dispose(marked)
    marked = copyOf(state)
  }
  return {
    still,
    state: () => state,
    replace,
    mark,
    leaves,
    loop,
    bindings,
    undo: () => replace(copyOf(marked)),
    dispose: () => tf.dispose([still, state, marked])
  }
}

/** Clones share their numbers, so nothing is copied. */
const copyOf = (state: Readonly<Record<string, tf.Tensor>>): Readonly<Record<string, tf.Tensor>> =>
  Object.fromEntries(Object.entries(state).map(([name, tensor]) => [name, tf.keep(tf.clone(tensor))]))

const session = (backend: string, loop: Loop, held: Held): Session => {
  const expected = feedsOf(loop, held.bindings)
  return {
    detail: `tfjs ${backend}, kernel by kernel`,
    run: (k, feeds) =>
      Effect.gen(function* () {
        checkFeeds(expected, k, feeds)
        const emitted: Record<string, Float32Array> = {}
        onBackend(backend, held.mark)
        for (let i = 0; i < k; ) {
          onBackend(backend, () => {
            const until = performance.now() + slice
            do step(held, feeds, i++, k, emitted)
            while (i < k && performance.now() < until)
          })
          yield* Effect.yieldNow
        }
        return emitted
      }),
    state: Effect.sync(() =>
      onBackend(backend, () =>
        Object.fromEntries(Object.entries(held.state()).map(([name, tensor]) => [name, numbersOf(tensor)]))
      )
    ),
    finite: (names) =>
      Effect.sync(() =>
        onBackend(backend, () =>
          [...names].every((name) => {
            const tensor = held.state()[name]
            return tensor === undefined || areFinite(tensor.dataSync())
          })
        )
      ),
    undo: Effect.sync(() => onBackend(backend, held.undo)),
    restore: (state) =>
      Effect.sync(() => {
        checkState(carriedShapes(loop), state)
        onBackend(backend, () => held.replace(stateOf(loop, state)))
      })
  }
}

/** The time in milliseconds after which the engine yields to the rest of the program. */
const slice = 50

const step = (
  { loop, bindings, leaves, still, state, replace }: Held,
  feeds: Readonly<Record<string, Values>>,
  i: number,
  k: number,
  emitted: Record<string, Float32Array>
): void =>
  tf.tidy(() => {
    const values: Record<string, tf.Tensor> = { ...still, ...state() }
    for (const { id, node, role } of leaves) {
      if (role.kind === "feed") values[id] = tensorOf(turnOf(feeds, role.name, i, k), node.shape, node.dtype)
      if (role.kind === "rows") {
        const table = tableOf(bindings.tables, role.table)
        const rows = rowsAt(table, turnOf(feeds, role.indices, i, k), table.scale)
        values[id] = tensorOf(rows, node.shape, node.dtype)
      }
    }
    const outputs = runGraph(loop.graph, values, [...new Set([...loop.emitted, ...Object.values(loop.carried)])])
    for (const name of loop.emitted) {
      const numbers = (outputs[name] as tf.Tensor).dataSync()
      emitted[name] ??= new Float32Array(k * numbers.length)
      emitted[name].set(numbers, i * numbers.length)
    }
    const next = Object.entries(loop.carried).map(
      ([name, output]) => [name, tf.keep(tf.clone(outputs[output] as tf.Tensor))] as const
    )
    replace(Object.fromEntries(next))
  })

/** The part of a feed for step `i` of `k`. */
const turnOf = (feeds: Readonly<Record<string, Values>>, name: string, i: number, k: number): Values => {
  const feed = feeds[name] ?? new Float32Array()
  const size = feed.length / k
  return feed.subarray(i * size, (i + 1) * size)
}

const stateOf = (loop: Loop, state: Arrays): Readonly<Record<string, tf.Tensor>> =>
  Object.fromEntries(
    Object.entries(carriedShapes(loop)).map(([name, { shape, dtype }]) => [
      name,
      tf.keep(tensorOf(state[name] ?? new Float32Array(), shape, dtype))
    ])
  )

const tensorOf = (values: Values, shape: Shape, dtype: DType): tf.Tensor =>
  tf.tensor(valuesAs(dtype, values), [...shape], dtype)

const numbersOf = (tensor: tf.Tensor): Float32Array => Float32Array.from(tensor.dataSync())
