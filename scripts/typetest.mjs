// Programs that must compile (typetest/right) and programs that must not (typetest/wrong), each wrong one with what a user
// must read, with the library and the examples, under every TypeScript that users have; and under the newest all other code,
// which is checked in the same go: most of the time goes into what they share. A wrong program says so in its first comments:
//   // message: part of the message (several lines: each must be there)
//   // message 6: the same under TypeScript 6 alone; `message 7` likewise
//   // at: part of the line that is marked
// All errors of a wrong program must stand on one line, so that none hides behind another.
import { spawn } from "node:child_process"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/**
 * @typedef {{ readonly line: number, readonly text: string }} Fault
 * @typedef {{ readonly name: string, readonly faults: ReadonlyMap<string, ReadonlyArray<Fault>>, readonly seconds: number }} Run
 */

const root = fileURLToPath(new URL("..", import.meta.url))
const compilers = [
  { name: "6", path: "node_modules/typescript/bin/tsc6", project: "typetest/tsconfig.users.json" },
  { name: "7", path: "node_modules/typescript-7/bin/tsc", project: "typetest/tsconfig.json" }
]

/** @type {(compiler: { name: string, path: string, project: string }) => Promise<Run>} */
const compile = ({ name, path, project }) =>
  new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn(process.execPath, [path, "-p", project, "--pretty", "false"], { cwd: root })
    let output = ""
    child.stdout.on("data", (chunk) => (output += chunk))
    child.stderr.on("data", (chunk) => (output += chunk))
    child.on("error", reject)
    child.on("close", (status) => {
      const faults = read(output)
      if (status !== 0 && faults.size === 0) reject(new Error(`TypeScript ${name} did not run:\n${output}`))
      else resolve({ name, faults, seconds: (performance.now() - start) / 1000 })
    })
  })

/** The faults by file: a message begins `file(line,column): error`, its explanation follows indented. */
const read = (/** @type {string} */ output) => {
  /** @type {Map<string, Array<{ line: number, text: string }>>} */
  const faults = new Map()
  /** @type {{ line: number, text: string } | undefined} */
  let last
  for (const text of output.split(/\r?\n/)) {
    const [, file, line, message] = /^(\S.*?)\((\d+),\d+\): error (.*)$/.exec(text) ?? []
    if (file !== undefined) {
      last = { line: Number(line), text: message ?? "" }
      faults.set(file, [...(faults.get(file) ?? []), last])
    } else if (last !== undefined && text.startsWith(" ")) {
      last.text += `\n${text}`
    } else if (text.trim() !== "") {
      faults.set(text, [{ line: 0, text }])
    }
  }
  return faults
}

/** What is amiss with a program under one compiler; nothing when it is as it should be. */
const judge = (/** @type {string} */ file, /** @type {Run} */ { name, faults }) => {
  const found = faults.get(file) ?? []
  if (!file.startsWith("typetest/wrong/")) return found.map(({ line, text }) => `line ${line}: ${text}`)
  if (found.length === 0) return ["it compiles"]
  const source = readFileSync(`${root}/${file}`, "utf8")
  const wanted = directives(source, `message(?: ${name})?`)
  const places = directives(source, "at")
  const marked = source.split("\n")[(found[0]?.line ?? 1) - 1] ?? ""
  const said = found.map(({ text }) => text).join("\n")
  return [
    ...(wanted.length === 0 ? ["it does not say which message it wants"] : []),
    ...wanted.filter((text) => !said.includes(text)).map((text) => `the message lacks: ${text}\n${said}`),
    ...places.filter((text) => !marked.includes(text)).map((text) => `marked is not '${text}' but: ${marked}`),
    ...(new Set(found.map(({ line }) => line)).size > 1 ? [`errors on more than one line:\n${said}`] : [])
  ]
}

const directives = (/** @type {string} */ source, /** @type {string} */ key) =>
  [...source.matchAll(new RegExp(`^// ${key}: (.*)$`, "gm"))].map(([, text]) => text ?? "")

const programs = ["right", "wrong"].flatMap((folder) =>
  readdirSync(`${root}/typetest/${folder}`)
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => `typetest/${folder}/${file}`)
)
const runs = await Promise.all(compilers.map(compile))
const elsewhere = runs.flatMap(({ faults }) => [...faults.keys()].filter((file) => !programs.includes(file)))

let failed = 0
for (const file of [...programs, ...new Set(elsewhere)]) {
  const amiss = runs.flatMap((run) => judge(file, run).map((text) => `TypeScript ${run.name}: ${text}`))
  if (amiss.length > 0) failed++
  console.log([`${amiss.length > 0 ? "FAIL" : "ok  "} ${file.replace("typetest/", "")}`, ...amiss].join("\n     "))
}
console.log(runs.map(({ name, seconds }) => `TypeScript ${name}: ${seconds.toFixed(1)} s`).join(", "))
console.log(`${programs.length + new Set(elsewhere).size - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
