import { Effect } from "effect"
import { type FitError, InvalidOption } from "../../Errors.ts"
import { paramInput } from "../joint/names.ts"
import { inSpan } from "../run/spans.ts"
import type { Position } from "../run/Training.ts"
import { saveSigned } from "./checkpoint.ts"
import type { Learned } from "./Learned.ts"
import type { Checkpoint } from "./options.ts"
import { exists, type Setup, settingsInWords } from "./resume.ts"
import type { Signature } from "./signature.ts"
import { onceEach, type Warning, warn } from "./warnings.ts"

/** Writes a fit's checkpoints when they are due. */
export interface Checkpointer {
  /** Writes the first one before the first step, so that a path that cannot be written is found out before any work. */
  readonly first: (learned: Learned, position: Position) => Effect.Effect<void, FitError>
  /** After a call of the engine: a file that cannot be written now is a warning, and the fit goes on. */
  readonly after: (
    done: number,
    over: boolean,
    learned: Effect.Effect<Learned, FitError>,
    position: Effect.Effect<Position, FitError>
  ) => Effect.Effect<ReadonlyArray<Warning>, FitError>
}

export const checkpointer = (
  { path, every }: Required<Checkpoint>,
  setup: Setup,
  signature: Signature,
  stepsPerEpoch: number
): Checkpointer => {
  const settings = { ...settingsInWords(setup), epochs: String(setup.settings.epochs) }
  const apart = Math.max(1, Math.round(every * stepsPerEpoch))
  const fresh = onceEach()
  let due = apart
  const write = (learned: Learned, { carried, ...at }: Position): Effect.Effect<void, FitError> => {
    // the file's parameters are those of the last step, unless they are a mean
    const isApart = setup.settings.averaging !== undefined
    const state = Object.entries(carried).filter(([name]) => isApart || !name.startsWith(paramInput("")))
    return saveSigned(path, learned, signature, { ...at, settings, carried: Object.fromEntries(state) }).pipe(
      inSpan("latent.checkpoint", { step: at.step })
    )
  }
  return {
    first: write,
    after: (done, over, learned, position) => {
      if (done < due && !over) return Effect.succeed([])
      due = (Math.floor(done / apart) + 1) * apart
      return Effect.flatMap(Effect.all([learned, position]), ([all, at]) =>
        write(all, at).pipe(
          Effect.as([]),
          Effect.catch(({ message }) =>
            Effect.succeed(fresh([warn({ kind: "unsavedCheckpoint", path, reason: message })]))
          )
        )
      )
    }
  }
}

/** A file that is there is overwritten only where that is said. */
export const mustBeFree = ({ path }: Checkpoint): Effect.Effect<void, FitError> =>
  Effect.flatMap(exists(path), (isThere) =>
    isThere
      ? Effect.fail(
          new InvalidOption({
            option: "resume",
            value: "not given",
            expected: `true to go on from the checkpoint '${path}', which is there already, or false to overwrite it`
          })
        )
      : Effect.void
  )
