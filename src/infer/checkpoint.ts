import { Effect } from "effect"
import { DataFormat, type FitError } from "../Errors.ts"
import { showShape } from "../tensor/Tensor.ts"
import type { Derived } from "./derive.ts"
import type { Parameters } from "./evaluate.ts"
import type { Learned } from "./fit.ts"
import { decode, encode } from "./safetensors.ts"

const version = "1"

/** What must agree between the model that was saved and the one that loads: sites with their families, and parameters with their shapes. */
export const signatureOf = ({ plan, parameters }: Pick<Derived, "plan" | "parameters">): string =>
  [
    ...plan.sites.map(({ site, guide, model }) => `site ${site}: ${guide ?? "observed"} | ${model}`),
    ...parameters.map(({ name, shape }) => `parameter ${name}: ${showShape(shape)}`)
  ].join("\n")

/** Writes parameters and signature to a safetensors file; the file appears whole or not at all. */
export const save = (path: string, { derived, parameters }: Learned): Effect.Effect<void, FitError> =>
  Effect.tryPromise({
    try: async () => {
      const { rename, rm, writeFile } = await import("node:fs/promises")
      const tensors = Object.fromEntries(
        derived.parameters.map(({ name, shape }) => [name, { shape, values: parameters[name] ?? new Float32Array() }])
      )
      const part = `${path}.${process.pid}.part`
      try {
        await writeFile(part, encode(tensors, { format: "latent", version, signature: signatureOf(derived) }))
        await rename(part, path)
      } finally {
        await rm(part, { force: true })
      }
    },
    catch: (error) => fileError(path, error)
  })

/** @throws (fails with) DataFormat when the file cannot be read, or was saved from another model: the first difference is named */
export const load = (path: string, derived: Derived): Effect.Effect<Parameters, FitError> =>
  Effect.tryPromise({
    try: async () => {
      const { readFile } = await import("node:fs/promises")
      const { tensors, metadata } = decode(await readFile(path), path)
      const [saved, wanted] = [(metadata["signature"] ?? "").split("\n"), signatureOf(derived).split("\n")]
      const different = Array.from({ length: Math.max(saved.length, wanted.length) }, (_, i) => i).find(
        (i) => saved[i] !== wanted[i]
      )
      if (different !== undefined) {
        throw new DataFormat({
          path,
          reason: `it was saved from another model: it has '${saved[different] ?? "nothing more"}' where this model has '${wanted[different] ?? "nothing more"}'`,
          advice: "Load it with the model that it was saved from."
        })
      }
      return Object.fromEntries(
        derived.parameters.map(({ name }) => {
          const stored = tensors[name]
          if (stored === undefined)
            throw new DataFormat({
              path,
              reason: `the parameter '${name}' is missing`,
              advice: "Save the model again."
            })
          return [name, stored.values]
        })
      )
    },
    catch: (error) => (error instanceof DataFormat ? error : fileError(path, error))
  })

const fileError = (path: string, error: unknown): DataFormat =>
  new DataFormat({
    path,
    reason: error instanceof Error ? error.message : String(error),
    advice: "Check the path and its permissions."
  })
