import { Effect, type Scope } from "effect"
import { type EngineUnavailable, UnsupportedKernel } from "../../../Errors.ts"
import { sizeOf } from "../../../tensor/Tensor.ts"
import { nodeAt, print } from "../../../trace/Graph.ts"
import { contract } from "../../contract.ts"
import type { Bindings, Hint, Loop, Session } from "../../Engine.ts"
import { checkBindings, neededNodes } from "../../leaves.ts"
import { lower, type Program } from "../../stablehlo/lower.ts"
import { argumentsOf, resultsOf } from "../../stablehlo/ports.ts"
import { missingRule } from "../../stablehlo/rules.ts"
import { refused, sessionOf } from "../held.ts"
import type { Native } from "../native.ts"
import { acquire } from "./programs.ts"
import { open } from "./session.ts"

/** Compiles a loop with XLA: one call of one program runs many steps. */
export const compile = (
  { binding }: Native,
  loop: Loop,
  bindings: Bindings,
  { steps = Object.keys(loop.carried).length === 0 ? 1 : 10_000 }: Hint
): Effect.Effect<Session, EngineUnavailable | UnsupportedKernel, Scope.Scope> =>
  Effect.gen(function* () {
    const missing = missingRule(neededNodes(loop).map((id) => nodeAt(loop.graph, id)))
    if (missing !== undefined) return yield* Effect.fail(missing)
    checkBindings(loop, bindings)
    const contracted = { ...loop, graph: loop.precision === "bfloat16" ? loop.graph : contract(loop.graph) }
    const program = lower(contracted, bindings, capacityFor(contracted, bindings, steps))
    const attempt = <A>(body: () => A): Effect.Effect<A, EngineUnavailable | UnsupportedKernel> =>
      Effect.try({ try: body, catch: (error) => refusal(error, contracted, program) })
    const { session } = yield* Effect.acquireRelease(
      attempt(() => acquire(binding, program)),
      ({ release }) => Effect.sync(release)
    )
    const held = yield* Effect.acquireRelease(
      attempt(() => open(binding, { session, program }, contracted, bindings)),
      ({ release }) => Effect.sync(release)
    )
    return sessionOf(
      held,
      `TensorFlow ${binding.TF_Version}, XLA${loop.precision === "bfloat16" ? ", products in bfloat16" : ""}`
    )
  })

/** The largest number of bytes of feeds and emitted values for all steps of a call. */
const room = 2 ** 22

/** The capacity of a program in steps, a power of two. Its shapes are fixed, so a call with fewer steps passes lists that are only partly filled. */
const capacityFor = (loop: Loop, bindings: Bindings, steps: number): number => {
  const lists = [...argumentsOf(loop, bindings, 1), ...resultsOf(loop, 1)]
  const bytes = lists.reduce(
    (sum, { kind, shape }) => (kind === "feed" || kind === "emitted" ? sum + 4 * sizeOf(shape) : sum),
    1
  )
  return Math.min(
    2 ** Math.floor(Math.log2(Math.max(1, room / bytes))),
    1024,
    2 ** Math.ceil(Math.log2(Math.max(1, steps)))
  )
}

/** TensorFlow's error, as one about a node of the graph if it names the line of one. */
export const refusal = (
  error: unknown,
  { graph }: Pick<Loop, "graph">,
  { nodes }: Pick<Program, "nodes">
): EngineUnavailable | UnsupportedKernel => {
  const named = [...String(error).matchAll(/-:(\d+):\d+: error: (.*)/g)]
  const [first] = named.flatMap(([, line, reason = ""]) => {
    const id = nodes[Number(line) - 1]
    return id === undefined ? [] : [{ id, reason }]
  })
  if (first === undefined) return refused(error)
  const { id, reason } = first
  return new UnsupportedKernel({
    kernel: nodeAt(graph, id).kernel,
    during: `compiling with TensorFlow's XLA: ${reason}`,
    line: print(graph).split("\n")[id] ?? "",
    advice: "Run on another engine (Engine.onnx, Engine.eager)."
  })
}
