import type { Work } from "./workloads.ts"

// A contender is a process that answers each line of JSON on its stdin by one on its stdout, in order.

export type Request =
  /** Builds, compiles and runs the first step. */
  | { readonly do: "prepare"; readonly work: Work }
  /** Runs at least that many steps. */
  | { readonly do: "run"; readonly steps: number }
  /** Runs to the end of an epoch and then one whole epoch; only this library's engines know it. */
  | { readonly do: "epoch" }

export interface Reply {
  /** steps that were run for this request; an engine that runs several a call may run more than was asked */
  readonly steps: number
  /** what the request took, without reading data */
  readonly ms: number
  /** largest resident memory of the process so far */
  readonly peakMb: number
  /** mean of the losses of steps 41–50, once they are done */
  readonly loss?: number
  /** what of a `prepare` was before its first step; what compiles at the first step does that later */
  readonly buildMs?: number
  /** for an epoch: milliseconds inside the engine */
  readonly insideMs?: number
  /** how it runs, for people */
  readonly detail?: string
  readonly versions?: Readonly<Record<string, string>>
}

export interface Failure {
  readonly error: string
}

export const failed = (answer: Reply | Failure): answer is Failure => "error" in answer

/** A reply, or `undefined` for a line that is none: libraries print now and then. */
export const parseReply = (line: string): Reply | Failure | undefined => {
  if (!line.startsWith("{")) return undefined
  let value: unknown
  try {
    // Python writes numbers that JSON does not have
    value = JSON.parse(line.replace(/-?\bInfinity\b|\bNaN\b/g, "null"))
  } catch {
    return undefined
  }
  if (typeof value !== "object" || value === null) return undefined
  if ("error" in value) return { error: String(value.error) }
  const complete = ["steps", "ms", "peakMb"].every((name) => typeof Reflect.get(value, name) === "number")
  if (!complete) return undefined
  const reply = value as Reply
  return reply.loss === null ? { ...reply, loss: Number.NaN } : reply
}

const kept = 50

/** Keeps the first losses, to see that all contenders do the same work. */
export const lossRecord = (): {
  readonly add: (losses: Iterable<number>) => void
  readonly mean: () => number | undefined
} => {
  const first: Array<number> = []
  return {
    add: (losses) => {
      for (const loss of losses) if (first.length < kept) first.push(loss)
    },
    mean: () => (first.length < kept ? undefined : first.slice(-10).reduce((sum, loss) => sum + loss, 0) / 10)
  }
}
