import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { insideOf } from "../../tensor/special/insideOf.ts"
import { type Shape, sameShape, type Tensor } from "../../tensor/Tensor.ts"
import { mustBeDist, mustBeTensor } from "../arguments.ts"
import { type Dist, fromFamily, type Gradient, type Quantiles, type Tails } from "../Dist.ts"
import { rangeOfDraws } from "../rangeOfDraws.ts"
import { eventRankOf } from "../Support.ts"
import { drawOf, formsOf, formsOver, type Keeps, positionsOf, quantiles, tails } from "./copies.ts"

/**
 * A distribution of which some events are left out: log p(x) is the sum over the events where the mask is 1, and does not depend on x elsewhere. It
 * is for data with missing values. Draws, moments and quantiles are the base's.
 *
 * Gradients go through its draws as through the base's, but it has no score function: log p does not depend on a draw where the mask is 0.
 *
 * @param mask zeros and ones, of the shape of the base's events: the value's own for numbers, without the last dimension for vectors. If it contains
 *   any other number, such as a weight of 0.5, log p is −∞
 * @throws ShapeMismatch when the mask has another shape
 * @example
 * ```ts
 * const partly = Masked(Normal(0, 1).iid(3), Tensor.of([3], tf.tensor1d([1, 0, 1])))
 * partly.logProb(tf.tensor1d([0, Number.NaN, 0])) // => 2 * -0.918938533
 * ```
 */
export function Masked<const D extends Dist>(
  base: D,
  mask: Tensor
): Dist<
  D["shape"],
  D["support"],
  Extract<D["gradients"][number], "reparameterized" | "implicit" | "straightThrough">,
  `Masked(${D["family"]})`
> &
  Keeps<D, Tails | Quantiles | "mode", D["shape"]>
export function Masked(base: Dist, mask: Tensor): Dist {
  mustBeDist("Masked.base", base)
  mustBeTensor("Masked.mask", mask)
  const events = base.shape.slice(0, positionsOf(base))
  if (!sameShape(mask.shape, events))
    throw new ShapeMismatch({
      site: undefined,
      where: `Masked(${base.family})`,
      expected: events,
      actual: mask.shape,
      advice: "Give a zero or a one for each event."
    })
  const { mode } = formsOf(base)
  const gradients: ReadonlyArray<Gradient> = base.gradients.filter(isPath)
  return fromFamily({
    family: `Masked(${base.family})`,
    shape: base.shape,
    eventRank: base.eventRank,
    support: base.support,
    gradients,
    ...(base.period !== undefined && { period: base.period }),
    range: () => rangeOfDraws(base),
    constraints: { ...base.constraints, mask: "boolean" },
    parameters: () => ({ ...base.parameters(), mask: jointMask(base, mask) }),
    remark: [...(base.remark === undefined ? [] : [base.remark]), "masked: some of its events do not count"].join("; "),
    ...(base.noBound === true && { noBound: true }),
    logDensity: (x) => {
      const event = base.shape.slice(events.length)
      const counts = tf.add(mask, tf.zeros([...x.shape.slice(0, x.rank - event.length)]))
      const counted = tf.add(tf.reshape(counts, [...counts.shape, ...event.map(() => 1)]), tf.zeros([...x.shape]))
      const somewhere = tf.add(pointOf(base, event), tf.zeros([...x.shape]))
      const log = base.logDensity(tf.where(tf.greater(counted, 0), x, somewhere))
      const kept = tf.where(tf.greater(counts, 0), log, tf.zeros([...counts.shape]))
      return tf.add(kept, insideOf(mask, 0, 1, { integer: true }))
    },
    draw: (key, size) => drawOf(base, key, size),
    mean: () => base.mean(),
    variance: () => base.variance(),
    ...formsOver(base, [...tails, ...quantiles]),
    ...(mode && { mode })
  })
}

const isPath = (gradient: string): gradient is Gradient =>
  gradient === "reparameterized" || gradient === "implicit" || gradient === "straightThrough"

/** The mask of a masked distribution that is masked again. */
const jointMask = (base: Dist, mask: Tensor): tf.Tensor => {
  const inner = base.parameters()["mask"]
  return inner === undefined ? mask : tf.mul(inner, mask)
}

/** A value at which no log density has an infinite slope. It replaces the values that are masked out, so that their gradient is 0. */
const pointOf = ({ support }: Dist, event: Shape): tf.Tensor => {
  const n = event.at(-1) ?? 2
  if (support === "ordered") return tf.range(0, n)
  return eventRankOf[support] === 2 ? tf.eye(n) : tf.fill([...event], 1 / n)
}
