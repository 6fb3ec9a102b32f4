import { builtin } from "../../host.ts"
import type { Binding } from "./native.ts"

/** TensorFlow reads a SavedModel only from a directory. It is a temporary directory that only this user can read, and is deleted afterwards. */
export const loaded = (binding: Pick<Binding, "loadSavedModel">, bytes: Uint8Array): number => {
  const { mkdtempSync, rmSync, writeFileSync } = builtin("node:fs")
  const { join } = builtin("node:path")
  const directory = mkdtempSync(join(builtin("node:os").tmpdir(), "latent-"))
  try {
    writeFileSync(join(directory, "saved_model.pb"), bytes)
    return binding.loadSavedModel(directory, "serve")
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
