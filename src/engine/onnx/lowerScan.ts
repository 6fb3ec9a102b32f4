import { sizeOf } from "../../tensor/Tensor.ts"
import { type Id, isLeaf, type Node, nameOf, nodeAt, uniformValue, valuesOf } from "../../trace/Graph.ts"
import { bodyInput, outputOf, scanOf } from "../../trace/region.ts"
import { type GraphProto, valueInfo } from "./proto.ts"
import { type Operand, reshaped } from "./rule.ts"
import type { Name, Writer } from "./writer.ts"

/** Writes one node into the body of a recurrence. */
export type LowerNode = (node: Node, values: ReadonlyMap<Id, Operand>, to: Writer) => Name

/** A recurrence as ONNX's own `Scan`. Its body reads captured values by their names outside. In a backward run the rows keep the order of their positions. */
export const lowerScan = (node: Node, operands: ReadonlyArray<Operand>, to: Writer, lowerNode: LowerNode): Name => {
  const scan = scanOf(node)
  const { body, scanned, length } = scan
  const given = new Map(operands.map((operand, i) => [bodyInput(i, scan), operand]))
  const [carry, row] = (["carry", "row"] as const).map((name) => nodeAt(body, outputOf(scan, name)))
  if (carry === undefined || row === undefined) throw new RangeError("a scan gives a carry and a row")
  const inputs = operands.slice(0, 1 + scanned)
  const direction = { ints: [scan.reverse ? 1 : 0] }
  const directions = { ints: Array.from({ length: scanned }, () => (scan.reverse ? 1 : 0)) }
  const results = to.nest(
    "Scan",
    inputs.map(({ name }) => name),
    2,
    (inner, name) => {
      const own = inputs.map(({ dtype, shape }, i) => ({
        name: name(),
        dtype,
        shape: i === 0 ? shape : shape.slice(1)
      }))
      const values = new Map<Id, Operand>()
      body.nodes.forEach((each, id) => {
        const place = each.kernel === "Input" ? [...given.keys()].indexOf(nameOf(each)) : -1
        const outside = given.get(nameOf(each))
        if (place >= 0 && outside !== undefined) values.set(id, own[place] ?? outside)
        else if (isLeaf(each)) values.set(id, { ...each, name: constantIn(each, inner) })
        else values.set(id, { ...each, name: lowerNode(each, values, inner) })
      })
      const output = (id: Id): Name => inner.op("Identity", [values.get(id)?.name ?? ""])
      const [next, kept] = [output(outputOf(scan, "carry")), output(outputOf(scan, "row"))]
      return (nodes): GraphProto => ({
        name: "position",
        node: nodes,
        initializer: [],
        input: own.map(({ name: each, dtype, shape }) => valueInfo(each, dtype, shape)),
        output: [valueInfo(next, "float32", carry.shape), valueInfo(kept, "float32", row.shape)]
      })
    },
    { num_scan_inputs: { int: scanned }, scan_input_directions: directions, scan_output_directions: direction }
  )
  const [last, rows] = results
  if (last === undefined || rows === undefined) throw new RangeError("a scan has two results")
  const lead = carry.shape.slice(0, -1)
  const axes = lead.map((_, axis) => axis + 1)
  const inFront =
    lead.length === 0 ? rows : to.op("Transpose", [rows], { perm: { ints: [...axes, 0, lead.length + 1] } })
  const flat = reshaped(to, inFront, [...lead, length * (sizeOf(row.shape) / sizeOf(lead))])
  return to.op("Concat", [last, flat], { axis: { int: lead.length } })
}

/** A constant of the graph; one that repeats a single number is not stored. */
export const constantIn = (node: Node, to: Writer): Name => {
  const value = uniformValue(node)
  return value === undefined
    ? to.constant(node.dtype, node.shape, valuesOf(node))
    : to.filled(node.dtype, node.shape, value)
}
