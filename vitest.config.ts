import { defaultExclude, defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import { findChromium } from "./test/browser/findChromium.ts"

/** Where there is no browser its tests are left out, and it is said; in CI they run, and say what to install. */
const withBrowser = findChromium() !== undefined || process.env["CI"] === "true"
if (!withBrowser) console.warn("No Chromium on the PATH: test/browser is left out. With CI=true that is an error.")

/** Tests that change nothing in their process which others notice. A worker runs one file after the other and loads each module once: loading takes as long as an average file. */
const together = [
  ...["bench", "cli", "data", "dist", "infer", "model", "native", "stan", "tensor", "trace"].map(
    (folder) => `test/${folder}/**/*.test.ts`
  ),
  // but for those that put other modules in the place of the library's own, and those that fill a process with engines
  "test/engine/!(auto|kernels|precision|xla).test.ts"
]

/** Tests that run the compiled library and its examples in processes of their own, and share one build. */
const built = [
  ...["programs", "run", "autoencoders"].map((name) => `test/examples/${name}.test.ts`),
  ...["package", "safety", "types"].map((folder) => `test/${folder}/**/*.test.ts`),
  // its editor checks programs with the declarations of the build
  ...(withBrowser ? ["test/browser/playground.test.ts"] : [])
]

/** Files that take long, the longest first: no worker is then left waiting for the last one. */
const slow = [
  ...["infer/random/random", "infer/guide/autoPrograms", "infer/diagnose/verify"],
  ...["examples/programs", "package/package", "examples/run", "engine/kernels", "safety/faults", "safety/engines"],
  ...["docs/tutorials", "docs/examples", "browser/train", "browser/playground", "examples/autoencoders", "safety/reading", "engine/xla"]
]

class SlowFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = slow.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return found < 0 ? slow.length : found
    }
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // tests make many short-lived arrays: with more room for them the collector takes a few per cent less of all time
    execArgv: ["--max-semi-space-size=64"],
    sequence: { sequencer: SlowFirst },
    projects: [
      { extends: true, test: { name: "together", include: together, isolate: false, sequence: { groupOrder: 0 } } },
      {
        extends: true,
        test: { name: "built", include: built, globalSetup: "test/support/built.ts", sequence: { groupOrder: 1 } }
      },
      {
        extends: true,
        test: {
          name: "apart",
          include: ["test/**/*.test.ts"],
          exclude: [...defaultExclude, ...together, ...built, ...(withBrowser ? [] : ["test/browser/**"])],
          sequence: { groupOrder: 1 }
        }
      }
    ]
  }
})
