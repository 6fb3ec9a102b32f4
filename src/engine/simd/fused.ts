import { type Shape, sizeOf } from "../../tensor/Tensor.ts"
import { type Id, nodeAt } from "../../trace/Graph.ts"
import { type Code, counted, get, join, set, sumOf, v, w, whole } from "./code.ts"
import { elementaryWith, type Scratch } from "./elementary.ts"
import { elementwiseRule } from "./elementwise.ts"
import { counter, firstScratch, index, row } from "./loops.ts"
import { addressOf, operandOf, type Writing } from "./write.ts"

/** Bytes of a number, and of four. */
const [single, quad] = [4, 16]

/**
 * One loop over a group of elementwise nodes of one size: what one of them computes the others read from variables, and only what is read elsewhere goes to memory. Memory is kept in fours, so that the last ones may compute
 * numbers that nothing reads.
 *
 * @param isRead whether something outside of the group reads a node
 */
export const fused = (writing: Writing, group: ReadonlyArray<Id>, isRead: (id: Id) => boolean): Code => {
  const { graph, memory, still, addresses, locals } = writing
  const size = sizeOf(nodeAt(graph, group[0] ?? 0).shape)
  const width = widthOf(writing, group)
  const [before, perRow, body]: [Array<Code>, Array<Code>, Array<Code>] = [[], [], []]
  const scratch = scratchOf(locals, before)
  const own = elementaryWith(scratch)
  const known = new Map<string, Code>()
  const read = (id: Id, full: Shape): Code => {
    const { shape } = nodeAt(graph, id)
    // what broadcasts stands otherwise in numbers of another shape
    const key = sizeOf(shape) === 1 || sizeOf(shape) === size ? `${id}` : `${id} as ${full}`
    const found = known.get(key)
    if (found !== undefined) return found
    const to = scratch.fresh()
    known.set(key, get(to))
    if (sizeOf(shape) === 1) before.push(set(to, v.repeated(whole(0), addressOf(writing, id))))
    else if (width !== undefined && width === rowOf(shape, full))
      perRow.push(set(to, v.repeated(get(row), addressOf(writing, id))))
    else {
      const { operand, code } = operandOf(writing, id, full)
      before.push(code)
      body.push(set(to, v.load(get(index), operand.address)))
    }
    return get(to)
  }
  for (const id of group) {
    const { kernel, inputs, shape, attrs } = nodeAt(graph, id)
    const rule = elementwiseRule(kernel)
    const [x = [], y = [], z = []] = inputs.map((input) => read(input, shape))
    const to = scratch.fresh()
    body.push(set(to, rule === undefined ? x : rule([x, y, z], attrs, own)))
    known.set(`${id}`, get(to))
    const signs = kernel === "Multiply" && inputs.findIndex((input) => isSigns(still.get(input)))
    if (signs === 0 || signs === 1) own.alike(signs === 0 ? y : x, get(to))
    if (!isRead(id)) continue
    const address = memory.take(size)
    addresses.set(`${id}`, address)
    body.push(v.store(get(index), address, get(to)))
  }
  if (width === undefined || perRow.length === 0)
    return join(...before, counted(index, size * single, quad, join(...body)))
  const next = set(index, sumOf(get(index), whole(quad)))
  const inner = counted(counter, width * single, quad, join(...body, next))
  return join(...before, set(index, whole(0)), counted(row, (size / width) * single, single, join(...perRow, inner)))
}

/** Variables from the first free one on, and constants that are set before the loop. */
const scratchOf = (locals: Writing["locals"], before: Array<Code>): Scratch => {
  let next = firstScratch
  const constants = new Map<string, Code>()
  const fresh = (): number => {
    locals.end = Math.max(locals.end, next + 1)
    return next++
  }
  const kept = (value: Code): Code => {
    const found = constants.get(`${value}`)
    if (found !== undefined) return found
    const to = fresh()
    before.push(set(to, value))
    constants.set(`${value}`, get(to))
    return get(to)
  }
  return { fresh, constant: (x) => kept(v.constant(x)), wholes: (n) => kept(w.constant(n)) }
}

const isSigns = (values: ArrayLike<number> | undefined): boolean =>
  values !== undefined && Array.from(values).every((x) => Math.abs(x) === 1)

/** The numbers of a row of which an operand has one for all; undefined where it is no such operand. */
const rowOf = (shape: Shape, full: Shape): number | undefined => {
  if (shape.length !== full.length || sizeOf(shape) === sizeOf(full)) return undefined
  const first = shape.findIndex((n, axis) => n !== full[axis])
  const isOnes = shape.slice(first).every((n) => n === 1)
  const width = sizeOf(full.slice(first))
  return isOnes && width % 4 === 0 ? width : undefined
}

/** The rows of the loop, by the first operand that has one number a row. */
const widthOf = ({ graph }: Writing, group: ReadonlyArray<Id>): number | undefined => {
  for (const id of group) {
    const { inputs, shape } = nodeAt(graph, id)
    for (const input of inputs) {
      const width = sizeOf(nodeAt(graph, input).shape) === 1 ? undefined : rowOf(nodeAt(graph, input).shape, shape)
      if (width !== undefined) return width
    }
  }
  return undefined
}
