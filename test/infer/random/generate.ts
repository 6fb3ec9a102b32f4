import * as fc from "fast-check"
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

/** Two digits after the point, for people. */
const hundredths = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: 100 * low, max: 100 * high }).map((n) => n / 100)

/** A choice from a list that is known only when the program is put together: the place, modulo its length. */
const choice = fc.nat(2 ** 20)
const chosen = <A>(list: ReadonlyArray<A>, place: number): A => list[place % list.length] as A
const oneIn = (n: number): fc.Arbitrary<boolean> => fc.nat(n - 1).map((k) => k === n - 1)

/** A number that is read, before it is known which ones there are. */
interface Leaf {
  readonly leaf: number
  readonly index: number
  readonly value: number
}
type Tree = Leaf | { readonly op: string; readonly inputs: ReadonlyArray<Tree> }

const leaves: fc.Arbitrary<Leaf> = fc.record({ leaf: choice, index: choice, value: hundredths(-2, 2) })
const names = Object.keys(ops)
/** Trees of at most that depth; a subtree is smaller than its tree. */
const trees = (depth: number): fc.Arbitrary<Tree> => {
  if (depth === 0) return leaves
  const deeper = trees(depth - 1)
  const op = fc.tuple(fc.constantFrom(...names), deeper, deeper, deeper)
  const node = op.map(([name, ...inputs]): Tree => ({ op: name, inputs: inputs.slice(0, ops[name]?.arity) }))
  return fc.oneof({ withCrossShrink: true }, { arbitrary: deeper, weight: 1 }, { arbitrary: node, weight: 9 })
}
const [shallow, middle, deep] = [trees(1), trees(2), trees(3)]

/** One parameter of a family: a plain number, or a squashed tree. */
interface Parameter {
  readonly isPlain: boolean
  readonly plain: Leaf
  readonly squash: number
  readonly tree: Tree
}
const parameters = (tree: fc.Arbitrary<Tree>): fc.Arbitrary<ReadonlyArray<Parameter>> => {
  const one = fc.record({ isPlain: fc.boolean(), plain: leaves, squash: choice, tree })
  return fc.tuple(one, one, one)
}

const sites = fc.record({
  isGlobal: fc.nat(4).map((k) => k < 3),
  isWide: fc.nat(4).map((k) => k > 2),
  space: choice,
  family: choice,
  priorFamily: choice,
  guide: parameters(shallow),
  prior: parameters(fc.oneof({ withCrossShrink: true }, shallow, middle))
})
type Site = typeof sites extends fc.Arbitrary<infer A> ? A : never

const parts = fc.record({
  seed: fc.noShrink(fc.nat()),
  // beside round numbers, at which relu and its like have no slope
  params: fc.array(
    hundredths(-1, 1).map((x) => Number((x + 0.0037).toFixed(4))),
    { minLength: 1, maxLength: 5, size: "max" }
  ),
  perRow: oneIn(3),
  sites: fc.array(sites, { minLength: 1, maxLength: 4, size: "max" }),
  family: fc.constantFrom("Normal", "Normal", "Bernoulli", "Poisson"),
  likelihood: parameters(fc.oneof({ withCrossShrink: true }, middle, deep)),
  rows: fc.array(fc.record({ x: hundredths(-1, 1), y: hundredths(-1.5, 1.5), count: choice }), {
    minLength: 1,
    maxLength: 5,
    size: "max"
  }),
  isWhole: fc.boolean(),
  batch: choice
})
type Parts = typeof parts extends fc.Arbitrary<infer A> ? A : never

/** All numbers that a tree may read, each a way to an expression. */
type Readable = ReadonlyArray<(leaf: Leaf) => Expr>

const exprOf = (tree: Tree, readable: Readable): Expr =>
  "op" in tree
    ? { kind: "op", op: tree.op, inputs: tree.inputs.map((input) => exprOf(input, readable)) }
    : chosen(readable, tree.leaf)(tree)
