// Packs the library, installs it into a fresh project by the README's command, and uses it there as a user does: from modules and from
// CommonJS, under each TypeScript that users have. `--built` takes the build that is there. Prints a line a check, and ends with 1 when one fails. Needs the package registry.
import { execFile } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const root = fileURLToPath(new URL("..", import.meta.url))
const tool = (/** @type {string} */ path) => join(root, "node_modules", path)
const compilers = {
  5.9: tool("typescript-5.9/bin/tsc"),
  6: tool("typescript/bin/tsc6"),
  7: tool("typescript-7/bin/tsc")
}
/** Ways to look modules up, each with the kind of modules that goes with it. */
const resolutions = { nodenext: "nodenext", bundler: "esnext" }
/** The older compilers take a quarter of a minute: each with one of the ways, the newest with both. */
const combinations = /** @type {const} */ ([
  [5.9, "nodenext"],
  [6, "bundler"],
  [7, "nodenext"],
  [7, "bundler"]
])

const run = async (
  /** @type {string} */ cwd,
  /** @type {string} */ command,
  /** @type {ReadonlyArray<string>} */ ...args
) => {
  const { stdout } = await promisify(execFile)(command, [...args], { cwd, maxBuffer: 1 << 26 }).catch((error) => {
    throw new Error(`${command} ${args.join(" ")}\n${error.stdout}${error.stderr}`)
  })
  return stdout
}
const node = (/** @type {string} */ cwd, /** @type {ReadonlyArray<string>} */ ...args) =>
  run(cwd, process.execPath, ...args)

const hasSource = (/** @type {string} */ path) =>
  statSync(path).isDirectory() ||
  existsSync(join(root, relative(join(root, "build"), path).replace(/\.(d\.ts|js|js\.map)$/, ".ts")))

/** The tarball, from a copy of the sources and what they compile to: a build folder may hold files whose source is gone. */
const pack = async (/** @type {string} */ into) => {
  mkdirSync(join(root, "build"), { recursive: true })
  const copy = mkdtempSync(join(root, "build", "package-"))
  try {
    const { files } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
    const sources = files.filter((/** @type {string} */ name) => !name.startsWith("build"))
    for (const name of ["package.json", ...sources]) {
      cpSync(join(root, name), join(copy, name), { recursive: true })
    }
    if (!process.argv.includes("--built")) await node(root, compilers[7], "-p", "tsconfig.build.json")
    cpSync(join(root, "build", "src"), join(copy, "build", "src"), { recursive: true, filter: hasSource })
    await run(copy, "npm", "pack", "--ignore-scripts", "--pack-destination", into)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
  const [name = ""] = readdirSync(into).filter((file) => file.endsWith(".tgz"))
  return join(into, name)
}

/** What README says to type, with the tarball in place of the name that a registry knows. */
const installCommand = (/** @type {string} */ tarball) => {
  const [line = ""] = /^npm install .*\blatent\b.*$/m.exec(readFileSync(join(root, "README.md"), "utf8")) ?? []
  return line.split(" ").map((word) => (word === "latent" ? tarball : word))
}

/** Relative links of the package's pages that lead to no file of it. */
const brokenLinks = (/** @type {string} */ folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((page) => page.endsWith(".md"))
    .flatMap((page) =>
      [...readFileSync(join(folder, page), "utf8").matchAll(/\]\((?!\w+:)([^)#\s]+)/g)]
        .map(([, link = ""]) => link)
        .filter((link) => !existsSync(join(folder, dirname(page), link)))
        .map((link) => `${page} → ${link}`)
    )

const size = (/** @type {string} */ folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)

/** Each public name exported again, which a compiler can declare only if it can name all that the name's type is made of. */
const everyName = (/** @type {ReadonlyArray<string>} */ names) =>
  ['import * as latent from "latent"', ...names.map((name) => `export const again_${name} = latent.${name}`), ""].join(
    "\n"
  )

const trains = (/** @type {string} */ printed) => {
  if (printed.trim() !== "2") throw new Error(`it printed ${printed}`)
}

const folder = mkdtempSync(join(tmpdir(), "latent-package-"))
let failed = 0
const check = async (/** @type {string} */ name, /** @type {() => unknown} */ body) => {
  const start = performance.now()
  try {
    await body()
    console.log(`ok   ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failed++
    console.log(`FAIL ${name}\n${error instanceof Error ? error.message : error}`)
  }
}

try {
  const tarball = await pack(folder)
  const user = join(folder, "user")
  cpSync(join(root, "test", "package", "user"), user, { recursive: true })
  writeFileSync(join(user, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }))
  await check("installs by the README's command", async () => {
    const [command = "", ...args] = installCommand(tarball)
    if (!args.includes(tarball)) throw new Error("README has no line 'npm install … latent …'")
    await run(user, command, ...args, "--no-audit", "--no-fund")
    const { packages } = JSON.parse(readFileSync(join(user, "node_modules", ".package-lock.json"), "utf8"))
    const megabytes = Math.round(size(join(user, "node_modules")) / 1e6)
    console.log(`     ${Object.keys(packages).length} packages, ${megabytes} MB`)
  })
  await check("runs as a module", async () => trains(await node(user, "train.mjs")))
  await check("runs from CommonJS", async () => trains(await node(user, "train.cjs")))
  await check("has the command", async () => {
    const said = await run(user, "npx", "--no", "latent", "doctor")
    if (!said.includes("Engine.auto takes: onnx")) throw new Error(said)
  })
  await check("has links that lead somewhere", () => {
    const broken = brokenLinks(join(user, "node_modules", "latent"))
    if (broken.length > 0) throw new Error(broken.join("\n"))
  })
  const names = await node(user, "-e", "import('latent').then((all) => console.log(Object.keys(all).join()))")
  writeFileSync(join(user, "names.ts"), everyName(names.trim().split(",")))
  for (const [version, moduleResolution] of combinations) {
    await check(`declares a user's exports under TypeScript ${version}, ${moduleResolution}`, async () => {
      const options = {
        target: "es2022",
        lib: ["es2023", "dom"],
        strict: true,
        declaration: true,
        skipLibCheck: true,
        types: []
      }
      const module = resolutions[moduleResolution]
      const compilerOptions = { ...options, module, moduleResolution, outDir: `out-${version}-${moduleResolution}` }
      const config = join(user, `tsconfig-${version}-${moduleResolution}.json`)
      writeFileSync(config, JSON.stringify({ compilerOptions, files: ["exports.ts", "names.ts"] }))
      await node(user, compilers[version], "-p", config, "--pretty", "false")
    })
  }
  await check("passes publint", () => node(root, tool("publint/src/cli.js"), "run", "--strict", tarball))
  await check("passes attw", () =>
    node(root, tool("@arethetypeswrong/cli/dist/index.js"), "--profile", "esm-only", tarball)
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(failed === 0 ? "all is well" : `${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
