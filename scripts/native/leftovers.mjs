import { existsSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { say } from "./steps.mjs"

/** Folders of downloads that are under way, below tfjs-node's own folder. */
export const stagingPrefix = "staging-"

/** What a set-up makes in tfjs-node's own folder. */
const made = ["deps", "lib", "build", "build-tmp-napi-v8"]

/** Removes all that an earlier run has made: one that was killed could not undo it. */
export const clear = (folder) => remove(folder, (name) => made.includes(name) || name.startsWith(stagingPrefix))

/** Removes downloads that an earlier run did not finish, beside a set-up that works. */
export const clearStaging = (folder) => remove(folder, (name) => name.startsWith(stagingPrefix))

const remove = (folder, which) => {
  const left = existsSync(folder) ? readdirSync(folder).filter(which) : []
  for (const name of left) rmSync(join(folder, name), { recursive: true, force: true })
  if (left.length > 0) say(`   removed what an earlier run has left: ${left.join(", ")}`)
}
