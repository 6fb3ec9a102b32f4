import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import type { Id, Values } from "../../trace/Graph.ts"
import { literal, uniform } from "./literal.ts"
import { type Element, type Type, typeText, type Value } from "./types.ts"

/** Writes ops into one block of a module. */
export interface Writer {
  /** Adds an op with one result. `attributes` are copied into the text; a region is a separate block, made from its arguments. */
  readonly op: (
    name: string,
    inputs: ReadonlyArray<Value>,
    result: Type,
    attributes?: string,
    region?: ReadonlyArray<string>
  ) => Value
  /** Adds a reduction with two results, of which the second is returned; see `ArgMax`. */
  readonly second: (
    name: string,
    inputs: ReadonlyArray<Value>,
    results: readonly [Type, Type],
    attributes: string,
    region: ReadonlyArray<string>
  ) => Value
  /** Adds a `while` with the given state: `goes` writes the condition for another iteration, and `step` writes one iteration. Returns the state at its end. */
  readonly loop: (
    first: ReadonlyArray<Value>,
    goes: (now: ReadonlyArray<Value>, to: Writer) => Value,
    step: (now: ReadonlyArray<Value>, to: Writer) => ReadonlyArray<Value>
  ) => ReadonlyArray<Value>
  /** A small constant, written once per block. */
  readonly constant: (element: Element, shape: Shape, values: Values) => Value
  /** A constant that repeats one number. */
  readonly filled: (element: Element, shape: Shape, value: number) => Value
}

/** A line of a module, and the node of the graph from which it was written. */
export interface Line {
  readonly text: string
  readonly node: Id | undefined
}

/** The lines of one block, and the constants that it already has. A value can be used in its own block and in blocks inside of it. */
export interface Block {
  readonly lines: Array<Line>
  readonly constants: Map<string, Value>
}

export const block = (): Block => ({ lines: [], constants: new Map() })

/** Makes the names of values; each module has its own. */
export type Names = () => string

export const names = (): Names => {
  let count = 0
  return () => `%${count++}`
}

/** A writer into a block for one node of the graph. */
export const writer = (name: Names, to: Block, node?: Id): Writer => {
  const add = (text: string): void => {
    to.lines.push({ text, node })
  }
  const op: Writer["op"] = (op, inputs, { shape, element }, attributes, region) => {
    const result = { name: name(), shape, element }
    write(add, result.name, op, inputs, [result], attributes, region)
    return result
  }
  const once = (key: string, type: Type, value: () => string): Value => {
    const known = to.constants.get(key)
    if (known !== undefined) return known
    const made = op("stablehlo.constant", [], type, `value = dense<${value()}> : ${typeText(type)}`)
    to.constants.set(key, made)
    return made
  }
  const filled: Writer["filled"] = (element, shape, value) => {
    const type = { element, shape }
    return once(`${typeText(type)} ${Object.is(value, -0) ? "-0" : value}`, type, () => uniform(element, value))
  }
  return {
    op,
    filled,
    second: (op, inputs, results, attributes, region) => {
      const result = name()
      write(add, `${result}:2`, op, inputs, results, attributes, region)
      return { ...results[1], name: `${result}#1` }
    },
    loop: (first, goes, step) => {
      const [test, body] = [block(), block()]
      const now = first.map(({ shape, element }): Value => ({ name: name(), shape, element }))
      const asked = goes(now, writer(name, test, node))
      const next = step(now, writer(name, body, node))
      const declared = now.map((value) => `${value.name}: ${typeText(value)}`).join(", ")
      const types = now.map(typeText).join(", ")
      const result = name()
      add(`${result}:${now.length} = "stablehlo.while"(${first.map((each) => each.name).join(", ")}) ({`)
      add(`^bb0(${declared}):`)
      for (const line of test.lines) to.lines.push(line)
      add(`"stablehlo.return"(${asked.name}) : (${typeText(asked)}) -> ()`)
      add("}, {")
      add(`^bb0(${declared}):`)
      for (const line of body.lines) to.lines.push(line)
      add(`"stablehlo.return"(${next.map((each) => each.name).join(", ")}) : (${next.map(typeText).join(", ")}) -> ()`)
      add(`}) : (${first.map(typeText).join(", ")}) -> (${types})`)
      return now.map((value, i) => ({ ...value, name: `${result}#${i}` }))
    },
    constant: (element, shape, values) => {
      const [first = 0] = values
      if (sizeOf(shape) <= 1) return filled(element, shape, first)
      // MLIR packs the bits of booleans in its own format, so they are written as bytes
      if (element === "i1") return op("stablehlo.convert", [raw("ui8", shape, values)], { element, shape })
      return raw(element, shape, values)
    }
  }

  function raw(element: Element, shape: Shape, values: Values): Value {
    const text = literal(element, values)
    return once(`${typeText({ element, shape })} ${text}`, { element, shape }, () => text)
  }
}

const write = (
  add: (text: string) => void,
  name: string,
  op: string,
  inputs: ReadonlyArray<Value>,
  results: ReadonlyArray<Type>,
  attributes?: string,
  region?: ReadonlyArray<string>
): void => {
  const head = `${name} = "${op}"(${inputs.map((each) => each.name).join(", ")})${attributes === undefined ? "" : ` <{${attributes}}>`}`
  const out = results.map(typeText)
  const tail = ` : (${inputs.map(typeText).join(", ")}) -> ${out.length === 1 ? out[0] : `(${out.join(", ")})`}`
  if (region === undefined) add(head + tail)
  else for (const line of [`${head} ({`, ...region, `})${tail}`]) add(line)
}
