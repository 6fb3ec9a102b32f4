import type { Update } from "./adam.ts"
import type { Iteration } from "./iterations.ts"
import { attr, typeCode } from "./proto.ts"
import { type Carried, read } from "./variables.ts"
import { control, type Wire, type Writer } from "./writer.ts"

/*
 * In-place updates inside a loop. Each update has a mark: a number without a meaning that is carried from iteration to iteration. It exists when the
 * update of the previous iteration is done, and the nodes that read the parameter wait for it. If a value is still being read while its variable
 * changes, TensorFlow copies the variable first, so the reader sees the old value.
 */

/** The units of Adam's moments in TensorFlow, (1 − β₁)m and (1 − β₂)v. */
export const unitsOf = (updates: ReadonlyArray<Update>): Readonly<Record<string, number>> =>
  Object.fromEntries(updates.flatMap(({ m, v, beta1, beta2 }) => [[m, 1 - beta1] as const, [v, 1 - beta2] as const]))

/** The mark of the first iteration: it exists when the values have been saved to which an undone call returns. */
export const kept = (to: Writer, { parameter, m, v }: Update, carried: (name: string) => Carried): Wire =>
  to.afterAll([parameter, m, v].map((name) => carried(name).keep()))

/** The parameter after the previous iteration. It is read in each iteration before its update. */
export const updated = (to: Writer, { handle, type }: Carried, { bring }: Iteration, mark: Wire): Wire =>
  read(to, bring(handle, attr.type("resource")), type, [mark])

/**
 * The update, after `current` (the parameter as this iteration reads it), and the mark for the next iteration. TensorFlow's θ ← θ − rate'·m'/(√v' +
 * ε') on moments in its own units is ours with rate' = rate·√(1 − β₂)/(1 − β₁) and ε' = ε·√(1 − β₂); its bias correction is switched off by powers of
 * β that are 0, because `rate` and `epsilon` already contain it.
 */
export const applied = (
  to: Writer,
  { parameter, m, v, gradient, rate, epsilon, beta1, beta2 }: Update,
  carried: (name: string) => Carried,
  { bring, begin }: Iteration,
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
