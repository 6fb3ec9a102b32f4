import { Effect } from "effect"
import { DataFormat, type FitError } from "../../Errors.ts"
import { builtin } from "../../host.ts"
import { sameShape, showShape } from "../../tensor/Tensor.ts"
import { own } from "../joint/names.ts"
import type { DataShapes } from "../joint/recordedWorld.ts"
import { sized } from "../step/trainingLoop.ts"
import type { Derived } from "./derive.ts"
import type { Learned, Problem } from "./fit.ts"
import type { EpochReport } from "./progress.ts"
import { decode, encode } from "./safetensors.ts"

const version = "1"

/** What must agree between the model that was saved and the one that loads: sites with their families, and parameters with their shapes. */
const signatureOf = ({ decisions, joint }: Pick<Derived, "decisions" | "joint">): string =>
  [
    ...decisions.plan.sites.map(({ site, guide, model }) => `site ${site}: ${guide ?? "observed"} | ${model}`),
    ...joint.parameters.map(
      ({ name, shape, plate }) =>
        `parameter ${name}: ${plate === undefined ? "" : `for each row of ${plate} `}${showShape(shape)}`
    )
  ].join("\n")

/** Writes parameters, signature, seed and history to a safetensors file; the file appears whole or not at all. */
export const save = (
  path: string,
  { derived, parameters, sizes, seed, history }: Learned
): Effect.Effect<void, FitError> =>
  Effect.tryPromise({
    try: async () => {
      const { rename, rm, writeFile } = builtin("node:fs/promises")
      const tensors = Object.fromEntries(
        derived.joint.parameters.map((parameter) => {
          const { name, shape } = sized(parameter, new Map(Object.entries(sizes)))
          return [name, { shape, values: own(parameters, name) ?? new Float32Array() }]
        })
      )
      const signature = signatureOf(derived)
      const metadata = {
        format: "latent",
        version,
        signature,
        seed: String(seed),
        history: JSON.stringify(history),
        sizes: JSON.stringify(sizes)
      }
      const part = `${path}.${process.pid}.part`
      try {
        await writeFile(part, encode(tensors, metadata))
        await rename(part, path)
      } finally {
        await rm(part, { force: true })
      }
    },
    catch: (error) => fileError(path, error)
  })

/** What was saved of a fit. Fails with DataFormat when the file cannot be read, or was saved from another model: the first difference is named. */
export const load = (
  path: string,
  problem: Problem,
  shapes: DataShapes,
  derived: Derived
): Effect.Effect<Learned, FitError> =>
  Effect.tryPromise({
    try: async () => {
      const { readFile } = builtin("node:fs/promises")
      const { tensors, metadata } = decode(await readFile(path), path)
      mustBeOf(metadata["signature"] ?? "", derived, path)
      const parameters = Object.fromEntries(
        derived.joint.parameters.map(({ name, shape, plate }) => {
          const stored = own(tensors, name)
          const event = stored?.shape.slice(plate === undefined ? 0 : 1)
          if (stored !== undefined && event !== undefined && sameShape(event, shape)) return [name, stored.values]
          const reason =
            stored === undefined
              ? `the parameter '${name}' is missing`
              : `the parameter '${name}' has shape ${showShape(stored.shape)} in place of ${showShape(shape)}`
          throw new DataFormat({ path, reason, advice: "Save the model again." })
        })
      )
      const history: ReadonlyArray<EpochReport> = JSON.parse(metadata["history"] ?? "[]")
      return {
        problem,
        plan: derived.decisions.plan,
        shapes,
        sizes: JSON.parse(metadata["sizes"] ?? "{}"),
        derived,
        parameters,
        history,
        seed: Number(metadata["seed"] ?? 0),
        stopped: false
      }
    },
    catch: (error) => (error instanceof DataFormat ? error : fileError(path, error))
  })

const mustBeOf = (signature: string, derived: Derived, path: string): void => {
  const [saved, wanted] = [signature.split("\n"), signatureOf(derived).split("\n")]
  const lines = Array.from({ length: Math.max(saved.length, wanted.length) }, (_, i) => i)
  const different = lines.find((i) => saved[i] !== wanted[i])
  if (different === undefined) return
  throw new DataFormat({
    path,
    reason: `it was saved from another model: it has '${saved[different] ?? "nothing more"}' where this model has '${wanted[different] ?? "nothing more"}'`,
    advice: "Load it with the model that it was saved from."
  })
}

const fileError = (path: string, error: unknown): DataFormat =>
  new DataFormat({
    path,
    reason: error instanceof Error ? error.message : String(error),
    advice: "Check the path and its permissions."
  })
