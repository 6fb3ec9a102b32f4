import type { Phase } from "./hamiltonian.ts"

/**
 * Whether two stretches that follow each other in time, from a to b and from c to d, make one without a U-turn: by the generalized criterion, that both ends still move along the sum of the momenta (Betancourt 2017, appendix
 * A.4.2), for all of it, and for each of them with the first state of the other, which finds turns that the sum hides (Stan's criterion since version 2.21).
 *
 * @param early, late the sums of their momenta
 * @param both is given the sum of all momenta; it may be one of the two
 */
export const isStraight = (
  a: Phase,
  b: Phase,
  early: Float64Array,
  c: Phase,
  d: Phase,
  late: Float64Array,
  both: Float64Array
): boolean => (a === b && c === d ? isStep(a, c, both) : isPath(a, b, early, c, d, late, both))

/** For stretches of one state each the three criteria are one. */
const isStep = (a: Phase, b: Phase, both: Float64Array): boolean => {
  const [from, to, first, last] = [a.velocity, b.velocity, a.momentum, b.momentum]
  let begin = 0
  let end = 0
  for (let i = 0; i < both.length; i++) {
    const sum = (first[i] ?? 0) + (last[i] ?? 0)
    both[i] = sum
    begin += (from[i] ?? 0) * sum
    end += (to[i] ?? 0) * sum
  }
  return begin > 0 && end > 0
}

const isPath = (
  { velocity: va }: Phase,
  { velocity: vb, momentum: pb }: Phase,
  early: Float64Array,
  { velocity: vc, momentum: pc }: Phase,
  { velocity: vd }: Phase,
  late: Float64Array,
  both: Float64Array
): boolean => {
  let begin = 0
  let end = 0
  let firstBegin = 0
  let firstEnd = 0
  let lastBegin = 0
  let lastEnd = 0
  for (let i = 0; i < both.length; i++) {
    const x = early[i] ?? 0
    const y = late[i] ?? 0
    const sum = x + y
    const beyond = x + (pc[i] ?? 0)
    const before = y + (pb[i] ?? 0)
    both[i] = sum
    begin += (va[i] ?? 0) * sum
    end += (vd[i] ?? 0) * sum
    firstBegin += (va[i] ?? 0) * beyond
    firstEnd += (vc[i] ?? 0) * beyond
    lastBegin += (vb[i] ?? 0) * before
    lastEnd += (vd[i] ?? 0) * before
  }
  return begin > 0 && end > 0 && firstBegin > 0 && firstEnd > 0 && lastBegin > 0 && lastEnd > 0
}
