import * as tf from "@tensorflow/tfjs"
import { inverse } from "../transform/inverse.ts"
import { cut, lengthOf, zeroPad } from "../transform/lastAxis.ts"
import { type Conditional, conditionalAffine, type VectorNet } from "./conditional.ts"
import { type Flow, flow, flowOfVectors } from "./flow.ts"

/**
 * The inverse autoregressive flow: yᵢ = mᵢ + xᵢ·exp(sᵢ), where shift mᵢ and log scale sᵢ are functions of x₁ … xᵢ₋₁, log|det J| = Σ sᵢ (Kingma,
 * Salimans and Welling 2016, section 3, with another form of the gate). Forward calls the net once, the inverse calls it n times. So it suits guides,
 * whose log density is needed only at their own draws.
 *
 * @param net from n numbers to 2n, the shifts and then the log scales; outputs i and n + i must depend on the first i − 1 inputs only; the masks of
 *   `Flow.masks` ensure this
 * @throws ShapeMismatch when the net gives another number of outputs
 */
export const iaf = <N extends number>(net: VectorNet<N>): Flow<"iaf(…)"> =>
  autoregressive("iaf(…)", (x) => conditionalAffine("iaf(…)", lengthOf(x), net)(x))

/**
 * The masked autoregressive flow: yᵢ = mᵢ + xᵢ·exp(sᵢ), where shift and log scale are functions of y₁ … yᵢ₋₁ (Papamakarios, Pavlakou and Murray 2017,
 * equations 3–5). The inverse calls the net once, forward calls it n times. So it suits densities of data.
 *
 * @param net as for `Flow.iaf`
 * @throws ShapeMismatch when the net gives another number of outputs
 */
export const maf = <N extends number>(net: VectorNet<N>): Flow<"maf(…)"> =>
  flow("maf(…)", inverse(autoregressive("maf(…)", (y) => inverse(conditionalAffine("maf(…)", lengthOf(y), net)(y)))))

/** Transforms each number with parameters that depend on the numbers before it. */
const autoregressive = <const N extends string>(
  name: N,
  conditional: (x: tf.Tensor) => Pick<ReturnType<Conditional>, "forwardAndLogDet" | "inverse" | "logDetJacobian">
): Flow<N> =>
  flowOfVectors(name, {
    forward: (x) => {
      const [y, logSlopes] = conditional(x).forwardAndLogDet(x)
      return [y, tf.sum(logSlopes)]
    },
    inverse: (y) => {
      const n = lengthOf(y)
      const known: Array<tf.Tensor> = []
      // numbers that are not known yet are 0; they have no influence on the result
      const sofar = (): tf.Tensor =>
        known.length === 0 ? tf.zerosLike(y) : zeroPad(tf.concat(known), 0, n - known.length)
      for (let i = 0; i < n; i++) known.push(cut(conditional(sofar()).inverse(y), i, 1))
      const x = sofar()
      return [x, tf.sum(conditional(x).logDetJacobian(x, y))]
    }
  })
