import * as tf from "@tensorflow/tfjs"
import { type Shape, sizeOf } from "../tensor/Tensor.ts"
import { type Graph, nodeAt } from "./Graph.ts"
import { recordRegion } from "./recordRegion.ts"
import { bodyInput, capturedInput, carryInput, outputOf, type Scan, scanAttrs, scannedInput, widths } from "./region.ts"
import { recordLeaves, replay } from "./replay.ts"
import { runKernel } from "./runKernel.ts"

/**
 * The gradients of a recurrence by its inputs, as another recurrence in the other direction (backpropagation through time). Its carry is the gradient
 * by the carry, and the sums of the gradients by the captured inputs. At each position it reads the carry before it, the values that were read there,
 * and the gradient by the row. Its rows are the gradients by the values that were read. Its time and memory are linear in the length, and its graph
 * does not grow with it.
 */
export const scanGradient = (
  dy: tf.Tensor,
  inputs: ReadonlyArray<tf.Tensor>,
  value: tf.Tensor,
  given: Scan
): ReadonlyArray<tf.Tensor | undefined> => {
  const scan = given.held ? given : holding(given)
  const [first] = inputs
  if (first === undefined) throw new RangeError("a scan has a carry")
  const held = given.held ? value : run(scan, inputs)
  const carries = tf.slice(rowsOf(held, scan), zeros(held.rank + 1), [scan.length, ...first.shape])
  const { last: dLast, rows: dRows } = partsOf(dy, given)
  const before = beforeEach(first, carries, scan)
  const wanted = inputs.map((x, i) => x.dtype === "float32" && (given.wanted === undefined || given.wanted.includes(i)))
  const read = inputs.slice(1, 1 + scan.scanned)
  const captured = inputs.slice(1 + scan.scanned)
  const sums = captured.flatMap((x, i) => (wanted[1 + scan.scanned + i] === true ? [{ x, i }] : []))
  const columns = read.flatMap((x, i) => (wanted[1 + i] === true ? [{ x, i }] : []))

  const backward = gradientBody(given, inputs, [
    carryInput,
    ...columns.map(({ i }) => scannedInput(i)),
    ...sums.map(({ i }) => capturedInput(i))
  ])
  const carrySize = sizeOf(first.shape)
  const sumSize = sums.reduce((sum, { x }) => sum + x.size, 0)
  const rowShape = dRows.shape.slice(1)
  // the reverse scan reads at each position: the values that the body read, the carry before it, and the gradient by its row
  const scanned = [...read, before, dRows]
  const region = recordRegion({ length: scan.length, scanned: scanned.length }, (input) => {
    const state = input(carryInput, [carrySize + sumSize])
    const at = new Map<string, tf.Tensor>([
      ...read.map((x, i) => [scannedInput(i), input(scannedInput(i), x.shape.slice(1), x.dtype as "float32")] as const),
      [carryInput, input(scannedInput(read.length), first.shape)],
      ["ct:row", input(scannedInput(read.length + 1), rowShape)],
      ["ct:carry", tf.reshape(tf.slice(state, [0], [carrySize]), first.shape)],
      ...captured.map((x, i) => [capturedInput(i), input(capturedInput(i), x.shape, x.dtype as "float32")] as const)
    ])
    const values = replay(backward, recordLeaves({ input }, at))
    const gradient = (name: string): tf.Tensor =>
      tf.reshape(values[backward.outputs[`grad:${name}`] ?? -1] as tf.Tensor, [-1])
    const before = sumSize === 0 ? undefined : tf.slice(state, [carrySize], [sumSize])
    const added = sums.map(({ i }) => gradient(capturedInput(i)))
    const total = before === undefined ? [] : [tf.add(before, tf.concat(added))]
    const row = columns.map(({ i }) => gradient(scannedInput(i)))
    return {
      carry: tf.concat([gradient(carryInput), ...total]),
      // an empty row would have no numbers
      row: row.length === 0 ? tf.zeros([1]) : tf.concat(row)
    }
  })
  const reverse: Scan = {
    ...{ body: region.graph, length: scan.length, scanned: scanned.length },
    ...{ reverse: !scan.reverse, held: false }
  }
  const start = tf.concat([tf.reshape(dLast, [-1]), ...(sumSize === 0 ? [] : [tf.zeros([sumSize])])])
  const result = run(reverse, [start, ...scanned, ...captured])
  const { last, rows } = partsOf(result, reverse)
  const sumsBy = new Map(cut(tf.slice(last, [carrySize], [sumSize]), sums))
  const columnsBy = new Map(cut(rows, columns))
  return inputs.map((x, i) => {
    if (i === 0) return tf.reshape(tf.slice(last, [0], [carrySize]), x.shape)
    return i <= scan.scanned ? columnsBy.get(i - 1) : sumsBy.get(i - 1 - scan.scanned)
  })
}

