import * as tf from "@tensorflow/tfjs"
import { allValues, valueCount } from "../../dist/allValues.ts"
import { type Dist, hasPath } from "../../dist/Dist.ts"
import { closedKl } from "../../dist/divergence/kl.ts"
import { rangeOfDraws } from "../../dist/rangeOfDraws.ts"
import { GuideMismatch } from "../../Errors.ts"
import type { Interpreted } from "../../model/Guided.ts"
import { interpret } from "../../model/interpret.ts"
import type { LatentSite as RunLatent, ObservedSite as RunObserved, SiteTrace } from "../../model/World.ts"
import type { Branch } from "../../tensor/branch.ts"
import { typed } from "../../tensor/Tensor.ts"
import { along } from "../../trace/axes.ts"
import type { Id } from "../../trace/Graph.ts"
import { type Recorder, record } from "../../trace/record.ts"
import { givenDraw, markSample } from "../../trace/stopGradient.ts"
import type { Axis, DistFacts, Factor, Joint, JointSite } from "./Joint.ts"
import { enumeratedAxis, inputName, own, paramInput, particleAxis, plateAxis } from "./names.ts"
import { mustBeOneDraw, mustStayInside } from "./reach.ts"
import { type DataShapes, type NetNames, recordedParams, recordedWorld } from "./recordedWorld.ts"
import { mustBeSameTwice } from "./sameTwice.ts"

export interface JointOptions {
  /** sites for which log q of a given draw is recorded too, as the score function needs it */
  readonly scored: ReadonlySet<string>
  /** latent sites that stand for all of their values, in place of a draw */
  readonly enumerated: ReadonlySet<string>
  /** filled with the line of the user's code that made each node, at the price of a look at the stack for each */
  readonly lines?: Map<Id, string>
}

export interface RecordedJoint {
  readonly joint: Joint
  /** the names of the nets that the program used, for later recordings of its parts */
  readonly nets: NetNames
}

/**
 * Records one run of a program: its sites, their log densities, and all nodes on which they depend. The program is recorded twice, to detect random
 * numbers that it draws without the library.
 *
 * @throws the tagged errors of recording, and GuideMismatch
 */
export const recordJoint = (problem: Interpreted, shapes: DataShapes, options: JointOptions): RecordedJoint => {
  // a net that is made while the program runs is another object each time: each recording names the nets anew, in their order
  const nets: NetNames = new Map()
  const joint = recordOnce(problem, shapes, options, nets)
  mustBeSameTwice(
    joint,
    recordOnce(problem, shapes, { scored: options.scored, enumerated: options.enumerated }, new Map())
  )
  mustStayInside(joint)
  mustBeOneDraw(joint)
  return { joint, nets }
}

const recordOnce = (
  problem: Interpreted,
  shapes: DataShapes,
  { scored, enumerated, lines }: JointOptions,
  nets: NetNames
): Joint => {
  let found: Omit<Joint, "graph"> | undefined
  const run = (recorder: Recorder): Readonly<Record<string, tf.Tensor>> => {
    const params = recordedParams(recorder, nets)
    const world = recordedWorld(
      recorder,
      shapes,
      params.store,
      (site, draw) => typed(markSample(draw, site)),
      (site, dist, by) =>
        by === "model" || enumerated.has(site) ? typed(along(allValues(site, dist), enumeratedAxis(site))) : undefined
    )
    const trace = interpret(problem, world)
    if (trace.length === 0)
      throw new GuideMismatch({
        site: "(program)",
        reason: "it has no site, so there is nothing to infer. Was a yield* forgotten?"
      })
    const parts = trace.map((site) => {
      if (site.kind === "latent") {
        const isScored = scored.has(site.name) || needsScore(site)
        return latentParts(recorder, site, isScored, enumerated.has(site.name))
      }
      return site.kind === "observed"
        ? observedParts(recorder, site, world.inputOf(site.name, site.plates))
        : otherParts(recorder, site)
    })
    found = {
      axes: axesOf(trace, world.sequences, shapes, params.parameters, enumerated),
      sites: parts.map(({ site }) => site),
      factors: parts.flatMap(({ factors }) => factors),
      parameters: params.parameters
    }
    return {}
  }
  const graph = record(run, lines)
  if (found === undefined) throw new Error("a recording ended without a result")
  return { ...found, graph }
}

/** A site whose draws have no path can have nothing but a score function. */
const needsScore = ({ guide }: RunLatent): boolean =>
  guide !== undefined && !hasPath(guide.gradients) && guide.gradients.includes("score")

interface Parts {
  readonly site: JointSite
  readonly factors: ReadonlyArray<Factor>
}

