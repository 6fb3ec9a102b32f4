/**
 * `npm run examples`: every program of examples/programs and examples/autoencoders, each checked by itself; `npm run examples -- NAME …` runs some of them, `--quick` the
 * autoencoders on few images, and `--report` writes their table to out/examples.md and a page of each to out/NAME/report.html.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const root = new URL("../", import.meta.url)
/** The programs of a folder: files that call this function; the others help them. */
const folders = { programs: "= program(", autoencoders: "await example(" }
const all = Object.entries(folders).flatMap(([folder, call]) =>
  readdirSync(new URL(`examples/${folder}/`, root))
    .filter((file) => readFileSync(new URL(`examples/${folder}/${file}`, root), "utf8").includes(call))
    .map((file) => ({ folder, name: file.replace(/\.ts$/, "") }))
)
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, report: { type: "boolean", default: false } }
})
const names = all.map(({ name }) => name)
const unknown = positionals.filter((name) => !names.includes(name))
if (unknown.length > 0) {
  console.error(`there is no example '${unknown.join("', '")}': give one of ${names.join(", ")}`)
  process.exit(2)
}

const off = []
const rows = []
for (const { folder, name } of all.filter((each) => positionals.length === 0 || positionals.includes(each.name))) {
  const path = fileURLToPath(new URL(`build/examples/${folder}/${name}.js`, root))
  const options = [
    ...(values.quick && folder === "autoencoders" ? ["--quick"] : []),
    ...(values.report ? ["--report"] : [])
  ]
  const begun = performance.now()
  const { status, stdout } = spawnSync(process.execPath, [path, ...options], {
    stdio: ["inherit", values.report ? "pipe" : "inherit", "inherit"],
    cwd: root,
    encoding: "utf8"
  })
  if (values.report) process.stdout.write(stdout)
  console.log("")
  if (status !== 0) off.push(name)
  rows.push(...figures(stdout ?? "", name, (performance.now() - begun) / 1000))
}
if (values.report) {
  mkdirSync(new URL("out/", root), { recursive: true })
  const header = "| example | figure of merit | found | bar | seconds |\n|---|---|---|---|---|\n"
  writeFileSync(new URL("out/examples.md", root), header + rows.join(""))
}
if (off.length > 0) console.error(`off: ${off.join(", ")}`)
process.exitCode = off.length > 0 ? 1 : 0

/** The lines of an example's table of checks, as rows of the report. */
function figures(stdout, name, seconds) {
  const lines = [...stdout.matchAll(/^(\S.*?) {2,}(-?[\d.e-]+) {2}(at (?:least|most) -?[\d.e-]+)( {2}off)?$/gm)]
  return lines.map(([, quantity, found, bar, isOff], i) => {
    const time = i === 0 ? seconds.toFixed(0) : ""
    return `| ${i === 0 ? name : ""} | ${quantity} | ${isOff ? `**${found}**` : found} | ${bar} | ${time} |\n`
  })
}
