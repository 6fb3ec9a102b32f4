import type { Update } from "./adam.ts"
import type { Turn } from "./iterations.ts"
import { attr, typeCode } from "./proto.ts"
import { type Carried, read } from "./variables.ts"
import { control, type Wire, type Writer } from "./writer.ts"

/*
 * Updates in place within a loop of turns. A mark, a number without a meaning, goes round for each: it is there when the
 * update of the turn before is done, and what reads the parameter comes after it. A value that is still being read while
 * its variable changes is not touched: TensorFlow then copies the variable first.
 */

/** The units in which TensorFlow holds Adam's moments, (1 − β₁)m and (1 − β₂)v. */
export const unitsOf = (updates: ReadonlyArray<Update>): Readonly<Record<string, number>> =>
  Object.fromEntries(updates.flatMap(({ m, v, beta1, beta2 }) => [[m, 1 - beta1] as const, [v, 1 - beta2] as const]))

/** The mark of the first turn: the values are kept to which an undone call goes back. */
export const kept = (to: Writer, { parameter, m, v }: Update, carried: (name: string) => Carried): Wire =>
  to.afterAll([parameter, m, v].map((name) => carried(name).keep()))

/** The parameter as the turn before left it: read in each turn, before it is updated. */
export const updated = (to: Writer, { handle, type }: Carried, { bring }: Turn, mark: Wire): Wire =>
  read(to, bring(handle, attr.type("resource")), type, [mark])

/**
 * The update, after `current` (the parameter as this turn reads it), and the mark for the next turn. TensorFlow's
 * θ ← θ − rate'·m'/(√v' + ε') on moments in its own units is ours with rate' = rate·√(1 − β₂)/(1 − β₁) and ε' = ε·√(1 − β₂);
 * its correction of bias is left out by powers of β that are 0, since `rate` and `epsilon` contain it.
 */
export const applied = (
  to: Writer,
  { parameter, m, v, gradient, rate, epsilon, beta1, beta2 }: Update,
  carried: (name: string) => Carried,
  { bring, begin }: Turn,
  current: Wire,
  result: (output: string) => Wire
): Wire => {
  const number = (value: number): Wire => to.constant(typeCode.float32, [], Float32Array.of(value), begin)
  const times = (x: Wire, factor: number): Wire => to.op("Mul", [x, number(factor)], { T: attr.type("float32") })
  const handles = [parameter, m, v].map((name) => bring(carried(name).handle, attr.type("resource")))
  const root = Math.sqrt(1 - beta2)
  const scalars = [
    number(0),
    number(0),
    times(result(rate), root / (1 - beta1)),
    number(beta1),
    number(beta2),
    times(result(epsilon), root)
  ]
  const update = to.op("ResourceApplyAdam", [...handles, ...scalars, result(gradient), control(current)], {
    T: attr.type("float32")
  })
  return to.constant(typeCode.int32, [], Int32Array.of(0), update)
}
