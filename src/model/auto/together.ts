import * as tf from "@tensorflow/tfjs"
import { Delta } from "../../dist/Delta.ts"
import { type Dist, fromFamily, type Gradient } from "../../dist/Dist.ts"
import { LowRankMultivariateNormal } from "../../dist/LowRankMultivariateNormal.ts"
import { MultivariateNormal } from "../../dist/MultivariateNormal.ts"
import { Normal } from "../../dist/Normal.ts"
import { rangeOfDraws } from "../../dist/rangeOfDraws.ts"
import { belowDiagonal } from "../../dist/transform/triangle.ts"
import { GuideMismatch } from "../../Errors.ts"
import type { Key } from "../../tensor/random.ts"
import { type Shape, sizeOf, type Tensor, typed } from "../../tensor/Tensor.ts"
import { type AutoSite, learned, learnedPositive, learnedRandom, mapped, shaped } from "./AutoSite.ts"

/** A distribution of one vector of real numbers. */
export type VectorDist = Dist<Shape, "real", Gradient>

/** The real numbers of all sites, one after the other. */
export interface Vector {
  readonly size: number
  /** the numbers at which it begins */
  readonly start: ReadonlyArray<number>
}

export const vectorOf = (sites: ReadonlyArray<AutoSite>): Vector => ({
  size: sites.reduce((sum, { real }) => sum + sizeOf(real), 0),
  start: sites.flatMap(({ start }) => start)
})

export const locName = "auto.loc"
export const scaleName = "auto.scale"
export const belowName = "auto.below"

const loc = ({ size, start }: Vector): Tensor => typed(learned(locName, [size], start))
const scaleOf = ({ size }: Vector, scale: number): Tensor => typed(learnedPositive(scaleName, [size], scale))

const matrix = (x: tf.Tensor): Tensor<readonly [number, number]> => typed(x)

/** N(loc, L Lᵀ) with L = diag(scale)·(I + B), B strictly lower triangular: any covariance. */
export const fullNormal = (vector: Vector, scale: number): VectorDist => {
  const { size } = vector
  const below = tf.mul(learned(belowName, [size, size], 0), belowDiagonal(size))
  const rows = tf.reshape(scaleOf(vector, scale), [size, 1])
  return MultivariateNormal(loc(vector), { scaleTril: matrix(tf.mul(rows, tf.add(tf.eye(size), below))) })
}

/** N(loc, F Fᵀ + diag(scale²)), with F of `rank` columns. It begins at about the given scale; a factor of zeros would never move, since its gradient is 0. */
export const lowRankNormal = (vector: Vector, rank: number, scale: number): VectorDist => {
  const factor = learnedRandom("auto.factor", [vector.size, rank], scale / Math.sqrt(rank))
  return LowRankMultivariateNormal(loc(vector), matrix(factor), typed(tf.square(scaleOf(vector, scale))))
}

/** A certain vector. */
export const pointVector = (vector: Vector): VectorDist => Delta(loc(vector))

/** The scales and locations that come after a flow, so that it begins near the start. */
export const around = (vector: Vector, scale: number): readonly [loc: Tensor, scale: Tensor] => [
  loc(vector),
  scaleOf(vector, scale)
]

export const standardNormal = (size: number): Dist<readonly [number], "real", Gradient> => Normal(0, 1).iid(size)

/**
 * The distributions of sites whose real numbers are pieces of ONE draw of a vector. The first that is asked for a draw makes the vector and counts its log density, so that
 * the log densities of all of them add up to log q of all values together: log q(u) − Σ log|det J| of the ways to their supports. None of them has a log
 * density of a given value: only paths lead through their draws.
 */
export const pieces = (
  name: string,
  sites: ReadonlyArray<AutoSite>,
  vector: VectorDist
): ((site: AutoSite) => Dist) => {
  const sizes = sites.map(({ real }) => sizeOf(real))
  let parts: ReadonlyArray<tf.Tensor> | undefined
  /** the piece of a site, and what it counts of log q of the vector */
  const drawn = (site: AutoSite, key: Key): readonly [tf.Tensor, tf.Tensor] => {
    let logQ: tf.Tensor = tf.scalar(0)
    if (parts === undefined) {
      const { value, logProb } = vector.sampleAndLogProb(key)
      parts = tf.split(value, sizes)
      logQ = logProb
    }
    const part = parts[sites.indexOf(site)]
    if (part === undefined) throw new RangeError(`the vector has no piece for '${site.name}'`)
    return [shaped(part, site.real), logQ]
  }
  const others = (site: AutoSite): string => sites.flatMap((each) => (each === site ? [] : [each.name])).join(", ")
  return (site) => {
    const alike = mapped(site, Normal(typed(tf.zeros([...site.real])), 1))
    const way = site.way()
    const none = (): never => {
      throw new GuideMismatch({
        site: site.name,
        reason: `it shares one ${name} with ${others(site)}, so it has no log density of its own, and no score function`
      })
    }
    const sample = (key: Key): readonly [tf.Tensor, tf.Tensor] => {
      const [reals, logQ] = drawn(site, key)
      const [value, logDet] = way.forwardAndLogDet(reals)
      return [value, tf.sub(logQ, tf.sum(logDet))]
    }
    const dist = fromFamily({
      family: name,
      shape: alike.shape,
      eventRank: alike.eventRank,
      support: alike.support,
      gradients: vector.gradients.filter((gradient) => gradient === "reparameterized"),
      range: () => rangeOfDraws(alike),
      constraints: {},
      parameters: () => ({}),
      remark: sites.length === 1 ? name : `${name}: one vector with ${others(site)}`,
      logDensity: none,
      draw: (key) => sample(key)[0],
      mean: () => Number.NaN,
      variance: () => Number.NaN
    })
    return Object.assign(dist, {
      isPiece: true,
      iid: none,
      sampleAndLogProb: (key: Key) => {
        const [value, logProb] = sample(key)
        return { value: typed(value), logProb: typed<readonly []>(logProb) }
      }
    })
  }
}

/** Whether a distribution is a piece of a larger one: its log density alone says nothing of its site. */
export const isPiece = (dist: Dist): boolean => "isPiece" in dist
