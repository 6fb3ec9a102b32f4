import type * as tf from "@tensorflow/tfjs"
import type { Support } from "../dist/Support.ts"
import { cholesky, ordered, positive, simplex, unit, type Way } from "../dist/transform/parameters.ts"
import { GuideMismatch, InvalidOption } from "../Errors.ts"
import { inWords } from "../tensor/ops/Operand.ts"
import { type Shape, sizeOf, type Tensor, typed } from "../tensor/Tensor.ts"

/** The first value of a parameter: drawn by the fit's seed and the parameter's name, one given number everywhere, or given numbers (for each row the same). */
export type Init =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "values"; readonly values: ReadonlyArray<number> }
  | { readonly kind: "uniform"; readonly bound: number }

/** A request for one parameter: real numbers of a shape, with the support to which they are mapped. */
export interface ParamRequest {
  readonly name: string
  /** of the real numbers that are trained; of one row for a per-row parameter */
  readonly shape: Shape
  /** of the real numbers that are trained */
  readonly init: Init
  readonly support: Support
  /** for a per-row parameter the plate that it belongs to */
  readonly plate: string | undefined
}

/** The parameters of one fit while its program runs. The same name is the same parameter. */
export interface ParamStore {
  readonly get: (request: ParamRequest) => tf.Tensor
  /** a name for a net that was given none: the same object has the same name */
  readonly nameOf: (net: object, kind: string) => string
  /** the factors by which a layer multiplies its units while it is trained; left out where nothing is trained */
  readonly mask?: (layer: object, shape: Shape, rate: number) => tf.Tensor
}

/** A value in place of a parameter, on the parameter's support and of its shape there; undefined for parameters that stay as they are. */
export type Lift = (request: ParamRequest, shape: Shape) => tf.Tensor | undefined

interface Scope {
  readonly store: ParamStore
  /** the plates that the program is in, outermost first */
  readonly plates: Array<string>
  /** what takes the place of parameters in the parts of the program that it is in, outermost first */
  readonly lifts: Array<Lift>
}

/** The fit that is being recorded. Plain calls such as `param` need to find it, so it is module state: the only one here. */
let current: Scope | undefined

/** Runs `f` with a store for its parameters, in the given plates; the previous one is back afterwards, whatever happens. */
export const withParams = <A>(store: ParamStore, f: () => A, plates: ReadonlyArray<string> = []): A => {
  const before = current
  current = { store, plates: [...plates], lifts: [] }
  try {
    return f()
  } finally {
    current = before
  }
}

/** The plates that the program is in at this moment, outermost first. */
export const currentPlates = (): ReadonlyArray<string> => [...(current?.plates ?? [])]
export const enterPlate = (name: string): void => void current?.plates.push(name)
export const leavePlate = (): void => void current?.plates.pop()
export const enterLift = (lift: Lift): void => void current?.lifts.push(lift)
export const leaveLift = (): void => void current?.lifts.pop()

const scopeFor = (asking: string): Scope => {
  if (current !== undefined) return current
  throw new GuideMismatch({
    site: asking,
    reason:
      "parameters and nets are made while a program is recorded. Call them inside the likelihood, the guide or a program, not at the top level."
  })
}

/** The parameters of the program that is being recorded: real numbers. Throws GuideMismatch outside of one. */
export const currentStore = (asking: string): ParamStore => {
  const { store } = scopeFor(asking)
  return { ...store, get: (request) => valueOf(request, request.shape, (raw) => raw) }
}

/** A parameter on its support, or what was put in its place. */
const valueOf = (request: ParamRequest, shape: Shape, fromReal: (raw: tf.Tensor) => tf.Tensor): tf.Tensor => {
  const { store, lifts } = scopeFor(request.name)
  for (const lift of lifts.toReversed()) {
    const value = lift(request, shape)
    if (value !== undefined) return value
  }
  return fromReal(store.get(request))
}

const innermostPlate = (name: string): string => {
  const plate = scopeFor(name).plates.at(-1)
  if (plate !== undefined) return plate
  throw new GuideMismatch({
    site: name,
    reason:
      "a per-row parameter stands inside of a plate. Call param.row in the guide's function of a row, or use param."
  })
}

/** Learned numbers, by name: `param("w.loc", [3], 0)`, `param("w.loc", [3], [1, 0, -1])` or, for one number, `param("bias", 0.5)`. */
export interface NamedParam {
  <const S extends Shape>(name: string, shape: S, init?: number | ReadonlyArray<number>): Tensor<S>
  (name: string, init: number): Tensor<readonly []>
}

interface Source {
  readonly way: Way | undefined
  readonly perRow: boolean
  readonly defaultInit: number
}

