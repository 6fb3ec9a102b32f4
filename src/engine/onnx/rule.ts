import type { Shape } from "../../tensor/Tensor.ts"
import type { DType, Node } from "../../trace/Graph.ts"
import { elementType } from "./proto.ts"
import type { Name, Writer } from "./writer.ts"

/** An operand of a kernel, under its name in the ONNX graph. */
export interface Operand {
  readonly name: Name
  readonly shape: Shape
  readonly dtype: DType
}

/** One kernel call to be written in ONNX. */
export interface Call {
  readonly node: Node
  /** all operands, in order */
  readonly operands: ReadonlyArray<Operand>
  /** the operand of this name in tfjs */
  readonly operand: (name: string) => Operand
  readonly to: Writer
}

/** The rule of a kernel: it writes ONNX nodes and returns the name of a value of the node's shape and dtype. */
export type Rule = (call: Call) => Name

export type Rules = Readonly<Record<string, Rule>>

/** The operand converted to another dtype. Floats become integers by truncation, as in tfjs. */
export const as = (to: Writer, operand: Operand, dtype: DType): Name =>
  operand.dtype === dtype ? operand.name : cast(to, operand.name, dtype)

export const cast = (to: Writer, name: Name, dtype: keyof typeof elementType): Name =>
  to.op("Cast", [name], { to: { int: elementType[dtype] } })

/** Converts a computed value to the node's own dtype, which may differ from that of the computation. */
export const result = (call: Call, name: Name, computed: DType): Name =>
  call.node.dtype === computed ? name : cast(call.to, name, call.node.dtype)

export const reshaped = (to: Writer, name: Name, shape: Shape): Name =>
  to.op("Reshape", [name, to.list(shape)], shape.includes(0) ? { allowzero: { int: 1 } } : {})
