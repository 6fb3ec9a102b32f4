import { readdirSync, readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

/** Packages whose declarations those of the library need. */
const packages = ["effect", "@tensorflow/tfjs-core", "@webgpu/types"]

/**
 * The declarations that a program for the library is checked with, by their paths in the page's compiler, as JSON.
 *
 * @param root of the repository, in which the library is built
 */
export const declarations = (root: string): string => {
  const compiler = dirname(compilerOf(root))
  const files = [
    ...inFolder(join(root, "build/src"), "/build/src", ""),
    ...inFolder(compiler, "/lib", "lib."),
    ...packages.flatMap((name) => inFolder(join(root, "node_modules", name), `/node_modules/${name}`, ""))
  ]
  return JSON.stringify(Object.fromEntries(files))
}

/** TypeScript's compiler as a module: its file makes a variable `ts`, and exports it to Node alone. */
export const compilerModule = (root: string): string => `${readFileSync(compilerOf(root), "utf8")}\nexport default ts\n`

const compilerOf = (root: string): string => createRequire(join(root, "package.json")).resolve("@typescript/old")

const inFolder = (folder: string, at: string, prefix: string): ReadonlyArray<readonly [string, string]> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name === "package.json" || (name.startsWith(prefix) && name.endsWith(".d.ts")))
    .map((name) => [`${at}/${name}`, readFileSync(join(folder, name), "utf8")])
