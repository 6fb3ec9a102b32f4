import { families, gridOf, isContinuous } from "./families.ts"
import type { Expr, RandomDist, RandomProgram, RandomSite } from "./generate.ts"
import { helpers, ops, Pole, refusingPoles } from "./ops.ts"

/** Log densities in float64, that of a Gamma and of a Beta without its constant. */
const logs = {
  normal: (x: number, m: number, s: number) => -0.5 * ((x - m) / s) ** 2 - Math.log(s) - 0.5 * Math.log(2 * Math.PI),
  laplace: (x: number, m: number, s: number) => -Math.abs(x - m) / s - Math.log(2 * s),
  logistic: (x: number, m: number, s: number) => {
    const u = Math.abs(x - m) / s
    return -u - 2 * Math.log1p(Math.exp(-u)) - Math.log(s)
  },
  gamma: (x: number, a: number, b: number) => (a - 1) * Math.log(x) - b * x,
  beta: (x: number, a: number, b: number) => (a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x),
  label: (k: number, logits: ReadonlyArray<number>) => (logits[k] ?? Number.NaN) - helpers.logSumExp(logits)
}

const js = (expr: Expr): string => {
  switch (expr.kind) {
    case "draw":
      return expr.site
    case "param":
      return `P[${expr.index}]`
    case "row param":
      return "R[i]"
    case "covariate":
      return "X[i]"
    case "constant":
      return `(${expr.value})`
    case "op":
      return ops[expr.op]?.js(...expr.inputs.map(js)) ?? "NaN"
  }
}
const densityAt = (family: string, z: string, parameters: ReadonlyArray<string>, constant?: string): string => {
  const known = families[family]
  if (known === undefined) return "NaN"
  return [known.js(z, parameters), constant ?? known.constant?.(parameters) ?? "0"].join(" + ")
}
const logDensity = ({ family, parameters }: RandomDist, z: string): string => densityAt(family, z, parameters.map(js))

/** Parameters as constants before a loop whose variable they cannot read, and the log density that reads them. */
const before = (name: string, { family, parameters }: RandomDist, z: string): readonly [string, string] => {
  const names = parameters.map((_, i) => `${name}${i}`)
  const constant = families[family]?.constant?.(names) ?? "0"
  return [
    [...parameters.map((each, i) => `const ${names[i]} = ${js(each)}`), `const ${name}c = ${constant}`, ""].join("\n"),
    densityAt(family, z, names, `${name}c`)
  ]
}

/** A loop over the values of a site: `inside` reads its name, the product `weight` of all weights so far, and the sum `cost` of log q − log p. */
const loop = (
  { name, prior, guide }: RandomSite,
  outer: { readonly weight: string; readonly cost: string },
  inside: (inner: { readonly weight: string; readonly cost: string }) => string
): string => {
  const [w, c, j] = [`w_${name}`, `c_${name}`, `j_${name}`]
  const [guides, logGuide] = before(`g_${name}_`, guide, name)
  const [priors, logPrior] = before(`p_${name}_`, prior, name)
  const ends = families[guide.family]?.ends?.(guide.parameters.map((_, i) => `g_${name}_${i}`))
  const value =
    ends === undefined
      ? `G.${name}[0][${j}]`
      : `(${ends[0]}) + ((${ends[1]}) - (${ends[0]})) * (${j} + offset) / G.${name}[0].length`
  const weight = ends === undefined ? `Math.exp(q_${name}) * G.${name}[1][${j}]` : `1 / G.${name}[0].length`
  return `${guides}${priors}for (let ${j} = 0; ${j} < G.${name}[0].length; ${j}++) {
    const ${name} = ${value}
    const q_${name} = ${logGuide}
    const ${w} = ${outer.weight} * ${weight}
    if (${w} < 1e-10) continue
    const ${c} = ${outer.cost} + q_${name} - (${logPrior})
    ${inside({ weight: w, cost: c })}
  }`
}

const nested = (
  sites: ReadonlyArray<RandomSite>,
  outer: { readonly weight: string; readonly cost: string },
  inside: (inner: { readonly weight: string; readonly cost: string }) => string
): string => {
  const [first, ...others] = sites
  return first === undefined ? inside(outer) : loop(first, outer, (inner) => nested(others, inner, inside))
}

type Bound = (P: ReadonlyArray<number>, R: ReadonlyArray<number>) => number

