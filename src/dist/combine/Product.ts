import * as tf from "@tensorflow/tfjs"
import { Key } from "../../tensor/random.ts"
import { type Tensor, typed } from "../../tensor/Tensor.ts"
import { mustBeDist, mustBeObject } from "../arguments.ts"
import type { Dist } from "../Dist.ts"

export type Factors = Readonly<Record<string, Dist>>

/** A record with a value of each distribution, by name. */
export type ValuesOf<R extends Factors> = { readonly [K in keyof R]: Tensor<R[K]["shape"]> }

/**
 * Independent distributions by name; its value is a record. It is not a {@link Dist}, which has one shape and one support. At a site of a model or a
 * guide, each factor becomes a site of its own, `name.factor`.
 */
export interface Product<out R extends Factors = Factors> {
  readonly factors: R
  /**
   * Σ log p_name(x_name), in nats.
   * @throws ShapeMismatch when a value does not have its distribution's shape
   */
  logProb(x: { readonly [K in keyof R]: tf.Tensor }): Tensor<readonly []>
  /** One draw of each; the same key gives the same draws. */
  sample(key: Key): ValuesOf<R>
  sampleAndLogProb(key: Key): { readonly value: ValuesOf<R>; readonly logProb: Tensor<readonly []> }
  mean(): ValuesOf<R>
  variance(): ValuesOf<R>
}

/**
 * Independent distributions by name, as one distribution of a record.
 *
 * In a program, `sample("person", Product({ … }))` gives the record of values, and `observe("person", …)` that of data. The factors are the sites
 * `person.height` and `person.smokes`: plans, posterior draws, data and error messages use these names. A guide gives a product under the same name,
 * or distributions under the names of the factors; it may choose differently from the model.
 *
 * @example
 * ```ts
 * const person = Product({ height: Normal(170, 10), smokes: Bernoulli({ probs: 0.5 }) })
 * person.logProb({ height: tf.scalar(170), smokes: tf.scalar(1) }) // => -Math.log(10) - 0.918938533 + Math.log(0.5)
 * person.mean().height // => 170
 * klDivergence(person, Product({ height: Normal(180, 10), smokes: Bernoulli({ probs: 0.5 }) })) // => 0.5
 * ```
 */
export const Product = <const R extends Factors>(factors: R): Product<R> => {
  mustBeObject("Product", factors)
  for (const [name, dist] of Object.entries(factors)) mustBeDist(`Product.${name}`, dist)
  const each = (f: (dist: Dist, name: string) => tf.Tensor): ValuesOf<R> =>
    Object.fromEntries(Object.entries(factors).map(([name, dist]) => [name, f(dist, name)])) as unknown as ValuesOf<R>
  const logProb = (x: Readonly<Record<string, tf.Tensor>>): Tensor<readonly []> =>
    typed(tf.addN(Object.entries(factors).map(([name, dist]) => dist.logProb(x[name] ?? missing(name)))))
  const sample = (key: Key): ValuesOf<R> => each((dist, name) => dist.sample(Key.fork(key, name)))
  return {
    factors,
    logProb,
    sample,
    sampleAndLogProb: (key) => {
      const drawn = Object.entries(factors).map(([name, dist]) => dist.sampleAndLogProb(Key.fork(key, name)))
      const names = Object.keys(factors)
      return {
        value: each((_, name) => drawn[names.indexOf(name)]?.value ?? missing(name)),
        logProb: typed(tf.addN(drawn.map(({ logProb }) => logProb)))
      }
    },
    mean: () => each((dist) => dist.mean()),
    variance: () => each((dist) => dist.variance())
  }
}

const missing = (name: string): never => {
  throw new RangeError(`a record without '${name}', which the product has`)
}
