import * as tf from "@tensorflow/tfjs"
import { interpret } from "../model/interpret.ts"
import type { Guided } from "../model/Program.ts"
import { logMeanExpOver } from "../trace/axes.ts"
import { record } from "../trace/record.ts"
import { particleOf, platesOf } from "./derive.ts"
import type { Estimated } from "./evaluate.ts"
import { sumOverPlates } from "./Objective.ts"
import { type DataShapes, type NetNames, recordedParams, recordedWorld } from "./world.ts"

/**
 * log p(x) ≈ log (1/K) Σₖ p(x, zₖ)/q(zₖ | x) with zₖ ~ q, for each datum on its own, summed over the data: a lower bound in expectation that tightens
 * with K (Burda, Grosse and Salakhutdinov 2016, equation 8). All sites stand in the one plate.
 */
export const importanceEstimate = (guided: Guided, shapes: DataShapes, nets: NetNames): Estimated => {
  let result: Omit<Estimated, "graph"> | undefined
  const graph = record((recorder) => {
    const sites = interpret(
      guided,
      recordedWorld(recorder, shapes, recordedParams(recorder, nets).store, (draw) => draw)
    )
    const plates = platesOf(sites, shapes)
    const names = plates.map(({ name }) => name)
    const logWeight = sites
      .map((site) =>
        site.kind === "observed" ? site.dist.logProb(site.value) : tf.sub(site.prior.logProb(site.value), site.logQ)
      )
      .reduce<tf.Tensor>((sum, x) => tf.add(sum, x), tf.scalar(0))
    result = { plates, particle: particleOf(sites), terms: [{ site: "logMarginal", name: "log p(x)", plates: names }] }
    return { "term:logMarginal": sumOverPlates(logMeanExpOver(logWeight, "particle"), names) }
  })
  if (result === undefined) throw new Error("a recording ended without a result")
  return { ...result, graph }
}
