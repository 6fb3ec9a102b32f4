import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

interface Leftovers {
  readonly clear: (folder: string) => void
  readonly clearStaging: (folder: string) => void
}
interface Wheels {
  readonly wheels: Readonly<Record<string, { readonly sha256: string }>>
}

const script = (name: string): string => new URL(`../../scripts/native/${name}`, import.meta.url).href
const { clear, clearStaging }: Leftovers = await import(script("leftovers.mjs"))
const { wheels }: Wheels = await import(script("wheel.mjs"))

describe("latent native", () => {
  let folder = ""
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "latent-native-"))
    for (const name of ["deps", "lib", "build", "dist", "staging-a1b2c3"]) mkdirSync(join(folder, name))
    writeFileSync(join(folder, "staging-a1b2c3", "wheel.zip"), "half of it")
    writeFileSync(join(folder, "package.json"), "{}")
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it("begins with the package alone when an earlier run was killed", () => {
    clear(folder)
    expect(readdirSync(folder).sort()).toEqual(["dist", "package.json"])
  })

  it("removes unfinished downloads beside a set-up that works", () => {
    clearStaging(folder)
    expect(readdirSync(folder).sort()).toEqual(["build", "deps", "dist", "lib", "package.json"])
  })

  it("has nothing to remove where there is no folder", () => {
    expect(() => clear(join(folder, "nothing"))).not.toThrow()
  })

  it("fetches nothing whose SHA-256 is not pinned", () => {
    const pinned = Object.values(wheels)
    expect(pinned.length).toBeGreaterThan(0)
    for (const { sha256 } of pinned) expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  })
})
