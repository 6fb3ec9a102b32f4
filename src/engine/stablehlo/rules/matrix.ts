import { type Shape, sizeOf } from "../../../tensor/Tensor.ts"
import { flagAttr, numberAttr, textAttr } from "../../attrs.ts"
import type { Precision } from "../../precision.ts"
import { as, type Call, compared, pair, type Rules, reshaped, result, selected, spread, transposed } from "../rule.ts"
import type { Value } from "../types.ts"
import type { Writer } from "../writer.ts"
import { clamped, elu, leaky, relu } from "./elementwise.ts"
import { folded } from "./reduction.ts"

/** Products of matrices. */
export const matrix: Rules = {
  BatchMatMul: (call) => result(call, product(call)),
  _FusedMatMul: (call) => {
    const { node, operand, to } = call
    const matrices = product(call)
    const added = node.names.includes("bias")
      ? pair(to, "add", matrices, spread(to, as(to, operand("bias"), "f32"), matrices.shape))
      : matrices
    return result(call, activated(call, added))
  },
  Einsum: (call) => {
    const [inputs = "", output = ""] = textAttr(call.node, "equation").split("->")
    const labels = inputs.split(",").map((each) => [...each.trim()])
    const operands = call.operands.map((x, i) => ({ value: as(call.to, x, "f32"), labels: labels[i] ?? [] }))
    return result(call, summed(call, operands, [...output.trim()]))
  }
}

/** Which axes of two operands go together: those that stay and those that are summed over. */
interface Pairing {
  readonly batch: readonly [ReadonlyArray<number>, ReadonlyArray<number>]
  readonly contract: readonly [ReadonlyArray<number>, ReadonlyArray<number>]
}

/** A sum of products, of the axes that stay, those that only `a` has, and those that only `b` has. */
const dot = (to: Writer, a: Value, b: Value, { batch, contract }: Pairing, precision: Precision): Value => {
  const free = ({ shape }: Value, side: 0 | 1): Shape =>
    shape.filter((_, axis) => !batch[side].includes(axis) && !contract[side].includes(axis))
  const shape = [...batch[0].map((axis) => a.shape[axis] ?? 1), ...free(a, 0), ...free(b, 1)]
  const numbers = `lhs_batching_dimensions = [${batch[0]}], rhs_batching_dimensions = [${batch[1]}], lhs_contracting_dimensions = [${contract[0]}], rhs_contracting_dimensions = [${contract[1]}]`
  const attributes = `dot_dimension_numbers = #stablehlo.dot<${numbers}>`
  const low = precision === "bfloat16"
  const operands = low ? [a, b].map((x) => as(to, x, "bf16")) : [a, b]
  return as(to, to.op("stablehlo.dot_general", operands, { shape, element: low ? "bf16" : "f32" }, attributes), "f32")
}

/** A stack of matrices by a single one is one product of all the rows. */
function product({ node, operand, to, precision }: Call): Value {
  const [a, b] = [as(to, operand("a"), "f32"), as(to, operand("b"), "f32")]
  const [transposeA, transposeB] = [flagAttr(node, "transposeA"), flagAttr(node, "transposeB")]
  const outer = node.shape.slice(0, -2)
  const inner = (rank: number, isRow: boolean): number => (isRow ? rank - 2 : rank - 1)
  if (sizeOf(b.shape.slice(0, -2)) === 1) {
    const right = reshaped(to, b, b.shape.slice(-2))
    const left = sizeOf(outer) === 1 ? reshaped(to, a, a.shape.slice(-2)) : a
    const contract = [[inner(left.shape.length, transposeA)], [inner(2, !transposeB)]] as const
    return reshaped(to, dot(to, left, right, { batch: [[], []], contract }, precision), node.shape)
  }
  const stacked = (x: Value): Value => spread(to, x, [...outer, ...x.shape.slice(-2)])
  const all = outer.map((_, axis) => axis)
  const rank = node.shape.length
  const contract = [[inner(rank, transposeA)], [inner(rank, !transposeB)]] as const
  return dot(to, stacked(a), stacked(b), { batch: [all, all], contract }, precision)
}

function activated(call: Call, x: Value): Value {
  const { node, to } = call
  const activation = String(node.attrs["activation"] ?? "linear")
  if (activation === "prelu") {
    const alpha = spread(to, as(to, call.operand("preluActivationWeights"), "f32"), x.shape)
    return selected(to, compared(to, "LT", x, to.filled("f32", x.shape, 0)), pair(to, "multiply", x, alpha), x)
  }
  if (activation === "leakyrelu") return leaky(to, x, numberAttr(node, "leakyreluAlpha", 0.2))
  const apply = activations[activation]
  if (apply === undefined) throw new TypeError(`_FusedMatMul has no activation '${activation}'`)
  return apply(to, x)
}

const activations: Readonly<Record<string, (to: Writer, x: Value) => Value>> = {
  linear: (_, x) => x,
  relu,
  relu6: (to, x) => clamped(to, x, 0, 6),
  elu,
  sigmoid: (to, x) => to.op("stablehlo.logistic", [x], x)
}

interface Labelled {
  readonly value: Value
  readonly labels: ReadonlyArray<string>
}

/** A sum of products by the names of axes, of one or two operands, as tfjs has it. */
function summed({ to, precision }: Call, operands: ReadonlyArray<Labelled>, output: ReadonlyArray<string>): Value {
  const [a, b] = operands.map(({ value, labels }, i): Labelled => {
    const others = operands.flatMap((each, j) => (j === i ? [] : each.labels))
    const own = labels.flatMap((label, axis) => (output.includes(label) || others.includes(label) ? [] : [axis]))
    return { value: folded(to, "add", value, own), labels: labels.filter((_, axis) => !own.includes(axis)) }
  })
  if (a === undefined || operands.length > 2) throw new TypeError("Einsum takes one or two operands")
  if (b === undefined) return ordered(to, a, output)
  const common = a.labels.filter((label) => b.labels.includes(label))
  const [stay, go] = [common.filter((each) => output.includes(each)), common.filter((each) => !output.includes(each))]
  const places = (labels: ReadonlyArray<string>) =>
    [labels.map((each) => a.labels.indexOf(each)), labels.map((each) => b.labels.indexOf(each))] as const
  const value = dot(to, a.value, b.value, { batch: places(stay), contract: places(go) }, precision)
  const only = ({ labels }: Labelled): ReadonlyArray<string> => labels.filter((each) => !common.includes(each))
  return ordered(to, { value, labels: [...stay, ...only(a), ...only(b)] }, output)
}

const ordered = (to: Writer, { value, labels }: Labelled, output: ReadonlyArray<string>): Value =>
  transposed(
    to,
    value,
    output.map((label) => labels.indexOf(label))
  )
