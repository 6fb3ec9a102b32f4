import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"

/** What a process did beside its work. */
export interface Watched {
  readonly stdout: string
  readonly stderr: string
  /** files and folders that it left in its home, its caches and its temporary folder */
  readonly left: ReadonlyArray<string>
  /** sockets that it asked the system for, by strace; none where strace does not work */
  readonly sockets: ReadonlyArray<string>
}

const homes = {
  HOME: "home",
  XDG_CACHE_HOME: "cache",
  XDG_CONFIG_HOME: "config",
  XDG_DATA_HOME: "data",
  XDG_STATE_HOME: "state",
  XDG_RUNTIME_DIR: "run",
  TMPDIR: "tmp"
}

/** Whether system calls can be watched here: containers may forbid it. */
export const traced = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0

/** Runs Node with empty folders for all that a program may keep, and with no variables but these. */
export const watch = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): Watched => {
  const folder = mkdtempSync(join(tmpdir(), "latent-watch-"))
  const trace = join(folder, "trace")
  const places = join(folder, "places")
  const variables = Object.fromEntries(Object.entries(homes).map(([name, place]) => [name, join(places, place)]))
  for (const place of Object.values(variables)) mkdirSync(place, { recursive: true })
  const command = [process.execPath, ...args]
  const [program = "", ...rest] = traced ? ["strace", "-f", "-e", "trace=socket", "-o", trace, ...command] : command
  try {
    const { stdout, stderr, status } = spawnSync(program, rest, {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] ?? "", ...variables, ...env }
    })
    if (status !== 0) throw new Error(`the process ended with ${status}:\n${stderr}`)
    return {
      stdout,
      stderr,
      left: readdirSync(places, { recursive: true, withFileTypes: true })
        .map((entry) => relative(places, join(entry.parentPath, entry.name)))
        .filter((path) => !Object.values(homes).includes(path)),
      sockets: traced ? (readFileSync(trace, "utf8").match(/socket\(.*/g) ?? []) : []
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
