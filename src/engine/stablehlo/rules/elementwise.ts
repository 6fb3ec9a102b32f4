import { numberAttr } from "../../attrs.ts"
import { as, type Call, compared, pair, type Rule, type Rules, result, selected, spread } from "../rule.ts"
import type { Element, Value } from "../types.ts"
import type { Writer } from "../writer.ts"

/** Kernels that work on each number separately: arithmetic, functions, comparisons, logic, casts. */
export const elementwise: Rules = {
  Add: arithmetic("add"),
  Sub: arithmetic("subtract"),
  Multiply: arithmetic("multiply"),
  RealDiv: binary((to, a, b) => pair(to, "divide", a, b)),
  Maximum: arithmetic("maximum"),
  Minimum: arithmetic("minimum"),
  Pow: binary((to, a, b) => pair(to, "power", a, b)),
  Atan2: binary((to, a, b) => pair(to, "atan2", a, b)),
  SquaredDifference: (call) => {
    const difference = arithmetic("subtract")({ ...call, node: { ...call.node, dtype: "float32" } })
    return result(call, pair(call.to, "multiply", difference, difference))
  },
  FloorDiv: floorDiv,
  Mod: modulo,
  AddN: (call) => {
    const [first, ...others] = call.operands.map((x) => as(call.to, x, "f32"))
    if (first === undefined) throw new RangeError("AddN has no operand")
    return result(
      call,
      others.reduce((sum, x) => pair(call.to, "add", sum, x), first)
    )
  },
  Prelu: binary(
    (to, x, alpha) => selected(to, compared(to, "LT", x, number(to, x, 0)), pair(to, "multiply", x, alpha), x),
    ["x", "alpha"]
  ),

  Neg: unary("negate", numeric),
  Abs: unary("abs", numeric),
  Square: composite((to, x) => pair(to, "multiply", x, x), numeric),
  Sign: unary("sign", numeric),
  Exp: unary("exponential"),
  Expm1: unary("exponential_minus_one"),
  Log: unary("log"),
  Log1p: unary("log_plus_one"),
  Sqrt: unary("sqrt"),
  Rsqrt: unary("rsqrt"),
  Reciprocal: composite((to, x) => pair(to, "divide", number(to, x, 1), x)),
  Floor: unary("floor"),
  Ceil: unary("ceil"),
  Round: unary("round_nearest_even"),
  Sin: unary("sine"),
  Cos: unary("cosine"),
  Tan: unary("tan"),
  Asin: composed("asin"),
  Acos: composed("acos"),
  Atan: composed("atan"),
  Sinh: composed("sinh"),
  Cosh: composed("cosh"),
  Asinh: composed("asinh"),
  Acosh: composed("acosh"),
  Atanh: composed("atanh"),
  Erf: composed("erf"),
  Tanh: unary("tanh"),
  Sigmoid: unary("logistic"),
  Relu: composite(relu, numeric),
  Relu6: composite((to, x) => clamped(to, x, 0, 6)),
  LeakyRelu: (call) => float(call, (to, x) => leaky(to, x, numberAttr(call.node, "alpha", 0.2))),
  Elu: composite(elu),
  Selu: composite((to, x) => {
    const below = scaled(to, to.op("stablehlo.exponential_minus_one", [x], x), seluScale * seluAlpha)
    return selected(to, compared(to, "GE", x, number(to, x, 0)), scaled(to, x, seluScale), below)
  }),
  Softplus: composite(softplus),
  Step: (call) =>
    float(call, (to, x) =>
      selected(
        to,
        compared(to, "GT", x, number(to, x, 0)),
        number(to, x, 1),
        number(to, x, numberAttr(call.node, "alpha", 0))
      )
    ),
  ClipByValue: (call) =>
    float(call, (to, x) =>
      clamped(to, x, numberAttr(call.node, "clipValueMin"), numberAttr(call.node, "clipValueMax"))
    ),
  EluGrad: binary(
    (to, dy, y) => {
      const slope = pair(to, "add", pair(to, "minimum", y, number(to, y, 0)), number(to, y, 1))
      return pair(to, "multiply", dy, slope)
    },
    ["dy", "y"]
  ),

  IsNan: composite((to, x) => compared(to, "NE", x, x)),
  IsInf: composite((to, x) => compared(to, "EQ", to.op("stablehlo.abs", [x], x), number(to, x, Infinity))),
  IsFinite: composite((to, x) => to.op("stablehlo.is_finite", [x], { shape: x.shape, element: "i1" })),
  Greater: comparison("GT"),
  GreaterEqual: comparison("GE"),
  Less: comparison("LT"),
  LessEqual: comparison("LE"),
  Equal: comparison("EQ"),
  NotEqual: comparison("NE"),
  LogicalAnd: logic("and"),
  LogicalOr: logic("or"),
  LogicalXor: logic("xor"),
  LogicalNot: ({ operand, to }) => {
    const x = as(to, operand("x"), "i1")
    return to.op("stablehlo.not", [x], x)
  },
  Select: (call) => {
    const { node, operand, to } = call
    const own = (name: string): Value => spread(to, result(call, operand(name)), node.shape)
    return selected(to, spread(to, as(to, operand("condition"), "i1"), node.shape), own("t"), own("e"))
  },
  Cast: identity,
  Identity: identity,
  StopGradient: identity,
  Sample: identity
}

