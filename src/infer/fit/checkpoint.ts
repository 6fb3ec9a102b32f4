import { Effect } from "effect"
import { withFile } from "../../data/file.ts"
import { DataFormat, type FitError, type Salvaged } from "../../Errors.ts"
import { memory } from "../../host.ts"
import { sameShape, showShape } from "../../tensor/Tensor.ts"
import type { Parameter } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { DataShapes, Parameters } from "../joint/recordedWorld.ts"
import { asFitError, attempt } from "../run/attempt.ts"
import { sized } from "../step/trainingLoop.ts"
import type { Derived } from "./derive.ts"
import { deriveLoaded } from "./deriveFor.ts"
import { fileError, writeDurably } from "./durable.ts"
import type { Learned, Problem } from "./Learned.ts"
import { inOwnSpace } from "./ownSpace.ts"
import { decodeSaved, encodeSaved, type Resume, type Saved } from "./saved.ts"
import { difference, type Signature, signatureOf } from "./signature.ts"

/** Writes what was learned, with the signature of its program, to a safetensors file: the old bytes stay there until the new ones are whole. */
export const save = (path: string, learned: Learned): Effect.Effect<void, FitError> =>
  Effect.flatMap(
    attempt(() => signatureOf(learned.derived)),
    (signature) => saveSigned(path, learned, signature)
  )

/** The same with a signature that is known, and all that it takes to go on. */
export const saveSigned = (
  path: string,
  learned: Learned,
  signature: Signature,
  resume?: Resume
): Effect.Effect<void, FitError> =>
  Effect.uninterruptible(
    Effect.tryPromise({
      try: () => {
        mustBePath(path)
        return writeDurably(path, savedBytes(learned, signature, resume))
      },
      catch: (error) => fileError(path, error)
    })
  )

/** What was learned as the bytes of a safetensors file. */
export const savedBytes = (
  { derived, parameters, shapes, sizes, seed, history, stopped }: Learned,
  signature: Signature,
  resume?: Resume
): Uint8Array => {
  const tensors = derived.joint.parameters.map((parameter) => {
    const { name, shape } = sized(parameter, new Map(Object.entries(sizes)))
    return [name, { shape, values: own(parameters, name) ?? new Float32Array() }] as const
  })
  return encodeSaved({
    ...{ parameters: Object.fromEntries(tensors), signature, shapes, sizes, seed, history, stopped },
    ...(resume === undefined ? {} : { resume })
  })
}

/** The parameters of a fit that failed, ready to be saved. */
export const salvaged = (learned: Learned): Salvaged => ({
  parameters: inOwnSpace(learned.derived.joint.parameters, learned.parameters),
  save: (path) => save(path, learned),
  savePromise: (path) => Effect.runPromise(save(path, learned))
})

/**
 * What was saved of a fit. Fails with DataFormat when the file cannot be read, is no such file, or was saved from another program: the first difference is
 * named.
 */
export const load = (source: string | Uint8Array, problem: Problem): Effect.Effect<Learned, FitError> =>
  Effect.gen(function* () {
    const path = source instanceof Uint8Array ? "the bytes" : source
    const saved = yield* source instanceof Uint8Array ? attempt(() => decodeSaved(source, path)) : readSaved(source)
    return yield* attempt(() => {
      const derived = derivedFrom(path, problem, saved.shapes)
      mustBeOf(saved, signatureOf(derived), path)
      const { shapes, sizes, seed, history, stopped } = saved
      const parameters = storedParameters(saved, derived.joint.parameters, path)
      return { problem, plan: derived.decisions.plan, derived, parameters, shapes, sizes, seed, history, stopped }
    })
  })

/** Reads a file that was saved, whole. */
export const readSaved = (path: string): Effect.Effect<Saved, FitError> =>
  Effect.tryPromise({
    try: (signal) => {
      mustBePath(path, orBytes)
      return withFile(path, signal, async (reader) => {
        if (reader.packed) throw unfit(path, "it is compressed with gzip", "Unpack it first.")
        if (reader.atMost > memory()) {
          const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
          const reason = `it has ${gigabytes(reader.atMost)}, and there are ${gigabytes(memory())} of memory`
          throw unfit(path, reason, "Load it on a larger machine.")
        }
        return decodeSaved(await reader.next(reader.atMost), path)
      })
    },
    catch: (error) => fileError(path, error)
  })

/** The program on the data that it was saved with. A model says its shapes itself. */
const derivedFrom = (path: string, problem: Problem, shapes: DataShapes): Derived => {
  try {
    return deriveLoaded(problem, problem.shapes?.() ?? shapes)
  } catch (error) {
    if (problem.shapes !== undefined) throw error
    const reason = `this program cannot be run with the data that it was saved with (${asFitError(error).message})`
    throw unfit(path, reason, "Load it with the program that it was saved from.")
  }
}

/** @throws DataFormat that names the first difference */
export const mustBeOf = ({ signature }: Saved, wanted: Signature, path: string): void => {
  const found = difference(signature, wanted)
  if (found === undefined) return
  throw unfit(path, `it was saved from another model: ${found}`, "Load it with the model that it was saved from.")
}

/** The parameters of a file: those of the program, each of its shape, and no others. */
export const storedParameters = (
  { parameters, sizes }: Saved,
  list: ReadonlyArray<Parameter>,
  path: string
): Parameters => {
  const found = list.map((parameter) => {
    const { name, shape } = sized(parameter, new Map(Object.entries(sizes)))
    const stored = own(parameters, name)
    if (stored !== undefined && sameShape(stored.shape, shape)) return [name, stored.values] as const
    const reason =
      stored === undefined
        ? `the parameter '${name}' is missing`
        : `the parameter '${name}' has shape ${showShape(stored.shape)} in place of ${showShape(shape)}`
    throw unfit(path, reason, "Save the model again.")
  })
  const extra = Object.keys(parameters).find((name) => !list.some((each) => each.name === name))
  if (extra !== undefined)
    throw unfit(path, `it has a tensor '${extra}', which is no parameter of this model`, "Save the model again.")
  return Object.fromEntries(found)
}

const mustBePath = (path: unknown, otherwise = ""): void => {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return
  const given = typeof path === "object" ? Object.prototype.toString.call(path) : JSON.stringify(path)
  throw unfit(given ?? String(path), "this is no path of a file", `Give a text such as "fit.safetensors"${otherwise}.`)
}

/** What a page has of a file that it fetched. */
const orBytes = ", or the bytes of a file as a Uint8Array: new Uint8Array(buffer)"

const unfit = (path: string, reason: string, advice: string): DataFormat => new DataFormat({ path, reason, advice })
