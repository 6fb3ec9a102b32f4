import { type AttrValue, attr, type ElementType } from "./proto.ts"
import type { Wire, Writer } from "./writer.ts"

/** A value of the loop's state: its initial value, and its element type. */
export interface Round {
  readonly first: Wire
  readonly type: ElementType
}

/** The inside of a loop. */
export interface Iteration {
  /** the number of this iteration, from 0 */
  readonly index: Wire
  /** the state at the beginning of this iteration */
  readonly values: ReadonlyArray<Wire>
  /** makes a value from outside of the loop readable inside */
  readonly bring: (outside: Wire, type: AttrValue) => Wire
  /** a node of this iteration; a constant of the iteration must come after it */
  readonly begin: Wire
}

/** The result of an iteration: the state for the next one, and whether there may be one. */
export interface IterationEnd {
  readonly values: ReadonlyArray<Wire>
  readonly goOn: Wire | undefined
}

/**
 * Writes a loop of at most `count` iterations in TensorFlow's dataflow form. Each value enters a frame, is merged with the value from the previous
 * iteration, and is switched to the body or out of the loop. Returns the state after the last iteration, and the number of iterations.
 */
export const iterate = (
  to: Writer,
  count: Wire,
  rounds: ReadonlyArray<Round>,
  body: (iteration: Iteration) => IterationEnd
): { readonly values: ReadonlyArray<Wire>; readonly done: Wire } => {
  const bring: Iteration["bring"] = (outside, type) =>
    to.op("Enter", [outside], { ...frame, T: type, is_constant: attr.flag(true) })
  const all: ReadonlyArray<Round> = [
    { first: to.int(0), type: "int32" },
    { first: to.constant(10, [], Uint8Array.of(1)), type: "bool" },
    ...rounds
  ]
  const types = all.map(({ type }) => attr.type(type))
  const merges = all.map(({ first, type }) => {
    const entered = to.op("Enter", [first], { ...frame, T: attr.type(type), is_constant: attr.flag(false) })
    return to.op("Merge", [entered, entered], { T: attr.type(type), N: attr.int(2) })
  })
  const [iteration = "", mayGoOn = ""] = merges
  const left = to.op("Less", [iteration, bring(count, attr.type("int32"))], { T: attr.type("int32") })
  const condition = to.op("LoopCond", [to.op("LogicalAnd", [left, mayGoOn])])
  const switches = merges.map((merge, i) => to.op("Switch", [merge, condition], { T: types[i] ?? attr.int(0) }))
  const inside = switches.map((each, i) => to.op("Identity", [`${each}:1`], { T: types[i] ?? attr.int(0) }))

  const [index = "", , ...values] = inside
  const end = body({ index, values, bring, begin: index })
  const one = to.int(1, index)
  const next = [
    to.op("AddV2", [index, one], { T: attr.type("int32") }),
    end.goOn ?? to.constant(10, [], Uint8Array.of(1), index),
    ...end.values
  ]
  merges.forEach((merge, i) => {
    to.close(merge, to.op("NextIteration", [next[i] ?? ""], { T: types[i] ?? attr.int(0) }))
  })
  const [done = "", , ...last] = switches.map((each, i) => to.op("Exit", [each], { T: types[i] ?? attr.int(0) }))
  return { values: last, done }
}

const frame = { frame_name: attr.text("iterations"), parallel_iterations: attr.int(10) }
