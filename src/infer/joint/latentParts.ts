import * as tf from "@tensorflow/tfjs"
import { type Dist, hasPath } from "../../dist/Dist.ts"
import { closedKl } from "../../dist/divergence/kl.ts"
import { generalizedOf } from "../../dist/generalized.ts"
import type { LatentSite as RunLatent } from "../../model/World.ts"
import { mapValues } from "../../trace/build.ts"
import type { Id } from "../../trace/Graph.ts"
import type { Recorder } from "../../trace/record.ts"
import { givenDraw, stopGradient } from "../../trace/stopGradient.ts"
import { enumeratedAxis } from "./names.ts"
import { counted, factorOf, factsOf, type Parts } from "./siteParts.ts"

/** A site whose draws have no path can have nothing but a score function. */
export const needsScore = ({ guide }: RunLatent): boolean =>
  guide !== undefined && !hasPath(guide.gradients) && guide.gradients.includes("score")

/** What is recorded of a latent site beside its log densities. */
export interface Wanted {
  readonly isScored: boolean
  readonly isEnumerated: boolean
  readonly isRead: boolean
  /** log p of each number of the noise of a generalized reparameterization */
  readonly noise: tf.Tensor | undefined
}

/** A draw that is made again of its noise as a constant, so that its gradient by the parameters is that of the transformation. */
export const generalizedPath = (
  draw: tf.Tensor,
  dist: Dist
): { value: tf.Tensor; logDensity: tf.Tensor } | undefined => {
  const path = generalizedOf(dist)
  if (path === undefined) return undefined
  const noise = stopGradient(path.noiseOf(stopGradient(draw)))
  return { value: path.valueOf(noise), logDensity: path.logDensity(noise) }
}

export const latentParts = (
  recorder: Recorder,
  site: RunLatent,
  { isScored, isEnumerated, isRead, noise }: Wanted
): Parts => {
  const { name, plates, prior, guide, value, blocked, branch } = site
  // the sampler's own log q is that of its draw before it was made again
  const logQ = noise === undefined ? site.logQ : guide?.logProb(value)
  const kl = guide === undefined || blocked || site.inScan === true ? undefined : closedIn(site, guide)
  const factor = factorOf(recorder, branch === undefined ? site : { ...site, scale: 1 })
  const given = (): tf.Tensor => givenDraw(value, name)
  const ofGiven = (by: Dist): tf.Tensor => by.logProb(given())
  // where its branch is not taken, its prior is the guide itself (a pseudo-prior): the draw then says nothing, under every objective and estimator
  // its scale counts in the branch alone
  const weighed = (logDensity: tf.Tensor): tf.Tensor =>
    branch === undefined || site.scale === 1 ? logDensity : tf.mul(logDensity, site.scale)
  const ownGuide = guide !== undefined && guide !== prior
  const notTaken = ownGuide ? () => guide.logProb(value) : undefined
  // the density from which the draw comes, whether or not its branch is taken: a prior that stands in a branch is read there
  const score =
    guide === undefined || !isScored
      ? undefined
      : guide === prior && branch !== undefined
        ? branch.within(() => ofGiven(guide))
        : ofGiven(guide)
  const isPlain = branch === undefined && site.inScan !== true
  const positions = guide?.shape.slice(0, guide.shape.length - guide.eventRank) ?? []
  return {
    site: {
      kind: "latent",
      name,
      plates,
      prior: factsOf(prior),
      guide: guide === undefined ? undefined : factsOf(guide),
      blocked,
      draw: recorder.idOf(value),
      axis: isEnumerated ? enumeratedAxis(name) : undefined,
      score: score === undefined ? undefined : recorder.idOf(score),
      events:
        isPlain && guide !== undefined && isScored && !isEnumerated && positions.length > 0
          ? { node: recorder.idOf(guide.logDensity(given())), positions }
          : undefined,
      isPlain,
      ...(branch !== undefined && { inBranch: true }),
      noise:
        noise === undefined
          ? undefined
          : {
              score: recorder.idOf(tf.sum(noise)),
              events: noise.shape.length === 0 ? undefined : { node: recorder.idOf(noise), positions: noise.shape }
            },
      parameters: isRead && guide !== undefined ? nodesOf(recorder, guide) : undefined,
      kl: kl === undefined ? undefined : recorder.idOf(kl)
    },
    factors: blocked
      ? []
      : [
          factor(
            "prior",
            counted(branch, () => weighed(prior.logProb(value)), notTaken)
          ),
          ...(logQ === undefined
            ? []
            : [{ ...factor("guide", ownGuide ? logQ : counted(branch, () => logQ)), scale: undefined }])
        ]
  }
}

const nodesOf = (recorder: Recorder, dist: Dist): Readonly<Record<string, Id>> =>
  mapValues({ ...dist.parameters() }, (value) => recorder.idOf(typeof value === "number" ? tf.scalar(value) : value))

/** A closed KL, of which the prior may stand in a branch. */
const closedIn = ({ branch, prior, scale }: RunLatent, guide: Dist): tf.Tensor | undefined => {
  if (branch !== undefined && scale !== 1) return undefined
  if (branch === undefined) return closedKl(guide, prior)
  const kl = branch.within(() => closedKl(guide, prior))
  return kl === undefined ? undefined : branch.counted(() => kl)
}
