// The shapes of distributions of vectors and matrices, read off their parameters; divergences between those that have one.
import {
  Dirichlet,
  GaussianProcess,
  GaussianRandomWalk,
  Kernel,
  klDivergence,
  LKJCholesky,
  LowRankMultivariateNormal,
  MultivariateNormal,
  MultivariateStudentT,
  Normal,
  type Tensor,
  Wishart
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

declare const loc: Tensor<readonly [3]>
declare const locs: Tensor<readonly [5, 3]>
declare const matrix: Tensor<readonly [3, 3]>
declare const matrices: Tensor<readonly [5, 3, 3]>
declare const factor: Tensor<readonly [3, 2]>

const one = MultivariateNormal(loc, { covariance: matrix })
same<Equal<typeof one.shape, readonly [3]>>()
const centered = MultivariateNormal(0, { precision: matrices })
same<Equal<typeof centered.shape, readonly [5, 3]>>()
const many = MultivariateNormal(locs, { scaleTril: matrix }).iid(2)
same<Equal<typeof many.shape, readonly [2, 5, 3]>>()
const low = LowRankMultivariateNormal(0, factor, 1)
same<Equal<typeof low.shape, readonly [3]>>()
const heavy = MultivariateStudentT(4, locs, matrices)
same<Equal<typeof heavy.shape, readonly [5, 3]>>()
const factors = LKJCholesky(3, loc)
same<Equal<typeof factors.shape, readonly [3, 3, 3]>>()
const walk = GaussianRandomWalk(1, 4)
same<Equal<typeof walk.shape, readonly [4]>>()
const spread = Wishart(4, matrices)
same<Equal<typeof spread.shape, readonly [5, 3, 3]>>()
const curve = GaussianProcess(factor, Kernel.rbf({ lengthscale: 1 }), 0.1)
same<Equal<typeof curve.shape, readonly [3]>>()

export const entropy: Tensor<readonly []> = Dirichlet(loc).entropy()
export const between = [
  klDivergence(one, low),
  klDivergence(low, curve),
  klDivergence(one, Normal(0, 1).iid(3)),
  klDivergence(Normal(loc, 1), one)
]
