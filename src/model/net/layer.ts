import type * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../../Errors.ts"
import { type Shape, type Tensor, typed } from "../../tensor/Tensor.ts"
import { currentStore } from "../Param.ts"

/** A net, or a part of one: a function of one datum whose weights are parameters of the fit. */
export type Layer<I extends Shape = Shape, O extends Shape = Shape> = (x: Tensor<I>) => Tensor<O>

export interface LayerOptions {
  /** how its parameters are called, `NAME.weight` and so on; without it a name by the kind and the order of first use */
  readonly name?: string
}

/** How weights begin: uniform within a bound that depends on the number of inputs and of outputs. Biases begin in the same bound as in PyTorch, or at 0. */
export type Initialiser = "pytorch" | "glorot" | "he"

/** Half the width of the first weights: 1/√in (PyTorch's linear layers); √(6/(in + out)) (Glorot and Bengio 2010); √(6/in) (He et al. 2015). */
export const boundOf = (init: Initialiser, fanIn: number, fanOut: number): number =>
  ({ pytorch: 1 / Math.sqrt(fanIn), glorot: Math.sqrt(6 / (fanIn + fanOut)), he: Math.sqrt(6 / fanIn) })[init]

/** Asks for a parameter of the layer; `bound` is half the width of its first values, or one value for all. */
export interface Weights {
  readonly name: string
  readonly get: (parameter: string, shape: Shape, bound: number) => tf.Tensor
  readonly filled: (parameter: string, shape: Shape, value: number) => tf.Tensor
}

/** A layer whose weights belong to it: used twice, it shares them. */
export const layerOf = <I extends Shape, O extends Shape>(
  kind: string,
  { name: asked }: LayerOptions,
  f: (x: Tensor<I>, weights: Weights) => tf.Tensor
): Layer<I, O> => {
  const identity = {}
  return (x) => {
    const store = currentStore(asked ?? `Net.${kind}`)
    const name = asked ?? store.nameOf(identity, kind)
    const parameter = (own: string, shape: Shape, init: Parameters<typeof store.get>[0]["init"]): tf.Tensor =>
      store.get({ name: `${name}.${own}`, shape, init, support: "real", plate: undefined })
    return typed(
      f(x, {
        name,
        get: (own, shape, bound) => parameter(own, shape, { kind: "uniform", bound }),
        filled: (own, shape, value) => parameter(own, shape, { kind: "constant", value })
      })
    )
  }
}

/** @throws InvalidOption for a size that is no whole number from 1 */
export const mustBeSize = (option: string, n: number): void => {
  if (Number.isSafeInteger(n) && n > 0) return
  throw new InvalidOption({ option, value: String(n), expected: "a whole number from 1" })
}
