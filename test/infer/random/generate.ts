import { generator } from "../harness.ts"
import { families, isContinuous, type Space } from "./families.ts"
import { ops } from "./ops.ts"

/** A number in a random program. */
export type Expr =
  | { readonly kind: "draw"; readonly site: string }
  | { readonly kind: "param"; readonly index: number }
  | { readonly kind: "row param" }
  | { readonly kind: "covariate" }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "op"; readonly op: string; readonly inputs: ReadonlyArray<Expr> }

export interface RandomDist {
  readonly family: string
  readonly parameters: ReadonlyArray<Expr>
}
export interface RandomSite {
  readonly name: string
  readonly prior: RandomDist
  readonly guide: RandomDist
}
/** Latent sites outside of a plate, then in each row of it; each row is observed once. */
export interface RandomProgram {
  readonly seed: number
  readonly params: ReadonlyArray<number>
  readonly globals: ReadonlyArray<RandomSite>
  readonly locals: ReadonlyArray<RandomSite>
  readonly likelihood: RandomDist
  readonly rows: ReadonlyArray<{ readonly x: number; readonly y: number }>
  readonly batch: number
  /** whether each row has a number of its own */
  readonly perRow: boolean
}

/** The program of a number: the same one each time. */
export const generate = (seed: number): RandomProgram => {
  const next = generator(seed * 7919 + 17)
  for (let i = 0; i < 5; i++) next()
  const below = (n: number): number => Math.floor(next() * n)
  const pick = <A>(list: ReadonlyArray<A>): A => list[below(list.length)] as A
  const round = (x: number): number => Math.round(x * 100) / 100
  const params: Array<number> = []
  const param = (): Expr => {
    if (params.length < 3 || next() < 0.1) params.push(round(2 * next() - 1))
    return { kind: "param", index: below(params.length) }
  }
  const constant = (): Expr => ({ kind: "constant", value: round(4 * next() - 2) })
  const op = (name: string, ...inputs: ReadonlyArray<Expr>): Expr => ({ kind: "op", op: name, inputs })
  const names = Object.keys(ops)
  /** an expression of some depth that reads some of the given numbers */
  const expr = (depth: number, leaves: ReadonlyArray<() => Expr>): Expr => {
    if (depth === 0 || next() < 0.1) return pick(leaves)()
    const name = pick(names)
    return op(name, ...Array.from({ length: ops[name]?.arity ?? 1 }, () => expr(depth - 1, leaves)))
  }
  const squash = (x: Expr): Expr => op(pick(["tanh", "sin", "sigmoid", "cos"]), x)
  const familiesOf = (space: Space): ReadonlyArray<string> =>
    Object.keys(families).filter((name) => families[name]?.space === space)
  const draw =
    (site: string): (() => Expr) =>
    () => ({ kind: "draw", site })

  const site = (
    name: string,
    spaces: ReadonlyArray<Space>,
    before: ReadonlyArray<string>,
    local: boolean
  ): RandomSite => {
    const space = pick(spaces)
    const priors = familiesOf(space).filter((family) => family !== "Uniform")
    const draws = before.map(draw)
    const guideLeaves = [param, param, ...draws, ...(local ? [covariate] : []), ...(local && perRow ? [rowParam] : [])]
    const make = (family: string, leaf: () => Expr): RandomDist => ({
      family,
      parameters: Array.from({ length: families[family]?.parameters ?? 1 }, leaf)
    })
    const guide = pick(familiesOf(space))
    const prior = guide === "Uniform" ? "Normal" : pick(priors)
    return {
      name,
      prior: make(prior, () =>
        draws.length > 0 && next() < 0.6 ? squash(expr(1 + below(2), [...draws, constant])) : constant()
      ),
      guide: make(guide, () => (next() < 0.5 ? pick(guideLeaves)() : squash(expr(1, guideLeaves))))
    }
  }
  const perRow = next() < 0.3
  const rowParam = (): Expr => ({ kind: "row param" })
  const covariate = (): Expr => ({ kind: "covariate" })
  const all: ReadonlyArray<Space> = ["real", "real", "positive", "unit", "circle", "coin", "labels", "counts"]
  const discrete: ReadonlyArray<Space> = ["coin", "labels"]
  const spaceOf = ({ guide }: RandomSite): Space => families[guide.family]?.space ?? "real"
  const globals: Array<RandomSite> = []
  const locals: Array<RandomSite> = []
  /** two integrals at most, and no long sum beside them */
  const allowed = (): ReadonlyArray<Space> => {
    const spaces = [...globals, ...locals].map(spaceOf)
    const wide = spaces.filter((space) => isContinuous(space) || space === "counts").length
    return wide === 0 || (wide === 1 && next() < 0.4) ? all : discrete
  }
  const add = (list: Array<RandomSite>, name: string, local: boolean): void => {
    list.push(
      site(
        name,
        allowed(),
        [...globals, ...locals].map((known) => known.name),
        local
      )
    )
  }
  const count = 1 + below(4)
  for (let i = 0; i < count; i++) {
    if (next() < 0.6 && locals.length === 0) add(globals, `z${i}`, false)
    else if (locals.length < 2) add(locals, `z${i}`, true)
  }
  const draws = [...globals, ...locals].map(({ name }) => draw(name))
  const family = pick(["Normal", "Normal", "Bernoulli", "Poisson"])
  const leaves = [...draws, ...draws, ...draws, constant, covariate, param]
  const likelihood: RandomDist = {
    family,
    parameters: Array.from({ length: families[family]?.parameters ?? 1 }, (_, i) =>
      i === 0 ? squash(expr(2 + below(2), leaves)) : constant()
    )
  }
  const n = 1 + below(5)
  const rows = Array.from({ length: n }, () => ({
    x: round(2 * next() - 1),
    y: family === "Normal" ? round(3 * next() - 1.5) : below(family === "Poisson" ? 4 : 2)
  }))
  return { seed, params, globals, locals, likelihood, rows, batch: next() < 0.5 ? n : 1 + below(n), perRow }
}

/** An expression in words: `tanh(add(z0, p1))`. */
export const showExpr = (expr: Expr): string => {
  switch (expr.kind) {
    case "draw":
      return expr.site
    case "param":
      return `p${expr.index}`
    case "row param":
      return "r"
    case "covariate":
      return "x"
    case "constant":
      return String(expr.value)
    case "op":
      return `${expr.op}(${expr.inputs.map(showExpr).join(", ")})`
  }
}

/** A program in words, for a person who looks for what went wrong. */
export const show = ({ seed, params, globals, locals, likelihood, rows, batch, perRow }: RandomProgram): string => {
  const dist = ({ family, parameters }: RandomDist): string => `${family}(${parameters.map(showExpr).join(", ")})`
  const site = ({ name, prior, guide }: RandomSite): string => `${name} ~ ${dist(prior)}, guided by ${dist(guide)}`
  return [
    `program ${seed}: p = [${params.join(", ")}]${perRow ? ", r = a number for each row" : ""}`,
    ...globals.map(site),
    `for each of ${rows.length} rows, in batches of ${batch}: ${JSON.stringify(rows)}`,
    ...locals.map((each) => `  ${site(each)}`),
    `  y ~ ${dist(likelihood)}`
  ].join("\n")
}
