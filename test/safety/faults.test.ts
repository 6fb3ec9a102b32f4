import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import { decode } from "../../src/infer/fit/safetensors.ts"
import { library } from "../support/built.ts"

const index = join(library, "index.js")
const folder = mkdtempSync(join(tmpdir(), "latent-faults-"))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const ended = (child: ChildProcess): Promise<Ended> => {
  let [stdout, stderr] = ["", ""]
  child.stdout?.on("data", (text) => {
    stdout += text
  })
  child.stderr?.on("data", (text) => {
    stderr += text
  })
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })))
}

/** What a fit has learned. Its warnings depend on the moments at which it is looked at. */
const last = ({ code, stdout, stderr }: Ended): Readonly<Record<string, unknown>> => {
  expect(stderr).toBe("")
  expect(code).toBe(0)
  const { losses, parameters } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "")
  return { losses, parameters }
}

/** How often each fit is killed: some times with the other tests, ten and on all engines by `npm run faults`. */
const kills = Number(process.env["LATENT_KILLS"] ?? 3)
const engines = process.env["LATENT_KILLS"] === undefined ? ["onnx"] : ["onnx", "cpu", "tensorflow"]
const fits = engines.flatMap((engine) => ["vae", "baseline"].map((model) => [model, engine] as const))

describe("a fit that is killed with SIGKILL at random moments", () => {
  it.each(fits)(
    "goes on to the same losses and parameters, to the last digit: %s on %s",
    { timeout: 600_000 },
    async (model, engine) => {
      const path = join(folder, `${model} ${engine}.safetensors`)
      const fit = (to: string): ChildProcess =>
        spawn(process.execPath, [script("fitting.mjs"), index, model, engine, to])
      const whole = last(await ended(fit("")))
      const moments: Array<string> = []
      for (let i = 0; i < kills; i++) {
        const child = fit(path)
        const end = ended(child)
        await Promise.race([end, new Promise((resolve) => child.stdout?.once("data", resolve))])
        const moment = Math.random() * 500
        await new Promise((resolve) => setTimeout(resolve, moment))
        moments.push(`${moment.toFixed(0)} ms ${child.kill("SIGKILL") ? "" : "(it was over)"}`)
        await end
      }
      const resumed = last(await ended(fit(path)))
      expect(resumed, moments.join(", ")).toEqual(whole)
      console.info(
        `${model} on ${engine}: killed after ${moments.join(", ")}; all ${String(whole["losses"]).split(",").length} losses are the same`
      )
    }
  )
})

/** The first bias of each encoder that was saved, by which one tells who saved. */
const tellTale = (bytes: Uint8Array, path: string): string =>
  [...(decode(bytes, path).tensors["mlp.0.bias"]?.values ?? [])].join()

describe("processes and threads that save to one path at once", () => {
  it("leave one of the files, whole, at every moment, and nothing beside it", { timeout: 120_000 }, async () => {
    const inside = join(folder, "race")
    mkdirSync(inside)
    const [path, times] = [join(inside, "fit.safetensors"), "150"]
    const first = [1, 2].map((seed) => {
      const alone = join(folder, `alone${seed}.safetensors`)
      expect(spawnSync(process.execPath, [script("saving.mjs"), index, alone, String(seed), "1"]).status).toBe(0)
      return tellTale(readFileSync(alone), alone)
    })
    expect(new Set(first).size).toBe(2)
    const savers = [
      [script("saving.mjs"), index, path, "1", times],
      [script("saving.mjs"), index, path, "2", times],
      [script("worker.mjs"), script("saving.mjs"), index, path, "2", times]
    ].map((args) => ended(spawn(process.execPath, args)))
    let running = true
    const all = Promise.all(savers).finally(() => {
      running = false
    })
    const seen = new Set<string>()
    let looks = 0
    while (running) {
      await new Promise((resolve) => setTimeout(resolve, 2))
      if (!readdirSync(inside).includes("fit.safetensors")) continue
      seen.add(tellTale(readFileSync(path), path))
      looks++
    }
    for (const end of await all) expect(end).toEqual({ code: 0, stdout: "saved\n", stderr: "" })
    for (const each of seen) expect(first).toContain(each)
    expect(seen.size).toBe(2)
    expect(looks).toBeGreaterThan(20)
    expect(readdirSync(inside)).toEqual(["fit.safetensors"])
  })
})

/** A small file system of one's own, where the system lets a user have one. */
const mounted = (size: string, at: string): ReadonlyArray<string> => [
  "unshare",
  ...[
    "-Urm",
    "bash",
    "-c",
    `mount -t tmpfs -o size=${size} tmpfs '${at}' && cd '${at}' && "$@"; code=$?; ls -A '${at}' >&2; exit $code`,
    "bash"
  ]
]
const mayMount = ((): boolean => {
  const at = join(folder, "probe")
  mkdirSync(at)
  return spawnSync(mounted("64k", at)[0] ?? "", [...mounted("64k", at).slice(1), "true"]).status === 0
})()
/** A limit on the size of each file, as a quota has. */
const limited = (blocks: number): ReadonlyArray<string> => ["bash", "-c", `ulimit -f ${blocks} && "$@"`, "bash"]

describe("a disk that is full", () => {
  const run = (before: ReadonlyArray<string>, ...args: ReadonlyArray<string>): Ended => {
    const [program = "", ...rest] = [...before, process.execPath, ...args]
    const { status, stdout, stderr } = spawnSync(program, rest, { encoding: "utf8" })
    return { code: status, stdout, stderr }
  }

  // the checkpoint of the VAE has some 24 kB
  it("before the first step is said before the first step, and the older file stays", () => {
    const own = join(folder, "full")
    mkdirSync(own)
    const path = join(own, "limited.safetensors")
    const { code, stderr, stdout } = run(limited(8), script("fitting.mjs"), index, "vae", "onnx", path)
    expect(code).not.toBe(0)
    expect(stdout).toBe("")
    expect(stderr).toContain("DataFormat")
    expect(stderr).toContain("EFBIG")
    expect(readdirSync(own)).toEqual([])
  })

  it.runIf(mayMount)("on a small file system leaves the older file, and no part of the newer one", () => {
    const at = join(folder, "small")
    mkdirSync(at)
    // room for one file, not for one and its successor
    const { code, stdout, stderr } = run(
      mounted("40k", at),
      script("fitting.mjs"),
      index,
      "vae",
      "onnx",
      join(at, "fit")
    )
    const result = JSON.parse(stdout.trim().split("\n").at(-1) ?? "")
    expect(code).toBe(0)
    expect(result.warnings.filter((kind: string) => kind !== "idleUnits")).toEqual(["unsavedCheckpoint"])
    expect(result.losses.length).toBeGreaterThan(20)
    expect(stderr).toBe("fit\n")
  })
})
