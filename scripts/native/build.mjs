import { npm, npmEnvironment } from "./package.mjs"
import { run, say } from "./steps.mjs"

/** Compiles tfjs-node's binding against the C library in `deps`. */
export const build = async (project, folder) => {
  say("3. building the binding (about 10 s)")
  await run(
    npm,
    [
      "exec",
      "--no",
      "--prefix",
      project,
      "--",
      "node-pre-gyp",
      "install",
      "--build-from-source",
      "--directory",
      folder
    ],
    {
      cwd: folder,
      env: npmEnvironment,
      failure: "the binding could not be built",
      advice:
        "The lines above are the end of what node-gyp said. It needs Node's headers: within reach, or by npm's `nodedir`."
    }
  )
}