const latentParts = (recorder: Recorder, site: RunLatent, isScored: boolean, isEnumerated: boolean): Parts => {
  const { name, plates, prior, guide, value, logQ, blocked, branch } = site
  const kl = guide === undefined || blocked || site.inScan === true ? undefined : closedIn(site, guide)
  const factor = factorOf(recorder, branch === undefined ? site : { ...site, scale: 1 })
  const ofGiven = (by: Dist): tf.Tensor => by.logProb(givenDraw(value, name))
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

/** A closed KL, of which the prior may stand in a branch. */
const closedIn = ({ branch, prior, scale }: RunLatent, guide: Dist): tf.Tensor | undefined => {
  if (branch !== undefined && scale !== 1) return undefined
  if (branch === undefined) return closedKl(guide, prior)
  const kl = branch.within(() => closedKl(guide, prior))
  return kl === undefined ? undefined : branch.counted(() => kl)
}

const observedParts = (recorder: Recorder, site: RunObserved, input: string): Parts => {
  const { name, plates, dist, value, isData } = site
  const factor = factorOf(recorder, site)(
    "likelihood",
    counted(site.branch, () => dist.logProb(value))
  )
  const mask = isData && dist.family.startsWith("Masked(") ? dist.parameters()["mask"] : undefined
  return {
    site: {
      ...{ kind: "observed", name, plates, dist: factsOf(dist), input: isData ? input : undefined },
      ...(typeof mask === "object" && { mask: recorder.idOf(mask) })
    },
    factors: [factor]
  }
}

const otherParts = (
  recorder: Recorder,
  site: Exclude<SiteTrace[number], { readonly kind: "latent" | "observed" }>
): Parts => {
  const { kind, name, plates, value } = site
  if (kind === "deterministic") return { site: { kind, name, plates, node: recorder.idOf(value) }, factors: [] }
  const { branch, scale } = site
  if (kind === "factor")
    return {
      site: { kind, name, plates },
      factors: [
        factorOf(recorder, site)(
          "factor",
          counted(branch, () => value)
        )
      ]
    }
  const prior = (): tf.Tensor => site.prior.logProb(value)
  // where its branch is not taken, its probabilities are equal, so that their sum is 1
  const inBranch = branch?.counted(
    () => (scale === 1 ? prior() : tf.mul(prior(), scale)),
    () => tf.scalar(-Math.log(valueCount(site.prior) ?? 1))
  )
  return {
    site: { kind, name, plates, prior: factsOf(site.prior), axis: enumeratedAxis(name) },
    factors: [
      inBranch === undefined
        ? factorOf(recorder, site)("prior", prior())
        : factorOf(recorder, { ...site, scale: 1 })("prior", inBranch)
    ]
  }
}

/** A log density where its site stands in a branch that is taken; elsewhere 0, or another one. */
const counted = (branch: Branch | undefined, logDensity: () => tf.Tensor, notTaken?: () => tf.Tensor): tf.Tensor =>
  branch === undefined ? logDensity() : branch.counted(logDensity, notTaken)

const factorOf =
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

const factsOf = (dist: Dist): DistFacts => ({
  family: dist.family,
  shape: dist.shape,
  support: dist.support,
  gradients: dist.gradients as DistFacts["gradients"],
  remark: dist.remark,
  values: valueCount(dist),
  noBound: dist.noBound === true,
  range: rangeOfDraws(dist),
  period: dist.period
})

/** The plates in the order in which the program enters them, and the particles, for each of which every draw is made anew. */
const axesOf = (
  trace: SiteTrace,
  sequences: ReadonlyMap<string, number>,
  shapes: DataShapes,
  parameters: Joint["parameters"],
  enumerated: JointOptions["enumerated"]
): ReadonlyArray<Axis> => {
  const latents = trace.filter(({ kind, name }) => kind === "latent" && !enumerated.has(name))
  const labels = new Set([...trace.flatMap(({ plates }) => plates), ...sequences.keys()])
  const plates = [...labels].map((label): Axis => {
    const rowParameters = parameters.filter(({ plate }) => plate === label).map(({ name }) => paramInput(name))
    const length = sequences.get(label)
    const fields = Object.keys(own(shapes.plates, label) ?? {}).map((field) => inputName(field, label))
    return {
      name: plateAxis(label),
      kind: "plate",
      label,
      inputs: new Set([...fields, ...rowParameters]),
      sites: new Set(latents.filter(({ plates }) => plates.includes(label)).map(({ name }) => name)),
      ...(length !== undefined && { size: length })
    }
  })
  const particles: Axis = {
    name: particleAxis,
    kind: "particle",
    label: "particles",
    inputs: new Set(),
    sites: new Set(latents.map(({ name }) => name))
  }
  const values = trace.flatMap((site): ReadonlyArray<Axis> => {
    if (site.kind !== "enumerated" && !enumerated.has(site.name)) return []
    const dist = site.kind === "enumerated" ? site.prior : site.kind === "latent" ? site.guide : undefined
    const size = dist === undefined ? undefined : valueCount(dist)
    const { name } = site
    return size === undefined
      ? []
      : [{ name: enumeratedAxis(name), kind: "enumerated", label: name, inputs: new Set(), sites: new Set(), size }]
  })
  return [...values, ...plates, particles]
}
