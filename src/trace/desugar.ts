import { ShapeMismatch } from "../Errors.ts"
import { type Shape, sizeOf } from "../tensor/Tensor.ts"
import type { Attrs, DType, Id, Values } from "./Graph.ts"
import { filledValues } from "./Graph.ts"
import { axisOf, first, type Info, numbersOf } from "./kernels/KernelRow.ts"
import { unsupported } from "./refuse.ts"

export interface Emit {
  readonly add: (kernel: string, inputs: ReadonlyArray<Id>, attrs?: Attrs) => Id
  readonly constant: (values: Values, shape: Shape, dtype: DType) => Id
  readonly info: (id: Id) => Info
}

type Desugar = (emit: Emit, inputs: ReadonlyArray<Id>, attrs: Attrs) => ReadonlyArray<Id>

const filled = (emit: Emit, shape: Shape, dtype: DType, value: number): Id =>
  emit.constant(filledValues(dtype, sizeOf(shape), value), shape, dtype)

const reshape = (emit: Emit, x: Id, shape: Shape): Id => emit.add("Reshape", [x], { shape })

const pieces: Desugar = (emit, inputs, attrs) => {
  const x = first(inputs)
  const { shape } = emit.info(x)
  const axis = axisOf(attrs["axis"] ?? 0, shape.length)
  const given = attrs["numOrSizeSplits"]
  const total = shape[axis] ?? 0
  const sizes = typeof given === "number" ? Array<number>(given).fill(total / given) : numbersOf(given)
  const known = sizes.filter((n) => n >= 0).reduce((sum, n) => sum + n, 0)
  const rest = sizes.some((n) => n < 0) ? total - known : 0
  if (rest < 0 || known + rest !== total || !sizes.every(Number.isInteger))
    throw new ShapeMismatch({
      site: undefined,
      where: "split",
      expected: sizes,
      actual: shape,
      advice: `Axis ${axis} is of size ${total}.`
    })
  let from = 0
  return sizes.map((wanted) => {
    const n = wanted < 0 ? rest : wanted
    const begin = shape.map((_, i) => (i === axis ? from : 0))
    from += n
    return emit.add("Slice", [x], { begin, size: shape.map((m, i) => (i === axis ? n : m)) })
  })
}

const unpack: Desugar = (emit, inputs, attrs) => {
  const { shape } = emit.info(first(inputs))
  const axis = axisOf(attrs["axis"] ?? 0, shape.length)
  return pieces(emit, inputs, { axis, numOrSizeSplits: shape[axis] ?? 0 }).map((piece) =>
    reshape(
      emit,
      piece,
      shape.filter((_, i) => i !== axis)
    )
  )
}

const pack: Desugar = (emit, inputs, attrs) => {
  const { shape } = emit.info(first(inputs))
  const axis = axisOf(attrs["axis"] ?? 0, shape.length + 1)
  const widened = [...shape.slice(0, axis), 1, ...shape.slice(axis)]
  return [
    emit.add(
      "Concat",
      inputs.map((x) => reshape(emit, x, widened)),
      { axis }
    )
  ]
}

/** With a step of 1 tfjs counts down if the end is below the start. */
const range = (start: number, stop: number, given: number): ReadonlyArray<number> => {
  const step = stop < start && given === 1 ? -1 : given
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step)
}

/** A product with a bias and an activation, as the dense layers of tfjs call it. */
const fusedProduct: Desugar = (emit, [a = 0, b = 0, ...others], attrs) => {
  const activation = String(attrs["activation"] ?? "linear")
  const kernel = fusedActivations[activation]
  const [bias] = others
  if (kernel === undefined || others.length > 1)
    throw unsupported(`fused matMul with ${activation}`, "Apply the activation as a layer of its own.")
  const { transposeA, transposeB } = attrs
  const product = emit.add("BatchMatMul", [a, b], { transposeA, transposeB })
  const shifted = bias === undefined ? product : emit.add("Add", [product, bias])
  return [kernel === "" ? shifted : emit.add(kernel, [shifted])]
}

/** The kernel of each activation; none for the identity. */
const fusedActivations: Readonly<Record<string, string>> = {
  linear: "",
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid"
}

/** Kernels that can be written by other kernels. They are recorded as these, so that no pass or engine needs to know them. */
export const desugared: Readonly<Record<string, Desugar>> = {
  ExpandDims: (emit, inputs, attrs) => {
    const { shape } = emit.info(first(inputs))
    const dim = axisOf(attrs["dim"], shape.length + 1)
    return [reshape(emit, first(inputs), [...shape.slice(0, dim), 1, ...shape.slice(dim)])]
  },
  ZerosLike: (emit, inputs) => [filled(emit, emit.info(first(inputs)).shape, emit.info(first(inputs)).dtype, 0)],
  OnesLike: (emit, inputs) => [filled(emit, emit.info(first(inputs)).shape, emit.info(first(inputs)).dtype, 1)],
  Fill: (emit, _, attrs) => [
    filled(emit, numbersOf(attrs["shape"]), (attrs["dtype"] as DType | undefined) ?? "float32", Number(attrs["value"]))
  ],
  Range: (emit, _, attrs) => {
    const values = range(Number(attrs["start"]), Number(attrs["stop"]), Number(attrs["step"]))
    const integer = attrs["dtype"] === "int32"
    return [
      emit.constant(
        integer ? Int32Array.from(values) : Float32Array.from(values),
        [values.length],
        integer ? "int32" : "float32"
      )
    ]
  },
  LinSpace: (emit, _, attrs) => {
    const [start, stop, num] = [Number(attrs["start"]), Number(attrs["stop"]), Number(attrs["num"])]
    const values = Float32Array.from(
      { length: num },
      (_unused, i) => start + (num === 1 ? 0 : (i * (stop - start)) / (num - 1))
    )
    return [emit.constant(values, [num], "float32")]
  },
  AddN: (emit, inputs) => [inputs.slice(1).reduce((sum, x) => emit.add("Add", [sum, x]), first(inputs))],
  _FusedMatMul: fusedProduct,
  SplitV: pieces,
  Unpack: unpack,
  Pack: pack,
  OneHot: (emit, inputs, attrs) => {
    const { shape } = emit.info(first(inputs))
    const depth = Number(attrs["depth"])
    const classes = emit.constant(
      Int32Array.from({ length: depth }, (_, i) => i),
      [depth],
      "int32"
    )
    const hot = emit.add("Cast", [emit.add("Equal", [reshape(emit, first(inputs), [...shape, 1]), classes])], {
      dtype: "float32"
    })
    const [on, off] = [Number(attrs["onValue"] ?? 1), Number(attrs["offValue"] ?? 0)]
    const scaled = emit.add("Add", [
      emit.add("Multiply", [hot, filled(emit, [], "float32", on - off)]),
      filled(emit, [], "float32", off)
    ])
    return [emit.add("Cast", [scaled], { dtype: attrs["dtype"] ?? "float32" })]
  }
}
