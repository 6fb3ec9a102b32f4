/** `npm run examples`: every program of examples/programs, each checked by itself; `npm run examples -- NAME …` runs some of them. */
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = new URL("../", import.meta.url)
const folder = new URL("examples/programs/", root)
/** A program says what it is in its first line; a file that only helps is imported by the others, and imports no model. */
const all = readdirSync(folder)
  .filter((file) => readFileSync(new URL(file, folder), "utf8").includes("= program("))
  .map((file) => file.replace(/\.ts$/, ""))
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`there is no example '${unknown.join("', '")}': give one of ${all.join(", ")}`)
  process.exit(2)
}

const off = []
for (const name of asked.length > 0 ? asked : all) {
  const path = fileURLToPath(new URL(`build/examples/programs/${name}.js`, root))
  const { status } = spawnSync(process.execPath, [path], { stdio: "inherit", cwd: root })
  console.log("")
  if (status !== 0) off.push(name)
}
if (off.length > 0) console.error(`off: ${off.join(", ")}`)
process.exitCode = off.length > 0 ? 1 : 0
