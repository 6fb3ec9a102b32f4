import { existsSync, rmSync } from "node:fs"
import { delimiter, join } from "node:path"
import { workingVersion } from "./package.mjs"
import { run, say } from "./steps.mjs"

/** What the next ways make anew, all of it in tfjs-node's own folder. */
export const clear = (folder) => {
  for (const each of ["deps", "lib", "build", "build-tmp-napi-v8"]) {
    rmSync(join(folder, each), { recursive: true, force: true })
  }
}

/** tfjs-node's own way: its C library and a finished binding from its makers' server. */
export const ownDownload = async (project, folder, undo) => {
  say("2. trying tfjs-node's own download of TensorFlow's C library")
  clear(folder)
  undo("what was put into tfjs-node's folder", () => existsSync(folder) && clear(folder))
  const path = [join(project, "node_modules", ".bin"), join(folder, "node_modules", ".bin"), process.env.PATH]
  try {
    await run(process.execPath, ["scripts/install.js"], {
      cwd: folder,
      env: { ...process.env, PATH: path.join(delimiter) },
      failure: "the download failed",
      quiet: 60_000
    })
    if (workingVersion(project) !== undefined) return true
    say("   it ended, but what it brought does not load here")
  } catch (error) {
    const reason = /Error: .*/.exec(error.output)?.[0] ?? error.message
    say(`   not possible here: ${reason.replace(/^Error: /, "")}`)
  }
  clear(folder)
  return false
}
