import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type BrowserContext, chromium } from "playwright-core"
import { findChromium, names } from "./findChromium.ts"

export interface Browser {
  readonly context: BrowserContext
  readonly close: () => Promise<void>
}

/** Starts Chromium without a window, with a profile that is empty and goes away with it. */
export const startChromium = async (): Promise<Browser> => {
  const executablePath = findChromium()
  if (executablePath === undefined) {
    throw new Error(
      `no Chromium on the PATH (${names.join(", ")}): install one, on Debian by 'apt-get install chromium'`
    )
  }
  const profile = await mkdtemp(join(tmpdir(), "latent-chromium-"))
  const removeProfile = () => rm(profile, { recursive: true, force: true, maxRetries: 5 })
  try {
    const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: flags })
    return { context, close: () => context.close().finally(removeProfile) }
  } catch (error) {
    await removeProfile()
    throw error
  }
}

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync"
]
