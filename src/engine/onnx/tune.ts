import type { Values } from "../../trace/Graph.ts"
import type { Arrays } from "../Engine.ts"
import type { Setting } from "./runtime.ts"
import type { Program } from "./session.ts"

/** What a contest needs: the settings to compare, how to open one, and a clock in milliseconds. */
export interface Contest {
  readonly settings: ReadonlyArray<Setting>
  readonly open: (setting: Setting) => Promise<Program>
  readonly now?: () => number
}

/** Runs steps in the setting that is the fastest at the time. */
export interface Runner {
  readonly run: (k: number, feeds: Readonly<Record<string, Values>>) => Promise<Arrays>
  readonly detail: () => string
  readonly release: () => Promise<void>
}

interface Contender {
  readonly setting: Setting
  program: Program | undefined
  /** milliseconds a step in its last call that was long enough to tell; to be found out when undefined */
  pace: number | undefined
  /** how often it has been looked at since the contest opened */
  looks: number
}

/** One call may fall into a bad moment, so each setting is looked at twice and judged by the better one, and has slowed down after two slow calls. */
const enough = 2

/**
 * A busy-waiting pool of threads is the fastest on idle cores and by far the slowest on cores that others use, so the
 * settings compete, and again whenever the winner slows down. Calls of real steps are the measurements: the settings
 * compute the same numbers to the last bit and share one state, so nothing is run in vain.
 */
export const runner = async ({ settings, open, now = () => performance.now() }: Contest): Promise<Runner> => {
  const [first, ...others] = settings.map(
    (setting): Contender => ({ setting, program: undefined, pace: undefined, looks: 0 })
  )
  if (first === undefined) throw new RangeError("there is no setting to run in")
  const contenders = [first, ...others]
  let current = first
  /** milliseconds inside of calls so far; what the winner took when the contest closed, and when that was; its slow calls in a row */
  let [ran, settled, slow] = [0, { pace: Infinity, at: 0 }, 0]

  const programOf = async (contender: Contender): Promise<Program> => {
    if (contender.program !== undefined) return contender.program
    contender.program = await open(contender.setting)
    await contender.program.time(1)
    return contender.program
  }
  const isOpen = (): boolean => contenders.some(({ looks }) => looks < enough)
  /** Whose turn it is in an open contest, and who wins one that has just closed. */
  const next = (): Contender =>
    contenders.find(({ looks }) => looks === Math.min(enough - 1, ...contenders.map((each) => each.looks))) ??
    contenders.reduce((best, each) => ((each.pace ?? Infinity) < (best.pace ?? Infinity) ? each : best))
  /** Notes a pace; opens the contest anew when the winner has slowed down, and now and then when it is a slow kind. */
  const note = (contender: Contender, pace: number): void => {
    const wasOpen = isOpen()
    contender.pace = wasOpen ? Math.min(pace, contender.pace ?? Infinity) : pace
    contender.looks++
    const age = ran - settled.at
    slow = !wasOpen && age > 2_000 && pace > 1.4 * settled.pace ? slow + 1 : 0
    const stale = age > 15_000 && !contender.setting.spin
    if (!wasOpen && (slow >= enough || stale))
      for (const other of contenders) if (other !== contender) Object.assign(other, { pace: undefined, looks: 0 })
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

/** The settings worth comparing on so many cores, the safest first; one of them when the work is short. */
export const settingsFor = (cores: number, steps: number): ReadonlyArray<Setting> => {
  const calm: Setting = { threads: cores, spin: false }
  if (cores === 1 || steps < 200) return [calm]
  const half: ReadonlyArray<Setting> = cores > 6 ? [{ threads: Math.ceil(cores / 2), spin: true }] : []
  return [calm, { threads: cores, spin: true }, ...half, { threads: 1, spin: false }]
}

const describe = ({ threads, spin }: Setting): string =>
  threads === 1 ? "1 thread" : `${threads} threads${spin ? ", spinning" : ""}`
