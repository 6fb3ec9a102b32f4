/**
 * `npm run verify`: the property test over random programs, 500 of them or with `--many` 10,000; `-- --from N` begins at another seed. Many programs are shared out over the cores, each with a
 * seed of its own.
 */
import { spawn } from "node:child_process"
import { availableParallelism } from "node:os"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: { many: { type: "boolean" }, programs: { type: "string" }, from: { type: "string" } }
})
const programs = Number(values.programs ?? (values.many ? 10_000 : 500))
const from = Number(values.from ?? 0)
const shares = Math.max(1, Math.min(availableParallelism(), Math.floor(programs / 500)))

const runs = Array.from({ length: shares }, (_, i) => {
  const share = Math.floor(programs / shares) + (i < programs % shares ? 1 : 0)
  const child = spawn("npx", ["vitest", "run", "--maxWorkers=1", "test/infer/random"], {
    stdio: "inherit",
    env: { ...process.env, VERIFY_PROGRAMS: String(share), VERIFY_FROM: String(from + i) }
  })
  return new Promise((resolve) => child.on("close", (status) => resolve(status ?? 1)))
})
process.exitCode = Math.max(...(await Promise.all(runs)))
