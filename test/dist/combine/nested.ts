import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { drawOf } from "../../../src/dist/combine/copies.ts"
import { Masked } from "../../../src/dist/combine/Masked.ts"
import { Mixture } from "../../../src/dist/combine/Mixture.ts"
import { Truncated } from "../../../src/dist/combine/Truncated.ts"
import { ZeroInflated } from "../../../src/dist/combine/ZeroInflated.ts"
import { type Dist, fromFamily, type Gradient } from "../../../src/dist/Dist.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { Laplace } from "../../../src/dist/Laplace.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { OneHotCategorical } from "../../../src/dist/OneHotCategorical.ts"
import { type Shape, Tensor } from "../../../src/tensor/Tensor.ts"
import { type Domain, values } from "../laws/Domain.ts"
import type { Point } from "../laws/Row.ts"
import type { Lawful } from "./Lawful.ts"
import { pieces } from "./pieces.ts"

type Scalars = ReadonlyArray<Tensor<readonly []>>

/** A distribution made of others, by what it is made of; its parameters are numbers in one list. */
export interface Tree {
  readonly text: string
  readonly depth: number
  readonly shape: Shape
  readonly parameters: ReadonlyArray<number>
  /** builds it from its parameters */
  readonly make: (parameters: Scalars) => Dist
  /** of numbers: where the density lives, where it is not smooth, and about how wide it is; or all values */
  readonly line?: {
    readonly low: number
    readonly high: number
    readonly breaks: ReadonlyArray<number>
    readonly center: number
    readonly scale: number
  }
  readonly values?: ReadonlyArray<Point>
  readonly domain: Domain
  /** of numbers with quantiles; of zeros and ones */
  readonly invertible: boolean
  readonly counts: boolean
}

const onGrid = (min: number, max: number) =>
  fc.integer({ min: Math.ceil(min * 64), max: Math.floor(max * 64) }).map((n) => n / 64)

type Line = NonNullable<Tree["line"]>
const onLine = (line: Line): Pick<Tree, "line" | "domain"> => ({
  line,
  domain: pieces(line.low, line.high, line.breaks, line.scale)
})

const density = (
  text: string,
  parameters: ReadonlyArray<number>,
  line: Line,
  make: Tree["make"],
  invertible = true
): Tree => ({
  text,
  depth: 0,
  shape: [],
  parameters,
  make,
  ...onLine(line),
  invertible,
  counts: false
})

const at = (scalars: Scalars, i: number): Tensor<readonly []> => scalars[i] as Tensor<readonly []>

const leaf: fc.Arbitrary<Tree> = fc.oneof(
  fc.tuple(onGrid(-1, 1), onGrid(0.5, 1.5)).map(([loc, scale]) => {
    const whole = { low: -Infinity, high: Infinity, breaks: [], center: loc, scale }
    const invertible = "icdf" in Normal(0, 1)
    return density("Normal", [loc, scale], { ...whole }, (p) => Normal(at(p, 0), at(p, 1)), invertible)
  }),
  fc
    .tuple(onGrid(-1, 1), onGrid(0.5, 1.5))
    .map(([loc, scale]) =>
      density("Laplace", [loc, scale], { low: -Infinity, high: Infinity, breaks: [loc], center: loc, scale }, (p) =>
        Laplace(at(p, 0), at(p, 1))
      )
    ),
  onGrid(0.5, 1.5).map((rate) =>
    density("Exponential", [rate], { low: 0, high: Infinity, breaks: [], center: 1 / rate, scale: 1 / rate }, (p) =>
      Exponential(at(p, 0))
    )
  ),
  onGrid(-1.5, 1.5).map(
    (logits): Tree => ({
      text: "Bernoulli",
      depth: 0,
      shape: [],
      parameters: [logits],
      make: (p) => Bernoulli({ logits: at(p, 0) }),
      values: [0, 1],
      domain: values([0, 1]),
      invertible: false,
      counts: true
    })
  ),
  fc.array(onGrid(-1, 1), { minLength: 3, maxLength: 3 }).map(
    (logits): Tree => ({
      text: "OneHotCategorical",
      depth: 0,
      shape: [3],
      parameters: logits,
      make: (p) => OneHotCategorical({ logits: Tensor.of([3], tf.stack([...p])) }),
      values: hot,
      domain: values(hot),
      invertible: false,
      counts: false
    })
  )
)
const hot = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1]
]

/** Trees of at most the given depth. */
export const nested = (depth: number): fc.Arbitrary<Tree> =>
  depth === 0 ? leaf : fc.oneof({ arbitrary: leaf, weight: 1 }, { arbitrary: around(nested(depth - 1)), weight: 4 })

