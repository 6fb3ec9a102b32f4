import { defaultExclude, defineConfig } from "vitest/config"
import { findChromium } from "./test/browser/findChromium.ts"

/** Where there is no browser its tests are left out, and it is said; in CI they run, and say what to install. */
const withBrowser = findChromium() !== undefined || process.env["CI"] === "true"
if (!withBrowser) console.warn("No Chromium on the PATH: test/browser is left out. With CI=true that is an error.")

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: withBrowser ? defaultExclude : [...defaultExclude, "test/browser/**"],
    testTimeout: 60_000,
    maxWorkers: 2
  }
})
