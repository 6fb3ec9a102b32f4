/** `npm run verify`: the property test over random programs, 500 of them or with `--many` 10,000; `-- --from N` begins at another seed. */
import { spawnSync } from "node:child_process"
import { parseArgs } from "node:util"

const { values } = parseArgs({
  options: { many: { type: "boolean" }, programs: { type: "string" }, from: { type: "string" } }
})
const { status } = spawnSync("npx", ["vitest", "run", "--maxWorkers=1", "test/infer/random"], {
  stdio: "inherit",
  env: {
    ...process.env,
    VERIFY_PROGRAMS: values.programs ?? (values.many ? "10000" : "500"),
    VERIFY_FROM: values.from ?? "0"
  }
})
process.exitCode = status ?? 1
