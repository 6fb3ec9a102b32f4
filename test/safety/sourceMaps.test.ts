import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, test } from "vitest"
import { library } from "../support/built.ts"

test("under --enable-source-maps a refused read names the user's line, not one of tfjs's or of the library's sources", () => {
  const folder = mkdtempSync(join(tmpdir(), "latent-lines-"))
  try {
    const file = join(folder, "reads.mjs")
    const index = pathToFileURL(join(library, "index.js"))
    writeFileSync(
      file,
      `import { Normal, program, sample } from "${index}"
const reading = program(function* () {
  const z = yield* sample("z", Normal(0, 1))
  z.dataSync()
})
await reading.autoGuide().fitPromise({}).catch((error) => console.log(error.line))`
    )
    const { stdout } = spawnSync(process.execPath, ["--enable-source-maps", file], { encoding: "utf8" })
    expect(stdout.trim()).toBe(`${file}:4`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
