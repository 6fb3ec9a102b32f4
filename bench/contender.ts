import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { availableParallelism } from "node:os"
import { createInterface } from "node:readline"
import { type Failure, parseReply, type Reply, type Request } from "./protocol.ts"

/** A contender's process. It stands still between requests, so that no idle pool of threads takes a core from the others. */
export interface Running {
  /** milliseconds from the start of the process to now */
  readonly age: () => number
  readonly ask: (request: Request) => Promise<Reply | Failure>
  readonly stop: () => Promise<void>
}

export interface Command {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly threads: number
}

const live = new Set<ChildProcess>()
process.once("exit", () => {
  for (const child of live) child.kill("SIGKILL")
})

export const start = ({ command, args, threads }: Command): Running => {
  const started = performance.now()
  const [program = command, ...rest] = [...onCores(threads), command, ...args]
  const child = spawn(program, rest, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...limits(threads), PYTHONDONTWRITEBYTECODE: "1" }
  })
  live.add(child)
  let complaint = ""
  let ended: string | undefined
  let waiting: ((answer: Reply | Failure) => void) | undefined
  const answer = (value: Reply | Failure): void => {
    const settle = waiting
    waiting = undefined
    settle?.(value)
  }
  const end = (reason: string): void => {
    live.delete(child)
    ended ??= complaint === "" ? reason : `${reason}: ${complaint}`
    answer({ error: ended })
  }
  const done = new Promise<void>((resolve) => {
    child.once("close", (code) => {
      end(`it ended with code ${code}`)
      resolve()
    })
    child.once("error", (error) => {
      end(error.message)
      resolve()
    })
  })
  createInterface({ input: child.stdout }).on("line", (line) => {
    const reply = parseReply(line)
    if (reply !== undefined) answer(reply)
  })
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line.trim() !== "") complaint = line.trim()
  })
  child.stdin.on("error", () => {})

  return {
    age: () => performance.now() - started,
    ask: async (request) => {
      if (ended !== undefined) return { error: ended }
      const reply = new Promise<Reply | Failure>((resolve) => {
        waiting = resolve
      })
      signal(child, "SIGCONT")
      child.stdin.write(`${JSON.stringify(request)}\n`)
      const got = await reply
      signal(child, "SIGSTOP")
      return got
    },
    stop: async () => {
      signal(child, "SIGCONT")
      child.kill("SIGKILL")
      await done
    }
  }
}

const signal = (child: ChildProcess, name: "SIGCONT" | "SIGSTOP"): void => {
  if (process.platform !== "win32") child.kill(name)
}

/** What each library reads as its number of threads. */
const limits = (threads: number): Record<string, string> =>
  Object.fromEntries(
    ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"].map((name) => [
      name,
      String(threads)
    ])
  )

/** On a machine with more cores, processes are held to the first ones where the system can do that: some libraries have no other limit. */
const onCores = (threads: number): ReadonlyArray<string> =>
  canPin && availableParallelism() > threads ? ["taskset", "-c", `0-${threads - 1}`] : []

const canPin = process.platform === "linux" && spawnSync("taskset", ["--version"]).status === 0
