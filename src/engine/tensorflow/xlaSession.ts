import { sizeOf } from "../../tensor/Tensor.ts"
import type { Values } from "../../trace/Graph.ts"
import type { Arrays, Bindings } from "../Engine.ts"
import { checkFeeds, checkState, type Feed } from "../leaves.ts"
import type { Program } from "../stablehlo/lower.ts"
import type { Argument } from "../stablehlo/ports.ts"
import type { Element, Type } from "../stablehlo/types.ts"
import { attrKind, type Binding } from "./native.ts"
import type { Held } from "./session.ts"
import { codeOf, inputName, outputName } from "./xlaModel.ts"

/** A number by which tfjs-node's binding knows one of TensorFlow's tensors. */
type Id = number

/** Runs a program that is loaded: tensors in, tensors out, which the caller deletes. */
export const caller = (binding: Binding, session: number, { arguments: given, results }: Program) => {
  const inputs = given.map((_, place) => inputName(place)).join()
  const outputs = results.map((_, place) => outputName(place)).join()
  return (ids: ReadonlyArray<Id>): ReadonlyArray<Id> =>
    binding.runSavedModel(session, ids, inputs, outputs).map(({ id }) => id)
}

/**
 * A program with its state. State, fixed inputs and tables are tensors of TensorFlow's, handed to each call; the new state is what the call returns. So a
 * call copies nothing of it to JavaScript, and going back is having kept the tensors from before.
 */
export const holdState = (
  binding: Binding,
  session: number,
  program: Program,
  feeds: ReadonlyArray<Feed>,
  bindings: Bindings
): Held => {
  const call = caller(binding, session, program)
  const { capacity } = program
  const carried = program.results.flatMap((each, place) =>
    each.kind === "carried" ? [{ name: each.name, type: each, place }] : []
  )
  const emitted = program.results.flatMap((each, place) =>
    each.kind === "emitted" ? [{ name: each.name, size: sizeOf(each.shape) / capacity, place }] : []
  )
  const shapes = Object.fromEntries(carried.map(({ name, type }) => [name, type]))
  const made = (type: Type, values: Values): Id => copied(binding, type, values)
  const drop = (ids: Iterable<Id>): void => {
    for (const id of ids) binding.deleteTensor(id)
  }
  const stateOf = (arrays: Arrays): ReadonlyArray<Id> =>
    carried.map(({ name, type }) => made(type, arrays[name] ?? new Float32Array()))

  const still = new Map(
    program.arguments.flatMap((each, place) => {
      const values = stillValues(each, bindings)
      return values === undefined ? [] : [[place, made(each, values)] as const]
    })
  )
  let state = stateOf(bindings.state)
  let before: ReadonlyArray<Id> | undefined
  let open = true
  const full = new Map<string, Values>()

  const filledUp = (name: string, type: Type, part: Values): Values => {
    const size = sizeOf(type.shape)
    if (part.length === size) return part
    const whole = full.get(name) ?? arrayOf(type.element, new Float32Array(size))
    full.set(name, whole)
    whole.set(part)
    return whole
  }
  /** One call from a state, of `count` steps from step `from` of `k` on. */
  const callFrom = (
    now: ReadonlyArray<Id>,
    { k, from, count }: { readonly k: number; readonly from: number; readonly count: number },
    given: Readonly<Record<string, Values>>
  ): ReadonlyArray<Id> => {
    const passing: Array<Id> = []
    const pass = (type: Type, values: Values): Id => {
      const id = binding.createTensor(type.shape, codeOf(type), values)
      passing.push(id)
      return id
    }
    const idOf = (argument: Argument, place: number): Id => {
      if (argument.kind === "steps") return pass(argument, Int32Array.of(count))
      if (argument.kind === "carried") return present(now[carried.findIndex(({ name }) => name === argument.name)])
      if (argument.kind !== "feed") return present(still.get(place))
      const values = given[argument.name] ?? new Float32Array()
      const size = values.length / Math.max(1, k)
      const part = values.subarray(from * size, (from + count) * size)
      return pass(argument, filledUp(argument.name, argument, arrayOf(argument.element, part)))
    }
    try {
      return call(program.arguments.map(idOf))
    } finally {
      drop(passing)
    }
  }
  const read = (id: Id): Float32Array => floats(binding.tensorDataSync(id))
  const mustBeOpen = (): void => {
    if (!open) throw new Error("the session is closed: its scope has ended")
  }
  const set = (ids: ReadonlyArray<Id>, undo: ReadonlyArray<Id> | undefined): void => {
    drop([...state, ...(before ?? [])].filter((id) => !ids.includes(id) && !(undo ?? []).includes(id)))
    state = ids
    before = undo
  }
  return {
    run: (k, given) => {
      mustBeOpen()
      checkFeeds(feeds, k, given)
      const kept = Object.fromEntries(emitted.map(({ name, size }) => [name, new Float32Array(k * size)]))
      let now = state
      let from = 0
      try {
        for (let going = true; going && from < k; ) {
          const count = Math.min(capacity, k - from)
          const ids = callFrom(now, { k, from, count }, given)
          const [done = 0] = binding.tensorDataSync(present(ids[0]))
          for (const { name, size, place } of emitted)
            kept[name]?.set(read(present(ids[place])).subarray(0, done * size), from * size)
          if (now !== state) drop(now)
          now = carried.map(({ place }) => present(ids[place]))
          drop(ids.filter((id) => !now.includes(id)))
          from += done
          going = done === count
        }
      } catch (error) {
        if (now !== state) drop(now)
        throw error
      }
      for (const { name, size } of emitted) kept[name]?.fill(Number.NaN, from * size)
      set(now, state)
      return kept
    },
    read: () => {
      mustBeOpen()
      return Object.fromEntries(carried.map(({ name }, i) => [name, read(present(state[i]))]))
    },
    write: (arrays) => {
      mustBeOpen()
      checkState(shapes, arrays)
      set(stateOf(arrays), undefined)
    },
    undo: () => {
      mustBeOpen()
      if (before !== undefined) set(before, undefined)
    },
    release: () => {
      open = false
      drop([...state, ...(before ?? []), ...still.values()])
    }
  }
}

/** What an argument is given once. */
const stillValues = (argument: Argument, { fixed, tables }: Bindings): Values | undefined => {
  if (argument.kind === "constant") return argument.values
  if (argument.kind === "fixed") return fixed[argument.name]
  return argument.kind === "table" ? tables[argument.name]?.values : undefined
}

/** A tensor of TensorFlow's own memory: one that was made from a JavaScript array shares the array's. */
const copied = (binding: Binding, type: Type, values: Values): Id => {
  const shared = binding.createTensor(type.shape, codeOf(type), arrayOf(type.element, values))
  try {
    const T = { name: "T", type: attrKind.type, value: codeOf(type) }
    return present(binding.executeOp("DeepCopy", [T], [shared], 1)[0]?.id)
  } finally {
    binding.deleteTensor(shared)
  }
}

/** The same numbers in the array type of an element type; itself where it has it already. */
const arrayOf = (element: Element, values: Values): Values => {
  const TypedArray = element === "f32" ? Float32Array : element === "i32" ? Int32Array : Uint8Array
  return values instanceof TypedArray ? values : TypedArray.from(values)
}

const floats = (values: Values): Float32Array => (values instanceof Float32Array ? values : Float32Array.from(values))

const present = <A>(value: A | undefined): A => {
  if (value === undefined) throw new RangeError("the program has no such value")
  return value
}
