import { sizeOf } from "../../../tensor/Tensor.ts"
import type { DType } from "../../../trace/Graph.ts"
import { flagAttr, numberAttr } from "../../attrs.ts"
import { as, type Call, cast, type Operand, type Rule, type Rules, result } from "../rule.ts"
import type { Attributes, Name, Writer } from "../writer.ts"

/** Kernels that work on each number separately: arithmetic, functions, comparisons, logic, casts. */
export const elementwise: Rules = {
  Add: arithmetic("Add"),
  Sub: arithmetic("Sub"),
  Multiply: arithmetic("Mul"),
  RealDiv: binary((to, a, b) => to.op("Div", [a, b])),
  Maximum: arithmetic("Max"),
  Minimum: arithmetic("Min"),
  Pow: binary((to, a, b) => to.op("Pow", [a, b])),
  Atan2: binary(atan2),
  SquaredDifference: binary((to, a, b) => {
    const difference = to.op("Sub", [a, b])
    return to.op("Mul", [difference, difference])
  }),
  FloorDiv: floorDiv,
  Mod: binary(modulo),
  AddN: (call) =>
    result(
      call,
      call.to.op(
        "Sum",
        call.operands.map((x) => as(call.to, x, "float32"))
      ),
      "float32"
    ),
  Prelu: (call) => {
    const x = as(call.to, call.operand("x"), "float32")
    const scaled = call.to.op("Mul", [x, as(call.to, call.operand("alpha"), "float32")])
    return result(call, call.to.op("Where", [call.to.op("Less", [x, zero(call.to)]), scaled, x]), "float32")
  },

  Neg: unary("Neg"),
  Abs: unary("Abs"),
  Exp: unary("Exp"),
  Expm1: composite(expm1),
  Log: unary("Log"),
  Log1p: composite(log1p),
  Sqrt: unary("Sqrt"),
  Rsqrt: composite((to, x) => to.op("Reciprocal", [to.op("Sqrt", [x])])),
  Square: composite((to, x) => to.op("Mul", [x, x])),
  Reciprocal: unary("Reciprocal"),
  Sign: composite((to, x) => to.op("Sub", [above(to, x, 1), above(to, x, -1)])),
  Floor: unary("Floor"),
  Ceil: unary("Ceil"),
  Round: unary("Round"),
  Sin: unary("Sin"),
  Cos: unary("Cos"),
  Tan: unary("Tan"),
  Asin: unary("Asin"),
  Acos: unary("Acos"),
  Atan: unary("Atan"),
  Sinh: unary("Sinh"),
  Cosh: unary("Cosh"),
  Asinh: unary("Asinh"),
  Acosh: unary("Acosh"),
  Atanh: unary("Atanh"),
  Tanh: unary("Tanh"),
  Sigmoid: unary("Sigmoid"),
  Erf: unary("Erf"),
  Relu: unary("Relu"),
  Relu6: composite((to, x) => to.op("Clip", [x, zero(to), to.scalar("float32", 6)])),
  LeakyRelu: (call) =>
    float(call, (to, x) => to.op("LeakyRelu", [x], { alpha: { float: numberAttr(call.node, "alpha", 0.2) } })),
  Elu: unary("Elu"),
  Selu: unary("Selu"),
  Softplus: (call) => {
    if (sizeOf(call.node.shape) <= 4096) return float(call, (to, x) => to.op("Softplus", [x]))
    return float(call, flagAttr(call.node, "summed") ? summedSoftplus : softplus)
  },
  Step: step,
  ClipByValue: (call) =>
    float(call, (to, x) => {
      const bounds = [numberAttr(call.node, "clipValueMin"), numberAttr(call.node, "clipValueMax")]
      return to.op("Clip", [x, ...bounds.map((bound) => to.scalar("float32", bound))])
    }),
  EluGrad: binary(
    (to, dy, y) => {
      const slope = to.op("Add", [to.op("Min", [y, zero(to)]), one(to)])
      return to.op("Mul", [dy, slope])
    },
    ["dy", "y"]
  ),

  IsNan: predicate((to, x) => to.op("IsNaN", [x])),
  IsInf: predicate((to, x) => to.op("IsInf", [x])),
  IsFinite: predicate((to, x) => to.op("Less", [to.op("Abs", [x]), to.scalar("float32", Infinity)])),
  Greater: comparison("Greater"),
  GreaterEqual: comparison("GreaterOrEqual"),
  Less: comparison("Less"),
  LessEqual: comparison("LessOrEqual"),
  Equal: comparison("Equal"),
  NotEqual: (call) => call.to.op("Not", [compare(call, "Equal")]),
  LogicalAnd: logic("And"),
  LogicalOr: logic("Or"),
  LogicalXor: logic("Xor"),
  LogicalNot: (call) => call.to.op("Not", [as(call.to, call.operand("x"), "bool")]),
  Select: select,
  Cast: (call) => as(call.to, call.operand("x"), call.node.dtype),
  Identity: identity,
  StopGradient: identity,
  Sample: identity
}

