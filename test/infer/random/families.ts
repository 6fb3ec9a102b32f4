import * as tf from "@tensorflow/tfjs"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Beta } from "../../../src/dist/Beta.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import type { Dist } from "../../../src/dist/Dist.ts"
import { Exponential } from "../../../src/dist/Exponential.ts"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { Laplace } from "../../../src/dist/Laplace.ts"
import { Logistic } from "../../../src/dist/Logistic.ts"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Poisson } from "../../../src/dist/Poisson.ts"
import { Uniform } from "../../../src/dist/Uniform.ts"
import { VonMises } from "../../../src/dist/VonMises.ts"
import { typed } from "../../../src/tensor/Tensor.ts"

/** The numbers among which an integral over a site runs. */
export type Space = "real" | "positive" | "unit" | "circle" | "coin" | "labels" | "counts"

/** A family whose parameters are any real numbers, mapped to where they are valid and tame: for the library, and as JavaScript in float64. */
export interface Family {
  readonly space: Space
  readonly parameters: number
  readonly dist: (raw: ReadonlyArray<tf.Tensor>) => Dist
  /** log density at `z` for raw parameters, all as JavaScript, without its `constant` */
  readonly js: (z: string, raw: ReadonlyArray<string>) => string
  /** the part of the log density that is the same for all draws, where it takes long to compute */
  readonly constant?: (raw: ReadonlyArray<string>) => string
  /** the ends of a support that moves with the parameters */
  readonly ends?: (raw: ReadonlyArray<string>) => readonly [low: string, high: string]
}

type Raw = ReadonlyArray<tf.Tensor>
const at = (raw: Raw, i: number): tf.Tensor => {
  const x = raw[i]
  if (x === undefined) throw new RangeError(`a family has no parameter ${i}`)
  return x
}
const loc = (raw: Raw, i = 0): never => typed(tf.mul(2, tf.tanh(at(raw, i)))) as never
const scale = (raw: Raw, width = 0.7, i = 1): never =>
  typed(tf.add(0.3, tf.mul(width, tf.sigmoid(at(raw, i))))) as never
const shape = (raw: Raw, i: number): never => typed(tf.add(0.8, tf.mul(3, tf.sigmoid(at(raw, i))))) as never
const jsLoc = (x = ""): string => `(2 * Math.tanh(${x}))`
const jsScale = (x = "", width = 0.7): string => `(0.3 + ${width} * H.sigmoid(${x}))`
const jsShape = (x = ""): string => `(0.8 + 3 * H.sigmoid(${x}))`

