import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../", import.meta.url))

export interface Compiled {
  /** where the compiled `index.js` is, and `cli/latent.js` */
  readonly folder: string
  readonly remove: () => void
}

/** The library as JavaScript, for tests that run it in a process of its own. Each has its own copy, since tests run side by side. */
export const compiled = (): Compiled => {
  mkdirSync(join(root, "build"), { recursive: true })
  const out = mkdtempSync(join(root, "build", "test-"))
  const tsc = join(root, "node_modules/typescript-7/bin/tsc")
  const options = ["--outDir", out, "--incremental", "false", "--tsBuildInfoFile", "null", "--declaration", "false"]
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json", ...options], {
    cwd: root,
    encoding: "utf8"
  })
  if (status !== 0) throw new Error(`the library does not compile:\n${stdout}`)
  return { folder: join(out, "src"), remove: () => rmSync(out, { recursive: true, force: true }) }
}
