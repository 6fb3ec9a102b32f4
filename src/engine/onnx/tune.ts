import type { Values } from "../../trace/Graph.ts"
import type { Arrays } from "../Engine.ts"
import type { Setting, Work } from "./runtime.ts"
import type { Program } from "./session.ts"

/** The parts of a contest: the settings to compare, a function that opens one, and a clock in milliseconds. */
export interface Contest {
  readonly settings: ReadonlyArray<Setting>
  readonly open: (setting: Setting) => Promise<Program>
  readonly now?: () => number
}

/** Runs steps in the setting that is the fastest at the moment. */
export interface Runner {
  readonly run: (k: number, feeds: Readonly<Record<string, Values>>) => Promise<Arrays>
  readonly detail: () => string
  readonly release: () => Promise<void>
}

interface Contender {
  readonly setting: Setting
  program: Program | undefined
  /** milliseconds per step in its last call that was long enough to be measured; undefined if not measured yet */
  pace: number | undefined
  /** the number of measurements since the contest opened */
  measurements: number
}

/**
 * A single call may be slow by chance. So each setting is measured twice and judged by the faster call, and a setting counts as slowed down only
 * after two slow calls.
 */
const enough = 2

/**
 * A busy-waiting pool of threads is the fastest on idle cores and by far the slowest on cores that other programs use. So the settings compete, and
 * they compete again whenever the winner slows down. The measurements are calls of real steps: all settings compute the same numbers to the last bit
 * and share one state, so no work is wasted.
 */
export const runner = async ({ settings, open, now = () => performance.now() }: Contest): Promise<Runner> => {
  const [first, ...others] = settings.map(
    (setting): Contender => ({ setting, program: undefined, pace: undefined, measurements: 0 })
  )
  if (first === undefined) throw new RangeError("there is no setting to run in")
  const contenders = [first, ...others]
  let current = first
  /** milliseconds spent in calls so far; the winner's pace when the contest closed, and the time of that; the number of its slow calls in a row */
  let [ran, settled, slow] = [0, { pace: Infinity, at: 0 }, 0]

  const programOf = async (contender: Contender): Promise<Program> => {
    if (contender.program !== undefined) return contender.program
    contender.program = await open(contender.setting)
    await contender.program.time(1)
    return contender.program
  }
  const isOpen = (): boolean => contenders.some(({ measurements }) => measurements < enough)
  /** The next setting to measure in an open contest, or the winner of one that has just closed. */
  const next = (): Contender =>
    contenders.find(
      ({ measurements }) => measurements === Math.min(enough - 1, ...contenders.map((each) => each.measurements))
    ) ?? contenders.reduce((best, each) => ((each.pace ?? Infinity) < (best.pace ?? Infinity) ? each : best))
  /** Records a pace. Opens the contest again if the winner has slowed down, and from time to time if the winner is a slow setting. */
  const note = (contender: Contender, pace: number): void => {
    const wasOpen = isOpen()
    contender.pace = wasOpen ? Math.min(pace, contender.pace ?? Infinity) : pace
    contender.measurements++
    const age = ran - settled.at
    slow = !wasOpen && age > 2_000 && pace > 1.4 * settled.pace ? slow + 1 : 0
    const stale = age > 15_000 && !contender.setting.spin
    if (!wasOpen && (slow >= enough || stale))
      for (const other of contenders)
        if (other !== contender) Object.assign(other, { pace: undefined, measurements: 0 })
    if (!wasOpen && !isOpen()) return
    current = next()
    if (!isOpen()) settled = { pace: current.pace ?? Infinity, at: ran }
  }
  await programOf(first)
  return {
    run: async (k, feeds) => {
      const program = await programOf(current)
      const before = now()
      const emitted = await program.run(k, feeds)
      const spent = now() - before
      ran += spent
      if (contenders.length > 1 && (k >= 16 || spent > 100)) note(current, spent / k)
      return emitted
    },
    detail: () => {
      const paces = contenders.flatMap(({ setting, pace }) =>
        pace === undefined ? [] : [`${describe(setting)} ${pace.toFixed(2)} ms`]
      )
      const chosen = describe(current.setting)
      return paces.length < 2 ? chosen : `${chosen} (a step: ${paces.join("; ")})`
    },
    release: async () => {
      for (const { program } of contenders) await program?.release()
    }
  }
}

/** Ops with fewer numbers than this take less time than handing them to another thread. */
const small = 8192

/** The settings worth comparing on a given number of cores, the safest first; only one of them if the work is short, or its largest op has few numbers. */
export const settingsFor = (cores: number, { steps, largest }: Work): ReadonlyArray<Setting> => {
  const alone: Setting = { threads: 1, spin: false }
  const calm: Setting = { threads: cores, spin: false }
  if (cores === 1 || largest < small) return [alone]
  if (steps < 200) return [calm]
  const half: ReadonlyArray<Setting> = cores > 6 ? [{ threads: Math.ceil(cores / 2), spin: true }] : []
  return [calm, { threads: cores, spin: true }, ...half, alone]
}

const describe = ({ threads, spin }: Setting): string =>
  threads === 1 ? "1 thread" : `${threads} threads${spin ? ", spinning" : ""}`
