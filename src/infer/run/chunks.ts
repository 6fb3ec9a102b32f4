import { Effect } from "effect"
import type { EngineUnavailable } from "../../Errors.ts"
import type { Arrays } from "../../engine/Engine.ts"
import type { Values } from "../../trace/Graph.ts"
import type { Compiled } from "./compiled.ts"

/** How long one call of an engine should take, in milliseconds: long enough to cost nothing, short enough to interrupt. */
const target = 200

/** How many steps the next call should run, from how the last one went. */
export const nextCount = (steps: number, milliseconds: number, left: number): number =>
  Math.max(1, Math.min(left, Math.ceil((steps * target) / Math.max(milliseconds, 1)), 4 * steps))

/**
 * Runs `steps` steps from 0 in calls of a suitable length, and yields to the event loop between them; joins the outputs of the calls.
 *
 * @param goesOn is told after each call how many steps are done, and says whether to go on; without it all are run
 */
export const runAll = (
  session: Pick<Compiled, "run">,
  steps: number,
  feeds: (from: number, k: number) => Readonly<Record<string, Values>>,
  goesOn: (done: number) => boolean = () => true
): Effect.Effect<Arrays, EngineUnavailable> =>
  Effect.gen(function* () {
    const chunks: Array<Arrays> = []
    let from = 0
    let count = Math.min(2, steps)
    while (from < steps) {
      const started = performance.now()
      chunks.push(yield* session.run(count, feeds(from, count)))
      yield* Effect.yieldNow
      from += count
      if (!goesOn(from)) break
      count = nextCount(count, performance.now() - started, steps - from)
    }
    return join(chunks)
  })

const join = (chunks: ReadonlyArray<Arrays>): Arrays => {
  const [first = {}] = chunks
  return Object.fromEntries(
    Object.keys(first).map((name) => [name, concatenated(chunks.flatMap((chunk) => chunk[name] ?? []))])
  )
}

/** The numbers of some arrays, one after the other. */
export const concatenated = (parts: ReadonlyArray<Float32Array>): Float32Array => {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
