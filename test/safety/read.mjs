// Reads an IDX file in a process of its own: node read.mjs INDEX PATH, where INDEX is the library's file.
// Prints one line of JSON: the shape or the message, by how many bytes the most memory grew, and the turns of the event loop meanwhile.
import { Effect } from "effect"

const [index = "", path = ""] = process.argv.slice(2)
const { Data } = await import(index)

let turns = 0
const count = () => {
  turns++
  timer = setImmediate(count)
}
let timer = setImmediate(count)
const before = process.resourceUsage().maxRSS
const result = await Effect.runPromise(Effect.result(Data.idx(path)))
clearImmediate(timer)
const grown = 1024 * (process.resourceUsage().maxRSS - before)
console.log(JSON.stringify({ result: result.success?.shape ?? result.failure.message, grown, turns }))
