// One contender as a process, told what to do over stdin: node build/bench/contenders/main.js NAME
import { createInterface } from "node:readline"
import { type Failure, lossRecord, type Reply, type Request } from "../protocol.ts"
import type { Prepare, Prepared } from "./Prepare.ts"

const load = async (name: string): Promise<Prepare> => {
  if (name.startsWith("tfjs-")) return (await import("./tfjs.ts")).tfjs(name)
  if (name === "nuts") return (await import("./nuts.ts")).nuts
  return (await import("./latent.ts")).latent(name)
}

const write = (answer: Reply | Failure): void => {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}

const serve = async (name: string): Promise<void> => {
  const prepare = await load(name)
  const losses = lossRecord()
  let prepared: Prepared | undefined
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request
    const build = request.do === "prepare" ? await prepare(request.work) : undefined
    const started = performance.now()
    prepared = build === undefined ? prepared : await build()
    const buildMs = performance.now() - started
    if (prepared === undefined) throw new Error("a run was asked for before anything was prepared")
    if (request.do === "epoch") {
      const epoch = await prepared.epoch?.()
      write(epoch === undefined ? { error: "it has no epochs" } : { ...epoch, peakMb: peakMegabytes() })
      continue
    }
    const done = await prepared.run(request.do === "run" ? request.steps : 1)
    const ms = performance.now() - started
    losses.add(done)
    const loss = losses.mean()
    write({
      steps: done.length,
      ms,
      peakMb: peakMegabytes(),
      ...(loss === undefined ? {} : { loss }),
      ...(prepared.detail === undefined ? {} : { detail: prepared.detail() }),
      ...(request.do === "run" ? {} : { versions: prepared.versions, buildMs })
    })
  }
}

const peakMegabytes = (): number => (process.resourceUsage().maxRSS * 1024) / 1e6

serve(process.argv[2] ?? "").then(
  () => process.exit(0),
  (error: unknown) => {
    write({ error: error instanceof Error ? error.message.split("\n").join(" ") : String(error) })
    process.exit(1)
  }
)