const zeros = (rank: number): Array<number> => Array<number>(rank).fill(0)

const run = (scan: Scan, inputs: ReadonlyArray<tf.Tensor>): tf.Tensor =>
  runKernel("Scan", Object.fromEntries(inputs.map((x, i) => [String(i), x])), scanAttrs(scan))

/** The last carry and the rows, `[T, …, E]`, of a scan's value. */
const partsOf = (value: tf.Tensor, scan: Scan): { readonly last: tf.Tensor; readonly rows: tf.Tensor } => {
  const { carry } = widths(scan)
  const lead = value.shape.slice(0, -1)
  return { last: tf.slice(value, zeros(value.rank), [...lead, carry]), rows: rowsOf(value, scan) }
}

const rowsOf = (value: tf.Tensor, scan: Scan): tf.Tensor => {
  const { carry, row } = widths(scan)
  const lead = value.shape.slice(0, -1)
  const flat = tf.slice(value, [...zeros(lead.length), carry], [...lead, scan.length * row])
  const stacked = tf.reshape(flat, [...lead, scan.length, row])
  const axes = lead.map((_, axis) => axis)
  return lead.length === 0 ? stacked : tf.transpose(stacked, [lead.length, ...axes, lead.length + 1])
}

/** The carry before each position. */
const beforeEach = (first: tf.Tensor, carries: tf.Tensor, { length, reverse }: Scan): tf.Tensor => {
  const start = tf.expandDims(first, 0)
  if (length === 1) return start
  const rest = zeros(first.rank)
  return reverse
    ? tf.concat([tf.slice(carries, [1, ...rest], [length - 1, ...first.shape]), start], 0)
    : tf.concat([start, tf.slice(carries, [0, ...rest], [length - 1, ...first.shape])], 0)
}

/** The same recurrence, with rows that begin with the carry. */
const holding = (scan: Scan): Scan => {
  const region = recordRegion(undefined, (input) => {
    const values = replay(scan.body, recordLeaves({ input }, new Map()))
    const [carry, row] = [values[outputOf(scan, "carry")], values[outputOf(scan, "row")]] as [tf.Tensor, tf.Tensor]
    return { carry, row: tf.concat([carry, row], -1) }
  })
  return { ...scan, body: region.graph, held: true }
}

/** The gradient of Σ carry·ct:carry + Σ row·ct:row by inputs of a body, as a graph of its inputs and of these two. */
const gradientBody = (scan: Scan, inputs: ReadonlyArray<tf.Tensor>, wrt: ReadonlyArray<string>): Graph =>
  recordRegion(undefined, (input) => {
    const { body } = scan
    const given = new Map(
      inputs.map((x, i) => {
        const name = bodyInput(i, scan)
        const shape = i > 0 && i <= scan.scanned ? x.shape.slice(1) : x.shape
        return [name, input(name, shape, x.dtype as "float32")] as const
      })
    )
    const weighed = (name: "carry" | "row"): readonly [tf.Tensor, Shape] => {
      const { shape } = nodeAt(body, outputOf(scan, name))
      return [input(`ct:${name}`, shape), shape]
    }
    const [byCarry, byRow] = [weighed("carry")[0], weighed("row")[0]]
    const xs = wrt.map((name) => given.get(name) as tf.Tensor)
    const { grads } = tf.engine().gradients(
      () => {
        const values = replay(body, recordLeaves({ input }, given))
        const [carry, row] = [values[outputOf(scan, "carry")], values[outputOf(scan, "row")]] as [tf.Tensor, tf.Tensor]
        return tf.add(tf.sum(tf.mul(carry, byCarry)), tf.sum(tf.mul(row, byRow)))
      },
      xs,
      undefined,
      true
    )
    return Object.fromEntries(wrt.map((name, i) => [`grad:${name}`, grads[i] ?? tf.zeros((xs[i] as tf.Tensor).shape)]))
  }).graph

const cut = (
  flat: tf.Tensor,
  parts: ReadonlyArray<{ readonly x: tf.Tensor; readonly i: number }>
): ReadonlyArray<readonly [number, tf.Tensor]> => {
  const lead = flat.shape.slice(0, -1)
  let from = 0
  return parts.map(({ x, i }) => {
    const size = x.size / lead.reduce((all, n) => all * n, 1)
    const part = tf.slice(flat, [...zeros(lead.length), from], [...lead, size])
    from += size
    return [i, tf.reshape(part, x.shape)]
  })
}
