import * as tf from "@tensorflow/tfjs"
import { valueCount } from "../../dist/allValues.ts"
import type { Dist } from "../../dist/Dist.ts"
import { rangeOfDraws } from "../../dist/rangeOfDraws.ts"
import type { LatentSite as RunLatent, SiteTrace } from "../../model/World.ts"
import type { Branch } from "../../tensor/branch.ts"
import type { Id } from "../../trace/Graph.ts"
import type { Recorder } from "../../trace/record.ts"
import type { DistFacts, Factor, JointSite } from "./Joint.ts"
import { plateAxis } from "./names.ts"

/** What one site of a run adds to a joint. */
export interface Parts {
  readonly site: JointSite
  readonly factors: ReadonlyArray<Factor>
}

/** A log density where its site stands in a branch that is taken; elsewhere 0, or another one. */
export const counted = (
  branch: Branch | undefined,
  logDensity: () => tf.Tensor,
  notTaken?: () => tf.Tensor
): tf.Tensor => (branch === undefined ? logDensity() : branch.counted(logDensity, notTaken))

export const factorOf =
  (recorder: Recorder, { name, plates, scale }: Exclude<SiteTrace[number], { readonly kind: "deterministic" }>) =>
  (role: Factor["role"], logDensity: tf.Tensor): Factor => ({
    site: name,
    role,
    node: recorder.idOf(logDensity),
    axes: plates.map(plateAxis),
    scale: scaleNode(recorder, scale)
  })

const scaleNode = (recorder: Recorder, scale: RunLatent["scale"]): Id | undefined =>
  scale === 1 ? undefined : recorder.idOf(typeof scale === "number" ? tf.scalar(scale) : scale)

export const factsOf = (dist: Dist): DistFacts => ({
  family: dist.family,
  shape: dist.shape,
  support: dist.support,
  gradients: dist.gradients as DistFacts["gradients"],
  remark: dist.remark,
  values: valueCount(dist),
  noBound: dist.noBound === true,
  range: rangeOfDraws(dist),
  period: dist.period,
  way: dist.way
})
