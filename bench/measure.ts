import { type Command, type Running, start } from "./contender.ts"
import type { Contender, Side } from "./contenders/index.ts"
import { failed, type Reply, type Request } from "./protocol.ts"
import { type Spread, spread } from "./statistics.ts"
import { writeTable } from "./tables.ts"
import type { Workload } from "./workloads.ts"

export interface Measured {
  readonly name: string
  readonly label: string
  readonly side: Side
  /** milliseconds a step in each round */
  readonly rounds: ReadonlyArray<number>
  readonly step: Spread
  /** what preparing took beyond reading data and what the first steps would take later */
  readonly compileMs: number
  /** from the start of the process to the end of its first step, data read */
  readonly firstStepMs: number
  readonly peakMb: number
  /** mean loss of steps 41–50 per datum; not given when 50 steps would have taken too long */
  readonly loss?: number
  readonly epoch?: { readonly steps: number; readonly ms: number; readonly insideMs: number }
  readonly detail?: string
  readonly versions: Readonly<Record<string, string>>
}

export interface Result {
  readonly id: string
  readonly title: string
  readonly measured: ReadonlyArray<Measured>
  readonly missing: ReadonlyArray<{ readonly label: string; readonly reason: string }>
}

export interface Race {
  readonly rounds: number
  /** what one contender's turn should take */
  readonly turnMs: number
  readonly commandOf: (contender: Contender) => Command
  readonly say: (line: string) => void
}

interface Runner {
  readonly contender: Contender
  readonly process: Running
  readonly first: Reply
  readonly firstStepMs: number
  readonly paces: Array<number>
  last: Reply
  loss: number | undefined
  epoch: Measured["epoch"]
}

/** Longest time that the check of the losses may take for one contender, in milliseconds. */
const patience = 60_000

/** Prepares the contenders one after the other, and then lets them take turns, in one order and in the reverse. */
export const race = async (workload: Workload, contenders: ReadonlyArray<Contender>, how: Race): Promise<Result> => {
  writeTable(workload.work)
  const missing: Array<{ label: string; reason: string }> = []
  const runners: Array<Runner> = []
  const drop = async ({ label }: Contender, process: Running, reason: string): Promise<void> => {
    missing.push({ label, reason })
    how.say(`  ${label}: left out (${reason})`)
    await process.stop()
  }
  const racing = (): ReadonlyArray<Runner> =>
    runners.filter(({ contender }) => !missing.some(({ label }) => label === contender.label))
  try {
    for (const contender of contenders.filter(({ kinds }) => kinds.includes(workload.work.kind))) {
      const process = start(how.commandOf(contender))
      const first = await process.ask({ do: "prepare", work: workload.work })
      if (failed(first)) {
        await drop(contender, process, first.error)
        continue
      }
      const runner: Runner = {
        contender,
        process,
        first,
        firstStepMs: process.age(),
        paces: [],
        last: first,
        loss: first.loss,
        epoch: undefined
      }
      runners.push(runner)
      await guarded(runner, drop, settle)
    }
    for (let round = 0; round < how.rounds; round++) {
      for (const runner of round % 2 === 0 ? racing() : racing().toReversed()) {
        await guarded(runner, drop, (runner) => turn(runner, how.turnMs))
      }
      how.say(`  round ${round + 1} of ${how.rounds}`)
    }
    for (const runner of racing()) await guarded(runner, drop, (runner) => wholeEpoch(runner, workload))
    return { id: workload.id, title: workload.title, measured: racing().map(measuredOf), missing }
  } finally {
    for (const { process } of runners) await process.stop()
  }
}

const guarded = async (
  runner: Runner,
  drop: (contender: Contender, process: Running, reason: string) => Promise<void>,
  work: (runner: Runner) => Promise<void>
): Promise<void> => {
  try {
    await work(runner)
  } catch (error) {
    await drop(runner.contender, runner.process, error instanceof Error ? error.message : String(error))
  }
}

const ask = async ({ process }: Runner, request: Request): Promise<Reply> => {
  const reply = await process.ask(request)
  if (failed(reply)) throw new Error(reply.error)
  return reply
}

const run = async (runner: Runner, steps: number): Promise<Reply> => {
  runner.last = await ask(runner, { do: "run", steps })
  runner.loss ??= runner.last.loss
  return runner.last
}

/** Runs 50 steps, for the losses and for a first idea of the pace. */
const settle = async (runner: Runner): Promise<void> => {
  const until = performance.now() + patience
  do await run(runner, 7)
  while (runner.loss === undefined && performance.now() < until)
}

/** A third of a turn to get warm again, and then the steps that count. */
const turn = async (runner: Runner, turnMs: number): Promise<void> => {
  const paceOf = ({ ms, steps }: Reply): number => ms / steps
  const warm = await run(runner, Math.ceil(turnMs / 3 / paceOf(runner.last)))
  runner.paces.push(paceOf(await run(runner, Math.ceil(turnMs / paceOf(warm)))))
}

/** This library's own loop over the data: what an epoch costs beside its steps. */
const wholeEpoch = async (runner: Runner, { work }: Workload): Promise<void> => {
  if (runner.contender.side !== "ours" || work.kind !== "vae") return
  const expected = (60_000 / work.batch) * spread(runner.paces).median
  if (expected > patience) return
  const { steps, ms, insideMs = ms } = await ask(runner, { do: "epoch" })
  runner.epoch = { steps, ms, insideMs }
}

const measuredOf = ({ contender, first, last, firstStepMs, paces, loss, epoch }: Runner): Measured => {
  const step = spread(paces)
  return {
    name: contender.name,
    label: contender.label,
    side: contender.side,
    rounds: paces,
    step,
    compileMs: Math.max(first.buildMs ?? 0, first.ms - first.steps * step.median),
    firstStepMs,
    peakMb: last.peakMb,
    ...(loss === undefined ? {} : { loss }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(last.detail === undefined ? {} : { detail: last.detail }),
    versions: first.versions ?? {}
  }
}
