import type { Interval } from "../../tensor/Interval.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import type { Attrs, DType, Id, Node } from "../Graph.ts"

/** What is known of a value before the program runs. */
export interface Info {
  readonly shape: Shape
  readonly dtype: DType
}

/**
 * How an op's output moves with its inputs. A reparameterized gradient may pass through what is smooth, and through
 * what is continuous with a kink (`Relu`); it may not pass through a jump (`Greater`, `Floor`), where it would be wrong.
 * An op may jump where it has a pole that the ranges of its inputs do not exclude, such as a quotient by a number that may be 0.
 */
export type Continuity = "smooth" | "kinked" | "jumps" | "mayJump"

/** The continuity of an op where its inputs lie in these ranges, and those move that `moves` says. */
export type ContinuityRule = (inputs: ReadonlyArray<Interval>, moves: ReadonlyArray<boolean>, node: Node) => Continuity

/** Where the output of an op lies when its inputs lie in these ranges. */
export type RangeRule = (inputs: ReadonlyArray<Interval>, node: Node, shapes: ReadonlyArray<Shape>) => Interval

/** An input of a node that is being vectorised: its new place, and whether it now has the new leading axis. */
export interface Lane {
  readonly id: Id
  readonly batched: boolean
}

/** Appends nodes to the graph that a pass is making. */
export interface Builder {
  readonly add: (kernel: string, inputs: ReadonlyArray<Id>, attrs?: Attrs) => Id
  readonly constant: (values: Float32Array | Int32Array, shape: Shape) => Id
  readonly info: (id: Id) => Info
}

/** One row of the kernel table: all that recording and vectorising need to know of a tfjs kernel. */
export interface KernelRow {
  readonly continuity: ContinuityRule
  /** what the ranges would have to exclude where it may jump, in words */
  readonly doubt?: string
  /** without one, nothing is known of the output */
  readonly range?: RangeRule
  /** the kernel's own names for its inputs; `undefined` for kernels that take a list */
  readonly inputs: ReadonlyArray<string> | undefined
  /** puts attributes in one form: axes as lists of non-negative numbers, sizes without −1 */
  readonly attrs?: (inputs: ReadonlyArray<Info>, attrs: Attrs) => Attrs
  readonly infer: (inputs: ReadonlyArray<Info>, attrs: Attrs, kernel: string) => Info
  /** the same computation with a new leading axis of `size` on the inputs that have it (at least one does) and on the output */
  readonly vectorise: (build: Builder, node: Node, lanes: ReadonlyArray<Lane>, size: number) => Id
}

export type Rows = Readonly<Record<string, KernelRow>>

export const rows = (names: ReadonlyArray<string>, row: KernelRow): Rows =>
  Object.fromEntries(names.map((name) => [name, row]))

/** A list attribute in canonical form: an axis list, non-negative and ascending; all axes when none is given. */
export const axesOf = (value: unknown, rank: number): ReadonlyArray<number> => {
  const given = value === undefined || value === null ? Array.from({ length: rank }, (_, i) => i) : [value].flat()
  return given.map((axis) => axisOf(axis, rank)).sort((a, b) => a - b)
}

export const axisOf = (value: unknown, rank: number): number => {
  const axis = Number(value)
  return axis < 0 ? axis + rank : axis
}

export const numbersOf = (value: unknown): ReadonlyArray<number> => [value].flat().map(Number)

export const first = <A>(list: ReadonlyArray<A>): A => {
  const [head] = list
  if (head === undefined) throw new RangeError("a kernel row was given no input")
  return head
}

/** Gives an input the new leading axis by repeating it. */
export const expand = (build: Builder, lane: Lane, size: number): Id => {
  if (lane.batched) return lane.id
  const { shape } = build.info(lane.id)
  const one = build.add("Reshape", [lane.id], { shape: [1, ...shape] })
  return size === 1 ? one : build.add("Tile", [one], { reps: [size, ...shape.map(() => 1)] })
}
