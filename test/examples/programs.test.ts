import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, describe, expect, test } from "vitest"

/** The example programs: each compares itself with its known answer, and fails when it is off. */
const root = new URL("../../", import.meta.url).pathname
const read = (path: string) => readFileSync(`${root}${path}`, "utf8")
const files = readdirSync(`${root}examples/programs`).map((file) => [file, read(`examples/programs/${file}`)] as const)
const programs = files.filter(([, text]) => text.includes("= program("))
const names = programs.map(([file]) => file.replace(/\.ts$/, ""))

const node = (args: ReadonlyArray<string>) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], { cwd: root, encoding: "utf8" })
  return { status, stdout, stderr }
}

/** The statements that make programs with their guides: all lines that are indented, or close what was opened. */
const modelsIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/^const \w+ = program\(.*(?:\n[ }].*)*/gm)].map(([model]) => model)

describe("the example programs", () => {
  test.each(programs)(
    "%s is written without ceremony: no casts, no raw tensors, 30 lines of model and guide",
    (_, text) => {
      const models = modelsIn(text)
      expect(models).not.toHaveLength(0)
      for (const model of models) {
        const [, name] = /^const (\w+)/.exec(model) ?? []
        // a program that only handlers read has no guide of its own
        if (!text.includes(`(${name}, {`)) expect(model).toMatch(/\)\.guide(With)?\(/)
        expect(model.split("\n").length).toBeLessThanOrEqual(30)
      }
      const code = text.replaceAll(/^\s*\/\/.*$/gm, "")
      expect(code).not.toMatch(/Tensor\.of|Effect\.gen|@tensorflow| as |\bany\b/)
    }
  )

  describe("in one process, which loads the library once", () => {
    const shown = (name: string): string => `--- ${name} ends with`
    let printed = ""
    beforeAll(() => {
      const { stdout, stderr } = node([
        "--input-type=module",
        "-e",
        `for (const name of ${JSON.stringify(names)}) {
          process.exitCode = 0
          await import("./build/examples/programs/" + name + ".js").catch((error) => {
            process.exitCode = 1
            console.log(error)
          })
          console.log("--- " + name + " ends with", process.exitCode)
        }
        process.exitCode = 0`
      ])
      printed = stdout + stderr
    }, 300_000)

    test.each(names)("%s finds its known answer", (name) => {
      const end = printed.indexOf(shown(name))
      const own = printed.slice(printed.lastIndexOf("--- ", end - 1) + 1, end)
      expect(own).not.toContain("  off")
      expect(own).toMatch(/found +known +within\n/)
      expect(printed.slice(end)).toMatch(/^--- \S+ ends with 0\n/)
    })
  })

  test("the Bayesian network draws its band", () => {
    expect(existsSync(`${root}out/programs/bayesian-network.png`)).toBe(true)
  })

  test("a number that is off, or is none, ends the process with exit status 1", () => {
    const run = (found: string) =>
      node([
        "--input-type=module",
        "-e",
        `import { compare } from "./build/examples/programs/answers.js"
        compare("title", [{ quantity: "x", found: ${found}, known: 1, within: 0.1 }])`
      ])
    expect(run("1.05")).toMatchObject({ status: 0 })
    expect(run("1.2")).toMatchObject({ status: 1, stdout: expect.stringContaining("  off") })
    expect(run("Number.NaN")).toMatchObject({ status: 1 })
  })

  test("npm run examples runs one by its name, and refuses a name that there is not", () => {
    const one = node(["scripts/examples.mjs", "factor-analysis"])
    expect(one.status).toBe(0)
    expect(one.stdout).toContain("Factor analysis")
    const none = node(["scripts/examples.mjs", "answers"])
    expect(none.status).toBe(2)
    expect(none.stderr).toContain("there is no example 'answers': give one of")
  })

  test("the workflow that is killed in its fit goes on from the checkpoint, to the same numbers as one that is not", async () => {
    expect(read("examples/workflow.ts").split("\n").length).toBeLessThanOrEqual(81)
    const folder = mkdtempSync(join(tmpdir(), "latent-workflow-"))
    const workflow = (name: string) => ["build/examples/workflow.js", join(folder, name), "1500"]
    try {
      const killed = spawn(process.execPath, workflow("killed"), { cwd: root })
      let told = ""
      killed.stdout.on("data", (text) => {
        told += text
        if (told.includes("\nepoch")) killed.kill("SIGKILL")
      })
      const signal = await new Promise((resolve) => killed.on("close", (_, signal) => resolve(signal)))
      expect(signal).toBe("SIGKILL")
      expect(told).not.toContain('"loss"')
      const [whole, resumed] = ["whole", "killed"].map((name) => node(workflow(name)).stdout)
      expect(resumed).toContain("goes on after")
      const result = (text = "") => text.trim().split("\n").at(-1)
      expect(result(whole)).toContain('"loss"')
      expect(result(resumed)).toBe(result(whole))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test("docs/examples.md names each of them, and shows the code of the shortest two as it is", () => {
    const page = read("docs/examples.md")
    for (const name of names) expect(page).toContain(`\`examples/programs/${name}.ts\``)
    const shown = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code.trim())
    const lines = (text: string) => text.split("\n").length
    const shortest = programs.toSorted(([, a], [, b]) => lines(a) - lines(b)).slice(0, 2)
    expect(shown).toEqual(shortest.map(([, text]) => text.trim()))
  })
})