const zero = (to: Writer): Name => to.scalar("float32", 0)
const one = (to: Writer): Name => to.scalar("float32", 1)

function identity(call: Call): Name {
  return as(call.to, call.operand("x"), call.node.dtype)
}

/** Computes one operand in float32, from any dtype. */
function float(call: Call, body: (to: Writer, x: Name) => Name): Name {
  return result(call, body(call.to, as(call.to, call.operand("x"), "float32")), "float32")
}

function composite(body: (to: Writer, x: Name) => Name): Rule {
  return (call) => float(call, body)
}

function unary(type: string, attributes: Attributes = {}): Rule {
  return composite((to, x) => to.op(type, [x], attributes))
}

/** Computes two operands in float32. */
function binary(body: (to: Writer, a: Name, b: Name) => Name, names: readonly [string, string] = ["a", "b"]): Rule {
  return (call) => {
    const [a, b] = names
    const x = as(call.to, call.operand(a), "float32")
    return result(call, body(call.to, x, as(call.to, call.operand(b), "float32")), "float32")
  }
}

/** Integers stay integers, so that indices are exact. */
function arithmetic(type: string): Rule {
  return (call) => {
    const dtype = commonType(call)
    const inputs = [as(call.to, call.operand("a"), dtype), as(call.to, call.operand("b"), dtype)]
    return result(call, call.to.op(type, inputs), dtype)
  }
}

function commonType(call: Call): DType {
  const types = [call.operand("a").dtype, call.operand("b").dtype]
  return types.includes("float32") ? "float32" : "int32"
}

function predicate(body: (to: Writer, x: Name) => Name): Rule {
  return (call) => body(call.to, as(call.to, call.operand("x"), "float32"))
}

function comparison(type: string): Rule {
  return (call) => compare(call, type)
}

function compare(call: Call, type: string): Name {
  const dtype = commonType(call)
  return call.to.op(type, [as(call.to, call.operand("a"), dtype), as(call.to, call.operand("b"), dtype)])
}

function logic(type: string): Rule {
  return ({ operand, to }) => to.op(type, [as(to, operand("a"), "bool"), as(to, operand("b"), "bool")])
}

/** tfjs: x > 0 ? 1 : alpha. In tfjs a NaN gives NaN. Here it may give a number, because the NaN itself is already in the results. */
function step(call: Call): Name {
  const alpha = numberAttr(call.node, "alpha", 0)
  return float(call, (to, x) => {
    const positive = above(to, x, 1)
    if (alpha === 0) return positive
    return to.op("Add", [to.op("Mul", [positive, to.scalar("float32", 1 - alpha)]), to.scalar("float32", alpha)])
  })
}

/**
 * 1 where sign·x > 0, else 0, in one pass: max(0, min(1, 3·10³⁸ sign·x)). A comparison and a cast take several times as long. Only for subnormal x is
 * the result strictly between 0 and 1.
 */
function above(to: Writer, x: Name, sign: 1 | -1): Name {
  return to.op("HardSigmoid", [x], { alpha: { float: sign * 3e38 }, beta: { float: 0 } })
}

