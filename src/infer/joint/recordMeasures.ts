import * as tf from "@tensorflow/tfjs"
import { isTensor } from "../../dist/arguments.ts"
import type { Dist } from "../../dist/Dist.ts"
import { hasKl, klOfEvents } from "../../dist/divergence/kl.ts"
import { kindOf } from "../../dist/Support.ts"
import { isPiece } from "../../model/auto/together.ts"
import type { Guided } from "../../model/Guided.ts"
import { interpret } from "../../model/interpret.ts"
import type { LatentSite, ObservedSite, RunSite } from "../../model/World.ts"
import { diagonalOf } from "../../tensor/linear/matrices.ts"
import { sizeOf, typed } from "../../tensor/Tensor.ts"
import type { Graph } from "../../trace/Graph.ts"
import { prune } from "../../trace/passes/prune.ts"
import { record } from "../../trace/record.ts"
import { markSample } from "../../trace/stopGradient.ts"
import { type DataShapes, recordedParams, recordedWorld } from "./recordedWorld.ts"

/**
 * A quantity of a site that shows how a fit goes:
 * - `scale`: the logarithm of the scales of an observed density;
 * - `density`: the log density of each event of an observed site without a scale, for each of its numbers;
 * - `variance`: the logarithm of the variances of any distribution of the site;
 * - `kl`: the KL of each number of a latent site, by the closed form;
 * - `gap`: (log q − log p)² at a draw, of a latent site without a closed form. Its mean is twice the KL where the two are alike, up to third order.
 */
export interface Measure {
  readonly kind: "scale" | "density" | "variance" | "kl" | "gap"
  readonly site: string
  /** output of the graph, for one datum */
  readonly output: string
}

export interface Measures {
  readonly graph: Graph
  readonly measures: ReadonlyArray<Measure>
  /** the latent sites whose guides are pieces of one distribution, of which none has a density of its own */
  readonly pieces: ReadonlySet<string>
}

/** Records a program again for its measures alone, so that they are no part of the loss and cost a training step nothing. */
export const recordMeasures = (guided: Guided, shapes: DataShapes): Measures => {
  const measures: Array<Measure> = []
  const pieces = new Set<string>()
  const graph = record((recorder) => {
    const params = recordedParams(recorder)
    const world = recordedWorld(recorder, shapes, params.store, (site, draw) => typed(markSample(draw, site)))
    const outputs: Record<string, tf.Tensor> = {}
    for (const site of interpret(guided, world)) {
      if (site.kind === "latent" && site.guide !== undefined && isPiece(site.guide)) pieces.add(site.name)
      for (const [kind, value] of ofSite(site)) {
        const output = `measure:${measures.length}`
        outputs[output] = value
        measures.push({ kind, site: site.name, output })
      }
    }
    return outputs
  })
  return { graph: prune(graph), measures, pieces }
}

type Found = ReadonlyArray<readonly [Measure["kind"], tf.Tensor]>

const ofSite = (site: RunSite): Found => {
  if ((site.kind === "latent" || site.kind === "observed") && (site.inScan === true || site.branch !== undefined))
    return []
  if (site.kind === "latent") return ofLatent(site)
  return site.kind === "observed" ? ofObserved(site) : []
}

const ofObserved = ({ dist, value }: ObservedSite): Found => {
  const logs = logScales(dist)
  const isDensity = kindOf[dist.support] === "density"
  if (logs.length === 0) {
    const numbers = sizeOf(dist.shape.slice(dist.shape.length - dist.eventRank))
    return isDensity ? [["density", tf.div(dist.logDensity(value), numbers)]] : []
  }
  return logs.flatMap((log) => [...(isDensity ? [["scale", log] as const] : []), ["variance", tf.mul(2, log)] as const])
}

const ofLatent = ({ prior, guide, value, logQ, blocked }: LatentSite): Found => {
  if (blocked) return []
  const variances = [prior, ...(guide === undefined ? [] : [guide])]
    .flatMap(logScales)
    .map((log) => ["variance", tf.mul(2, log)] as const)
  if (guide === undefined || logQ === undefined || isPiece(guide)) return variances
  const kl = klOfEvents(guide, prior)
  if (kl !== undefined) return [...variances, ["kl", kl]]
  // a point has no density
  return hasKl(guide, prior) ? variances : [...variances, ["gap", tf.square(tf.sub(logQ, prior.logProb(value)))]]
}

/** The logarithms of the scales that a distribution was made with as tensors; a scale that is a number does not change. */
const logScales = (dist: Dist): ReadonlyArray<tf.Tensor> => {
  const { scale, logScale, scaleTril } = dist.parameters()
  const log = logScale ?? (isTensor(scale) ? tf.log(scale) : undefined)
  return [...(isTensor(log) ? [log] : []), ...(isTensor(scaleTril) ? [tf.log(tf.abs(diagonalOf(scaleTril)))] : [])]
}
