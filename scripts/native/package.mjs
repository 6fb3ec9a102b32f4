import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { Failure, run, say } from "./steps.mjs"

const name = "@tensorflow/tfjs-node"
const version = "4.22.0"

/** The folder of tfjs-node, as the project sees it; undefined where it is not installed. */
export const packageFolder = (project) => {
  try {
    return dirname(createRequire(join(project, "package.json")).resolve(`${name}/package.json`))
  } catch {
    return undefined
  }
}

/** TensorFlow's version where tfjs-node loads, asked in a process of its own (Node 23 removed a function that it calls). */
export const workingVersion = (project) => {
  const folder = packageFolder(project)
  if (folder === undefined || !existsSync(join(folder, "lib"))) return undefined
  const ask = `
    require("node:util").isNullOrUndefined = (value) => value == null
    const tf = require(${JSON.stringify(folder)})
    console.log("version=" + tf.backend().binding.TF_Version + "=" + tf.add(1, 2).dataSync()[0])`
  const { stdout } = spawnSync(process.execPath, ["-e", ask], {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2" }
  })
  return /version=(.*)=3/.exec(stdout ?? "")?.[1]
}

/** npm without scripts: tfjs-node's own one downloads, and fails the installation where it cannot. */
export const installPackage = async (project, undo) => {
  const folder = packageFolder(project)
  if (folder !== undefined) {
    const found = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version
    if (found === version) return say(`1. ${name} ${found} is installed`)
    throw new Failure(
      `${name} is ${found} here.`,
      `Install the one that latent works with: npm install ${name}@${version}`
    )
  }
  say(`1. installing ${name} ${version} (without its scripts; package.json stays as it is)`)
  undo(`installing ${name}`, () =>
    spawnSync(npm, ["uninstall", "--no-save", "--ignore-scripts", name], {
      cwd: project,
      env: npmEnvironment,
      shell: onWindows
    })
  )
  // --save-dev: npm does not install what package.json calls an optional peer; with --no-save nothing is written
  const quietly = ["--no-save", "--save-dev", "--ignore-scripts", "--no-audit", "--no-fund"]
  await run(npm, ["install", ...quietly, `${name}@${version}`], {
    cwd: project,
    env: npmEnvironment,
    failure: "npm could not install it",
    advice: "Is the package registry within reach?"
  })
}

const onWindows = process.platform === "win32"
export const npm = "npm"

/** For npm inside of npm: what the outer one was called with is not for the inner one. */
export const npmEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([key]) => !/^npm_config_(package|call|yes|local_prefix|workspaces?)$/i.test(key))
)
