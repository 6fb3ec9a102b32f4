import * as tf from "@tensorflow/tfjs"
import { allValues, valueCount } from "../../dist/allValues.ts"
import { GuideMismatch } from "../../Errors.ts"
import type { Interpreted } from "../../model/Guided.ts"
import { interpret } from "../../model/interpret.ts"
import type { EnumeratedSite, ObservedSite as RunObserved, SiteTrace } from "../../model/World.ts"
import { typed } from "../../tensor/Tensor.ts"
import { along } from "../../trace/axes.ts"
import type { Id } from "../../trace/Graph.ts"
import { type Recorder, record } from "../../trace/record.ts"
import { givenDraw, markSample } from "../../trace/stopGradient.ts"
import { mustHaveAllowedConstants } from "./constantParameters.ts"
import { type Dream, dreamed } from "./dreamed.ts"
import type { Axis, Joint, State } from "./Joint.ts"
import { generalizedPath, latentParts, needsScore } from "./latentParts.ts"
import { enumeratedAxis, inputName, own, paramInput, particleAxis, plateAxis } from "./names.ts"
import { mustBeOneDraw, mustStayInside } from "./reach.ts"
import { recordedMasks } from "./recordedMasks.ts"
import { type DataShapes, type NetNames, recordedParams, recordedWorld } from "./recordedWorld.ts"
import { mustBeSameTwice } from "./sameTwice.ts"
import { counted, factorOf, factsOf, type Parts } from "./siteParts.ts"

export interface JointOptions {
  /** sites for which log q of a given draw is recorded too, as the score function needs it */
  readonly scored: ReadonlySet<string>
  /** latent sites that stand for all of their values, in place of a draw */
  readonly enumerated: ReadonlySet<string>
  /** sites of which the parameters of the guide's distribution are recorded too */
  readonly parameters?: ReadonlySet<string>
  /** sites whose draws are made by a generalized reparameterization */
  readonly generalized?: ReadonlySet<string>
  /** whether draws of the states that recurrences sum out are recorded too */
  readonly drawsStates?: boolean
  /** whether log q of draws of the model is recorded too */
  readonly dreams?: boolean
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
  mustBeSameTwice(joint, recordOnce(problem, shapes, withoutLines(options), new Map()))
  mustStayInside(joint)
  mustBeOneDraw(joint)
  return { joint, nets }
}

const withoutLines = ({ lines: _, ...options }: JointOptions): JointOptions => options

const recordOnce = (
  problem: Interpreted,
  shapes: DataShapes,
  { scored, enumerated, parameters, generalized, drawsStates, dreams, lines }: JointOptions,
  nets: NetNames
): Joint => {
  let found: Omit<Joint, "graph"> | undefined
  const run = (recorder: Recorder): Readonly<Record<string, tf.Tensor>> => {
    const params = recordedParams(recorder, nets)
    const noises = new Map<string, tf.Tensor>()
    const world = recordedWorld(
      recorder,
      shapes,
      params.store,
      (site, draw, dist) => {
        const path = generalized?.has(site) === true ? generalizedPath(draw, dist) : undefined
        if (path !== undefined) noises.set(site, path.logDensity)
        return typed(markSample(path?.value ?? draw, site))
      },
      (site, dist, by) =>
        by === "model" || enumerated.has(site) ? typed(along(allValues(site, dist), enumeratedAxis(site))) : undefined,
      (site, draw) => (scored.has(site) ? typed(givenDraw(draw, site)) : undefined),
      drawsStates
    )
    const masks = recordedMasks(recorder, world.plates)
    const withMasks = { ...world, params: { ...world.params, mask: masks.mask } }
    const all = interpret(problem, withMasks)
    // a recurrence has summed out its own sites
    const trace = all.filter((site) => site.kind !== "enumerated" || site.inScan !== true)
    if (trace.length === 0)
      throw new GuideMismatch({
        site: "(program)",
        reason: "it has no site, so there is nothing to infer. Was a yield* forgotten?"
      })
    const parts = trace.map((site) => {
      mustHaveAllowedConstants(recorder, site)
      if (site.kind === "latent") {
        const isScored = scored.has(site.name) || needsScore(site)
        const isRead = parameters?.has(site.name) === true
        return latentParts(recorder, site, {
          ...{ isScored, isEnumerated: enumerated.has(site.name), isRead },
          noise: noises.get(site.name)
        })
      }
      return site.kind === "observed"
        ? observedParts(recorder, site, world.inputOf(site.name, site.plates))
        : otherParts(recorder, site)
    })
    const dream =
      dreams === true
        ? dreamed(recorder, problem, withMasks, trace, { nets, parameters: params.parameters })
        : undefined
    found = {
      axes: axesOf(trace, world.sequences, shapes, params.parameters, enumerated, {
        masks: masks.plates,
        dream: dream?.drawn ?? []
      }),
      sites: parts.map(({ site }) => site),
      factors: parts.flatMap(({ factors }) => factors),
      parameters: params.parameters,
      ...(dream !== undefined && { dream: dream.logQ }),
      states: all.flatMap((site) =>
        site.kind === "enumerated" && site.inScan === true ? [stateOf(recorder, site)] : []
      )
    }
    return {}
  }
  const graph = record(run, lines)
  if (found === undefined) throw new Error("a recording ended without a result")
  return { ...found, graph }
}

const stateOf = (recorder: Recorder, { name, plates, prior, draws }: EnumeratedSite): State => ({
  ...{ name, plates, shape: prior.shape },
  draw: draws === undefined ? undefined : recorder.idOf(draws)
})

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

/** What has noise of its own beside the latent sites, with the plates that it stands in. */
interface OtherNoise {
  readonly masks: Iterable<readonly [name: string, plates: ReadonlyArray<string>]>
  readonly dream: Dream["drawn"]
}

/** The plates in the order in which the program enters them, and the particles, for each of which every draw is made anew, but no mask. */
const axesOf = (
  trace: SiteTrace,
  sequences: ReadonlyMap<string, number>,
  shapes: DataShapes,
  parameters: Joint["parameters"],
  enumerated: JointOptions["enumerated"],
  { masks, dream }: OtherNoise
): ReadonlyArray<Axis> => {
  const latents = trace.filter(({ kind, name }) => kind === "latent" && !enumerated.has(name))
  const labels = new Set([...trace.flatMap(({ plates }) => plates), ...sequences.keys()])
  const plates = [...labels].map((label): Axis => {
    const rowParameters = parameters.filter(({ plate }) => plate === label).map(({ name }) => paramInput(name))
    const length = sequences.get(label)
    const drawn = [...latents.map(({ name, plates }) => [name, plates] as const), ...dream, ...masks]
    const fields = Object.keys(own(shapes.plates, label) ?? {}).map((field) => inputName(field, label))
    return {
      name: plateAxis(label),
      kind: "plate",
      label,
      inputs: new Set([...fields, ...rowParameters]),
      sites: new Set(drawn.flatMap(([name, plates]) => (plates.includes(label) ? [name] : []))),
      ...(length !== undefined && { size: length })
    }
  })
  const particles: Axis = {
    name: particleAxis,
    kind: "particle",
    label: "particles",
    inputs: new Set(),
    sites: new Set([...latents.map(({ name }) => name), ...dream.map(([name]) => name)])
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