const squashes = ["tanh", "sin", "sigmoid", "cos"]
const squashed = ({ squash, tree }: Parameter, readable: Readable): Expr => ({
  kind: "op",
  op: chosen(squashes, squash),
  inputs: [exprOf(tree, readable)]
})
const constant = ({ value }: Leaf): Expr => ({ kind: "constant", value })
const covariate = (): Expr => ({ kind: "covariate" })
const draw =
  (site: string): (() => Expr) =>
  () => ({ kind: "draw", site })

const familiesOf = (space: Space): ReadonlyArray<string> =>
  Object.keys(families).filter((name) => families[name]?.space === space)
const distOf = (family: string, parameters: ReadonlyArray<Expr>): RandomDist => ({
  family,
  parameters: parameters.slice(0, families[family]?.parameters ?? 1)
})
const all: ReadonlyArray<Space> = ["real", "real", "positive", "unit", "circle", "coin", "labels", "counts"]
const discrete: ReadonlyArray<Space> = ["coin", "labels"]
const spaceOf = ({ guide }: RandomSite): Space => families[guide.family]?.space ?? "real"

/** Each site reads those before it; no global one comes after a local one. Two integrals at most, and no long sum beside them. */
const assemble = ({ seed, params, perRow, sites, family, likelihood, rows, isWhole, batch }: Parts): RandomProgram => {
  const param = ({ index }: Leaf): Expr => ({ kind: "param", index: index % params.length })
  const globals: Array<RandomSite> = []
  const locals: Array<RandomSite> = []
  const siteOf = (name: string, isLocal: boolean, { isWide, space, family, priorFamily, guide, prior }: Site) => {
    const before = [...globals, ...locals]
    const wide = before.map(spaceOf).filter((space) => isContinuous(space) || space === "counts").length
    const known = chosen(wide === 0 || (wide === 1 && isWide) ? all : discrete, space)
    const guided = chosen(familiesOf(known), family)
    const priors = guided === "Uniform" ? ["Normal"] : familiesOf(known).filter((each) => each !== "Uniform")
    const draws = before.map(({ name }) => draw(name))
    const readable = [param, param, ...draws, ...(isLocal ? [covariate] : []), ...(isLocal && perRow ? [rowParam] : [])]
    const guides = guide.map((each) => (each.isPlain ? exprOf(each.plain, readable) : squashed(each, readable)))
    const given = prior.map((each) =>
      each.isPlain || draws.length === 0 ? constant(each.plain) : squashed(each, [...draws, constant])
    )
    return { name, prior: distOf(chosen(priors, priorFamily), given), guide: distOf(guided, guides) }
  }
  sites.forEach((site, i) => {
    if (site.isGlobal && locals.length === 0) globals.push(siteOf(`z${i}`, false, site))
    else if (locals.length < 2) locals.push(siteOf(`z${i}`, true, site))
  })
  const draws = [...globals, ...locals].map(({ name }) => draw(name))
  const readable = [...draws, ...draws, ...draws, constant, covariate, param]
  const observed = likelihood.map((each, i) => (i === 0 ? squashed(each, readable) : constant(each.plain)))
  return {
    ...{ seed, params, globals, locals, perRow, likelihood: distOf(family, observed) },
    rows: rows.map(({ x, y, count }) => ({ x, y: family === "Normal" ? y : count % (family === "Poisson" ? 4 : 2) })),
    batch: isWhole ? rows.length : 1 + (batch % rows.length)
  }
}
const rowParam = (): Expr => ({ kind: "row param" })

/** Random programs. A failing one shrinks: to fewer sites and rows, to subtrees, to the first of each list. */
export const programs: fc.Arbitrary<RandomProgram> = fc.noBias(parts.map(assemble))

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

/** The number of expressions in a program. */
export const size = ({ globals, locals, likelihood }: RandomProgram): number => {
  const inside = (expr: Expr): number => 1 + (expr.kind === "op" ? total(expr.inputs.map(inside)) : 0)
  const total = (sizes: ReadonlyArray<number>): number => sizes.reduce((sum, each) => sum + each, 0)
  const dists = [likelihood, ...[...globals, ...locals].flatMap(({ prior, guide }) => [prior, guide])]
  return total(dists.flatMap(({ parameters }) => parameters.map(inside)))
}
