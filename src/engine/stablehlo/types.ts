import type { Shape } from "../../tensor/Tensor.ts"
import type { DType } from "../../trace/Graph.ts"

/** The element types that a module uses, by MLIR's names. */
export type Element = "f32" | "i32" | "i1" | "ui8" | "bf16"

export interface Type {
  readonly shape: Shape
  readonly element: Element
}

/** A value of a module, with its name (`%7`). */
export interface Value extends Type {
  readonly name: string
}

/** The module's name for each number type of a graph. */
export const elementOf: Readonly<Record<DType, Element>> = { float32: "f32", int32: "i32", bool: "i1" }

/** `tensor<3x4xf32>`. */
export const typeText = ({ shape, element }: Type): string => `tensor<${[...shape, element].join("x")}>`

/** `array<i64: 1, 2>`, the form of a list of numbers in an attribute. */
export const listText = (values: ReadonlyArray<number>): string =>
  values.length === 0 ? "array<i64>" : `array<i64: ${values.join(", ")}>`
