import { defaultExclude, defineConfig } from "vitest/config"
import { findChromium } from "./test/browser/findChromium.ts"

/** Where there is no browser its tests are left out, and it is said; in CI they run, and say what to install. */
const withBrowser = findChromium() !== undefined || process.env["CI"] === "true"
if (!withBrowser) console.warn("No Chromium on the PATH: test/browser is left out. With CI=true that is an error.")

/** Tests that change nothing in their process which others notice. A worker runs one file after the other and loads each module once: loading takes as long as an average file. */
const together = ["data", "dist", "infer", "model", "stan", "tensor", "trace"].map((folder) => `test/${folder}/**/*.test.ts`)

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "together", include: together, isolate: false, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: {
          name: "apart",
          include: ["test/**/*.test.ts"],
          exclude: [...defaultExclude, ...together, ...(withBrowser ? [] : ["test/browser/**"])],
          sequence: { groupOrder: 1 }
        }
      }
    ]
  }
})
