import { afterEach, describe, expect, it } from "vitest"
import { type Running, start } from "../../bench/contender.ts"
import { failed, lossRecord, parseReply } from "../../bench/protocol.ts"

const running: Array<Running> = []
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop()))
})

/** A contender that counts the steps that it is asked for, after some words that are no reply. */
const counting = `
console.log("a library says hello")
let total = 0
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line)
  if (request.steps > 100) { console.error("too many"); process.exit(3) }
  total += request.steps ?? 1
  console.log(JSON.stringify({ steps: total, ms: 1, peakMb: 1, threads: process.env.OMP_NUM_THREADS }))
})`
const child = (code: string): Running => {
  const started = start({ command: process.execPath, args: ["-e", code], threads: 2 })
  running.push(started)
  return started
}

describe("a contender's process", () => {
  it("answers one request after the other and keeps its state between them", async () => {
    const { ask } = child(counting)
    expect(await ask({ do: "run", steps: 3 })).toMatchObject({ steps: 3, threads: "2" })
    expect(await ask({ do: "run", steps: 4 })).toMatchObject({ steps: 7 })
  })

  it("stands still between requests", async () => {
    const { ask } = child(`
let ticks = 0
setInterval(() => ticks++, 5)
require("node:readline").createInterface({ input: process.stdin }).on("line", () => {
  console.log(JSON.stringify({ steps: ticks, ms: 1, peakMb: 1 }))
})`)
    const before = await ask({ do: "run", steps: 1 })
    await new Promise((resolve) => setTimeout(resolve, 500))
    const after = await ask({ do: "run", steps: 1 })
    if (failed(before) || failed(after)) throw new Error("it failed")
    // at full speed it would have ticked a hundred times
    if (process.platform !== "win32") expect(after.steps - before.steps).toBeLessThan(50)
  })

  it("that dies is an answer with its last words, for every later request too", async () => {
    const { ask } = child(counting)
    expect(await ask({ do: "run", steps: 101 })).toEqual({ error: "it ended with code 3: too many" })
    expect(await ask({ do: "run", steps: 1 })).toEqual({ error: "it ended with code 3: too many" })
  })

  it("that does not exist is an answer too", async () => {
    const started = start({ command: "no-such-program-anywhere", args: [], threads: 2 })
    running.push(started)
    expect(failed(await started.ask({ do: "run", steps: 1 }))).toBe(true)
  })
})

describe("a reply", () => {
  it("is read with what it says", () => {
    expect(parseReply('{"steps": 2, "ms": 3.5, "peakMb": 100, "loss": 212.5}')).toEqual({
      steps: 2,
      ms: 3.5,
      peakMb: 100,
      loss: 212.5
    })
    expect(parseReply('{"error": "no module"}')).toEqual({ error: "no module" })
  })

  it("is told from what libraries print", () => {
    for (const line of ["warming up", "{oops", "[1]", '{"steps": 2}']) expect(parseReply(line)).toBeUndefined()
  })

  it("may hold the infinities of Python's JSON, which are no loss", () => {
    expect(parseReply('{"steps": 2, "ms": 3, "peakMb": 1, "loss": -Infinity}')).toMatchObject({ loss: Number.NaN })
  })
})

describe("the record of losses", () => {
  it("is the mean of steps 41 to 50, and stays it", () => {
    const losses = lossRecord()
    losses.add(Array.from({ length: 49 }, (_, i) => i + 1))
    expect(losses.mean()).toBeUndefined()
    losses.add([50, 51, 52])
    expect(losses.mean()).toBe(45.5)
  })
})
