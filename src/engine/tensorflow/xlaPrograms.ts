import type { Program } from "../stablehlo/lower.ts"
import type { Binding } from "./native.ts"
import { loaded } from "./session.ts"
import { codeOf, modelOf } from "./xlaModel.ts"
import { caller } from "./xlaSession.ts"

/** A program that is loaded and compiled, and how many sessions use it. */
interface Entry {
  readonly session: number
  users: number
}

/** How many compiled programs are kept that nothing uses, for the next fit of the same model. */
const idle = 8

/** By text. The ones used last stand last. */
const programs = new Map<string, Entry>()

/** Loads and compiles a program, or takes the compiled one of the same text. `release` gives it back. */
export const acquire = (
  binding: Binding,
  program: Program
): { readonly session: number; readonly release: () => void } => {
  const entry = programs.get(program.text) ?? { session: compiled(binding, program), users: 0 }
  programs.delete(program.text)
  programs.set(program.text, entry)
  entry.users += 1
  const release = (): void => {
    entry.users -= 1
    forgetMoreThan(binding, idle)
  }
  return { session: entry.session, release }
}

/** Deletes the unused programs but for the last `kept` ones. */
export const forgetMoreThan = (binding: Binding, kept: number): void => {
  const unused = [...programs].filter(([, { users }]) => users === 0)
  for (const [text, { session }] of unused.slice(0, Math.max(0, unused.length - kept))) {
    programs.delete(text)
    binding.deleteSavedModel(session)
  }
}

/** XLA compiles in the first call, which is made here and runs no step. */
const compiled = (binding: Binding, program: Program): number => {
  const session = loaded(binding, modelOf(program))
  const ids: Array<number> = []
  try {
    for (const each of program.arguments) {
      const size = each.shape.reduce((product, n) => product * n, 1)
      const zeros =
        each.element === "f32"
          ? new Float32Array(size)
          : each.element === "i32"
            ? new Int32Array(size)
            : new Uint8Array(size)
      ids.push(binding.createTensor(each.shape, codeOf(each), zeros))
    }
    ids.push(...caller(binding, session, program)(ids.slice()))
    return session
  } catch (error) {
    binding.deleteSavedModel(session)
    throw error
  } finally {
    for (const id of ids) binding.deleteTensor(id)
  }
}
