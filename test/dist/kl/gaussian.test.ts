import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Dist } from "../../../src/dist/Dist.ts"
import { GaussianProcess } from "../../../src/dist/GaussianProcess.ts"
import { GaussianRandomWalk } from "../../../src/dist/GaussianRandomWalk.ts"
import { Kernel } from "../../../src/dist/Kernel.ts"
import { gaussian } from "../../../src/dist/kl/gaussian.ts"
import { closedKl } from "../../../src/dist/kl.ts"
import { LogisticNormal } from "../../../src/dist/LogisticNormal.ts"
import { LowRankMultivariateNormal } from "../../../src/dist/LowRankMultivariateNormal.ts"
import { MultivariateNormal } from "../../../src/dist/MultivariateNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { scalar, useCpu } from "../../support/onCpu.ts"
import { number, vector } from "../laws/Row.ts"
import { klLaws, type Pair } from "./laws.ts"

useCpu()

type Vector = ReadonlyArray<number>
type Matrix = ReadonlyArray<Vector>

const n = 3
const vectorOf = (x: Vector): Tensor<readonly [number]> => Tensor.of([x.length], tf.tensor1d([...x]))
const matrixOf = (x: Matrix): Tensor<readonly [number, number]> =>
  Tensor.of([x.length, x[0]?.length ?? 0], tf.tensor2d(x.map((row) => [...row])))

const triangle: fc.Arbitrary<Matrix> = fc
  .tuple(vector(0.5, 2, n), vector(-1, 1, n))
  .map(([[a = 1, b = 1, c = 1], [d = 0, e = 0, f = 0]]) => [
    [a, 0, 0],
    [d, b, 0],
    [e, f, c]
  ])
const loc = vector(-1, 1, n)

/** For each family, distributions of one shape, made from plain numbers when they are asked for. */
const families: Readonly<Record<string, fc.Arbitrary<() => Dist>>> = {
  MultivariateNormal: fc.tuple(loc, triangle).map(
    ([loc, scaleTril]) =>
      () =>
        MultivariateNormal(vectorOf(loc), { scaleTril: matrixOf(scaleTril) })
  ),
  LowRankMultivariateNormal: fc
    .tuple(loc, fc.array(vector(-1, 1, 2), { minLength: n, maxLength: n }), vector(0.3, 2, n))
    .map(
      ([loc, factor, diagonal]) =>
        () =>
          LowRankMultivariateNormal(vectorOf(loc), matrixOf(factor), vectorOf(diagonal))
    ),
  GaussianProcess: fc.tuple(vector(-2, 2, n), number(0.4, 1), number(0.5, 2), number(-1, 1)).map(
    ([points, noise, lengthscale, loc]) =>
      () =>
        GaussianProcess(vectorOf(points), Kernel.matern52({ lengthscale }), noise, loc)
  ),
  Normal: fc.oneof(
    fc.tuple(loc, vector(0.4, 2, n)).map(
      ([loc, scale]) =>
        () =>
          Normal(vectorOf(loc), vectorOf(scale)) as Dist
    ),
    fc.tuple(number(-1, 1), number(0.4, 2)).map(
      ([loc, scale]) =>
        () =>
          Normal(loc, scale).iid(n) as Dist
    )
  ),
  GaussianRandomWalk: fc.tuple(number(0.4, 2), number(-1, 1)).map(
    ([scale, loc]) =>
      () =>
        GaussianRandomWalk(scale, 4, loc)
  ),
  LogisticNormal: fc.tuple(vector(-1, 1, 2), vector(0.4, 2, 2)).map(
    ([loc, scale]) =>
      () =>
        LogisticNormal(vectorOf(loc), vectorOf(scale))
  )
}

const pairOf = (name: string): Pair => {
  const [q = "", p = ""] = name.split("‖")
  const [ours, theirs] = [families[q], families[p]]
  if (ours === undefined || theirs === undefined) throw new Error(`no examples for ${name}`)
  return fc.tuple(ours, theirs).map(
    ([q, p]) =>
      () =>
        [q(), p()] as const
  )
}

// 3 × 3 factorisations and solutions, of condition up to about 50
describe.each(Object.keys(gaussian))("KL(%s)", (name) => klLaws(pairOf(name), 2000))

const kl = (make: () => readonly [Dist, Dist]): number =>
  scalar(() => {
    const [q, p] = make()
    return closedKl(q, p) ?? tf.scalar(Number.NaN)
  })

describe("a divergence of normal vectors", () => {
  it("is the sum of those of normal numbers where nothing goes together", () => {
    const diagonal = [
      [0.5, 0, 0],
      [0, 2, 0],
      [0, 0, 1]
    ]
    const numbers = (): Dist => Normal(vectorOf([1, 0, -1]), vectorOf([0.5, 2, 1]))
    const vectors = (): Dist => MultivariateNormal(vectorOf([1, 0, -1]), { scaleTril: matrixOf(diagonal) })
    const prior = (): Dist => Normal(0, 1).iid(3)
    const full = (): Dist =>
      MultivariateNormal(0, {
        covariance: matrixOf([
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1]
        ])
      })
    const exact = kl(() => [numbers(), prior()])
    for (const q of [numbers, vectors])
      for (const p of [prior, full])
        expect(Math.abs(kl(() => [q(), p()]) - exact)).toBeLessThan(16 * 2 ** -24 * (1 + exact))
  })

  it("is the same whichever matrix a distribution is given by", () => {
    const p = (): Dist =>
      MultivariateNormal(0, {
        scaleTril: matrixOf([
          [2, 0],
          [1, 2]
        ])
      })
    const covariance = [
      [4, 2],
      [2, 5]
    ]
    const precision = [
      [5 / 16, -1 / 8],
      [-1 / 8, 1 / 4]
    ]
    expect(kl(() => [MultivariateNormal(0, { covariance: matrixOf(covariance) }), p()])).toBeCloseTo(0, 6)
    expect(kl(() => [MultivariateNormal(0, { precision: matrixOf(precision) }), p()])).toBeCloseTo(0, 6)
  })

  it("has one for each of several vectors with matrices of their own", () => {
    const triangles = [
      [1, 0, 0.5, 2],
      [2, 0, -1, 1]
    ]
    const stacked = kl(() => [
      MultivariateNormal(
        Tensor.of(
          [2, 2],
          tf.tensor2d([
            [0, 1],
            [2, 3]
          ])
        ),
        {
          scaleTril: Tensor.of([2, 2, 2], tf.tensor(triangles.flat(), [2, 2, 2]))
        }
      ),
      Normal(0, 1).iid(2).iid(2)
    ])
    const alone = triangles.map((each, i) =>
      kl(() => [
        MultivariateNormal(vectorOf([2 * i, 2 * i + 1]), { scaleTril: Tensor.of([2, 2], tf.tensor2d(each, [2, 2])) }),
        MultivariateNormal(0, {
          scaleTril: matrixOf([
            [1, 0],
            [0, 1]
          ])
        })
      ])
    )
    expect(stacked).toBeCloseTo((alone[0] ?? 0) + (alone[1] ?? 0), 4)
  })
})