/** ONNX Runtime's `Where` does not support booleans, so they are passed as bytes. */
function select({ node, operand, to }: Call): Name {
  const mask = as(to, operand("condition"), "bool")
  const branch = (x: Operand): Name => {
    const value = as(to, x, node.dtype)
    return node.dtype === "bool" ? cast(to, value, "uint8") : value
  }
  const chosen = to.op("Where", [mask, branch(operand("t")), branch(operand("e"))])
  return node.dtype === "bool" ? cast(to, chosen, "bool") : chosen
}

/** In float64, which is exact enough for every quotient of two int32 numbers. */
function floorDiv(call: Call): Name {
  const [a, b] = [call.operand("a"), call.operand("b")]
  if (commonType(call) === "float32") {
    const quotient = call.to.op("Div", [as(call.to, a, "float32"), as(call.to, b, "float32")])
    return result(call, call.to.op("Floor", [quotient]), "float32")
  }
  const quotient = call.to.op("Div", [cast(call.to, a.name, "float64"), cast(call.to, b.name, "float64")])
  return cast(call.to, call.to.op("Floor", [quotient]), call.node.dtype)
}

/** The remainder with the divisor's sign. */
function modulo(to: Writer, a: Name, b: Name): Name {
  const remainder = to.op("Mod", [a, b], { fmod: { int: 1 } })
  const opposite = to.op("Less", [to.op("Mul", [to.op("Sign", [remainder]), to.op("Sign", [b])]), zero(to)])
  return to.op("Where", [opposite, to.op("Add", [remainder, b]), remainder])
}

/** exp(x) − 1 = tanh(x/2) (exp(x) + 1), without cancellation near 0. */
function expm1(to: Writer, x: Name): Name {
  const half = to.op("Tanh", [to.op("Mul", [x, to.scalar("float32", 0.5)])])
  return to.op("Mul", [half, to.op("Add", [to.op("Exp", [x]), one(to)])])
}

/**
 * log(1 + x) = log(u) + (x − (u − 1))/u, where u is 1 + x as rounded. The second term corrects the rounding error; it is x itself if u = 1. It uses a
 * finite x and a positive u, so that log1p(∞) = ∞ and log1p(−1) = −∞.
 */
function log1p(to: Writer, x: Name): Name {
  const finite = to.op("Min", [x, to.scalar("float32", 3e38)])
  const positive = to.op("Max", [to.op("Add", [finite, one(to)]), to.scalar("float32", 1e-30)])
  return logWithRest(to, to.op("Add", [x, one(to)]), finite, positive)
}

/**
 * relu(x) + log1p(exp(−|x|)), which needs no special cases for ∞ and −1, because exp(−|x|) lies in [0, 1]. ONNX Runtime's own Softplus is faster on a
 * few numbers and several times slower on many.
 */
function softplus(to: Writer, x: Name): Name {
  const tail = to.op("Exp", [to.op("Neg", [to.op("Abs", [x])])])
  const u = to.op("Add", [tail, one(to)])
  return to.op("Add", [to.op("Relu", [x]), logWithRest(to, u, tail, u)])
}

/**
 * relu(x) − log σ(|x|): the same with an absolute error of 1e-7 nats. The relative error of a very small softplus is large, but this accuracy is
 * enough for a sum.
 */
function summedSoftplus(to: Writer, x: Name): Name {
  return to.op("Sub", [to.op("Relu", [x]), to.op("Log", [to.op("Sigmoid", [to.op("Abs", [x])])])])
}

function logWithRest(to: Writer, u: Name, x: Name, divisor: Name): Name {
  const lost = to.op("Sub", [x, to.op("Sub", [divisor, one(to)])])
  return to.op("Add", [to.op("Log", [u]), to.op("Div", [lost, divisor])])
}

/** From the arc tangent of y/x, by quadrant. */
function atan2(to: Writer, y: Name, x: Name): Name {
  const pi = to.scalar("float32", Math.PI)
  const turned = to.op("Where", [to.op("Less", [y, zero(to)]), to.op("Neg", [pi]), pi])
  const base = to.op("Atan", [to.op("Div", [y, x])])
  const general = to.op("Where", [to.op("Less", [x, zero(to)]), to.op("Add", [base, turned]), base])
  const both = to.op("Equal", [to.op("Add", [to.op("Abs", [x]), to.op("Abs", [y])]), zero(to)])
  return to.op("Where", [both, zero(to), general])
}
