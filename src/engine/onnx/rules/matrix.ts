import { type Shape, sizeOf } from "../../../tensor/Tensor.ts"
import { flagAttr, numberAttr, textAttr } from "../../attrs.ts"
import { as, type Call, type Operand, type Rules, reshaped, result } from "../rule.ts"
import type { Name, Writer } from "../writer.ts"

/** Products of matrices. */
export const matrix: Rules = {
  BatchMatMul: (call) => result(call, product(call), "float32"),
  _FusedMatMul: (call) => {
    const bias = call.node.names.includes("bias") ? call.operand("bias") : undefined
    return result(call, activate(call, product(call, bias)), "float32")
  },
  Einsum: (call) => {
    const operands = call.operands.map((x) => as(call.to, x, "float32"))
    const equation = { string: textAttr(call.node, "equation") }
    return result(call, call.to.op("Einsum", operands, { equation }), "float32")
  }
}

/** One `Gemm` if both sides are single matrices: its transposes and its bias are cheap. Otherwise a batched product. */
function product({ node, operand, to }: Call, bias?: Operand): Name {
  const [a, b] = [operand("a"), operand("b")]
  const inputs = [as(to, a, "float32"), as(to, b, "float32")] as const
  const added = bias === undefined ? [] : [as(to, bias, "float32")]
  const transA = { int: flagAttr(node, "transposeA") ? 1 : 0 }
  const transB = { int: flagAttr(node, "transposeB") ? 1 : 0 }
  if (!single(a.shape) || !single(b.shape) || (bias !== undefined && bias.shape.length > 2)) {
    const matrices = to.op("FusedMatMul", inputs, { transA, transB }, "com.microsoft")
    return bias === undefined ? matrices : to.op("Add", [matrices, ...added])
  }
  const left = flat(to, inputs[0], a.shape)
  const right = flat(to, inputs[1], b.shape)
  const matrix = to.op("Gemm", [left, right, ...added], { transA, transB })
  return node.shape.length === 2 ? matrix : reshaped(to, matrix, node.shape)
}

const single = (shape: Shape): boolean => sizeOf(shape.slice(0, -2)) === 1

const flat = (to: Writer, name: Name, shape: Shape): Name =>
  shape.length === 2 ? name : reshaped(to, name, shape.slice(-2))

function activate(call: Call, x: Name): Name {
  const { node, to } = call
  const activation = String(node.attrs["activation"] ?? "linear")
  if (activation === "linear") return x
  if (activation === "relu6") return to.op("Clip", [x, to.scalar("float32", 0), to.scalar("float32", 6)])
  if (activation === "leakyrelu") {
    return to.op("LeakyRelu", [x], { alpha: { float: numberAttr(node, "leakyreluAlpha", 0.2) } })
  }
  if (activation === "prelu") return to.op("PRelu", [x, as(to, call.operand("preluActivationWeights"), "float32")])
  const type = plain[activation]
  if (type === undefined) throw new TypeError(`_FusedMatMul has no activation '${activation}'`)
  return to.op(type, [x])
}

const plain: Readonly<Record<string, string>> = { relu: "Relu", elu: "Elu", sigmoid: "Sigmoid" }
