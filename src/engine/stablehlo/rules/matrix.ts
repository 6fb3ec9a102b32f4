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

/** The paired axes of two operands: batch axes, which stay, and contracted axes, which are summed over. */
interface Pairing {
  readonly batch: readonly [ReadonlyArray<number>, ReadonlyArray<number>]
  readonly contract: readonly [ReadonlyArray<number>, ReadonlyArray<number>]
}

/** A sum of products; its axes are the batch axes, then those of only `a`, then those of only `b`. */
const dot = (to: Writer, a: Value, b: Value, { batch, contract }: Pairing): Value => {
  const free = ({ shape }: Value, side: 0 | 1): Shape =>
    shape.filter((_, axis) => !batch[side].includes(axis) && !contract[side].includes(axis))
  const shape = [...batch[0].map((axis) => a.shape[axis] ?? 1), ...free(a, 0), ...free(b, 1)]
  const numbers = `lhs_batching_dimensions = [${batch[0]}], rhs_batching_dimensions = [${batch[1]}], lhs_contracting_dimensions = [${contract[0]}], rhs_contracting_dimensions = [${contract[1]}]`
  return to.op(
    "stablehlo.dot_general",
    [a, b],
    { shape, element: "f32" },
    `dot_dimension_numbers = #stablehlo.dot<${numbers}>`
  )
}

/**
 * A product of matrices, or of stacks of equal size, in bfloat16 by oneDNN, which is called by XLA's name for it. XLA's own product would not round
 * to bfloat16, because XLA removes a cast down that is followed by a cast up.
 */
const lowProduct = (to: Writer, a: Value, b: Value, [transposeA, transposeB]: readonly [boolean, boolean]): Value => {
  const config = JSON.stringify({
    outer_dimension_partitions: [],
    onednn_matmul_config: { transpose_a: transposeA, transpose_b: transposeB, fusions: { ops: [] } }
  })
  const [m, n] = [a.shape.at(transposeA ? -1 : -2) ?? 1, b.shape.at(transposeB ? -2 : -1) ?? 1]
  const attributes = `call_target_name = "__onednn$matmul", backend_config = ${JSON.stringify(config)}, api_version = 1 : i32`
  const type = { shape: [...a.shape.slice(0, -2), m, n], element: "bf16" as const }
  return as(to, to.op("stablehlo.custom_call", [as(to, a, "bf16"), as(to, b, "bf16")], type, attributes), "f32")
}

/** A stack of matrices times a single matrix is one product of all the rows. */
function product({ node, operand, to, precision }: Call): Value {
  const [a, b] = [as(to, operand("a"), "f32"), as(to, operand("b"), "f32")]
  const flags = [flagAttr(node, "transposeA"), flagAttr(node, "transposeB")] as const
  const outer = node.shape.slice(0, -2)
  const matrixOf = (x: Value): Value => reshaped(to, x, x.shape.slice(-2))
  if (sizeOf(outer) === 1) return reshaped(to, multiplied(to, matrixOf(a), matrixOf(b), flags, precision), node.shape)
  if (sizeOf(b.shape.slice(0, -2)) === 1 && !flags[0]) {
    const rows = reshaped(to, a, [sizeOf(a.shape.slice(0, -1)), a.shape.at(-1) ?? 1])
    return reshaped(to, multiplied(to, rows, matrixOf(b), flags, precision), node.shape)
  }
  const stacked = (x: Value): Value =>
    reshaped(to, spread(to, x, [...outer, ...x.shape.slice(-2)]), [sizeOf(outer), ...x.shape.slice(-2)])
  return reshaped(to, multiplied(to, stacked(a), stacked(b), flags, precision), node.shape)
}

/** Two matrices, or two stacks of equal size. */
const multiplied = (
  to: Writer,
  a: Value,
  b: Value,
  flags: readonly [boolean, boolean],
  precision: Precision
): Value => {
  if (precision === "bfloat16") return lowProduct(to, a, b, flags)
  const rank = a.shape.length
  const all = Array.from({ length: rank - 2 }, (_, axis) => axis)
  const [transposeA, transposeB] = flags
  const contract = [[transposeA ? rank - 2 : rank - 1], [transposeB ? rank - 1 : rank - 2]] as const
  return dot(to, a, b, { batch: [all, all], contract })
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

/** A sum of products of one or two operands by named axes, as in tfjs's einsum. */
function summed({ to }: Call, operands: ReadonlyArray<Labelled>, output: ReadonlyArray<string>): Value {
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
  const value = dot(to, a.value, b.value, { batch: places(stay), contract: places(go) })
  const only = ({ labels }: Labelled): ReadonlyArray<string> => labels.filter((each) => !common.includes(each))
  return ordered(to, { value, labels: [...stay, ...only(a), ...only(b)] }, output)
}

const ordered = (to: Writer, { value, labels }: Labelled, output: ReadonlyArray<string>): Value =>
  transposed(
    to,
    value,
    output.map((label) => labels.indexOf(label))
  )
