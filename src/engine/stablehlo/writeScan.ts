import { sizeOf } from "../../tensor/Tensor.ts"
import { type Id, isLeaf, type Node, nameOf, nodeAt, uniformValue, valuesOf } from "../../trace/Graph.ts"
import { bodyInput, outputOf, scanOf } from "../../trace/region.ts"
import type { Precision } from "../precision.ts"
import { opaque, takenAsTheyAre } from "./rounding.ts"
import { compared, pair, reshaped, transposed } from "./rule.ts"
import { ruleFor } from "./rules.ts"
import { elementOf, listText, type Value } from "./types.ts"
import type { Writer } from "./writer.ts"

/** Writes one node into a block. */
export const writeNode = (node: Node, operands: ReadonlyArray<Value>, to: Writer, precision: Precision): Value => {
  if (node.kernel === "Scan") return writeScan(node, operands, to, precision)
  const operand = (name: string): Value => {
    const found = operands[node.names.indexOf(name)]
    if (found === undefined) throw new TypeError(`${node.kernel} has no input '${name}'`)
    return found
  }
  return ruleFor(node.kernel)({ node, operands, operand, to, precision })
}

/** A recurrence as a `while`. Its state is the position, the carry and the rows so far. */
const writeScan = (node: Node, operands: ReadonlyArray<Value>, to: Writer, precision: Precision): Value => {
  const scan = scanOf(node)
  const { body, length, scanned, reverse } = scan
  const [first] = operands
  if (first === undefined) throw new RangeError("a scan has a carry")
  const row = nodeAt(body, outputOf(scan, "row"))
  const start = [to.filled("i32", [], 0), first, to.filled("f32", [length, ...row.shape], 0)]
  const [, last, rows] = to.loop(
    start,
    ([i], asked) => compared(asked, "LT", at(i), asked.filled("i32", [], length)),
    ([i, carry, rows], inner) => {
      const count = at(i)
      const place = reverse ? pair(inner, "subtract", inner.filled("i32", [], length - 1), count) : count
      const given = new Map(
        operands.map((operand, k): readonly [string, Value] => {
          const name = bodyInput(k, scan)
          if (k === 0) return [name, at(carry)]
          return [name, k <= scanned ? rowOf(inner, operand, place) : operand]
        })
      )
      const output = writeBody(node, given, inner, precision)
      const next = pair(inner, "add", count, inner.filled("i32", [], 1))
      return [next, output("carry"), withRow(inner, at(rows), output("row"), place)]
    }
  )
  const lead = at(last).shape.slice(0, -1)
  const order = [...lead.map((_, axis) => axis + 1), 0, lead.length + 1]
  const flat = reshaped(to, transposed(to, at(rows), order), [...lead, length * (sizeOf(row.shape) / sizeOf(lead))])
  const shape = [...lead, (at(last).shape.at(-1) ?? 1) + (flat.shape.at(-1) ?? 1)]
  return to.op("stablehlo.concatenate", [at(last), flat], { shape, element: "f32" }, `dimension = ${lead.length} : i64`)
}

const writeBody = (
  scanNode: Node,
  given: ReadonlyMap<string, Value>,
  to: Writer,
  precision: Precision
): ((name: "carry" | "row") => Value) => {
  const scan = scanOf(scanNode)
  const { body } = scan
  const asTheyAre = takenAsTheyAre(body)
  const values = new Map<Id, Value>()
  body.nodes.forEach((node, id) => {
    if (isLeaf(node)) {
      const known = given.get(nameOf(node))
      values.set(id, node.kernel === "Const" ? constantIn(node, to) : at(known))
      return
    }
    const value = writeNode(
      node,
      node.inputs.map((input) => at(values.get(input))),
      to,
      precision
    )
    values.set(id, asTheyAre.has(id) ? opaque(to, value) : value)
  })
  return (name) => at(values.get(outputOf(scan, name)))
}

export const constantIn = (node: Node, to: Writer): Value => {
  const value = uniformValue(node)
  return value === undefined
    ? to.constant(elementOf[node.dtype], node.shape, valuesOf(node))
    : to.filled(elementOf[node.dtype], node.shape, value)
}

/** The element of a list for one position. */
export const rowOf = (to: Writer, list: Value, index: Value): Value => {
  const [, ...shape] = list.shape
  const starts = [index, ...shape.map(() => to.filled("i32", [], 0))]
  const sizes = `slice_sizes = ${listText([1, ...shape])}`
  const type = { shape: [1, ...shape], element: list.element }
  return reshaped(to, to.op("stablehlo.dynamic_slice", [list, ...starts], type, sizes), shape)
}

/** A list with the element of one position replaced. */
export const withRow = (to: Writer, list: Value, value: Value, index: Value): Value => {
  const starts = [index, ...value.shape.map(() => to.filled("i32", [], 0))]
  return to.op("stablehlo.dynamic_update_slice", [list, reshaped(to, value, [1, ...value.shape]), ...starts], list)
}

const at = (value: Value | undefined): Value => {
  if (value === undefined) throw new RangeError("a value of a scan has not been lowered")
  return value
}
