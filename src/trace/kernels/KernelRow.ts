import type { Interval } from "../../tensor/Interval.ts"
import type { Shape } from "../../tensor/Tensor.ts"
import type { Attrs, DType, Id, Node } from "../Graph.ts"

/** The facts about a value that are known before the program runs. */
export interface Info {
  readonly shape: Shape
  readonly dtype: DType
}

/**
 * The continuity of an op's output in its inputs. A reparameterized gradient may pass through a smooth op, and through a continuous op with a kink
 * (`Relu`). It would be wrong through an op that jumps (`Greater`, `Floor`). An op may jump if it has a pole that the ranges of its inputs do not
 * exclude, such as a quotient by a number that may be 0.
 */
export type Continuity = "smooth" | "kinked" | "jumps" | "mayJump"

/** The continuity of an op on the given ranges of its inputs, in the inputs that `moves` marks as changing. */
export type ContinuityRule = (inputs: ReadonlyArray<Interval>, moves: ReadonlyArray<boolean>, node: Node) => Continuity

/** The range of an op's output, from the ranges of its inputs. */
export type RangeRule = (inputs: ReadonlyArray<Interval>, node: Node, shapes: ReadonlyArray<Shape>) => Interval

/** An input of a node that is being vectorised: its new index, and whether it has the new leading axis. */
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

/** One row of the kernel table: the facts about a tfjs kernel that recording and vectorising need. */
export interface KernelRow {
  readonly continuity: ContinuityRule
  /** for an op that may jump: the points that the ranges of its inputs should exclude, in words */
  readonly doubt?: string
  /** if left out, the output may be any number */
  readonly range?: RangeRule
  /** the kernel's own names for its inputs; `undefined` for kernels with a list of inputs */
  readonly inputs: ReadonlyArray<string> | undefined
  /** writes attributes in canonical form: axes as lists of non-negative numbers, sizes without −1 */
  readonly attrs?: (inputs: ReadonlyArray<Info>, attrs: Attrs) => Attrs
  readonly infer: (inputs: ReadonlyArray<Info>, attrs: Attrs, kernel: string) => Info
  /** the same computation with a new leading axis of length `size`, on the output and on those inputs that have it (at least one) */
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

/** Repeats an input along the new leading axis. */
export const expand = (build: Builder, lane: Lane, size: number): Id => {
  if (lane.batched) return lane.id
  const { shape } = build.info(lane.id)
  const one = build.add("Reshape", [lane.id], { shape: [1, ...shape] })
  return size === 1 ? one : build.add("Tile", [one], { reps: [size, ...shape.map(() => 1)] })
}
