import type { Shape } from "../../tensor/Tensor.ts"
import { attr, type ElementType, typeCode } from "./proto.ts"
import { control, type Wire, type Writer } from "./writer.ts"

/** A value that is kept in the session between calls. */
export interface Variable {
  readonly type: ElementType
  readonly shape: Shape
  readonly handle: Wire
  /** the node of its value, to be used or fetched */
  readonly value: Wire
  /** the node to feed with a new value while `write` is fetched */
  readonly input: Wire
  readonly write: Wire
}

/** A variable that also keeps its value from before the last call. */
export interface Carried extends Variable {
  /** Saves `before` as the value to return to, and sets `after`; returns the nodes that do this. */
  readonly advance: (before: Wire, after: Wire) => ReadonlyArray<Wire>
  /** Saves its value as the one to return to, before it is changed in place; returns the node that does this. */
  readonly keep: () => Wire
  /** the node that restores the saved value */
  readonly goBack: Wire
}

/**
 * Adds a variable that holds `unit` times its value. It is written through a copy, because the fed tensor may share memory with a JavaScript array,
 * which TensorFlow must not keep after the call.
 */
export const variable = (to: Writer, name: string, type: ElementType, shape: Shape, unit = 1): Variable => {
  const handle = handleOf(to, name, type, shape)
  const input = to.placeholder(type, shape)
  const copy = to.op("DeepCopy", [input], { T: attr.type(type) })
  const times = (x: Wire, factor: number): Wire =>
    factor === 1
      ? x
      : to.op("Mul", [x, to.constant(typeCode.float32, [], Float32Array.of(factor))], { T: attr.type(type) })
  return {
    type,
    shape,
    handle,
    input,
    value: to.op("Identity", [times(read(to, handle, type), 1 / unit)], { T: attr.type(type) }),
    write: to.afterAll([assign(to, handle, times(copy, unit), type)])
  }
}

export const carriedVariable = (to: Writer, name: string, type: ElementType, shape: Shape, unit = 1): Carried => {
  const current = variable(to, name, type, shape, unit)
  const kept = handleOf(to, `${name} before`, type, shape)
  return {
    ...current,
    advance: (before, after) => [assign(to, kept, before, type), assign(to, current.handle, after, type)],
    keep: () => assign(to, kept, read(to, current.handle, type), type),
    goBack: assign(to, current.handle, read(to, kept, type), type)
  }
}

const handleOf = (to: Writer, name: string, type: ElementType, shape: Shape): Wire =>
  to.op("VarHandleOp", [], {
    shared_name: attr.text(name),
    container: attr.text(""),
    dtype: attr.type(type),
    shape: attr.shape(shape)
  })

/** The value of a variable, read after the given nodes have run. */
export const read = (to: Writer, handle: Wire, type: ElementType, after: ReadonlyArray<Wire> = []): Wire =>
  to.op("ReadVariableOp", [handle, ...after.map(control)], { dtype: attr.type(type) })

const assign = (to: Writer, handle: Wire, value: Wire, type: ElementType): Wire =>
  to.op("AssignVariableOp", [handle, value], { dtype: attr.type(type) })
