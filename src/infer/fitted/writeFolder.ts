import { Effect } from "effect"
import { DataFormat } from "../../Errors.ts"
import { builtin } from "../../host.ts"
import { fileError } from "../fit/durable.ts"

/**
 * Writes files to a new folder: they go to a folder beside it, which gets its name when all are there. Fails with DataFormat where the path is taken, since what is there would be lost, and where the system
 * refuses.
 */
export const writeFolder = (path: string, files: ReadonlyMap<string, Uint8Array>): Effect.Effect<void, DataFormat> =>
  Effect.uninterruptible(
    Effect.tryPromise({
      try: async () => {
        mustBePath(path)
        const { lstat, mkdir, rename, rm, writeFile } = builtin("node:fs/promises")
        const { dirname, join, resolve } = builtin("node:path")
        const target = resolve(path)
        const isFree = await lstat(target).then(
          () => false,
          () => true
        )
        if (!isFree) throw unfit(path, "there is something of this name", "Remove it, or give another path.")
        const part = join(dirname(target), `.latent-${globalThis.crypto.randomUUID()}.part`)
        try {
          await mkdir(part)
          for (const [name, bytes] of files) {
            const file = join(part, ...name.split("/"))
            await mkdir(dirname(file), { recursive: true })
            await writeFile(file, bytes)
          }
          await rename(part, target)
        } catch (error) {
          await rm(part, { force: true, recursive: true })
          throw error
        }
      },
      catch: (error) => fileError(path, error)
    })
  )

const mustBePath = (path: unknown): void => {
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return
  throw unfit(String(path), "this is no path of a folder", 'Give a text such as "posterior.zarr".')
}

const unfit = (path: string, reason: string, advice: string): DataFormat => new DataFormat({ path, reason, advice })
