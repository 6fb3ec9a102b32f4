import * as tf from "@tensorflow/tfjs"
import type { Effect } from "effect"
import type { Dist } from "../../dist/Dist.ts"
import { InvalidOption, ShapeMismatch } from "../../Errors.ts"
import { type Shape, sameShape, type Tensor, typed } from "../../tensor/Tensor.ts"
import type { Choice, OwnFactor } from "../Interpreter.ts"
import { handle } from "./handle.ts"
import type { Runnable } from "./runnable.ts"

/**
 * The program of which only some log densities count: those where the mask is 1. What is masked out may be anything, also NaN, and gives no gradient.
 * A value that is missing is masked where it is observed: `mask(observe("y", Normal(mu, 1)), row.seen)`.
 *
 * @param counts true or false; or zeros and ones, as a scalar for whole sites, or of the shape of their events
 * @throws InvalidOption for anything else; (when it runs) ShapeMismatch for a mask of another shape
 * @example
 * ```ts
 * const partly = mask(observe("x", Normal(0, 1).iid(2), Tensor.of([2], tf.tensor1d([0, Number.NaN]))), Tensor.of([2], tf.tensor1d([1, 0])))
 * trace(partly, {}).logJoint // => -0.918938533
 * ```
 */
export const mask = <A, E, R>(program: Runnable<A, E, R>, counts: boolean | Tensor): Effect.Effect<A, E, R> => {
  if (typeof counts !== "boolean" && !(counts instanceof tf.Tensor))
    throw new InvalidOption({
      option: "mask",
      value: String(counts),
      expected: "true, false, or a tensor of zeros and ones"
    })
  return handle(program, () => ({
    site: (request, ask) => {
      if (counts === true || request.kind === "deterministic" || request.kind === "draw") return ask(request)
      return ask(request.kind === "factor" ? maskedFactor(request, counts) : maskedChoice(request, counts))
    }
  }))
}

export const maskedChoice = (request: Choice, counts: false | Tensor): Choice => {
  const { name, dist, mask: inner } = request
  const outer = spread(name, counts, eventsOf(dist))
  return { ...request, mask: inner === undefined ? outer : typed(tf.mul(inner, outer)) }
}

export const maskedFactor = (request: OwnFactor, counts: false | Tensor): OwnFactor => {
  const on = tf.greater(spread(request.name, counts, []), 0)
  return { ...request, value: typed(tf.where(on, request.value, tf.zerosLike(request.value))) }
}

const eventsOf = ({ shape, eventRank }: Dist): Shape => shape.slice(0, shape.length - eventRank)

/** The mask of a site for another distribution of it, whose events may be parts of the site's: each part counts with the whole. */
export const spreadMask = (site: string, counts: Tensor, dist: Dist): Tensor => {
  const events = eventsOf(dist)
  const wide = [...counts.shape, ...events.slice(counts.shape.length).map(() => 1)]
  return spread(site, typed(tf.add(tf.reshape(counts, wide), tf.zeros([...events]))), events)
}

/** The mask of a site: zeros and ones, one for each of its events. */
const spread = (site: string, counts: false | Tensor, events: Shape): Tensor => {
  if (counts === false) return typed(tf.zeros([...events]))
  const numbers = tf.cast(counts, "float32")
  if (sameShape(numbers.shape, events)) return typed(numbers)
  if (numbers.shape.length === 0) return typed(tf.add(numbers, tf.zeros([...events])))
  throw new ShapeMismatch({
    site,
    where: "mask",
    expected: events,
    actual: numbers.shape,
    advice: "Give a zero or a one for each event of the site, or one for the whole site."
  })
}
