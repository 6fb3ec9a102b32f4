import type { FileHandle } from "node:fs/promises"
import { DataFormat } from "../../Errors.ts"
import { builtin } from "../../host.ts"

/**
 * Writes a file so that its path always holds the old bytes or the new ones, whole, also after a crash or a loss of power, and whoever else writes to it:
 * the bytes go to a file of a name of its own in the same folder, are synced, and the file takes the place of the old one; then the folder is synced.
 * The mode of an existing file stays, and so does a symbolic link to it.
 *
 * @throws DataFormat where the path is no regular file; Node's own errors where the system refuses
 */
export const writeDurably = async (path: string, bytes: Uint8Array): Promise<void> => {
  const { open, rename, rm } = builtin("node:fs/promises")
  const { dirname, join } = builtin("node:path")
  const target = await behindLinks(path)
  const mode = await modeOf(path, target)
  const folder = dirname(target)
  await removeLeftovers(folder)
  const part = join(folder, `${prefix}${globalThis.crypto.randomUUID()}${suffix}`)
  try {
    // the flags refuse a file that is there already
    await closing(await open(part, "wx", mode ?? 0o666), async (file) => {
      if (mode !== undefined) await file.chmod(mode)
      await file.writeFile(bytes)
      await file.sync()
    })
    await rename(part, target)
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
  await syncFolder(folder)
}

/** What a file's own error, or that of the system, says to a user. */
export const fileError = (path: string, error: unknown): DataFormat =>
  error instanceof DataFormat
    ? error
    : new DataFormat({
        path,
        reason: error instanceof Error ? error.message : String(error),
        advice: "Check the path, its permissions and the room on the disk."
      })

/** Windows does not open folders, and some file systems do not sync them: there the order of what is written is theirs. */
const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === "win32") return
  const { open } = builtin("node:fs/promises")
  try {
    await closing(await open(folder, "r"), (opened) => opened.sync())
  } catch (error) {
    if (!hasCode(error, "EINVAL", "ENOTSUP", "EACCES", "EPERM")) throw error
  }
}

const hasCode = (error: unknown, ...codes: ReadonlyArray<string>): boolean =>
  error instanceof Error && "code" in error && codes.includes(String(error.code))

const prefix = ".latent-"
const suffix = ".part"
/** No save takes so long: an older temporary file was left by a process that was killed. In milliseconds. */
const oldest = 3_600_000

const closing = async (file: FileHandle, use: (file: FileHandle) => Promise<void>): Promise<void> => {
  try {
    await use(file)
  } finally {
    await file.close()
  }
}

/** The file that a path leads to, through symbolic links, also where it is not there yet. */
const behindLinks = async (path: string): Promise<string> => {
  const { readlink, lstat } = builtin("node:fs/promises")
  const { dirname, resolve } = builtin("node:path")
  let at = resolve(path)
  for (let links = 0; ; links++) {
    const about = await unlessMissing(lstat(at))
    if (about?.isSymbolicLink() !== true) return at
    if (links === 40)
      throw new DataFormat({ path, reason: "it is a circle of symbolic links", advice: "Give another path." })
    at = resolve(dirname(at), await readlink(at))
  }
}

const modeOf = async (path: string, target: string): Promise<number | undefined> => {
  const { stat } = builtin("node:fs/promises")
  const about = await unlessMissing(stat(target))
  if (about === undefined) return undefined
  if (about.isFile()) return about.mode & 0o7777
  throw new DataFormat({
    path,
    reason: about.isDirectory() ? "this is a folder" : "this is no regular file",
    advice: "Give the path of a file, such as fit.safetensors."
  })
}

const unlessMissing = async <A>(found: Promise<A>): Promise<A | undefined> => {
  try {
    return await found
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined
    throw error
  }
}

/** Removes the temporary files of processes that were killed while they saved, except those of other users. */
const removeLeftovers = async (folder: string): Promise<void> => {
  const { readdir, rm, stat } = builtin("node:fs/promises")
  const { join } = builtin("node:path")
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue
    const about = await unlessMissing(stat(join(folder, name)))
    if (about === undefined || Date.now() - about.mtimeMs < oldest || about.uid !== process.getuid?.()) continue
    await rm(join(folder, name), { force: true })
  }
}
