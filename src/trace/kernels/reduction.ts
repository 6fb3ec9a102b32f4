import type { Shape } from "../../tensor/Tensor.ts"
import type { Attrs, DType, Node } from "../Graph.ts"
import {
  axesOf,
  axisOf,
  type Builder,
  type Continuity,
  first,
  type Info,
  type KernelRow,
  type Lane,
  numbersOf,
  type Rows,
  rows
} from "./KernelRow.ts"

/** A reduction over a list of axes, whose attribute has one of two names in tfjs. */
export const reduction = (continuity: Continuity, dtype: (input: Info) => DType, attr = "axis"): KernelRow => ({
  continuity,
  inputs: ["x"],
  attrs: (inputs, attrs) => ({
    ...attrs,
    [attr]: axesOf(attrs[attr], first(inputs).shape.length),
    keepDims: attrs["keepDims"] === true
  }),
  infer: (inputs, attrs) => ({
    shape: reduced(first(inputs).shape, numbersOf(attrs[attr]), attrs),
    dtype: dtype(first(inputs))
  }),
  vectorise: (build, node, lanes) =>
    build.add(node.kernel, [first(lanes).id], {
      ...node.attrs,
      [attr]: numbersOf(node.attrs[attr]).map((axis) => axis + 1)
    })
})

const reduced = (shape: Shape, axes: ReadonlyArray<number>, attrs: Attrs): Shape =>
  attrs["keepDims"] === true
    ? shape.map((n, i) => (axes.includes(i) ? 1 : n))
    : shape.filter((_, i) => !axes.includes(i))

/** A kernel along one axis. */
const along = (
  continuity: Continuity,
  attr: string,
  input: string,
  infer: (input: Info, axis: number) => Info
): KernelRow => ({
  continuity,
  inputs: [input],
  attrs: (inputs, attrs) => ({ ...attrs, [attr]: axisOf(attrs[attr], first(inputs).shape.length) }),
  infer: (inputs, attrs) => infer(first(inputs), Number(attrs[attr])),
  vectorise: (build: Builder, node: Node, lanes: ReadonlyArray<Lane>) =>
    build.add(node.kernel, [first(lanes).id], { ...node.attrs, [attr]: Number(node.attrs[attr]) + 1 })
})

const same = (input: Info): DType => input.dtype
const summed = ({ shape, dtype }: Info): Info => ({ shape, dtype: dtype === "bool" ? "int32" : dtype })
const without = (input: Info, axis: number): Info => ({
  shape: input.shape.filter((_, i) => i !== axis),
  dtype: "int32"
})

export const reductions: Rows = {
  ...rows(
    ["Sum", "Prod"],
    reduction("smooth", (input) => summed(input).dtype)
  ),
  Mean: reduction("smooth", () => "float32"),
  Max: reduction("kinked", same, "reductionIndices"),
  Min: reduction("kinked", same),
  ...rows(
    ["All", "Any"],
    reduction("jumps", () => "bool")
  ),
  ...rows(["ArgMax", "ArgMin"], along("jumps", "axis", "x", without)),
  ...rows(["Cumsum", "Cumprod"], along("smooth", "axis", "x", summed)),
  Softmax: along("smooth", "dim", "logits", (input) => input)
}