/** −ELBO of a program as a function of its parameters: sums over discrete values, the midpoint rule over continuous ones. */
const boundOf = (program: RandomProgram, offset: number, isFine: boolean, functions = helpers): Bound => {
  const { globals, locals, likelihood, rows } = program
  const sites = [...globals, ...locals]
  const dimensions = sites.filter(({ guide }) => isContinuous(families[guide.family]?.space ?? "real")).length
  const [line, plane] = isFine ? [20_000, 400] : [1500, 110]
  const size = dimensions > 1 ? plane : line
  // no two sites have one grid: `equal(z0, z1)` would hold on its diagonal, where the event has no probability
  const grids = Object.fromEntries(
    sites.map(({ name, guide }, i) => [name, gridOf(families[guide.family]?.space ?? "real", size + i, offset)])
  )
  const body = nested(
    globals,
    { weight: "1", cost: "0" },
    ({ weight, cost }) => `
    total += ${weight} * ${cost}
    for (let i = 0; i < X.length; i++) {
      ${nested(locals, { weight, cost: "0" }, (inner) => `total += ${inner.weight} * (${inner.cost} - (${logDensity(likelihood, "Y[i]")}))`)}
    }`
  )
  const source = `let total = 0\n${body}\nreturn total`
  const run = new Function("P", "R", "X", "Y", "G", "H", "L", "offset", source) as (...args: unknown[]) => number
  const [xs, ys] = [rows.map(({ x }) => x), rows.map(({ y }) => y)]
  return (P, R) => run(P, R, xs, ys, grids, functions, logs, offset)
}

/** Does the bound read a value that turns on the sign of a zero? */
export const meetsPole = (program: RandomProgram, rowParams: ReadonlyArray<number>): boolean => {
  try {
    boundOf(program, 0.5, false, refusingPoles)(program.params, rowParams)
    return false
  } catch (error) {
    if (error instanceof Pole) return true
    throw error
  }
}

/** Numbers by parameter: p0, p1, …, r. */
export type ByParameter = Readonly<Record<string, ReadonlyArray<number>>>

export interface Exact {
  readonly gradient: ByParameter
  /** an allowance for the error of the integrals, which takes three times as long as the gradient */
  readonly error: () => ByParameter
}

/**
 * The exact gradient of −ELBO by central differences of the integral. In earnest it is the mean over five fine grids, each moved on by a fifth of its steps: where a site meets a jump, a single grid is
 * off by up to the whole step that holds it. How far they are apart tells the error of the rule. Widths differ where a parameter stands at a kink or a jump, or the bound oscillates within them.
 */
export const exact = (program: RandomProgram, rowParams: ReadonlyArray<number>, isFine = false): Exact => {
  const coarse = boundOf(program, 0.5, false)
  const bounds = isFine ? [0.1, 0.3, 0.5, 0.7, 0.9].map((offset) => boundOf(program, offset, true)) : [coarse]
  const gradients = bounds.map((bound) => gradientOf(bound, program.params, rowParams))
  const gradient = combined(gradients, (each) => average(each))
  const error = (): ByParameter => {
    const middle = bounds[bounds.length >> 1] ?? coarse
    const narrower = oscillates(coarse, program.params, rowParams) ? [8, 64, 512, 4096] : [8, 64]
    const at = [1, ...narrower].map((times) => gradientOf(middle, program.params, rowParams, width / times))
    const grids = combined(gradients, (each) => 2 * average(each.map((x) => Math.abs(x - average(each)))))
    const widths = combined(at, ([first = 0, ...others]) =>
      others.reduce((sum, other) => sum + 2 * Math.abs(other - first), 0)
    )
    return combined([grids, widths], ([x = 0, y = 0]) => x + y)
  }
  return { gradient, error }
}

const average = (xs: ReadonlyArray<number>): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

/** One number of several for each number of each parameter. */
const combined = (each: ReadonlyArray<ByParameter>, f: (numbers: ReadonlyArray<number>) => number): ByParameter =>
  Object.fromEntries(
    Object.entries(each[0] ?? {}).map(([name, values]) => [
      name,
      values.map((_, i) => f(each.map((gradient) => gradient[name]?.[i] ?? Number.NaN)))
    ])
  )

const width = 2e-3

/** Does the bound turn back several times as one parameter moves by the width of the differences, as sin(tan(acos(p))) does? Narrower differences then say by how much these are off. */
const oscillates = (bound: Bound, params: ReadonlyArray<number>, rowParams: ReadonlyArray<number>): boolean =>
  params.some((_, i) => {
    const values = Array.from({ length: 17 }, (_, k) => bound(moved(params, i, width * (k / 8 - 1)), rowParams))
    const rises = values.slice(1).map((value, k) => Math.sign(value - (values[k] ?? 0)))
    return rises.slice(1).filter((rise, k) => rise * (rises[k] ?? 0) < 0).length > 4
  })

const moved = (list: ReadonlyArray<number>, i: number, by: number): ReadonlyArray<number> =>
  list.map((x, j) => (i === j ? x + by : x))

const gradientOf = (
  bound: Bound,
  params: ReadonlyArray<number>,
  rowParams: ReadonlyArray<number>,
  by = width
): ByParameter => {
  const slope = (at: (by: number) => number): number => (at(by) - at(-by)) / (2 * by)
  return {
    ...Object.fromEntries(params.map((_, i) => [`p${i}`, [slope((by) => bound(moved(params, i, by), rowParams))]])),
    r: rowParams.map((_, i) => slope((by) => bound(params, moved(rowParams, i, by))))
  }
}
