import * as tf from "@tensorflow/tfjs"
import { allValues, canBeListed } from "../../dist/allValues.ts"
import type { Dist, Has } from "../../dist/Dist.ts"
import { inputShape } from "../../dist/transform/Transform.ts"
import { type Continuous, isContinuous } from "../../model/auto/AutoSite.ts"
import { type End, wayTo } from "../../model/auto/way.ts"
import type { AnyGuideRecord, AnyProgram } from "../../model/Guided.ts"
import { drawGuide, interpret } from "../../model/interpret.ts"
import { withParams } from "../../model/Param.ts"
import type { World } from "../../model/World.ts"
import { type Shape, type Tensor, typed } from "../../tensor/Tensor.ts"
import { ancestors, type Graph, type Id, nameOf, nodeAt } from "../../trace/Graph.ts"
import { type Recorder, record } from "../../trace/record.ts"
import type { Parameter } from "../joint/Joint.ts"
import { type DataShapes, recordedParams, recordedWorld } from "../joint/recordedWorld.ts"
import { Unguidable } from "./Unguidable.ts"

/** What a first run of the model alone says of a latent site. */
export interface SurveyedSite {
  readonly name: string
  readonly plates: ReadonlyArray<string>
  readonly shape: Shape
  readonly support: Continuous
  /** the shape of the real numbers that stand for a value */
  readonly real: Shape
  /** the ends of an interval: numbers, or the names of outputs that depend on nothing */
  readonly ends: readonly [low: number | string, high: number | string]
}

export interface Survey {
  /** outputs: the median of each site, as real numbers, by {@link medianOutput}; and the ends of intervals. Values of sites are inputs. */
  readonly graph: Graph
  readonly sites: ReadonlyArray<SurveyedSite>
  /** the sites that the user guides */
  readonly written: ReadonlyArray<string>
  readonly parameters: ReadonlyArray<Parameter>
}

/** The input that stands for the real numbers of a site's value. */
export const realsInput = (site: string): string => `reals:${site}`
/** The same for its value itself, in the body of a recurrence. */
const valueInput = (site: string): string => `value:${site}`
export const medianOutput = (site: string): string => `median:${site}`

/**
 * Records the model alone, with an input for the value of each latent site, and lists those that are to be guided automatically. What the user wrote for the others is
 * recorded for its names.
 *
 * @throws Unguidable for a site that has no density, or whose support moves
 */
export const survey = (model: AnyProgram, written: () => AnyGuideRecord, shapes: DataShapes): Survey => {
  const sites: Array<SurveyedSite> = []
  let found: Pick<Survey, "written" | "parameters"> = { written: [], parameters: [] }
  const graph = record((recorder) => {
    const params = recordedParams(recorder)
    const enumerated: World["enumerated"] = (site, dist, by) => (by === "model" ? firstValue(site, dist) : undefined)
    const world = recordedWorld(recorder, shapes, params.store, (_, draw) => draw, enumerated)
    let inBody = false
    const scan: World["scan"] = (...sequence) => {
      inBody = true
      try {
        return world.scan?.(...sequence) ?? {}
      } finally {
        inBody = false
      }
    }
    const others = withParams(params.store, () => drawGuide({ kind: "record", make: written }, world))
    const outputs: Record<string, tf.Tensor> = {}
    const values = (name: string, plates: ReadonlyArray<string>, prior: Dist): Tensor => {
      const other = others.get(name)
      if (other !== undefined) return other.value
      const { site, value } = surveyed({ recorder, outputs, inBody }, name, plates, prior)
      sites.push(site)
      return value
    }
    interpret({ model, guide: { kind: "given", values } }, { ...world, scan })
    found = { written: [...others.keys()], parameters: params.parameters }
    return outputs
  })
  return { graph, sites, ...found }
}

/** A site that the model sums out has some value while the others are looked at. */
const firstValue = (site: string, dist: Dist): Tensor => {
  const all = allValues(site, dist)
  const first = tf.slice(all, [...all.shape.map(() => 0)], [1, ...all.shape.slice(1)])
  return typed(tf.reshape(first, [...all.shape.slice(1)]))
}

