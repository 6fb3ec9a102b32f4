import type { Attrs } from "./Graph.ts"

/** A function of up to three numbers, in double precision; its value is rounded when it is stored. */
export type HostFunction = (x: number, y: number, z: number) => number

const truth = (is: boolean): number => (is ? 1 : 0)

/** tfjs's own bound, beyond which softplus(x) is x, or exp(x). */
const threshold = Math.log(2 ** -23) + 2

/** To the nearest whole number, and from the middle to the even one. */
const nearest = (x: number): number => {
  const below = Math.floor(x)
  const rest = x - below
  if (rest < 0.5) return below
  if (rest > 0.5) return Math.ceil(x)
  return below % 2 === 0 ? below : below + 1
}

/** By kernel, the numbers that tfjs's cpu backend computes, to the last bit. */
const functions: Readonly<Record<string, HostFunction>> = {
  Add: (x, y) => x + y,
  Sub: (x, y) => x - y,
  Multiply: (x, y) => x * y,
  RealDiv: (x, y) => x / y,
  Pow: (x, y) => x ** y,
  Maximum: (x, y) => Math.max(x, y),
  Minimum: (x, y) => Math.min(x, y),
  SquaredDifference: (x, y) => (x - y) * (x - y),
  Equal: (x, y) => truth(x === y),
  NotEqual: (x, y) => truth(x !== y),
  Greater: (x, y) => truth(x > y),
  GreaterEqual: (x, y) => truth(x >= y),
  Less: (x, y) => truth(x < y),
  LessEqual: (x, y) => truth(x <= y),
  LogicalAnd: (x, y) => truth(x !== 0 && y !== 0),
  LogicalOr: (x, y) => truth(x !== 0 || y !== 0),
  LogicalNot: (x) => truth(x === 0),
  IsNan: (x) => truth(Number.isNaN(x)),
  Select: (condition, x, y) => (condition === 1 ? x : y),
  Neg: (x) => -x,
  Abs: (x) => Math.abs(x),
  Sign: (x) => (x < 0 ? -1 : x > 0 ? 1 : 0),
  Square: (x) => x * x,
  Sqrt: (x) => Math.sqrt(x),
  Reciprocal: (x) => 1 / x,
  Exp: (x) => Math.exp(x),
  Expm1: (x) => Math.expm1(x),
  Log: (x) => Math.log(x),
  Log1p: (x) => Math.log1p(x),
  Sin: (x) => Math.sin(x),
  Cos: (x) => Math.cos(x),
  Asin: (x) => Math.asin(x),
  Tanh: (x) => Math.tanh(x),
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Softplus: (x) => (x < threshold ? Math.exp(x) : x > -threshold ? x : Math.log(1 + Math.exp(x))),
  Relu: (x) => Math.max(0, x),
  Floor: (x) => Math.floor(x),
  Ceil: (x) => Math.ceil(x),
  Round: nearest
}

/** The function of an elementwise kernel; nothing for kernels that are not in the table. */
export const hostFunction = (kernel: string, attrs: Attrs): HostFunction | undefined => {
  if (kernel === "Cast") return attrs["dtype"] === "bool" ? (x) => truth(x !== 0) : (x) => x
  if (kernel !== "ClipByValue") return functions[kernel]
  const [least, greatest] = [Number(attrs["clipValueMin"]), Number(attrs["clipValueMax"])]
  return (x) => (x > greatest ? greatest : x < least ? least : x)
}
