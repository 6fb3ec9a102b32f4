import type { Attrs } from "../../trace/Graph.ts"
import { type Code, get, join, set, v } from "./code.ts"
import type { Elementary } from "./elementary.ts"

/** Four numbers of a kernel's result from those of its operands, which are variables and may be read several times. */
type Rule = (operands: readonly [Code, Code, Code], attrs: Attrs, own: Elementary) => Code

const truth = (mask: Code, { constant }: Elementary): Code => v.and(mask, constant(1))
const holds = (x: Code, { constant }: Elementary): Code => v.ne(x, constant(0))

const rules: Readonly<Record<string, Rule>> = {
  Add: ([x, y]) => v.add(x, y),
  Sub: ([x, y]) => v.sub(x, y),
  Multiply: ([x, y]) => v.mul(x, y),
  RealDiv: ([x, y]) => v.div(x, y),
  Maximum: ([x, y]) => v.max(x, y),
  Minimum: ([x, y]) => v.min(x, y),
  SquaredDifference: ([x, y]) => v.mul(v.sub(x, y), v.sub(x, y)),
  Equal: ([x, y], _, own) => truth(v.eq(x, y), own),
  NotEqual: ([x, y], _, own) => truth(v.ne(x, y), own),
  Greater: ([x, y], _, own) => truth(v.gt(x, y), own),
  GreaterEqual: ([x, y], _, own) => truth(v.ge(x, y), own),
  Less: ([x, y], _, own) => truth(v.lt(x, y), own),
  LessEqual: ([x, y], _, own) => truth(v.le(x, y), own),
  LogicalAnd: ([x, y], _, own) => truth(v.and(holds(x, own), holds(y, own)), own),
  LogicalOr: ([x, y], _, own) => truth(v.or(holds(x, own), holds(y, own)), own),
  LogicalNot: ([x], _, own) => truth(v.eq(x, own.constant(0)), own),
  IsNan: ([x], _, own) => truth(v.ne(x, x), own),
  Select: ([condition, x, y], _, own) => v.choose(holds(condition, own), x, y),
  Neg: ([x]) => v.neg(x),
  Abs: ([x]) => v.abs(x),
  Sign: ([x], _, own) => v.sub(truth(v.gt(x, own.constant(0)), own), truth(v.lt(x, own.constant(0)), own)),
  Step: ([x], { alpha = 0 }, { constant }) =>
    v.choose(v.eq(x, x), v.choose(v.gt(x, constant(0)), constant(1), constant(Number(alpha))), constant(Number.NaN)),
  Square: ([x]) => v.mul(x, x),
  Sqrt: ([x]) => v.sqrt(x),
  Rsqrt: ([x], _, { constant }) => v.div(constant(1), v.sqrt(x)),
  Reciprocal: ([x], _, { constant }) => v.div(constant(1), x),
  Exp: ([x], _, { exp }) => exp(x),
  Log: ([x], _, { log }) => log(x),
  Log1p: ([x], _, { log1p }) => log1p(x),
  // 1/(1 + e) and e/(1 + e) with e = e^(−|x|), which softplus of x has too
  Sigmoid: ([x], _, { expOfMinusAbs, constant, fresh }) => {
    const [e, whole] = [fresh(), fresh()]
    return join(
      set(e, expOfMinusAbs(x)),
      set(whole, v.div(constant(1), v.add(constant(1), get(e)))),
      v.choose(v.lt(x, constant(0)), v.mul(get(e), get(whole)), get(whole))
    )
  },
  Softplus: ([x], _, { expOfMinusAbs, log1pOfUnit, constant }) =>
    v.add(v.greatest(x, constant(0)), log1pOfUnit(expOfMinusAbs(x))),
  Relu: ([x], _, { constant }) => v.max(constant(0), x),
  Floor: ([x]) => v.floor(x),
  Ceil: ([x]) => v.ceil(x),
  Round: ([x]) => v.nearest(x),
  Cast: ([x], { dtype }, own) => (dtype === "bool" ? truth(holds(x, own), own) : x),
  ClipByValue: ([x], { clipValueMin, clipValueMax }, { constant }) => {
    const [least, greatest] = [constant(Number(clipValueMin)), constant(Number(clipValueMax))]
    return v.choose(v.gt(x, greatest), greatest, v.choose(v.lt(x, least), least, x))
  }
}

/** The rule of an elementwise kernel, if its numbers are computed four at a time. */
export const elementwiseRule = (kernel: string): Rule | undefined => rules[kernel]
