import type { Numbers } from "../chainNumbers.ts"

/** Which proposal stands at each transition of a chain, and how likely each next one was to be taken. */
export interface Picks {
  readonly at: Int32Array
  readonly acceptance: Float64Array
}

/**
 * Independence Metropolis–Hastings (Tierney 1994, section 2.3.3): proposals do not depend on where the chain stands, and the next one is taken with probability min(1, w' / w), where w = p / q. So they may all be drawn
 * beforehand, with their weights. The chain begins at the first proposal; one of no weight is left at once.
 *
 * @param logWeights log p − log q of the proposals in their order; −Infinity for one of no weight
 */
export const independenceChain = (logWeights: Float64Array, { uniform }: Pick<Numbers, "uniform">): Picks => {
  const transitions = logWeights.length - 1
  const at = new Int32Array(transitions)
  const acceptance = new Float64Array(transitions)
  let here = 0
  for (let i = 0; i < transitions; i++) {
    const [weight = Number.NaN, next = Number.NaN] = [logWeights[here], logWeights[i + 1]]
    const ratio = weight === Number.NEGATIVE_INFINITY ? 1 : Math.min(1, Math.exp(next - weight))
    acceptance[i] = ratio
    if (uniform() < ratio) here = i + 1
    at[i] = here
  }
  return { at, acceptance }
}
