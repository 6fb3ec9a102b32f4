import { Effect, type Scope } from "effect"
import type { EngineUnavailable, UnsupportedKernel } from "../../Errors.ts"
import { contract } from "../contract.ts"
import type { Bindings, Loop, Session } from "../Engine.ts"
import { checkBindings, neededNodes } from "../leaves.ts"
import { missingKernel } from "../runGraph.ts"
import { takeOutAdam } from "./adam.ts"
import { fuse } from "./fuse.ts"
import { refused, sessionOf } from "./held.ts"
import { lower } from "./lower.ts"
import { backendName, type Native } from "./native.ts"
import { missingProducts, withOneDnn } from "./products.ts"
import { open } from "./session.ts"
import { trace } from "./trace.ts"

/** Compiles a loop to a graph of TensorFlow's own ops. It compiles faster than XLA, but its steps are slower. */
export const compile = (
  native: Native,
  loop: Loop,
  bindings: Bindings
): Effect.Effect<Session, EngineUnavailable | UnsupportedKernel, Scope.Scope> =>
  Effect.gen(function* () {
    const missing = missingKernel(loop.graph, neededNodes(loop), backendName)
    if (missing !== undefined) return yield* Effect.fail(missing)
    checkBindings(loop, bindings)
    const precision = loop.precision ?? "float32"
    const oneDnn = missingProducts(native.binding, precision) === undefined
    const graph = precision === "float32" ? contract(loop.graph) : loop.graph
    const inPlace = takeOutAdam({ ...loop, graph: fuse(graph) })
    const traced = trace(native, inPlace.loop)
    const model = lower(loop, inPlace, bindings, oneDnn ? withOneDnn(traced, precision) : traced)
    const held = yield* Effect.acquireRelease(
      Effect.try({ try: () => open(native.binding, model, bindings), catch: refused }),
      ({ release }) => Effect.sync(release)
    )
    const ways = `${oneDnn ? ", oneDNN" : ""}${precision === "bfloat16" ? ", products in bfloat16" : ""}`
    return sessionOf(held, `TensorFlow ${native.binding.TF_Version}, one graph${ways}`)
  })
