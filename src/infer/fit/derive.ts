import type { Guided } from "../../model/Guided.ts"
import { enumerated } from "../estimator/enumeration.ts"
import { type Joint, latentSites } from "../joint/Joint.ts"
import type { DataShapes, NetNames } from "../joint/recordedWorld.ts"
import { type JointOptions, recordJoint } from "../joint/recordJoint.ts"
import { decide, decideValue } from "../plan/decide.ts"
import type { Decisions, PlanOptions } from "../plan/Plan.ts"
import { type LossGraph, lossGraph } from "../step/lossGraph.ts"

/** A program on its way to a training step: the three plain values, each made from the one before. */
export interface Derived {
  readonly guided: Guided
  readonly joint: Joint
  /** the same with a draw at each latent site, none of which stands for all of its values */
  readonly sampled: Joint
  readonly decisions: Decisions
  readonly loss: LossGraph
  readonly nets: NetNames
}

/**
 * Makes the loss of a program: it records a joint, makes a plan, and builds the loss. If the plan needs a score function for a site, or the
 * objective log q of a given draw, the joint is recorded again with it. So it is with the parameters of the guide's distributions, if the optimizer reads them.
 *
 * @throws the tagged errors of recording and planning
 */
export const derive = (
  guided: Guided,
  shapes: DataShapes,
  options: PlanOptions & { readonly readsParameters?: boolean }
): Derived => {
  const named = Object.entries(options.estimators).flatMap(([site, { detached }]) => (detached ? [site] : []))
  let wanted: JointOptions = { scored: new Set(named), enumerated: new Set() }
  let sampled: Joint | undefined
  for (;;) {
    const { joint, nets } = recordJoint(guided, shapes, wanted)
    sampled ??= joint
    const decisions = decide(joint, options)
    // such an objective also reads log q of a draw whose gradient it follows
    const readsGiven = options.objective.logQ !== undefined
    const scored = new Set(
      latentSites(joint).flatMap(({ name }) =>
        readsGiven || decisions.estimators.get(name)?.detached === true ? [name] : []
      )
    )
    const listed = new Set([...scored].filter((name) => decisions.estimators.get(name) === enumerated))
    const read = new Set(
      latentSites(joint).flatMap(({ name, guide }) =>
        guide !== undefined &&
        (options.readsParameters === true || decisions.estimators.get(name)?.readsParameters === true)
          ? [name]
          : []
      )
    )
    const generalized = new Set(
      [...decisions.estimators].flatMap(([name, { isGeneralized }]) => (isGeneralized === true ? [name] : []))
    )
    const dreams = options.objective.needs === "logWeight" && options.objective.dreams === true
    const hasSites = latentSites(joint).every(
      ({ name, score, axis, parameters, noise }) =>
        (noise !== undefined || !generalized.has(name)) &&
        (score !== undefined || !scored.has(name)) &&
        (axis !== undefined || !listed.has(name)) &&
        (parameters !== undefined || !read.has(name))
    )
    if (hasSites && (!dreams || joint.dream !== undefined))
      return { guided, joint, sampled, decisions, loss: lossGraph(joint, decisions), nets }
    wanted = {
      scored: new Set([...wanted.scored, ...scored]),
      enumerated: listed,
      parameters: read,
      generalized,
      dreams
    }
  }
}

/**
 * The joint that is drawn from: a draw at each latent site, and draws of the states that recurrences sum out. It is recorded again if there are such states, since a fit has no use for their draws.
 *
 * @param shapes those that the program was derived with
 */
export const drawingJoint = ({ guided, sampled }: Pick<Derived, "guided" | "sampled">, shapes: DataShapes): Joint =>
  (sampled.states ?? []).length === 0
    ? sampled
    : recordJoint(guided, shapes, { scored: new Set(), enumerated: new Set(), drawsStates: true }).joint

/** A loss that is evaluated, not differentiated. */
export const deriveValue = (guided: Guided, shapes: DataShapes, options: Omit<PlanOptions, "estimators">): Derived => {
  const { joint, nets } = recordJoint(guided, shapes, { scored: new Set(), enumerated: new Set() })
  const decisions = decideValue(joint, options)
  return { guided, joint, sampled: joint, decisions, loss: lossGraph(joint, decisions), nets }
}
