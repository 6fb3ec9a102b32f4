import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import type { FitError } from "../../../Errors.ts"
import { onCpu } from "../../../engine/backend.ts"
import type { Engine } from "../../../engine/Engine.ts"
import type { AnyProgram } from "../../../model/Guided.ts"
import { generative } from "../../../model/handler/generative.ts"
import { sizeOf } from "../../../tensor/Tensor.ts"
import { type Draws, drawPosterior, isDataset } from "../../fitted/posterior.ts"
import { drawnJoint } from "../../fitted/simulate.ts"
import { attempt } from "../../run/attempt.ts"
import { type Prepared, shapesOf } from "../../run/prepared.ts"
import { pointName, type Target } from "../target.ts"

/** Draws of the prior as vectors of the target's real numbers, `[n, size]`. */
export const priorVectors = (
  model: AnyProgram,
  target: Target,
  data: Prepared,
  n: number,
  seed: number
): Effect.Effect<Float32Array, FitError, Engine> =>
  Effect.gen(function* () {
    const joint = yield* attempt(() =>
      drawnJoint(generative(model, "leave aside"), { kind: "prior" }, shapesOf(data), data)
    )
    const draws = yield* drawPosterior(joint, data, {}, n, seed)
    return onCpu(() => onReals(target, draws, n))
  })

/** Draws of all sites as vectors of the target's real numbers, `[n, size]`. */
export const onReals = ({ ways, layout, size }: Target, draws: Draws, n: number): Float32Array => {
  const vectors = new Float32Array(n * size)
  let at = 0
  for (const { name, shape } of layout) {
    const site = ways.find((each) => pointName(each.name) === name)
    const given = site === undefined ? undefined : find(draws, [...site.plates, site.name])
    if (site === undefined || given === undefined) throw new RangeError(`'${name}' has no draw`)
    const reals = tf.tidy(() =>
      site
        .way()
        .inverse(tf.tensor(given.values, [n, ...given.event], "float32"))
        .dataSync<"float32">()
    )
    const width = sizeOf(shape)
    for (let d = 0; d < n; d++) vectors.set(reals.subarray(d * width, (d + 1) * width), d * size + at)
    at += width
  }
  return vectors
}

const find = (draws: Draws, [first = "", ...rest]: ReadonlyArray<string>) => {
  const entry = draws[first]
  if (entry === undefined) return undefined
  if (isDataset(entry)) return rest.length === 0 ? entry : undefined
  return find(entry, rest)
}
