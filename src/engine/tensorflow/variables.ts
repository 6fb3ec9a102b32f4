import type { Shape } from "../../tensor/Tensor.ts"
import { attr, type ElementType } from "./proto.ts"
import type { Wire, Writer } from "./writer.ts"

/** A value that lives in the session between calls. */
export interface Variable {
  readonly type: ElementType
  readonly shape: Shape
  readonly handle: Wire
  /** its value, as a node to be used or fetched */
  readonly value: Wire
  /** fed with a new value while `write` is fetched */
  readonly input: Wire
  readonly write: Wire
}

/** A variable that remembers the value from before the last call. */
export interface Carried extends Variable {
  /** Keeps `before` as the value to go back to and sets `after`; returns the nodes that do so. */
  readonly advance: (before: Wire, after: Wire) => ReadonlyArray<Wire>
  /** the node that sets the kept value */
  readonly goBack: Wire
}

/**
 * Adds a variable. It is written through a copy: what is fed may share its memory with a JavaScript array, which must
 * not be held by TensorFlow after the call.
 */
export const variable = (to: Writer, name: string, type: ElementType, shape: Shape): Variable => {
  const handle = handleOf(to, name, type, shape)
  const input = to.placeholder(type, shape)
  const copy = to.op("DeepCopy", [input], { T: attr.type(type) })
  return {
    type,
    shape,
    handle,
    input,
    value: to.op("Identity", [read(to, handle, type)], { T: attr.type(type) }),
    write: to.afterAll([assign(to, handle, copy, type)])
  }
}

export const carriedVariable = (to: Writer, name: string, type: ElementType, shape: Shape): Carried => {
  const current = variable(to, name, type, shape)
  const kept = handleOf(to, `${name} before`, type, shape)
  return {
    ...current,
    advance: (before, after) => [assign(to, kept, before, type), assign(to, current.handle, after, type)],
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

const read = (to: Writer, handle: Wire, type: ElementType): Wire =>
  to.op("ReadVariableOp", [handle], { dtype: attr.type(type) })

const assign = (to: Writer, handle: Wire, value: Wire, type: ElementType): Wire =>
  to.op("AssignVariableOp", [handle, value], { dtype: attr.type(type) })
