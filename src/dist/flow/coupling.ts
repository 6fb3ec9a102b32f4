import * as tf from "@tensorflow/tfjs"
import { ShapeMismatch } from "../../Errors.ts"
import { cut, lengthOf } from "../transform/lastAxis.ts"
import { type Conditional, conditionalAffine, outputs, type VectorNet } from "./conditional.ts"
import { type Flow, flowOfVectors } from "./flow.ts"
import { spline } from "./spline.ts"

/**
 * An affine coupling: the first `kept` numbers stay, and a net computes from them shifts t and log scales s for the others, y = t + x·exp(s), log|det
 * J| = Σ s (Real NVP: Dinh, Sohl-Dickstein and Bengio 2017, equations 4–8). Forward and inverse cost the same. Put `Transform.permute` between
 * couplings, so that each number is transformed by some of them.
 *
 * @param net a function of `kept` numbers that gives 2(n − kept): the shifts, then the log scales
 * @throws ShapeMismatch when a vector has no more than `kept` numbers, or the net gives another count
 * @example
 * ```ts
 * const flow = Flow.realNvp(1, (x) => Tensor.of([2], tf.concat([tf.square(x), tf.zeros([1])])))
 * flow.forward(tf.tensor1d([3, 1])) // => [3, 10]
 * ```
 */
export const realNvp = <const I extends number>(kept: I, net: VectorNet<I>): Flow<"realNvp(…)"> =>
  coupled("realNvp(…)", kept, (rest) => conditionalAffine("realNvp(…)", rest, net))

/**
 * A coupling by monotone splines: the first `kept` numbers stay, and a net computes from them a spline with `bins` bins for each of the others
 * (neural spline flows: Durkan, Bekasov, Murray and Papamakarios 2019, section 3.2).
 *
 * @param net a function of `kept` numbers that gives (n − kept)(3·bins − 1), for each number those that `Flow.spline` takes
 * @throws ShapeMismatch when a vector has no more than `kept` numbers, or the net gives another count
 */
export const neuralSpline = <const I extends number>(
  kept: I,
  net: VectorNet<I>,
  { bins, bound }: { readonly bins: number; readonly bound: number }
): Flow<"neuralSpline(…)"> =>
  coupled("neuralSpline(…)", kept, (rest) => (given) => {
    const advice = "It gives 3·bins − 1 numbers for each number that is transformed."
    const numbers = outputs("neuralSpline(…)", net, given, [rest * (3 * bins - 1)], advice)
    return spline(tf.reshape(numbers, [rest, 3 * bins - 1]), { bound })
  })

/** A coupling: the first numbers determine the transform of the others, `rest` of them. */
const coupled = <const N extends string>(
  name: N,
  kept: number,
  conditional: (rest: number) => Conditional
): Flow<N> => {
  const halves = (x: tf.Tensor) => {
    const rest = lengthOf(x) - kept
    if (rest < 1)
      throw new ShapeMismatch({
        site: undefined,
        where: name,
        expected: [kept + 1],
        actual: x.shape,
        advice: "Keep fewer."
      })
    const head = cut(x, 0, kept)
    return { head, tail: cut(x, kept, rest), transform: conditional(rest)(head) }
  }
  return flowOfVectors(name, {
    forward: (x) => {
      const { head, tail, transform } = halves(x)
      const [y, logSlopes] = transform.forwardAndLogDet(tail)
      return [tf.concat([head, y]), tf.sum(logSlopes)]
    },
    inverse: (y) => {
      const { head, tail, transform } = halves(y)
      const [x, logSlopes] = transform.inverseAndLogDet(tail)
      return [tf.concat([head, x]), tf.sum(logSlopes)]
    }
  })
}
