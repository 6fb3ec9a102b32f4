import type { Program } from "../../stablehlo/lower.ts"
import type { Binding } from "../native.ts"
import { loaded } from "../savedModel.ts"
import { modelOf } from "./savedModel.ts"

/** A program that TensorFlow has loaded, and the number of our sessions that use it. */
interface Entry {
  readonly session: number
  users: number
}

/** The number of unused programs that are kept, for the next fit of the same model. */
const idle = 8

/** The programs by their text, in the order of their last use. */
type Programs = Map<string, Entry>
const loadedBy = new WeakMap<object, Programs>()

const programsOf = (binding: object): Programs => {
  const programs = loadedBy.get(binding) ?? new Map<string, Entry>()
  loadedBy.set(binding, programs)
  return programs
}

/** Loads a program, or reuses the one with the same text, which XLA has already compiled. `release` returns it. */
export const acquire = (
  binding: Pick<Binding, "loadSavedModel" | "deleteSavedModel">,
  program: Pick<Program, "text" | "arguments" | "results">
): { readonly session: number; readonly release: () => void } => {
  const programs = programsOf(binding)
  const entry = programs.get(program.text) ?? { session: loaded(binding, modelOf(program)), users: 0 }
  programs.set(program.text, entry)
  entry.users += 1
  const release = (): void => {
    entry.users -= 1
    programs.delete(program.text)
    programs.set(program.text, entry)
    forget(binding, idle)
  }
  return { session: entry.session, release }
}

/** Deletes the unused programs, except the last `kept` ones. */
export const forget = (binding: Pick<Binding, "deleteSavedModel">, kept: number): void => {
  const programs = programsOf(binding)
  const unused = [...programs].filter(([, { users }]) => users === 0)
  for (const [text, { session }] of unused.slice(0, Math.max(0, unused.length - kept))) {
    programs.delete(text)
    binding.deleteSavedModel(session)
  }
}
