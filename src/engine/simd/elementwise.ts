import type { Attrs } from "../../trace/Graph.ts"
import { type Code, call, v } from "./code.ts"
import type { Elementary } from "./elementary.ts"

/** Four numbers of a kernel's result from those of its operands, which are variables and may be read several times. */
type Rule = (operands: readonly [Code, Code, Code], attrs: Attrs, own: Elementary) => Code

const [zero, unit] = [v.constant(0), v.constant(1)]
const truth = (mask: Code): Code => v.and(mask, unit)
const holds = (x: Code): Code => v.ne(x, zero)

const rules: Readonly<Record<string, Rule>> = {
  Add: ([x, y]) => v.add(x, y),
  Sub: ([x, y]) => v.sub(x, y),
  Multiply: ([x, y]) => v.mul(x, y),
  RealDiv: ([x, y]) => v.div(x, y),
  Maximum: ([x, y]) => v.max(x, y),
  Minimum: ([x, y]) => v.min(x, y),
  SquaredDifference: ([x, y]) => v.mul(v.sub(x, y), v.sub(x, y)),
  Equal: ([x, y]) => truth(v.eq(x, y)),
  NotEqual: ([x, y]) => truth(v.ne(x, y)),
  Greater: ([x, y]) => truth(v.gt(x, y)),
  GreaterEqual: ([x, y]) => truth(v.ge(x, y)),
  Less: ([x, y]) => truth(v.lt(x, y)),
  LessEqual: ([x, y]) => truth(v.le(x, y)),
  LogicalAnd: ([x, y]) => truth(v.and(holds(x), holds(y))),
  LogicalOr: ([x, y]) => truth(v.or(holds(x), holds(y))),
  LogicalNot: ([x]) => truth(v.eq(x, zero)),
  IsNan: ([x]) => truth(v.ne(x, x)),
  Select: ([condition, x, y]) => v.choose(holds(condition), x, y),
  Neg: ([x]) => v.neg(x),
  Abs: ([x]) => v.abs(x),
  Sign: ([x]) => v.sub(truth(v.gt(x, zero)), truth(v.lt(x, zero))),
  Step: ([x], { alpha = 0 }) =>
    v.choose(v.eq(x, x), v.choose(v.gt(x, zero), unit, v.constant(Number(alpha))), v.constant(Number.NaN)),
  Square: ([x]) => v.mul(x, x),
  Sqrt: ([x]) => v.sqrt(x),
  Rsqrt: ([x]) => v.div(unit, v.sqrt(x)),
  Reciprocal: ([x]) => v.div(unit, x),
  Exp: ([x], _, { exp }) => call(exp, x),
  Log: ([x], _, { log }) => call(log, x),
  Log1p: ([x], _, { log1p }) => call(log1p, x),
  Sigmoid: ([x], _, { exp }) => v.div(unit, v.add(unit, call(exp, v.neg(x)))),
  Softplus: ([x], _, { exp, log1p }) => v.add(v.max(x, zero), call(log1p, call(exp, v.neg(v.abs(x))))),
  Relu: ([x]) => v.max(zero, x),
  Floor: ([x]) => v.floor(x),
  Ceil: ([x]) => v.ceil(x),
  Round: ([x]) => v.nearest(x),
  Cast: ([x], { dtype }) => (dtype === "bool" ? truth(holds(x)) : x),
  ClipByValue: ([x], { clipValueMin, clipValueMax }) => {
    const [least, greatest] = [v.constant(Number(clipValueMin)), v.constant(Number(clipValueMax))]
    return v.choose(v.gt(x, greatest), greatest, v.choose(v.lt(x, least), least, x))
  }
}

/** The rule of an elementwise kernel, if its numbers are computed four at a time. */
export const elementwiseRule = (kernel: string): Rule | undefined => rules[kernel]
