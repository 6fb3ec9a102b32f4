import type { Id } from "../../trace/Graph.ts"
import type { Iteration } from "./iterations.ts"
import { attr } from "./proto.ts"
import type { Source, Trace } from "./trace.ts"
import type { Wire, Writer } from "./writer.ts"

/** The leaves of a step: those that change between iterations are read inside of the loop, the others outside. */
export interface StepLeaves {
  readonly moves: (id: Id) => boolean
  readonly outside: (id: Id) => Wire
  readonly inside: (id: Id, iteration: Iteration) => Wire
  readonly typeOf: (id: Id) => number
}

/**
 * Writes a recorded step. Ops whose values do not change are written immediately, once, before the loop. The others are written into an iteration
 * when the returned function is called. It returns a function that gives the place of a value in this iteration.
 */
export const step = (
  to: Writer,
  traced: Trace,
  leaves: StepLeaves
): ((iteration: Iteration) => (source: Source | undefined) => Wire) => {
  const moving = movingOps(traced, leaves)
  const moves = (source: Source): boolean =>
    source.kind === "op" ? moving.has(source.place) : source.kind === "leaf" && leaves.moves(source.id)

  const still = new Map<number, Wire>()
  const outside = (source: Source): Wire => {
    if (source.kind === "leaf") return leaves.outside(source.id)
    if (source.kind === "op") return output(still.get(source.place), source.output)
    const { dtype, shape, values } = at(traced.constants, source.place)
    return to.constant(dtype, shape, values)
  }
  traced.ops.forEach(({ type, inputs, attrs }, place) => {
    if (!moving.has(place)) still.set(place, to.op(type, inputs.map(outside), attrs))
  })
  const typeOf = (source: Source): number => {
    if (source.kind === "leaf") return leaves.typeOf(source.id)
    if (source.kind === "constant") return at(traced.constants, source.place).dtype
    return at(at(traced.ops, source.place).types, source.output)
  }

  return (iteration) => {
    const made = new Map<number, Wire>()
    const known = new Map<string, Wire>()
    const inside = (source: Source): Wire => {
      if (source.kind === "op" && moving.has(source.place)) return output(made.get(source.place), source.output)
      const key = JSON.stringify(source)
      const wire = known.get(key) ?? enter(source)
      known.set(key, wire)
      return wire
    }
    const enter = (source: Source): Wire => {
      if (source.kind === "leaf" && moves(source)) return leaves.inside(source.id, iteration)
      if (source.kind !== "constant") return iteration.bring(outside(source), attr.typeCode(typeOf(source)))
      const { dtype, shape, values } = at(traced.constants, source.place)
      return to.constant(dtype, shape, values, iteration.begin)
    }
    traced.ops.forEach(({ type, inputs, attrs }, place) => {
      if (moving.has(place)) made.set(place, to.op(type, inputs.map(inside), attrs))
    })
    return (source) => {
      if (source === undefined) throw new RangeError("the step has no such result")
      return inside(source)
    }
  }
}

const movingOps = ({ ops }: Trace, leaves: StepLeaves): ReadonlySet<number> => {
  const moving = new Set<number>()
  ops.forEach(({ inputs }, place) => {
    const moves = inputs.some((source) =>
      source.kind === "op" ? moving.has(source.place) : source.kind === "leaf" && leaves.moves(source.id)
    )
    if (moves) moving.add(place)
  })
  return moving
}

const output = (wire: Wire | undefined, place: number): Wire => {
  if (wire === undefined) throw new RangeError("an op was read before it was written")
  return place === 0 ? wire : `${wire}:${place}`
}

const at = <A>(list: ReadonlyArray<A>, place: number): A => {
  const value = list[place]
  if (value === undefined) throw new RangeError(`the trace has nothing at ${place}`)
  return value
}
