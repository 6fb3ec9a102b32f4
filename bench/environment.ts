import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { inRoot } from "./root.ts"

/** The Python of the contenders, or why there is none. */
export type Environment = { readonly python: string } | { readonly missing: string }

type Say = (line: string) => void

const folder = inRoot("bench", ".venv")
const requirements = inRoot("bench", "requirements.txt")
const cudaRequirements = inRoot("bench", "requirements-cuda.txt")

/**
 * Makes `bench/.venv` from the pinned requirements and says each step. When it is there and the pins are the same, nothing is done. Never throws:
 * without Python, pip or a network the benchmark goes on without the peers.
 */
export const pythonEnvironment = async (say: Say): Promise<Environment> => {
  const python = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python")
  const stamp = join(folder, "latent-bench")
  const pins = createHash("sha256")
    .update(readFileSync(requirements))
    .update(readFileSync(cudaRequirements))
    .digest("hex")
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === pins && works(python, "import numpy")) {
    say("Python environment: bench/.venv is there")
    return { python }
  }
  try {
    if (!works(python, "import pip")) {
      const base = suitable()
      say(`Python environment: ${base} makes bench/.venv`)
      await run(base, ["-m", "venv", "--clear", folder])
    }
    say("Python environment: pip installs bench/requirements.txt (about 1.3 GB to download, once)")
    await install(python, requirements)
    if (!works(python, "import torch")) {
      say("Python environment: this PyTorch is built for CUDA and wants its libraries (1.9 GB more)")
      await install(python, cudaRequirements)
    }
    writeFileSync(stamp, pins)
    return { python }
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) }
  }
}

/** The pinned packages exist for these versions of Python. */
const suitable = (): string => {
  const named = process.env["PYTHON"]
  const names = named === undefined ? ["python3", "python3.13", "python3.12", "python3.11", "python"] : [named]
  const right = "import sys, venv, ensurepip; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13)))"
  const found = names.find((name) => works(name, right))
  if (found !== undefined) return found
  throw new Error(`no Python from 3.11 to 3.13 with venv and pip among ${names.join(", ")} (PYTHON names another)`)
}

const works = (python: string, code: string): boolean =>
  spawnSync(python, ["-c", code], { stdio: "ignore" }).status === 0

const install = (python: string, file: string): Promise<void> =>
  run(python, ["-m", "pip", "install", "--no-deps", "--quiet", "--disable-pip-version-check", "-r", file])

/** Runs a command to its end; what it says goes to our stderr, and its last line into the error. */
const run = (command: string, args: ReadonlyArray<string>): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] })
    let last = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        process.stderr.write(chunk)
        last = chunk.toString().trim().split("\n").at(-1) ?? last
      })
    }
    child.once("error", reject)
    child.once("close", (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${command} ${args.slice(0, 3).join(" ")} ended with code ${code}: ${last}`))
    })
  })
