import { InvalidOption } from "../../Errors.ts"

/**
 * Batch normalisation is not a function of one datum: its result for a row depends on the other rows of the minibatch, so that log p(data) would be no sum over data, and N/B no unbiased scale of it.
 *
 * @throws InvalidOption always, with this reason
 */
export const batchNorm = (): never => {
  throw new InvalidOption({
    option: "Net.batchNorm",
    value: "a layer that normalises by a minibatch",
    expected:
      "a layer of one datum: a program is written for one row, whose result must not depend on the other rows of its minibatch. Use Net.layerNorm"
  })
}
