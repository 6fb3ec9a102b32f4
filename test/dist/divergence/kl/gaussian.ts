import fc from "fast-check"
import type { Dist } from "../../../../src/dist/Dist.ts"
import { GaussianProcess } from "../../../../src/dist/GaussianProcess.ts"
import { GaussianRandomWalk } from "../../../../src/dist/GaussianRandomWalk.ts"
import { Kernel } from "../../../../src/dist/Kernel.ts"
import { LogisticNormal } from "../../../../src/dist/LogisticNormal.ts"
import { LowRankMultivariateNormal } from "../../../../src/dist/LowRankMultivariateNormal.ts"
import { MultivariateNormal } from "../../../../src/dist/MultivariateNormal.ts"
import { Normal } from "../../../../src/dist/Normal.ts"
import { number, vector } from "../../laws/Row.ts"
import { pairs } from "./Pair.ts"
import { type Matrix, matrixOf, vectorOf } from "./tensors.ts"

const n = 3
const loc = vector(-1, 1, n)
const triangle: fc.Arbitrary<Matrix> = fc
  .tuple(vector(0.5, 2, n), vector(-1, 1, n))
  .map(([[a = 1, b = 1, c = 1], [d = 0, e = 0, f = 0]]) => [
    [a, 0, 0],
    [d, b, 0],
    [e, f, c]
  ])

const full = fc
  .tuple(loc, triangle)
  .map(([loc, scaleTril]) => MultivariateNormal(vectorOf(loc), { scaleTril: matrixOf(scaleTril) }))
const lowRank = fc
  .tuple(loc, fc.array(vector(-1, 1, 2), { minLength: n, maxLength: n }), vector(0.3, 2, n))
  .map(([loc, factor, diagonal]) => LowRankMultivariateNormal(vectorOf(loc), matrixOf(factor), vectorOf(diagonal)))
const process = fc
  .tuple(vector(-2, 2, n), number(0.4, 1), number(0.5, 2), number(-1, 1))
  .map(([points, noise, lengthscale, loc]) =>
    GaussianProcess(vectorOf(points), Kernel.matern52({ lengthscale }), noise, loc)
  )
const normal: fc.Arbitrary<Dist> = fc.oneof(
  fc.tuple(loc, vector(0.4, 2, n)).map(([loc, scale]): Dist => Normal(vectorOf(loc), vectorOf(scale))),
  fc.tuple(number(-1, 1), number(0.4, 2)).map(([loc, scale]): Dist => Normal(loc, scale).iid(n))
)
const walk = fc.tuple(number(0.4, 2), number(-1, 1)).map(([scale, loc]) => GaussianRandomWalk(scale, 4, loc))
const logistic = fc
  .tuple(vector(-1, 1, 2), vector(0.4, 2, 2))
  .map(([loc, scale]) => LogisticNormal(vectorOf(loc), vectorOf(scale)))

/** 3 × 3 factorisations and solutions, of condition up to about 50. */
const ofFactorisations = { roundings: 2000, estimated: 6 }

export const gaussianPairs = pairs(
  {
    "KL(MultivariateNormal ‖ MultivariateNormal)": fc.tuple(full, full),
    "KL(MultivariateNormal ‖ LowRankMultivariateNormal)": fc.tuple(full, lowRank),
    "KL(MultivariateNormal ‖ GaussianProcess)": fc.tuple(full, process),
    "KL(MultivariateNormal ‖ Normal)": fc.tuple(full, normal),
    "KL(LowRankMultivariateNormal ‖ LowRankMultivariateNormal)": fc.tuple(lowRank, lowRank),
    "KL(LowRankMultivariateNormal ‖ MultivariateNormal)": fc.tuple(lowRank, full),
    "KL(LowRankMultivariateNormal ‖ GaussianProcess)": fc.tuple(lowRank, process),
    "KL(GaussianProcess ‖ GaussianProcess)": fc.tuple(process, process),
    "KL(GaussianProcess ‖ MultivariateNormal)": fc.tuple(process, full),
    "KL(GaussianProcess ‖ LowRankMultivariateNormal)": fc.tuple(process, lowRank),
    "KL(Normal ‖ MultivariateNormal)": fc.tuple(normal, full),
    "KL(Normal ‖ GaussianProcess)": fc.tuple(normal, process),
    "KL(GaussianRandomWalk ‖ GaussianRandomWalk)": fc.tuple(walk, walk),
    "KL(LogisticNormal ‖ LogisticNormal)": fc.tuple(logistic, logistic)
  },
  ofFactorisations
)
