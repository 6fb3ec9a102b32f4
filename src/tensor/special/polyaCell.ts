import * as tf from "@tensorflow/tfjs"
import { closeDeviance, logRise } from "./closeDeviance.ts"
import { digammaGap } from "./gamma.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"
import { stirling } from "./stirling.ts"

/**
 * The part that one label has in the log mass of a Pólya urn, log(n! Γ(A)/Γ(A + n)) + Σᵢ log(Γ(aᵢ + xᵢ)/(Γ(aᵢ) xᵢ!)) with A = Σ aᵢ and n = Σ xᵢ. Of its
 * large terms nothing is left but deviances: those of the table of all aᵢ and xᵢ from one whose rows are independent of its columns.
 *
 * `less` is (xA − an)/(A + n), by how much a is less than what is expected of it, exactly. The derivative by a is that of the whole sum but for what the
 * numbers in front contribute, and A, n and `less` have none: in the sum over all labels their derivatives cancel.
 */
export const polyaCell = (
  x: tf.Tensor | number,
  n: tf.Tensor | number,
  a: tf.Tensor | number,
  total: tf.Tensor,
  less: tf.Tensor
): tf.Tensor => runSpecial(PolyaCell, [x, n, a, total, less])

export const PolyaCell: Special = {
  kernel: "PolyaCell",
  inputs: ["x", "n", "a", "total", "less"],
  forward: (inputs) => {
    const { x, a, row, ofPrior, ofCount, less } = expected(inputs)
    const deviances = tf.add(closeDeviance(a, ofPrior, less), closeDeviance(x, ofCount, tf.neg(less)))
    const [ofA, ofX, ofRow] = [stirling(a), stirling(x), stirling(row)]
    const logs = tf.log(tf.div(tf.div(ofA.share, ofRow.share), ofX.root))
    return tf.sub(tf.add(logs, tf.sub(ofRow.s, tf.add(ofA.s, ofX.s))), deviances)
  },
  gradient: byPartials((inputs) => {
    const { x, a, row, ofPrior, ofCount, less } = expected(inputs)
    const byRow = digammaGap(row)
    const next = tf.add(x, 1)
    const none = tf.zerosLike(less)
    return [
      () => tf.add(tf.sub(logRise(next, tf.add(ofCount, 1), tf.neg(less)), byRow), digammaGap(next)),
      () => none,
      () => tf.add(logRise(a, ofPrior, less), tf.sub(digammaGap(a), byRow)),
      () => none,
      () => none
    ]
  })
}

/** What is expected of a and of x in their row of an independent table. */
const expected = (inputs: ReadonlyArray<tf.Tensor>) => {
  const [x, n, a, total, less] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
  const [row, all] = [tf.add(a, x), tf.add(total, n)]
  const [ofPrior, ofCount] = [tf.mul(row, tf.div(total, all)), tf.mul(row, tf.div(n, all))]
  return { x, a, row, ofPrior, ofCount, less }
}
