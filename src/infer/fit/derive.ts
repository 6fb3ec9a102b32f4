import type { Interpreted } from "../../model/Guided.ts"
import { type Joint, latentSites } from "../joint/Joint.ts"
import type { DataShapes, NetNames } from "../joint/recordedWorld.ts"
import { recordJoint } from "../joint/recordJoint.ts"
import { decide, decideValue } from "../plan/decide.ts"
import type { Decisions, PlanOptions } from "../plan/Plan.ts"
import { type LossGraph, lossGraph } from "../step/lossGraph.ts"

/** A program on its way to a training step: the three plain values, each made from the one before. */
export interface Derived {
  readonly joint: Joint
  readonly decisions: Decisions
  readonly loss: LossGraph
  readonly nets: NetNames
}

/**
 * From a program to a loss: records a joint, decides on it, builds the loss. A site that turns out to need a score function is recorded again with log q of
 * a given draw.
 *
 * @throws the tagged errors of recording and planning
 */
export const derive = (problem: Interpreted, shapes: DataShapes, options: PlanOptions): Derived => {
  const asked = Object.entries(options.estimators).flatMap(([site, { detached }]) => (detached ? [site] : []))
  let scored: ReadonlySet<string> = new Set(asked)
  for (;;) {
    const { joint, nets } = recordJoint(problem, shapes, { scored })
    const decisions = decide(joint, options)
    const missing = latentSites(joint).flatMap(({ name, score }) =>
      score === undefined && decisions.estimators.get(name)?.detached === true ? [name] : []
    )
    if (missing.length === 0) return { joint, decisions, loss: lossGraph(joint, decisions), nets }
    scored = new Set([...scored, ...missing])
  }
}

/** A loss that is evaluated, not differentiated. */
export const deriveValue = (
  problem: Interpreted,
  shapes: DataShapes,
  options: Omit<PlanOptions, "estimators">
): Derived => {
  const { joint, nets } = recordJoint(problem, shapes, { scored: new Set() })
  const decisions = decideValue(joint, options)
  return { joint, decisions, loss: lossGraph(joint, decisions), nets }
}
