#!/usr/bin/env node
import { spawnSync } from "node:child_process"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import { doctor } from "./doctor.ts"

/** The commands of `npx latent`, each of which returns an exit code. */
const commands: Readonly<Record<string, { readonly does: string; readonly run: () => Promise<number> }>> = {
  doctor: {
    does: "tells which engines work here, and what to do for the others",
    run: async () => {
      const { text, anyWorks } = await Effect.runPromise(doctor)
      console.log(text)
      return anyWorks ? 0 : 1
    }
  },
  native: {
    does: "sets TensorFlow (@tensorflow/tfjs-node) up in this project, for the tensorflow engine",
    run: async () => {
      const root = dirname(createRequire(import.meta.url).resolve("latent/package.json"))
      return spawnSync(process.execPath, [join(root, "scripts", "native.mjs")], { stdio: "inherit" }).status ?? 1
    }
  }
}

const usage = [
  "usage: npx latent COMMAND",
  ...Object.entries(commands).map(([name, { does }]) => `  ${name.padEnd(8)}${does}`)
].join("\n")

const [name = ""] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command === undefined) console.log(usage)
process.exitCode = command === undefined ? 2 : await command.run()