export const families: Readonly<Record<string, Family>> = {
  Normal: {
    space: "real",
    parameters: 2,
    dist: (raw) => Normal(loc(raw), scale(raw)),
    js: (z, [a, b]) => `L.normal(${z}, ${jsLoc(a)}, ${jsScale(b)})`
  },
  Laplace: {
    space: "real",
    parameters: 2,
    dist: (raw) => Laplace(loc(raw), scale(raw, 0.3)),
    js: (z, [a, b]) => `L.laplace(${z}, ${jsLoc(a)}, ${jsScale(b, 0.3)})`
  },
  Logistic: {
    space: "real",
    parameters: 2,
    dist: (raw) => Logistic(loc(raw), scale(raw, 0.2)),
    js: (z, [a, b]) => `L.logistic(${z}, ${jsLoc(a)}, ${jsScale(b, 0.2)})`
  },
  Uniform: {
    space: "real",
    parameters: 2,
    dist: (raw) => Uniform(tf.sub(loc(raw), scale(raw)) as never, tf.add(loc(raw), scale(raw)) as never),
    js: (_, [, b]) => `(-Math.log(2 * ${jsScale(b)}))`,
    ends: ([a, b]) => [`${jsLoc(a)} - ${jsScale(b)}`, `${jsLoc(a)} + ${jsScale(b)}`]
  },
  LogNormal: {
    space: "positive",
    parameters: 2,
    dist: (raw) => LogNormal(typed(tf.tanh(at(raw, 0))) as never, scale(raw, 0.4)),
    js: (z, [a, b]) => `(L.normal(Math.log(${z}), Math.tanh(${a}), ${jsScale(b, 0.4)}) - Math.log(${z}))`
  },
  Gamma: {
    space: "positive",
    parameters: 2,
    dist: (raw) => Gamma(shape(raw, 0), shape(raw, 1)),
    js: (z, [a, b]) => `L.gamma(${z}, ${jsShape(a)}, ${jsShape(b)})`,
    constant: ([a, b]) => `(${jsShape(a)} * Math.log(${jsShape(b)}) - H.lgamma(${jsShape(a)}))`
  },
  Exponential: {
    space: "positive",
    parameters: 1,
    dist: (raw) => Exponential(shape(raw, 0)),
    js: (z, [a]) => `(Math.log(${jsShape(a)}) - ${z} * ${jsShape(a)})`
  },
  Beta: {
    space: "unit",
    parameters: 2,
    dist: (raw) => Beta(shape(raw, 0), shape(raw, 1)),
    js: (z, [a, b]) => `L.beta(${z}, ${jsShape(a)}, ${jsShape(b)})`,
    constant: ([a, b]) =>
      `(H.lgamma(${jsShape(a)} + ${jsShape(b)}) - H.lgamma(${jsShape(a)}) - H.lgamma(${jsShape(b)}))`
  },
  VonMises: {
    space: "circle",
    parameters: 2,
    dist: (raw) => VonMises(loc(raw), shape(raw, 1)),
    js: (z, [a, b]) => `(${jsShape(b)} * Math.cos(${z} - ${jsLoc(a)}))`,
    constant: ([, b]) => `(-Math.log(2 * Math.PI) - H.logI0(${jsShape(b)}))`
  },
  Bernoulli: {
    space: "coin",
    parameters: 1,
    dist: (raw) => Bernoulli({ logits: loc(raw) }),
    js: (z, [a]) => `(-H.softplus((1 - 2 * ${z}) * ${jsLoc(a)}))`
  },
  Categorical: {
    space: "labels",
    parameters: 3,
    dist: (raw) => Categorical({ logits: typed(tf.stack(raw.map((_, i) => loc(raw, i) as tf.Tensor))) as never }),
    js: (z, raw) => `L.label(${z}, [${raw.map((x) => jsLoc(x)).join(", ")}])`
  },
  Poisson: {
    space: "counts",
    parameters: 1,
    dist: (raw) => Poisson({ rate: shape(raw, 0) }),
    js: (z, [a]) => `(${z} * Math.log(${jsShape(a)}) - ${jsShape(a)} - H.lgamma(${z} + 1))`
  }
}

/** The points and weights of a sum or an integral over a space, with the first point at a share `offset` of the distance of two. */
export const gridOf = (space: Space, size: number, offset: number): readonly [number[], number[]] => {
  const even = (low: number, high: number): number[] =>
    Array.from({ length: size }, (_, i) => low + ((high - low) * (i + offset)) / size)
  const mapped = (low: number, high: number, to: (u: number) => number, slope: (u: number) => number) => {
    const us = even(low, high)
    return [us.map(to), us.map((u) => ((high - low) / size) * slope(u))] as const
  }
  const sigmoid = (u: number): number => 1 / (1 + Math.exp(-u))
  const [points, weights] = {
    real: () =>
      mapped(
        -11,
        11,
        (u) => u,
        () => 1
      ),
    positive: () => mapped(-16, 4.5, Math.exp, Math.exp),
    unit: () => mapped(-25, 25, sigmoid, (u) => sigmoid(u) * sigmoid(-u)),
    circle: () =>
      mapped(
        -Math.PI,
        Math.PI,
        (u) => u,
        () => 1
      ),
    coin: () =>
      [
        [0, 1],
        [1, 1]
      ] as const,
    labels: () =>
      [
        [0, 1, 2],
        [1, 1, 1]
      ] as const,
    counts: () => [Array.from({ length: 30 }, (_, k) => k), Array(30).fill(1)] as const
  }[space]()
  return [[...points], [...weights]]
}

export const isContinuous = (space: Space): boolean => !["coin", "labels", "counts"].includes(space)