const named =
  ({ way, perRow, defaultInit }: Source): NamedParam =>
  <S extends Shape>(
    name: string,
    shapeOrInit: S | number,
    init: number | ReadonlyArray<number> = defaultInit
  ): Tensor<S> => {
    const [shape, first] = typeof shapeOrInit === "number" ? [[], shapeOrInit] : [shapeOrInit, init]
    mustBeShape(name, shape)
    const request: ParamRequest = {
      name,
      shape,
      init: initOf(name, way, first, sizeOf(shape)),
      support: way?.support ?? "real",
      plate: perRow ? innermostPlate(name) : undefined
    }
    return typed(valueOf(request, shape, way?.fromReal ?? ((raw) => raw)))
  }

/** First values as real numbers. */
const initOf = (name: string, way: Way | undefined, first: number | ReadonlyArray<number>, size: number): Init => {
  const toReal = (x: number): number => (way === undefined ? x : way.toReal(x))
  const one = typeof first === "number"
  const all = one ? [first] : Array.from(first)
  const refuse = (expected: string): InvalidOption =>
    new InvalidOption({ option: name, value: String(first), expected })
  if (way !== undefined && !all.every((x) => way.inside(x) && Number.isFinite(x)))
    throw refuse(one ? `a first value that is ${way.words}` : `first values that are ${way.words}`)
  if (!all.every(Number.isFinite) || (!one && all.length !== size))
    throw refuse(one ? "a finite first value" : `${size} finite first values, or one for all`)
  return one ? { kind: "constant", value: toReal(first) } : { kind: "values", values: all.map(toReal) }
}

const mustBeShape = (name: string, shape: unknown): void => {
  if (Array.isArray(shape) && shape.every((n) => Number.isSafeInteger(n) && n > 0)) return
  throw new InvalidOption({
    option: name,
    value: inWords(shape),
    expected: 'a shape and first values, such as param("w", [3], [1, 0, -1]), or one number, such as param("w", 0.5)'
  })
}

/** A constrained vector or matrix of a shape, whose real numbers begin at 0. */
const whole = (name: string, way: Pick<Way, "support" | "fromReal">, size: number, shape: Shape): tf.Tensor => {
  const init = { kind: "constant", value: 0 } as const
  return valueOf({ name, shape: [size], init, support: way.support, plate: undefined }, shape, way.fromReal)
}

const row = Object.assign(named({ way: undefined, perRow: true, defaultInit: 0 }), {
  positive: named({ way: positive, perRow: true, defaultInit: 1 }),
  unit: named({ way: unit, perRow: true, defaultInit: 0.5 })
})

/**
 * A learned number or tensor, shared by its name within one fit. Constrained parameters are trained as real numbers and mapped to their
 * support; first values are given on the support: one for all numbers, or a list of one for each, row after row.
 *
 * - `param("w.loc", [3])`: three real numbers that begin at 0; `param("w.loc", [3], [1, 0, -1])`: at these; `param("bias", 0.5)`: one that begins at 0.5
 * - `param.positive("sigma", 1)`: above 0; the logarithm is trained
 * - `param.unit("p", 0.5)`: in (0, 1); the logit is trained
 * - `param.simplex("weights", 3)`: three numbers that add up to 1 and begin equal
 * - `param.ordered("cuts", 3)`: three increasing numbers that begin at 0, 1, 2
 * - `param.cholesky("scale", 2)`: a lower-triangular matrix [2, 2] with a positive diagonal that begins as the identity
 * - `param.row("z.loc", [2])`, `param.row.positive(…)`, `param.row.unit(…)`: numbers of its own for each row of the plate in which the call stands
 *
 * @throws DuplicateSite when a name comes back with another shape, support or first value; GuideMismatch outside of a recording, or of a plate
 * for `param.row`; InvalidOption for a first value outside of the support
 * @example
 * ```ts
 * const guide = () => ({ w: Normal(param("w.loc", [3]), param.positive("w.scale", [3])) })
 * ```
 */
export const param = Object.assign(named({ way: undefined, perRow: false, defaultInit: 0 }), {
  positive: named({ way: positive, perRow: false, defaultInit: 1 }),
  unit: named({ way: unit, perRow: false, defaultInit: 0.5 }),
  simplex: <const N extends number>(name: string, n: N): Tensor<readonly [N]> =>
    typed(whole(name, simplex, length(name, n, 2) - 1, [n])),
  ordered: <const N extends number>(name: string, n: N): Tensor<readonly [N]> =>
    typed(whole(name, ordered, length(name, n, 1), [n])),
  cholesky: <const N extends number>(name: string, n: N): Tensor<readonly [N, N]> =>
    typed(whole(name, cholesky, (length(name, n, 1) * (n + 1)) / 2, [n, n])),
  row
})

const length = (name: string, n: number, least: number): number => {
  if (Number.isSafeInteger(n) && n >= least) return n
  throw new InvalidOption({ option: name, value: String(n), expected: `a whole number from ${least}` })
}
