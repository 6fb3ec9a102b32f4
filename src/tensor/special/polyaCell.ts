import * as tf from "@tensorflow/tfjs"
import { closeDeviance, logRise } from "./closeDeviance.ts"
import { digammaGap } from "./gamma.ts"
import { byPartials, runSpecial, type Special } from "./Special.ts"
import { stirling } from "./stirling.ts"

/**
 * The contribution of one label to the log mass of a Pólya urn, log(n! Γ(A)/Γ(A + n)) + Σᵢ log(Γ(aᵢ + xᵢ)/(Γ(aᵢ) xᵢ!)) with A = Σ aᵢ and n = Σ xᵢ.
 * Its large terms combine to deviances: those of the table of all aᵢ and xᵢ from a table whose rows are independent of its columns.
 *
 * `less` is (xA − an)/(A + n), exactly: the expected value of a, less a. `first` is 1 for one label and 0 for the others: that label gets the
 * logarithms of n! Γ(A)/Γ(A + n). It should be the label with the largest count, because for small a these logarithms are large and would otherwise
 * cancel. The derivative by a is that of the whole sum without the contributions of A and n. The derivative by `less` is 0, because in the sum over
 * all labels its derivatives cancel.
 */
export const polyaCell = (
  x: tf.Tensor | number,
  n: tf.Tensor | number,
  a: tf.Tensor | number,
  total: tf.Tensor,
  less: tf.Tensor,
  first: tf.Tensor
): tf.Tensor => runSpecial(PolyaCell, [x, n, a, total, less, first])

/** 1 at the position of the largest number along the last axis (the first one, if there are several), and 0 elsewhere. */
export const isLargest = (x: tf.Tensor): tf.Tensor => runSpecial(IsLargest, [x])

export const IsLargest: Special = {
  kernel: "IsLargest",
  inputs: ["x"],
  forward: ([given]) => {
    const x = given as tf.Tensor
    const n = x.shape.at(-1) ?? 1
    return n === 1 ? tf.onesLike(x) : tf.cast(tf.oneHot(tf.argMax(x, -1), n), "float32")
  },
  gradient: byPartials(([x]) => [() => tf.zerosLike(x as tf.Tensor)]),
  jumps: true
}

export const PolyaCell: Special = {
  kernel: "PolyaCell",
  inputs: ["x", "n", "a", "total", "less", "first"],
  forward: (inputs) => {
    const { x, n, a, total, row, ofPrior, ofCount, less } = expected(inputs)
    const deviances = tf.add(closeDeviance(a, ofPrior, less), closeDeviance(x, ofCount, tf.neg(less)))
    const [ofA, ofX, ofRow] = [stirling(a), stirling(x), stirling(row)]
    const isFirst = tf.greater(tf.add(inputs[5] as tf.Tensor, tf.zerosLike(less)), 0.5)
    const one = tf.onesLike(less)
    const orOne = (y: tf.Tensor): tf.Tensor => tf.where(isFirst, tf.add(y, tf.zerosLike(less)), one)
    const [ofTotal, ofAll, ofN] = [stirling(total), stirling(tf.add(total, n)), stirling(n)]
    const quotients = tf.mul(tf.div(ofA.share, orOne(ofTotal.share)), tf.div(orOne(ofAll.share), ofRow.share))
    const logs = tf.log(tf.mul(quotients, tf.div(orOne(ofN.root), ofX.root)))
    return tf.sub(tf.add(logs, tf.sub(ofRow.s, tf.add(ofA.s, ofX.s))), deviances)
  },
  gradient: byPartials((inputs) => {
    const { x, n, a, total, row, ofPrior, ofCount, less } = expected(inputs)
    const byRow = digammaGap(row)
    const next = tf.add(x, 1)
    const none = tf.zerosLike(less)
    const first = inputs[5] as tf.Tensor
    return [
      () => tf.add(tf.sub(logRise(next, tf.add(ofCount, 1), tf.neg(less)), byRow), digammaGap(next)),
      () => tf.mul(first, tf.add(shareSlope(tf.add(total, n)), rootSlope(n))),
      () => tf.add(logRise(a, ofPrior, less), tf.sub(digammaGap(a), byRow)),
      () => tf.mul(first, tf.sub(shareSlope(tf.add(total, n)), shareSlope(total))),
      () => none,
      () => none
    ]
  })
}

/** The derivatives of the logarithms of `root` and `share`, which `stirling` returns for x. */
const rootSlope = (x: tf.Tensor): tf.Tensor =>
  tf.div(tf.mul(0.5, tf.cast(tf.greaterEqual(x, 1), "float32")), tf.maximum(x, 1))
const shareSlope = (x: tf.Tensor): tf.Tensor => tf.sub(tf.reciprocal(x), rootSlope(x))

/** The expected values of a and x in their row of an independent table. */
const expected = (inputs: ReadonlyArray<tf.Tensor>) => {
  const [x, n, a, total, less] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]
  const [row, all] = [tf.add(a, x), tf.add(total, n)]
  const [ofPrior, ofCount] = [tf.mul(row, tf.div(total, all)), tf.mul(row, tf.div(n, all))]
  return { x, n, a, total, row, ofPrior, ofCount, less }
}
