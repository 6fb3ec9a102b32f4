import * as tf from "@tensorflow/tfjs"
import { InvalidOption, ShapeMismatch } from "../../Errors.ts"
import { type Shape, sameShape } from "../../tensor/Tensor.ts"
import { currentStore } from "../Param.ts"
import { type Layer, type LayerOptions, layerOf } from "./layer.ts"

/** A stack of tfjs layers as one net of one datum. */
export interface FromLayersOptions<I extends Shape, O extends Shape> extends LayerOptions {
  /** the shape of one datum, without the batch */
  readonly from: I
  /** the shape of the result for one datum */
  readonly to: O
}

/**
 * A tfjs `LayersModel` (`tf.sequential`, `tf.model`, a loaded one) as a net. Its weights become parameters of the fit, named by the place of their layer, `NAME.0.kernel`; they begin at the values that they have at this
 * call, and the tfjs model itself stays as it is. Layers that are not trainable keep their values. Dropout and noise layers are as in evaluation: they do nothing.
 *
 * @throws ShapeMismatch when the model has other shapes; InvalidOption for a model with several inputs or outputs, or with a layer that mixes the rows of a batch or keeps a state; (when recorded) UnsupportedKernel for an op
 * that the engines lack, such as tfjs's own convolutions (`Net.conv2d` is one for all engines)
 * @example
 * ```ts
 * const layersModel = tf.sequential({ layers: [tf.layers.dense({ units: 8, inputShape: [3], activation: "tanh" }), tf.layers.dense({ units: 2 })] })
 * const encoder = Net.fromLayers(layersModel, { from: [3], to: [2], name: "encoder" })
 * ```
 */
export const fromLayers = <const I extends Shape, const O extends Shape>(
  model: tf.LayersModel,
  options: FromLayersOptions<I, O>
): Layer<I, O> => {
  mustBeModel(model)
  mustHave("input", model.inputs, options.from)
  mustHave("output", model.outputs, options.to)
  const weights = model.layers.flatMap(weightsOf)
  return layerOf<I, O>("layers", options, (x, { name }) => {
    const store = currentStore(name)
    const values = weights.map(({ own, shape, first, isTrained }) =>
      isTrained
        ? store.get({
            ...{ name: `${name}.${own}`, shape, support: "real", plate: undefined },
            init: { kind: "values", values: first }
          })
        : tf.tensor([...first], [...shape])
    )
    return reading(
      weights.map(({ variable }) => variable),
      values,
      () => {
        const result = model.apply(tf.expandDims(x, 0), { training: false })
        return tf.reshape(result as tf.Tensor, [...options.to])
      }
    )
  })
}

type Variable = tf.layers.Layer["weights"][number]

interface Weight {
  readonly variable: Variable
  /** its name after that of the net */
  readonly own: string
  readonly shape: Shape
  readonly first: ReadonlyArray<number>
  readonly isTrained: boolean
}

const weightsOf = (layer: tf.layers.Layer, place: number): ReadonlyArray<Weight> => {
  const names = layer.weights.map(({ originalName }) => originalName.split("/").at(-1) ?? originalName)
  const trained = new Set(layer.trainableWeights)
  return layer.weights.map((variable, i) => ({
    variable,
    own: `${place}.${new Set(names).size === names.length ? "" : `${i}.`}${names[i]}`,
    shape: variable.shape.map((n) => n ?? 1),
    first: [...variable.read().dataSync()],
    isTrained: trained.has(variable)
  }))
}

/** Lets the layers read other values in place of their weights while `f` runs. */
const reading = <A>(variables: ReadonlyArray<Variable>, values: ReadonlyArray<tf.Tensor>, f: () => A): A => {
  variables.forEach((variable, i) => {
    variable.read = () => values[i] as tf.Tensor
  })
  try {
    return f()
  } finally {
    for (const variable of variables) Reflect.deleteProperty(variable, "read")
  }
}

const reasons: Readonly<Record<string, string>> = {
  BatchNormalization:
    "it normalises by the mean and variance of a batch, and a program is written for one datum; use layer normalisation"
}

const mustBeModel = (model: tf.LayersModel): void => {
  if (!(model instanceof tf.LayersModel))
    throw new InvalidOption({
      option: "Net.fromLayers",
      value: String(model),
      expected: "a LayersModel of tfjs, such as tf.sequential({ layers })"
    })
  for (const layer of allLayers(model.layers)) {
    const reason = reasons[layer.getClassName()] ?? (layer.stateful ? "it keeps a state between batches" : undefined)
    if (reason !== undefined)
      throw new InvalidOption({
        option: "Net.fromLayers",
        value: `a model with the layer '${layer.name}' (${layer.getClassName()})`,
        expected: `other layers: ${reason}`
      })
  }
}

/** The layers of a model, and of the models that are layers of it. */
const allLayers = (layers: ReadonlyArray<tf.layers.Layer>): ReadonlyArray<tf.layers.Layer> =>
  layers.flatMap((layer) => (layer instanceof tf.LayersModel ? allLayers(layer.layers) : [layer]))

const mustHave = (what: "input" | "output", tensors: ReadonlyArray<tf.SymbolicTensor>, asked: Shape): void => {
  const [only] = tensors
  if (only === undefined || tensors.length > 1)
    throw new InvalidOption({
      option: "Net.fromLayers",
      value: `a model with ${tensors.length} ${what}s`,
      expected: `one ${what}`
    })
  const actual = only.shape.slice(1).map((n) => n ?? -1)
  if (sameShape(actual, asked)) return
  throw new ShapeMismatch({
    site: undefined,
    where: `the ${what} of the model of Net.fromLayers`,
    expected: asked,
    actual,
    advice: "Give the shapes of one datum, { from, to }, as the model has them without the batch."
  })
}
