import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

describe("the package", () => {
  it("installs by the README's command and works as a user uses it", { timeout: 600_000 }, () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/package-test.mjs", "--built"], {
      cwd: root,
      encoding: "utf8"
    })
    expect(`${stdout}${stderr}`).toMatch(/all is well\s*$/)
    expect(stdout.match(/^ok /gm)).toHaveLength(11)
    expect(status).toBe(0)
  })
})
