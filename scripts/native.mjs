// Sets @tensorflow/tfjs-node up in the project that it is called in: npm run native, or npx latent native.
import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { build } from "./native/build.mjs"
import { clear, clearStaging } from "./native/leftovers.mjs"
import { installPackage, packageFolder, workingVersion } from "./native/package.mjs"
import { Failure, say, undoing } from "./native/steps.mjs"
import { fromWheel } from "./native/wheel.mjs"

/** The folder of the nearest package.json, from where npm was called. */
const projectFolder = (folder) => {
  if (existsSync(join(folder, "package.json"))) return folder
  if (dirname(folder) === folder) throw new Failure("There is no package.json here or above.", "Run this in a project.")
  return projectFolder(dirname(folder))
}

const setUp = async (undo) => {
  const project = projectFolder(process.env.INIT_CWD ?? process.cwd())
  const already = workingVersion(project)
  if (already !== undefined) clearStaging(packageFolder(project))
  if (already !== undefined) return `TensorFlow ${already} already works in ${project}. There is nothing to do.`

  say(`Setting up TensorFlow for Node ${process.versions.node} (${process.platform} ${process.arch}) in ${project}`)
  await installPackage(project, undo)
  const folder = packageFolder(project)
  if (folder === undefined) throw new Failure("npm ended well, but installed nothing.", "Try `npm install` first.")
  clear(folder)
  undo("what was put into tfjs-node's folder", () => clear(folder))
  await fromWheel(folder, undo)
  await build(project, folder)
  const version = workingVersion(project)
  if (version === undefined) {
    throw new Failure(
      "Everything was built, but it does not load.",
      "Run `node -e 'require(\"@tensorflow/tfjs-node\")'` to see why."
    )
  }
  return `TensorFlow ${version} works. npm removes it at its next install unless package.json names it: then run this again.`
}

process.exitCode = await undoing(setUp)
