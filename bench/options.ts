import { parseArgs } from "node:util"

export interface Options {
  /** ids of workloads; all when not given, with the growth tables */
  readonly only: ReadonlyArray<string> | undefined
  readonly contenders: ReadonlyArray<string> | undefined
  readonly rounds: number
  readonly quick: boolean
  /** whether docs/performance.md and bench/results.json are written */
  readonly write: boolean
}

export const help = `npm run bench -- [options]

Times this library's engines beside hand-written tfjs and the usual Python libraries on the same work, interleaved.
A whole run takes about an hour on two quiet cores, writes docs/performance.md and bench/results.json, and first makes
a Python environment in bench/.venv (a download of 1 to 4 GB, once).

  --quick              one workload, this library and tfjs only: a minute, no Python, writes nothing
  --only a,b           these workloads (a to e, growth, nuts)
  --contenders x,y     these contenders
  --rounds n           rounds over the contenders (7)
  --write              write the files after a partial run too`

/** @throws TypeError for an option that does not exist, RangeError for rounds that are no count */
export const readOptions = (args: ReadonlyArray<string>): Options | "help" => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean" },
      quick: { type: "boolean" },
      write: { type: "boolean" },
      only: { type: "string" },
      contenders: { type: "string" },
      rounds: { type: "string" }
    }
  })
  if (values.help === true) return "help"
  const quick = values.quick === true
  const rounds = Number(values.rounds ?? (quick ? 3 : 7))
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new RangeError(`--rounds is a whole number from 1, not ${values.rounds}`)
  const only = list(values.only) ?? (quick ? ["a"] : undefined)
  const contenders = list(values.contenders) ?? (quick ? ["onnx", "tensorflow", "tfjs-node", "tfjs-wasm"] : undefined)
  const whole = only === undefined && contenders === undefined
  return { only, contenders, rounds, quick, write: whole || values.write === true }
}

const list = (text: string | undefined): ReadonlyArray<string> | undefined =>
  text?.split(",").map((part) => part.trim())
