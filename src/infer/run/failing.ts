import { Effect } from "effect"
import { type EngineUnavailable, type FitError, NonFiniteLoss } from "../../Errors.ts"
import type { Arrays, Engine } from "../../engine/Engine.ts"
import { areFinite } from "../../engine/leaves.ts"
import type { Values } from "../../trace/Graph.ts"
import type { Parameter } from "../joint/Joint.ts"
import { own, termOutput } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import type { LossGraph } from "../step/lossGraph.ts"
import type { Optimizer } from "../step/Optimizer.ts"
import { blame, type OneStep } from "./blame.ts"
import type { Compiled } from "./compiled.ts"
import { parametersOf } from "./initial.ts"

/** A call of the engine at whose end a loss or a parameter is not finite. */
export interface Failed extends Pick<OneStep, "loss" | "data" | "plan" | "particles" | "rows" | "scalars"> {
  readonly session: Compiled
  readonly feeds: (from: number, k: number) => Readonly<Record<string, Values>>
  readonly list: ReadonlyArray<Parameter>
  readonly optimizer: Optimizer
  /** parameters from before this call whose loss is finite */
  readonly kept: Parameters
  /** the step at which the call began, and its number of steps */
  readonly from: number
  readonly k: number
}

/** A loss that is not finite: the step of the call, and the first term. */
export interface BadLoss {
  readonly step: number
  readonly site: string
  readonly term: string
  readonly value: number
}

/**
 * Says what broke in a call, and where: the loss at finite parameters, or a gradient that made the parameters of the next steps NaN. The steps of the call
 * are run again for it. The error holds the last parameters whose loss is finite.
 */
export const failing = (call: Failed, bad: BadLoss | undefined): Effect.Effect<never, FitError, Engine> =>
  Effect.gen(function* () {
    const { session, feeds, list, plan, from, k, optimizer } = call
    yield* session.undo
    const before = yield* session.state
    const after = (steps: number): Effect.Effect<Arrays, EngineUnavailable> =>
      Effect.gen(function* () {
        yield* session.restore(before)
        if (steps > 0) yield* session.run(steps, feeds(from, steps))
        return yield* session.state
      })
    const fail = (step: number, parameters: Parameters, what: Broken) =>
      new NonFiniteLoss({
        ...what,
        step: step + 1,
        epoch: Math.floor(step / plan.steps) + 1,
        parameters
      })

    const end = bad?.step ?? k
    const there = yield* after(end)
    if (bad !== undefined && allFinite(parametersOf(list, there))) {
      const { site, term, value } = bad
      const finite = end === 0 ? call.kept : parametersOf(list, yield* after(end - 1))
      return yield* fail(from + end, finite, { of: "loss", site, term, value })
    }
    // the parameters are finite before the first step of the call and not after `end` of them: the first step that breaks them lies between
    let [whole, broken] = [0, end]
    while (broken - whole > 1) {
      const middle = Math.floor((whole + broken) / 2)
      if (allFinite(parametersOf(list, yield* after(middle)))) whole = middle
      else broken = middle
    }
    const step = from + whole
    const next = parametersOf(list, yield* after(broken))
    const state = yield* after(whole)
    const parameters = parametersOf(list, state)
    const found = yield* blame({ ...call, step, parameters, state })
    if (found !== undefined)
      return yield* fail(step, parameters, { of: "gradient", ...found, value: brokenValue(next) })
    const what = { of: "update", site: "(all)", term: `the update of ${optimizer.name}` } as const
    return yield* fail(step, parameters, { ...what, parameter: brokenName(next) ?? "", value: brokenValue(next) })
  })

type Broken = Pick<NonFiniteLoss, "site" | "term" | "value"> & {
  readonly of: "loss" | "gradient" | "update"
  readonly parameter?: string
}

const allFinite = (parameters: Parameters): boolean => brokenName(parameters) === undefined

const brokenName = (parameters: Parameters): string | undefined =>
  Object.entries(parameters).find(([, values]) => !areFinite(values))?.[0]

const brokenValue = (parameters: Parameters): number => {
  const values = own(parameters, brokenName(parameters) ?? "") ?? []
  return values.find((value) => !Number.isFinite(value)) ?? Number.NaN
}

/** The first step of a call whose loss is not finite, and the term that made it so. */
export const firstNonFinite = (loss: LossGraph, emitted: Arrays): BadLoss | undefined => {
  const losses = emitted["value"] ?? new Float32Array()
  const step = losses.findIndex((each) => !Number.isFinite(each))
  if (step < 0) return undefined
  const term = loss.terms.find(({ site }) => !Number.isFinite(emitted[termOutput(site)]?.[step]))
  return {
    step,
    site: term?.site ?? "(all)",
    term: term?.name ?? "the sum of all terms",
    value: losses[step] ?? Number.NaN
  }
}
