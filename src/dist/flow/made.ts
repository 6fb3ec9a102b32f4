import { ShapeMismatch } from "../../Errors.ts"

/** A mask of a dense layer's weights: 1 for weights that may differ from 0, and 0 for the others. Rows are inputs. */
export interface Mask {
  readonly shape: readonly [inputs: number, outputs: number]
  readonly values: Float32Array
}

/**
 * The masks that make a multilayer perceptron autoregressive (MADE: Germain, Gregor, Murray and Larochelle 2015, equations 8–9): of n inputs, outputs
 * i, n + i, 2n + i, … depend only on the first i − 1. The units of a hidden layer depend on the first 1, 2, … n − 1 inputs, and again from 1.
 *
 * @param layers the sizes of the layers, inputs first; the last must be a multiple of the first
 * @throws ShapeMismatch when it is not
 * @example
 * ```ts
 * const [only] = Flow.masks([2, 2])
 * Array.from(only?.values ?? []) // => [0, 1, 0, 0]
 * ```
 */
export const masks = (layers: readonly [number, ...ReadonlyArray<number>, number]): ReadonlyArray<Mask> => {
  const [n] = layers
  const last = layers.length - 1
  const outputs = layers[last] ?? 0
  if (outputs % n !== 0) {
    const advice = "The outputs of a masked net are a multiple of its inputs."
    throw new ShapeMismatch({ site: undefined, where: "Flow.masks", expected: [n], actual: [outputs], advice })
  }
  /** the number of inputs on which a unit may depend */
  const seen = (layer: number, unit: number): number =>
    layer === 0 ? (unit % n) + 1 : layer === last ? unit % n : n > 1 ? (unit % (n - 1)) + 1 : 0
  return layers.slice(1).map((to, layer) => {
    const from = layers[layer] ?? 0
    const values = Float32Array.from({ length: from * to }, (_, i) =>
      seen(layer, Math.floor(i / to)) <= seen(layer + 1, i % to) ? 1 : 0
    )
    return { shape: [from, to], values }
  })
}
