import { sizeOf } from "../../../tensor/Tensor.ts"
import type { Values } from "../../../trace/Graph.ts"
import type { Arrays, Bindings, Loop } from "../../Engine.ts"
import { areFinite, carriedShapes, checkFeeds, checkState, feedsOf } from "../../leaves.ts"
import type { Program } from "../../stablehlo/lower.ts"
import type { Argument } from "../../stablehlo/ports.ts"
import type { Type } from "../../stablehlo/types.ts"
import type { Held } from "../held.ts"
import type { Binding } from "../native.ts"
import { arrayOf, caller, copied, dropped, type Id, numbersOf, shared } from "./tensors.ts"

type Feeds = Readonly<Record<string, Values>>

/** A part of one `run`: `count` steps from step `from` of `k` on. */
interface Part {
  readonly k: number
  readonly from: number
  readonly count: number
}

/**
 * A loaded program with its state. State, fixed inputs and tables are TensorFlow's tensors, which are passed to each call; the call returns the new
 * state. So no state is copied to JavaScript, and `undo` needs only the previous tensors. A first call of zero steps makes XLA compile.
 */
export const open = (
  binding: Binding,
  { session, program }: { readonly session: number; readonly program: Program },
  loop: Loop,
  bindings: Bindings
): Held => {
  const { capacity } = program
  const call = caller(binding, session, program)
  const carried = program.results.flatMap((each, place) => (each.kind === "carried" ? [{ ...each, place }] : []))
  const emitted = program.results.flatMap((each, place) =>
    each.kind === "emitted" ? [{ name: each.name, size: sizeOf(each.shape) / capacity, place }] : []
  )
  const expected = feedsOf(loop, bindings)
  const still = stillTensors(binding, program, bindings)
  const fill = filler()
  let state = stateOf(bindings.state)
  let before: ReadonlyArray<Id> | undefined
  let isOpen = true

  function stateOf(arrays: Arrays): ReadonlyArray<Id> {
    return carried.map((each) => copied(binding, each, arrays[each.name] ?? new Float32Array()))
  }
  const callFrom = (now: ReadonlyArray<Id>, { k, from, count }: Part, feeds: Feeds): ReadonlyArray<Id> => {
    const passing: Array<Id> = []
    const pass = (type: Type, values: Values): Id => {
      const id = shared(binding, type, values)
      passing.push(id)
      return id
    }
    const idOf = (argument: Argument, place: number): Id => {
      if (argument.kind === "steps") return pass(argument, Int32Array.of(count))
      if (argument.kind === "carried") return present(now[carried.findIndex(({ name }) => name === argument.name)])
      if (argument.kind !== "feed") return present(still.get(place))
      const values = feeds[argument.name] ?? new Float32Array()
      const size = values.length / Math.max(1, k)
      return pass(argument, fill(argument.name, argument, values.subarray(from * size, (from + count) * size)))
    }
    try {
      return call(program.arguments.map(idOf))
    } finally {
      dropped(binding, passing)
    }
  }
  /** Sets the tensors of the state and those to return to, and deletes the old ones that are no longer either. */
  const move = (next: ReadonlyArray<Id>, back: ReadonlyArray<Id> | undefined): void => {
    const stay = new Set([...next, ...(back ?? [])])
    dropped(
      binding,
      [...state, ...(before ?? [])].filter((id) => !stay.has(id))
    )
    state = next
    before = back
  }
  const mustBeOpen = (): void => {
    if (!isOpen) throw new Error("the session cannot be used: its scope has closed")
  }
  const release = (): void => {
    isOpen = false
    dropped(binding, [...state, ...(before ?? []), ...still.values()])
  }
  try {
    dropped(binding, callFrom(state, { k: 0, from: 0, count: 0 }, {}))
  } catch (error) {
    release()
    throw error
  }

  return {
    run: (k, feeds) => {
      mustBeOpen()
      checkFeeds(expected, k, feeds)
      const kept = Object.fromEntries(emitted.map(({ name, size }) => [name, new Float32Array(k * size)]))
      let now = state
      let from = 0
      try {
        for (let goesOn = true; goesOn && from < k; ) {
          const count = Math.min(capacity, k - from)
          const results = callFrom(now, { k, from, count }, feeds)
          const [done = 0] = numbersOf(binding, present(results[0]))
          for (const { name, size, place } of emitted)
            kept[name]?.set(numbersOf(binding, present(results[place])).subarray(0, done * size), from * size)
          if (now !== state) dropped(binding, now)
          now = carried.map(({ place }) => present(results[place]))
          dropped(binding, results.slice(0, 1).concat(results.slice(1 + carried.length)))
          from += done
          goesOn = done === count
        }
      } catch (error) {
        if (now !== state) dropped(binding, now)
        throw error
      }
      // steps after one that was not finite are not done; their outputs are reported as not finite, too
      for (const { name, size } of emitted) kept[name]?.fill(Number.NaN, from * size)
      move(now, state)
      return kept
    },
    read: () => {
      mustBeOpen()
      return Object.fromEntries(carried.map(({ name }, i) => [name, numbersOf(binding, present(state[i]))]))
    },
    finite: (names) => {
      mustBeOpen()
      const asked = new Set(names)
      return carried.every(({ name }, i) => !asked.has(name) || areFinite(numbersOf(binding, present(state[i]))))
    },
    write: (arrays) => {
      mustBeOpen()
      checkState(carriedShapes(loop), arrays)
      move(stateOf(arrays), undefined)
    },
    undo: () => {
      mustBeOpen()
      if (before !== undefined) move(before, undefined)
    },
    release
  }
}

/** The tensors of arguments that are given once, by position. */
const stillTensors = (
  binding: Binding,
  { arguments: given }: Program,
  { fixed, tables }: Bindings
): ReadonlyMap<number, Id> => {
  const valuesOf = (argument: Argument): Values | undefined => {
    if (argument.kind === "constant") return argument.values
    if (argument.kind === "fixed") return fixed[argument.name]
    return argument.kind === "table" ? tables[argument.name]?.values : undefined
  }
  return new Map(
    given.flatMap((argument, place) => {
      const values = valuesOf(argument)
      return values === undefined ? [] : [[place, copied(binding, argument, values)] as const]
    })
  )
}

/** Fills the list of a feed up to the program's capacity. Elements after the requested steps are not read. */
const filler = (): ((name: string, type: Type, part: Values) => Values) => {
  const lists = new Map<string, Values>()
  return (name, type, part) => {
    const size = sizeOf(type.shape)
    if (part.length === size) return part
    const list = lists.get(name) ?? arrayOf(type.element, new Float32Array(size))
    lists.set(name, list)
    list.set(part)
    return list
  }
}

const present = <A>(value: A | undefined): A => {
  if (value === undefined) throw new RangeError("the program has no such value")
  return value
}
