import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import type { Dist } from "../../dist/Dist.ts"
import { GuideMismatch } from "../../Errors.ts"
import { isPiece } from "../../model/auto/together.ts"
import type { AnyProgram, GuideSource } from "../../model/Guided.ts"
import { Interpreter } from "../../model/Interpreter.ts"
import { currentPlates, withParams } from "../../model/Param.ts"
import { runProgram } from "../../model/runProgram.ts"
import { asSite, atEach } from "../../model/Site.ts"
import { type Tensor, typed } from "../../tensor/Tensor.ts"
import { mapValues } from "../../trace/build.ts"
import type { Learned } from "../fit/Learned.ts"
import { own } from "../joint/names.ts"
import { type DataShapes, paramsFrom } from "../joint/recordedWorld.ts"

/**
 * A program that samples the latent sites of a fit outside of plates, each from the guide's distribution of it, in which the learned parameters are constants. Sites in plates belong to the rows that
 * were fitted, and are not part of it.
 *
 * @throws (when it runs) GuideMismatch for a site that the guide gives no density: a point, or a piece of a larger distribution; and where sites outside of plates depend on rows
 */
export const posteriorAsPrior = ({ derived, parameters, shapes }: Learned): AnyProgram =>
  asSite<Readonly<Record<string, Tensor>>, never, never>(
    Effect.withFiber((fiber) =>
      Effect.map(Interpreter, ({ site }) => {
        const { store } = paramsFrom(({ name, shape, plate }) => {
          const values = own(parameters, name)
          if (plate !== undefined) return tf.zeros([...shape])
          if (values !== undefined) return tf.tensor(values, [...shape])
          throw new GuideMismatch({ site: name, reason: "the fit has no such parameter" })
        }, new Map(derived.nets))
        const values: Array<readonly [string, Tensor]> = []
        const draw = (name: string, dist: Dist): Tensor => {
          mustHaveDensity(name, dist)
          const unscaled = { value: undefined, scale: 1, mask: undefined, stream: undefined }
          const value = site({ kind: "sample", name, dist, ...unscaled }, fiber.id)
          values.push([name, value])
          return value
        }
        withParams(store, () => sampleGuide(derived.guided.guide, shapes, draw), currentPlates())
        return Object.fromEntries(values)
      })
    )
  )

/** Runs a guide for its sites outside of plates. Rows, on which these cannot depend, are zeros, and so are the values in them. */
const sampleGuide = (guide: GuideSource, shapes: DataShapes, draw: (name: string, dist: Dist) => Tensor): void => {
  if (guide.kind === "record") {
    for (const [name, entry] of Object.entries(guide.make())) if (typeof entry !== "function") atEach(name, entry, draw)
    return
  }
  const around = currentPlates().length
  runProgram(guide.make(), {
    rows: (plate) => [mapValues(own(shapes.plates, plate) ?? {}, (shape) => typed(tf.zeros([...shape])))],
    collect: (plate) => {
      throw readsRows(plate)
    },
    scan: (sequence) => {
      throw readsRows(sequence)
    },
    site: (request) => {
      if (request.kind === "deterministic" || request.kind === "factor") return request.value
      const { name, dist } = request
      return currentPlates().length > around ? typed(tf.zeros([...dist.shape])) : draw(name, dist)
    }
  })
}

const readsRows = (plate: string): GuideMismatch =>
  new GuideMismatch({
    site: plate,
    reason:
      "the guide reads all rows of this plate together, and a posterior of other rows is no prior for the next ones"
  })

const mustHaveDensity = (site: string, dist: Dist): void => {
  if (isPiece(dist))
    throw new GuideMismatch({
      site,
      reason: `the guide's ${dist.family} is one distribution of several sites together, of which none has a log density of its own, so that it cannot be a prior. Fit with Guide.structured() or Guide.normal(), or write the guide`
    })
  if (dist.family !== "Delta") return
  throw new GuideMismatch({
    site,
    reason:
      "the guide is a point, which has no density: as a prior it would leave nothing to learn. Fit with another guide"
  })
}