const seluScale = 1.0507009873554805
const seluAlpha = 1.6732632423543772

/** A number in the shape and type of a value. */
function number(to: Writer, like: Value, value: number): Value {
  return to.filled(like.element, like.shape, value)
}

function scaled(to: Writer, x: Value, factor: number): Value {
  return pair(to, "multiply", x, number(to, x, factor))
}

function identity(call: Call): Value {
  return result(call, call.operand("x"))
}

/** Booleans are added up as integers. */
function numeric(element: Element): Element {
  return element === "i1" ? "i32" : element
}

type Within = (element: Element) => Element

const inFloat: Within = () => "f32"

function float(call: Call, body: (to: Writer, x: Value) => Value, computedIn: Within = inFloat): Value {
  const x = call.operand("x")
  return result(call, body(call.to, as(call.to, x, computedIn(x.element))))
}

function composite(body: (to: Writer, x: Value) => Value, computedIn?: Within): Rule {
  return (call) => float(call, body, computedIn)
}

function unary(name: string, computedIn?: Within): Rule {
  return composite((to, x) => to.op(`stablehlo.${name}`, [x], x), computedIn)
}

/** An op of CHLO, which XLA expands to its own ops. */
function composed(name: string): Rule {
  return composite((to, x) => to.op(`chlo.${name}`, [x], x))
}

/** Two operands of one shape and type. */
function operandsOf(
  { node, operand, to }: Call,
  element: Element,
  [a, b]: readonly [string, string]
): readonly [Value, Value] {
  return [spread(to, as(to, operand(a), element), node.shape), spread(to, as(to, operand(b), element), node.shape)]
}

function binary(body: (to: Writer, a: Value, b: Value) => Value, names: readonly [string, string] = ["a", "b"]): Rule {
  return (call) => result(call, body(call.to, ...operandsOf(call, "f32", names)))
}

/** Integers stay integers, so that indices are exact. */
function arithmetic(name: string): Rule {
  return (call) => result(call, pair(call.to, name, ...operandsOf(call, commonType(call), ["a", "b"])))
}

function commonType(call: Call): Element {
  return [call.operand("a"), call.operand("b")].some(({ element }) => element === "f32") ? "f32" : "i32"
}

function comparison(direction: Parameters<typeof compared>[1]): Rule {
  return (call) => compared(call.to, direction, ...operandsOf(call, commonType(call), ["a", "b"]))
}

function logic(name: string): Rule {
  return (call) => pair(call.to, name, ...operandsOf(call, "i1", ["a", "b"]))
}

export function relu(to: Writer, x: Value): Value {
  return pair(to, "maximum", x, number(to, x, 0))
}

export function clamped(to: Writer, x: Value, low: number, high: number): Value {
  return to.op("stablehlo.clamp", [to.filled(x.element, [], low), x, to.filled(x.element, [], high)], x)
}

export function leaky(to: Writer, x: Value, alpha: number): Value {
  return selected(to, compared(to, "LT", x, number(to, x, 0)), scaled(to, x, alpha), x)
}

export function elu(to: Writer, x: Value): Value {
  const below = to.op("stablehlo.exponential_minus_one", [x], x)
  return selected(to, compared(to, "GE", x, number(to, x, 0)), x, below)
}

/** max(x, 0) + log1p(exp(−|x|)), exact for large |x| of both signs. */
function softplus(to: Writer, x: Value): Value {
  const distance = to.op("stablehlo.negate", [to.op("stablehlo.abs", [x], x)], x)
  const tail = to.op("stablehlo.log_plus_one", [to.op("stablehlo.exponential", [distance], x)], x)
  return pair(to, "add", relu(to, x), tail)
}

/** Rounds down, also for integers. (StableHLO's integer division rounds towards 0.) */
function floorDiv(call: Call): Value {
  const { to } = call
  const [a, b] = operandsOf(call, commonType(call), ["a", "b"])
  const quotient = pair(to, "divide", a, b)
  if (a.element === "f32") return result(call, to.op("stablehlo.floor", [quotient], quotient))
  const off = offByOne(to, pair(to, "remainder", a, b), b)
  return result(call, pair(to, "subtract", quotient, as(to, off, "i32")))
}

/** The remainder with the divisor's sign. */
function modulo(call: Call): Value {
  const { to } = call
  const [a, b] = operandsOf(call, commonType(call), ["a", "b"])
  const remainder = pair(to, "remainder", a, b)
  const moved = selected(to, offByOne(to, remainder, b), pair(to, "add", remainder, b), remainder)
  return result(call, moved)
}

/** Whether a remainder is not 0 and does not have the divisor's sign. */
function offByOne(to: Writer, remainder: Value, divisor: Value): Value {
  const zero = number(to, remainder, 0)
  const apart = compared(to, "NE", compared(to, "LT", remainder, zero), compared(to, "LT", divisor, zero))
  return pair(to, "and", compared(to, "NE", remainder, zero), apart)
}
