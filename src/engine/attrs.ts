import type { Shape } from "../tensor/Tensor.ts"
import type { Node } from "../trace/Graph.ts"

/** Reads a number among a node's attributes. */
export const numberAttr = (node: Node, name: string, otherwise?: number): number => {
  const value = node.attrs[name] ?? otherwise
  if (typeof value !== "number") throw bad(node, name, "a number")
  return value
}

export const flagAttr = (node: Node, name: string): boolean => node.attrs[name] === true

export const textAttr = (node: Node, name: string): string => {
  const value = node.attrs[name]
  if (typeof value !== "string") throw bad(node, name, "a string")
  return value
}

/** Reads a list of numbers; tfjs allows a single number in place of a list of one. */
export const listAttr = (node: Node, name: string): ReadonlyArray<number> => {
  const value = node.attrs[name]
  if (typeof value === "number") return [value]
  if (isNumbers(value)) return value
  throw bad(node, name, "a list of numbers")
}

/** Reads a list of pairs, such as paddings. */
export const pairsAttr = (node: Node, name: string): ReadonlyArray<readonly [number, number]> => {
  const value = node.attrs[name]
  if (!Array.isArray(value)) throw bad(node, name, "a list of pairs")
  return value.map((pair: unknown): readonly [number, number] => {
    const [before, after] = isNumbers(pair) ? pair : []
    if (before === undefined || after === undefined) throw bad(node, name, "a list of pairs")
    return [before, after]
  })
}

/** The axes of a reduction, as non-negative numbers. A missing attribute means all axes. */
export const axesAttr = (node: Node, name: string, shape: Shape): ReadonlyArray<number> => {
  const value = node.attrs[name]
  if (value === undefined || value === null) return shape.map((_, axis) => axis)
  return listAttr(node, name).map((axis) => fromFront(axis, shape.length))
}

export const axisAttr = (node: Node, name: string, rank: number, otherwise?: number): number =>
  fromFront(numberAttr(node, name, otherwise), rank)

const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

const isNumbers = (value: unknown): value is ReadonlyArray<number> =>
  Array.isArray(value) && value.every((n: unknown) => typeof n === "number")

const bad = (node: Node, name: string, expected: string): TypeError =>
  new TypeError(`the attribute '${name}' of ${node.kernel} is ${JSON.stringify(node.attrs[name])}, not ${expected}`)
