import { Effect, type Scope } from "effect"
import { EngineUnavailable, UnsupportedKernel } from "../../Errors.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { nodeAt, print } from "../../trace/Graph.ts"
import { contract } from "../contract.ts"
import type { Bindings, Hint, Loop, Session } from "../Engine.ts"
import { checkBindings, feedsOf, neededNodes } from "../leaves.ts"
import { lower, type Program } from "../stablehlo/lower.ts"
import { argumentsOf, resultsOf } from "../stablehlo/ports.ts"
import { missingRule } from "../stablehlo/rules.ts"
import type { Native } from "./native.ts"
import { acquire } from "./xlaPrograms.ts"
import { holdState } from "./xlaSession.ts"

/** Compiles a loop with XLA: one call of one program runs many steps. */
export const compile = (
  { binding }: Native,
  loop: Loop,
  bindings: Bindings,
  hint: Hint = {}
): Effect.Effect<Session, EngineUnavailable | UnsupportedKernel, Scope.Scope> =>
  Effect.gen(function* () {
    const missing = missingRule(neededNodes(loop).map((id) => nodeAt(loop.graph, id)))
    if (missing !== undefined) return yield* Effect.fail(missing)
    checkBindings(loop, bindings)
    const steps = hint.steps ?? (Object.keys(loop.carried).length === 0 ? 1 : 10_000)
    const contracted = { ...loop, graph: contract(loop.graph) }
    const program = lower(contracted, bindings, capacityFor(contracted, bindings, steps))
    const attempt = <A>(body: () => A): Effect.Effect<A, EngineUnavailable | UnsupportedKernel> =>
      Effect.try({ try: body, catch: (error) => refusal(error, contracted, program) })
    const { session } = yield* Effect.acquireRelease(
      attempt(() => acquire(binding, program)),
      ({ release }) => Effect.sync(release)
    )
    const held = yield* Effect.acquireRelease(
      attempt(() => holdState(binding, session, program, feedsOf(contracted, bindings), bindings)),
      ({ release }) => Effect.sync(release)
    )
    return {
      detail: `TensorFlow ${binding.TF_Version}, XLA, up to ${program.capacity} steps a call`,
      run: (k, feeds) =>
        Effect.gen(function* () {
          const emitted = held.run(k, feeds)
          yield* Effect.yieldNow
          return emitted
        }),
      state: Effect.sync(held.read),
      undo: Effect.sync(held.undo),
      restore: (state) => Effect.sync(() => held.write(state))
    }
  })

/** How many bytes of feeds and emitted values a call may hold for all of its steps. */
const room = 2 ** 22

/**
 * The number of steps for which a program has room: a power of two. Its shapes are fixed, so a call of fewer steps hands over lists that are not full.
 */
const capacityFor = (loop: Loop, bindings: Bindings, steps: number): number => {
  const lists = [...argumentsOf(loop, bindings, 1), ...resultsOf(loop, 1)].filter(
    ({ kind }) => kind === "feed" || kind === "emitted"
  )
  const bytes = lists.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0)
  const fitting = 2 ** Math.floor(Math.log2(Math.max(1, room / Math.max(1, bytes))))
  return Math.min(fitting, 1024, 2 ** Math.ceil(Math.log2(Math.max(1, steps))))
}

/** TensorFlow's refusal, with the node of the graph whose line it names. */
const refusal = (error: unknown, { graph }: Loop, { nodes }: Program): EngineUnavailable | UnsupportedKernel => {
  const message = error instanceof Error ? error.message : String(error)
  const [, line = "", reason = ""] = message.match(/-:(\d+):\d+: error: (.*)/) ?? []
  const id = nodes[Number(line) - 1]
  if (id === undefined)
    return new EngineUnavailable({
      engine: "tensorflow",
      reason: `the graph could not be handed to TensorFlow: ${message}`,
      advice: "Is there room for a temporary file? Otherwise run on another engine (Engine.onnx, Engine.eager)."
    })
  return new UnsupportedKernel({
    kernel: nodeAt(graph, id).kernel,
    during: `compiling with TensorFlow's XLA: ${reason}`,
    line: print({ nodes: graph.nodes, outputs: {} }).split("\n")[id] ?? "",
    advice: "Run on another engine (Engine.onnx, Engine.eager)."
  })
}
