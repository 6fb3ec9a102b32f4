import * as tf from "@tensorflow/tfjs"
import { sumTo } from "../sumTo.ts"

export type Attrs = Readonly<Record<string, unknown>>
export type Inputs = ReadonlyArray<tf.Tensor>

/**
 * A function that tfjs does not have, as our own kernel. A program records ONE node for it, and its gradient is a formula. After differentiation the
 * pass `expandSpecial` replaces the node by `forward`, so no engine needs to know it.
 */
export interface Special {
  readonly kernel: string
  readonly inputs: ReadonlyArray<string>
  /** the value, by tfjs ops that every engine has; it is never differentiated */
  readonly forward: (inputs: Inputs, attrs: Attrs) => tf.Tensor
  /** the gradient of each input */
  readonly gradient: (dy: tf.Tensor, inputs: Inputs, y: tf.Tensor, attrs: Attrs) => ReadonlyArray<() => tf.Tensor>
  /** it reduces over the axes in its attribute `axis`; otherwise it is elementwise, and its inputs broadcast */
  readonly reduces?: true
  /** the inputs with an additional last axis that does not broadcast: several random numbers for each value */
  readonly noise?: ReadonlyArray<string>
  /** its value jumps when its inputs change, so that no path gradient goes through it; otherwise it is smooth */
  readonly jumps?: true
}

type Partials = (inputs: Inputs, y: tf.Tensor, attrs: Attrs) => ReadonlyArray<() => tf.Tensor>

/** The gradient of an elementwise function, from its partial derivatives. */
export const byPartials =
  (partials: Partials): Special["gradient"] =>
  (dy, inputs, y, attrs) =>
    partials(inputs, y, attrs).map((partial, i) => () => sumTo(tf.mul(dy, partial()), inputs[i]?.shape ?? []))

/** The gradient of a function of one number whose derivative may be infinite: if the gradient of its output is 0 the result is 0, and not 0·∞. */
export const vanishing =
  (derivative: (inputs: Inputs) => tf.Tensor): Special["gradient"] =>
  (dy, inputs) => [() => tf.where(tf.equal(dy, 0), tf.zerosLike(dy), tf.mul(dy, derivative(inputs)))]

/** Calls a special function as a kernel of the current backend: a recorder has its own kernel; backends with numbers run `forward`. */
export const runSpecial = (
  special: Special,
  given: ReadonlyArray<tf.Tensor | number>,
  attrs: Attrs = {}
): tf.Tensor => {
  registerSpecial(special)
  const inputs = special.inputs.map((name, i) => [name, asTensor(given[i] ?? Number.NaN)] as const)
  return tf.engine().runKernel(special.kernel, Object.fromEntries(inputs), { ...attrs } as KernelAttrs)
}

const asTensor = (x: tf.Tensor | number): tf.Tensor =>
  typeof x === "number" ? tf.scalar(x) : x.dtype === "float32" ? x : tf.cast(x, "float32")

type KernelAttrs = NonNullable<Parameters<ReturnType<typeof tf.engine>["runKernel"]>[2]>

/** Registers the kernel on tfjs's current backend, and its gradient, unless they are registered already. */
export const registerSpecial = (special: Special): void => {
  const { kernel, inputs: names, forward } = special
  tf.backend()
  const backendName = tf.getBackend()
  if (tf.getKernel(kernel, backendName) === undefined) {
    const kernelFunc: tf.KernelFunc = ({ inputs, attrs }) =>
      tf.tidy(() => forward(tensorsOf(names.map((name) => inputs[name])), attrs ?? {}))
    tf.registerKernel({ kernelName: kernel, backendName, kernelFunc })
  }
  if (tf.getGradient(kernel) === undefined) tf.registerGradient(gradientOf(special))
}

/** Inside of a kernel, tfjs passes the same tensors with which the kernel was called. */
const tensorsOf = (infos: ReadonlyArray<tf.TensorInfo | undefined>): Inputs =>
  infos.flatMap((info) => (info instanceof tf.Tensor ? [info] : []))

/** The kernel's gradient in tfjs's form. */
const gradientOf = ({ kernel, inputs: names, gradient }: Special): Parameters<typeof tf.registerGradient>[0] => ({
  kernelName: kernel,
  inputsToSave: [...names],
  outputsToSave: [true],
  gradFunc: (dy, saved, attrs) => {
    const [inputs, [y]] = [saved.slice(0, names.length), saved.slice(names.length)]
    const parts = gradient([dy].flat()[0] as tf.Tensor, inputs, y as tf.Tensor, attrs)
    return Object.fromEntries(names.map((name, i) => [name, parts[i] as () => tf.Tensor]))
  }
})
