import * as tf from "@tensorflow/tfjs"
import { gumbelNoise } from "../../tensor/draws/categorical.ts"
import { uniform } from "../../tensor/random.ts"
import { scan, type Tensors } from "../../tensor/scan.ts"
import { type Tensor, typed } from "../../tensor/Tensor.ts"
import { across } from "../../trace/axes.ts"
import { keyOfSummed } from "./names.ts"
import type { Sequence, SumOf } from "./written.ts"

/**
 * Noise for one draw of the states of a sequence: standard Gumbel numbers, `[T, K]` for K states. Those of a position draw the state before it.
 *
 * @param site the name of the first site that is summed out
 */
export const noiseOfStates = (site: string, k: number, { axis, length }: Pick<Sequence, "axis" | "length">): Tensor =>
  typed(across(gumbelNoise(uniform(keyOfSummed(site), [k])), axis, length))

/**
 * For each state of a position a draw of the one before it, from p(before | now, what was observed until now): the largest of log p + Gumbel noise. One of these draws is on the way that is
 * followed, so they may share their noise.
 *
 * @param pairs log p of both, up to a number: `[K before, K now]`
 * @returns places of states, `[K now]`
 */
export const drawBefore = (pairs: tf.Tensor, noise: tf.Tensor): Tensor =>
  typed(tf.cast(tf.argMax(tf.add(pairs, tf.expandDims(noise, 1)), 0), "float32"))

/** What the forward pass leaves. */
interface Forward {
  /** log p of the last states given all that was observed, `[K]` */
  readonly last: tf.Tensor
  readonly noise: Tensor
  /** a draw of the state before, for each state of each position: `[T, K]` */
  readonly before: Tensor
}

/** The values of the sites that are summed out, `[values, …]` each. */
interface Lists {
  /** what they read of each position */
  readonly rows: Tensors
  readonly at: (row: Tensors, place: tf.Tensor) => (sum: SumOf) => tf.Tensor
}

/**
 * A draw of all states from their joint distribution given all that was observed (forward filtering, backward sampling: Chib 1996; Scott 2002): the last state, and then the one before each, from the
 * last position to the first.
 *
 * @returns the values of each site, `[T, …]`
 */
export const drawnStates = (
  sums: ReadonlyArray<SumOf>,
  { last, noise, before }: Forward,
  lists: Lists
): ReadonlyMap<string, Tensor> => {
  // no state is drawn before the first position, so its noise is free for the last state
  const free = tf.reshape(tf.slice(noise, [0, 0], [1, -1]), [-1])
  const state: Tensor = typed(tf.cast(tf.argMax(tf.add(last, free)), "float32"))
  const { ys } = scan(
    { state },
    { ...lists.rows, [beforeEach]: before },
    (now, row, place) => {
      const read = row as Tensors
      const index = tf.cast(now.state, "int32") as tf.Scalar
      const list = lists.at(read, place)
      const values = sums.map((sum, i): readonly [string, Tensor] => {
        const each = tf.gather(list(sum), tf.tensor1d(placesOf(sums, i), "int32"))
        return [sum.site, typed(tf.gather(each, index))]
      })
      return { carry: { state: typed(tf.gather(read[beforeEach] as Tensor, index)) }, y: Object.fromEntries(values) }
    },
    { reverse: true }
  )
  return new Map(Object.entries(ys as Tensors))
}

const beforeEach = "before each state"

/** For each joint value of all sites of a position the place of the i-th site's value in its list. The first site's values vary fastest. */
const placesOf = (sums: ReadonlyArray<SumOf>, i: number): Int32Array => {
  const sizes = sums.map(({ all }) => all.shape[0] ?? 1)
  const product = (of: ReadonlyArray<number>): number => of.reduce((all, n) => all * n, 1)
  const stride = product(sizes.slice(0, i))
  return Int32Array.from({ length: product(sizes) }, (_, state) => Math.floor(state / stride) % (sizes[i] ?? 1))
}