interface Place {
  readonly recorder: Recorder
  readonly outputs: Record<string, tf.Tensor>
  /** in the body of a recurrence, whose values do not reach the outside: a site there has no median that is known */
  readonly inBody: boolean
}

const surveyed = (
  place: Place,
  name: string,
  plates: ReadonlyArray<string>,
  prior: Dist
): { readonly site: SurveyedSite; readonly value: Tensor } => {
  const { support, family } = prior
  if (!isContinuous(support)) throw discrete(name, prior)
  if (family.startsWith("Censored(")) throw new Unguidable(name, `${family} has masses beside its density`)
  const { recorder, outputs, inBody } = place
  const ends = support === "interval" ? endsOf(place, name, prior) : unbounded
  const way = wayTo(support, ends)
  const real = inputShape(way, prior.shape)
  if (!inBody) outputs[medianOutput(name)] = way.inverse(medianOf(prior))
  const value = inBody
    ? recorder.input(valueInput(name), prior.shape)
    : way.forward(recorder.input(realsInput(name), real))
  const known = (end: End, which: string): number | string => {
    if (typeof end === "number") return end
    outputs[`${which}:${name}`] = end
    return `${which}:${name}`
  }
  return {
    site: { name, plates, shape: prior.shape, support, real, ends: [known(ends[0], "low"), known(ends[1], "high")] },
    value: typed(value)
  }
}

/** The median where the family has quantiles, otherwise the mean; NaN where it has neither. */
const medianOf = (prior: Dist): tf.Tensor =>
  hasQuantiles(prior) ? prior.icdf(tf.fill([...prior.shape], 0.5)) : prior.mean()

const hasQuantiles = (dist: Dist): dist is Dist & Has<Shape, "icdf"> => "icdf" in dist

type Ends = readonly [low: End, high: End]
const unbounded: Ends = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]

/**
 * The ends of an interval, which must be known before the fit.
 *
 * @throws Unguidable where they are not, or depend on something
 */
const endsOf = ({ recorder, inBody }: Place, name: string, prior: Dist): Ends => {
  const parameters = prior.parameters()
  const from = prior.family === "Pareto" ? parameters["scale"] : parameters["low"]
  const { high = Number.POSITIVE_INFINITY } = parameters
  const isKnown = !inBody || (typeof from === "number" && typeof high === "number")
  if (from === undefined || "transform" in prior || !isKnown)
    throw new Unguidable(name, `the ends of ${prior.family} are not known before the fit`)
  for (const end of [from, high]) if (typeof end !== "number") mustStand(recorder, name, end)
  return [from, high]
}

/** An end that depends on another site, on data or on a parameter moves. */
const mustStand = (recorder: Recorder, name: string, end: tf.Tensor): void => {
  const graph = recorder.graph()
  for (const id of ancestors(graph, [recorder.idOf(end)])) {
    const reason = whatMoves(graph, id)
    if (reason !== undefined) throw new Unguidable(name, `its support moves with ${reason}`)
  }
}

const whatMoves = (graph: Pick<Graph, "nodes">, id: Id): string | undefined => {
  const node = nodeAt(graph, id)
  if (node.kernel === "Noise") return `the site '${String(node.attrs["site"])}'`
  if (node.kernel !== "Input") return undefined
  const [kind = "", ...rest] = nameOf(node).split(":")
  const what = rest.join(":")
  return kind === "reals" || kind === "value"
    ? `the site '${what}'`
    : kind === "param"
      ? `the parameter '${what}'`
      : `the data '${what}'`
}

const discrete = (site: string, prior: Dist): Unguidable => {
  const remedy = canBeListed(prior)
    ? `Sum it out in the model, enumerate("${site}", …)`
    : "Its values cannot be listed, so enumerate cannot sum it out: write the model without it, as with NegativeBinomial for a Poisson whose rate is Gamma"
  return new Unguidable(site, `it is discrete (${prior.family})`, remedy)
}
