import * as tf from "@tensorflow/tfjs"
import { InvalidOption, ShapeMismatch } from "../Errors.ts"
import { diagonalMatrix } from "../tensor/linear/matrices.ts"
import type { Param, Tensor } from "../tensor/Tensor.ts"
import { mustBeTensor, shown } from "./arguments.ts"
import { shapeOfParameters } from "./Constraint.ts"
import { type Dist, fromFamily, type Has } from "./Dist.ts"
import { gaussian, rootOfCovariance } from "./formula/covarianceRoot.ts"
import type { Kernel } from "./Kernel.ts"

type Points = Tensor<readonly [number] | readonly [number, number]>
type Values<X> =
  X extends Tensor<infer S>
    ? S extends readonly [infer N extends number, ...infer _]
      ? readonly [N]
      : readonly [number]
    : never

const constraints = { points: "real", noise: "positive", loc: "real" } as const

/**
 * The values of a Gaussian process at given points: normal, with covariance k(xᵢ, xⱼ) + noise² where i = j, log p(y) = −½ (y − loc)ᵀ Σ⁻¹ (y − loc) −
 * ½ log |Σ| − ½ n log 2π.
 *
 * @param points the n points, `[n]`, or `[n, d]` in d dimensions
 * @param kernel the covariance function, such as `Kernel.rbf({ lengthscale: 1 })`
 * @param noise standard deviation of independent noise at each point, above 0: a number, a scalar, or `[n]`. It also keeps Σ positive definite in
 *   float32: for many close points and a smooth kernel it must be at least about 1e-3 amplitudes
 * @param loc the mean: a number, a scalar, or `[n]`; 0 unless given
 * @throws ShapeMismatch when the points are no vector and no matrix, or noise or mean do not match them; SupportViolation when the noise is a
 *   number not above 0
 * @example
 * ```ts
 * const points = Tensor.of([2], tf.tensor1d([0, 1]))
 * const curve = GaussianProcess(points, Kernel.rbf({ lengthscale: 1, amplitude: 2 }), 1)
 * curve.variance() // => [5, 5]
 * ```
 */
export const GaussianProcess = <const X extends Points>(
  points: X,
  kernel: Kernel,
  noise: Param,
  loc: Param = 0
): Dist<Values<X>, "real", "reparameterized" | "score", "GaussianProcess"> & Has<Values<X>, "entropy" | "mode"> => {
  mustBeTensor("GaussianProcess.points", points)
  if (typeof kernel !== "function")
    throw new InvalidOption({
      option: "GaussianProcess.kernel",
      value: shown(kernel),
      expected: "a kernel, such as Kernel.rbf({ lengthscale: 1 })"
    })
  const [n = 0] = points.shape
  if (n === 0 || points.rank > 2) throw notPoints(points)
  const [other = n] = shapeOfParameters("GaussianProcess", constraints, { noise, loc })
  if (other !== n)
    throw new ShapeMismatch({ site: undefined, where: "GaussianProcess", expected: [n], actual: [other] })
  const covariance = (): tf.Tensor => {
    const at = tf.reshape(points, [n, -1])
    return tf.add(kernel(at, at), diagonalMatrix(tf.add(tf.square(noise), tf.zeros([n]))))
  }
  return fromFamily({
    family: "GaussianProcess",
    shape: [n] as unknown as Values<X>,
    constraints,
    ...gaussian(
      () => loc,
      () => rootOfCovariance(covariance())
    )
  })
}

const notPoints = ({ shape }: Tensor): ShapeMismatch =>
  new ShapeMismatch({
    site: undefined,
    where: "GaussianProcess",
    expected: [shape[0] ?? 1, shape[1] ?? 1],
    actual: shape,
    advice: "Give points [n], or [n, d] in d dimensions."
  })
