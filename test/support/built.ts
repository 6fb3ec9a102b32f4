import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { TestProject } from "vitest/node"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Where the compiled library is: `index.js`, and `cli/latent.js`. */
export const library = `${root}build/src`

const build = (): void => {
  const compiler = `${root}node_modules/typescript-7/bin/tsc`
  const args = [compiler, "-p", "tsconfig.build.json"]
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })
  if (status !== 0 || stdout !== "") throw new Error(`the library and its examples do not compile:\n${stdout}`)
}

/** Compiles the library and its examples once, before the files of the project `built`, which run them in processes of their own. */
export default (project: TestProject): void => {
  build()
  project.onTestsRerun(async () => build())
}