const around = (inner: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> =>
  inner.chain((tree) =>
    fc.oneof(
      ...[
        ...(tree.shape.length <= 1 && (tree.shape.length === 0 || tree.values !== undefined) ? [twice(tree)] : []),
        ...(tree.line !== undefined && tree.invertible ? [truncated(tree, tree.line)] : []),
        ...(tree.counts ? [zeroInflated(tree)] : []),
        masked(tree),
        mixed(tree)
      ]
    )
  )

const wrapped = (tree: Tree, name: string, changes: Partial<Tree>): Tree => ({
  ...tree,
  text: `${name}(${tree.text})`,
  depth: tree.depth + 1,
  ...changes
})

const twice = (tree: Tree): fc.Arbitrary<Tree> => {
  const all = tree.values
  const { line: _, ...rest } = tree
  return fc.constant({
    ...rest,
    text: `iid(${tree.text})`,
    depth: tree.depth + 1,
    shape: [2, ...tree.shape],
    make: (p) => tree.make(p).iid(2),
    ...(all && { values: all.flatMap((a) => all.map((b): Point => [a, b] as Point)) }),
    domain:
      all === undefined ? squared(tree.domain) : values(all.flatMap((a) => all.map((b): Point => [a, b] as Point))),
    invertible: false,
    counts: false
  })
}

/** Both numbers of a pair over the same domain, of which every 8th point is taken. */
const squared = ({ points, weights }: Domain): Domain => {
  const kept = points.flatMap((x, i) => (i % 8 === 0 ? [[x as number, 8 * (weights[i] as number)] as const] : []))
  return {
    kind: "density",
    points: kept.flatMap(([a]) => kept.map(([b]) => [a, b])),
    weights: kept.flatMap(([, a]) => kept.map(([, b]) => a * b))
  }
}

const truncated = (tree: Tree, line: Line): fc.Arbitrary<Tree> =>
  fc.tuple(onGrid(0.5, 1.5), onGrid(0.5, 1.5)).map(([a, b]) => {
    const [low, high] = [line.center - a * line.scale, line.center + b * line.scale].map(Math.fround) as [
      number,
      number
    ]
    const part = { low: Math.max(low, line.low), high: Math.min(high, line.high) }
    const center = (part.low + part.high) / 2
    return wrapped(tree, "Truncated", {
      make: (p) => Truncated(tree.make(p) as never, low, high),
      ...onLine({ ...part, breaks: line.breaks, center, scale: (part.high - part.low) / 3 })
    })
  })

const zeroInflated = (tree: Tree): fc.Arbitrary<Tree> =>
  onGrid(-1.5, 1.5).map((logits) =>
    wrapped(tree, "ZeroInflated", {
      parameters: [logits, ...tree.parameters],
      make: ([zeros, ...p]) => ZeroInflated(tree.make(p) as never, { logits: zeros as Tensor<readonly []> })
    })
  )

const masked = (tree: Tree): fc.Arbitrary<Tree> =>
  fc.constant(
    wrapped(tree, "Masked", {
      make: (p) => {
        const base = tree.make(p)
        return Masked(
          base,
          Tensor.of(
            base.shape.slice(0, base.shape.length - base.eventRank),
            tf.ones(base.shape.slice(0, base.shape.length - base.eventRank))
          )
        )
      }
    })
  )

/** With another of its kind, whose parameters are an eighth larger. */
const mixed = (tree: Tree): fc.Arbitrary<Tree> =>
  fc.tuple(onGrid(-1, 1), onGrid(-1, 1)).map(([a, b]) => {
    const n = tree.parameters.length
    const larger = (x: number): number => 1.125 * x
    const line = tree.line && { ...tree.line, breaks: [...tree.line.breaks, ...tree.line.breaks.map(larger)] }
    return wrapped(tree, "Mixture", {
      parameters: [a, b, ...tree.parameters, ...tree.parameters.map(larger)],
      make: (p) => {
        const logits = Tensor.of([2], tf.stack([at(p, 0), at(p, 1)]))
        return Mixture({ logits } as never, [tree.make(p.slice(2, 2 + n)), tree.make(p.slice(2 + n))] as never)
      },
      ...(line && onLine(line)),
      invertible: false
    })
  })

/** A distribution whose whole value is one event, as the laws ask for. */
const wholeValue = (dist: Dist): Dist => {
  const { shape, support, constraints, parameters } = dist
  const positions = shape.length - dist.eventRank
  if (positions === 0 || shape.length === 0) return dist
  return fromFamily({
    family: dist.family,
    shape,
    eventRank: shape.length,
    support,
    gradients: dist.gradients as ReadonlyArray<Gradient>,
    constraints,
    parameters,
    logDensity: (x) => {
      const each = dist.logDensity(x)
      return tf.sum(
        each,
        Array.from({ length: positions }, (_, i) => each.rank - positions + i)
      )
    },
    draw: (key, size) => drawOf(dist, key, size),
    mean: () => dist.mean(),
    variance: () => dist.variance()
  })
}

/** What the laws must be told of a tree. */
export const lawfulOf = (tree: Tree): Lawful<{ readonly parameters: ReadonlyArray<number> }> => ({
  make: ({ parameters }) =>
    wholeValue(tree.make(tree.parameters.map((_, i) => Tensor.of([], tf.reshape(tf.slice(parameters, [i], [1]), []))))),
  settings: fc.constant({ parameters: tree.parameters }),
  domain: () => tree.domain,
  terms: () => 40,
  outside: "every number is inside",
  kinks: () =>
    tree.line === undefined ? [] : [tree.line.low, tree.line.high, ...tree.line.breaks].filter(Number.isFinite)
})
