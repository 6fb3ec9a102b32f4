import type { Machine } from "./machine.ts"
import type { Measured, Result } from "./measure.ts"
import { apart, type Sampled } from "./nutsDraws.ts"
import { digits } from "./statistics.ts"

export interface GrowthResult {
  readonly title: string
  readonly points: ReadonlyArray<Result>
}

export interface Report {
  readonly machine: Machine
  readonly rounds: number
  readonly workloads: ReadonlyArray<Result>
  readonly growth: ReadonlyArray<GrowthResult>
  readonly nuts: ReadonlyArray<NutsResult>
}

/** A posterior that was sampled: the race, in which a step is a gradient of one chain, and each contender's last draws, by name. */
export interface NutsResult extends Result {
  readonly sampled: Readonly<Record<string, Sampled>>
}

/** How far a contender's loss may lie from ours before it is not the same work. */
const tolerance = 0.05

/** The contenders whose loss after 50 steps differs from ours (or, without ours, from the first one's). */
export const unlike = ({ measured }: Result): ReadonlyArray<Measured> => {
  const known = measured.filter(({ loss }) => loss !== undefined)
  const reference = (known.find(({ side }) => side === "ours") ?? known[0])?.loss
  return known.filter(({ loss = Number.NaN }) => !(Math.abs(loss / (reference ?? loss) - 1) <= tolerance))
}

/** The fastest peer's median, or the fastest of all where no peer ran. */
export const fastest = ({ measured }: Result): number => {
  const peers = measured.filter(({ side }) => side === "peer")
  return Math.min(...(peers.length === 0 ? measured : peers).map(({ step }) => step.median))
}

export const markdown = ({ machine, rounds, workloads, growth, nuts }: Report): string =>
  [
    `Measured on ${machine.date} on ${machine.processor}, ${machine.threads} threads (${machine.cores} cores, ${machine.memoryGb} GB), ${machine.system}, Node ${machine.node}. Float32, Adam 0.001.`,
    `Medians over ${rounds} rounds in which the contenders ran alternately; in brackets the fastest and the slowest round. Each contender is a separate process that was paused while the others ran.`,
    ...(machine.load > 0.5
      ? [`**The machine was busy with other work (load ${machine.load.toFixed(1)}): do not trust these times.**`]
      : []),
    machine.versions,
    ...workloads.map(workloadSection),
    ...(growth.length === 0 ? [] : ["### How the cost grows", ...growth.map(growthTable)]),
    ...(nuts.length === 0 ? [] : ["### NUTS", ...nuts.map(nutsSection)])
  ].join("\n\n")

const workloadSection = (result: Result): string => {
  const base = fastest(result)
  const strange = unlike(result)
  const rows = result.measured.toSorted((a, b) => a.step.median - b.step.median)
  const lines = rows.map((each) => [
    each.label,
    `${digits(each.step.median)} (${digits(each.step.min)}–${digits(each.step.max)})`,
    digits(each.step.median / base),
    digits(each.compileMs / 1000),
    digits(each.firstStepMs / 1000),
    String(Math.round(each.peakMb)),
    `${each.loss === undefined ? "–" : digits(each.loss)}${strange.includes(each) ? " differs" : ""}`
  ])
  const head = [
    "",
    "ms a step",
    "÷ fastest peer",
    "compile, s",
    "start to first step, s",
    "peak memory, MB",
    "loss, steps 41–50"
  ]
  const epochs = rows.flatMap(({ label, epoch }) =>
    epoch === undefined
      ? []
      : [
          `${label}: a whole epoch takes ${digits(epoch.ms / 1000)} s, ${digits(epoch.ms / epoch.insideMs)} times its ${epoch.steps} steps.`
        ]
  )
  const missing = result.missing.map(({ label, reason }) => `${label} did not run: ${reason}`)
  return [`### ${result.title}`, table(head, lines), ...epochs, ...missing].join("\n\n")
}

/** Gradients and effective samples a second, the warm-up included and compilation not. */
const nutsSection = (result: NutsResult): string => {
  const { title, measured, missing, sampled } = result
  const base = fastest(result)
  const ours = measured.find(({ side }) => side === "ours")
  const strange = unlike(result)
  const lines = measured
    .toSorted((a, b) => a.step.median - b.step.median)
    .map((each) => {
      const own = sampled[each.name]
      const first = ours === undefined ? undefined : sampled[ours.name]
      const rate = 1000 / each.step.median
      const essBulk = Math.min(...(own?.numbers.map(({ essBulk }) => essBulk) ?? []))
      return [
        each.label,
        String(Math.round(rate)),
        digits(base / each.step.median),
        digits((essBulk * rate) / (own?.gradients ?? Number.NaN)),
        String(Math.round(essBulk)),
        digits(Math.max(...(own?.numbers.map(({ rHat }) => rHat) ?? []))),
        own === undefined || first === undefined || each === ours ? "–" : digits(apart(own, first)),
        digits(each.compileMs / 1000),
        `${each.loss === undefined ? "–" : digits(each.loss)}${strange.includes(each) ? " differs" : ""}`
      ]
    })
  const head = [
    title,
    "gradients a second",
    "÷ NumPyro's",
    "effective samples a second",
    "of the last draws",
    "R-hat",
    "means from ours, in errors",
    "compile, s",
    "mean energy"
  ]
  return [table(head, lines), ...missing.map(({ label, reason }) => `${label} did not run: ${reason}`)].join("\n\n")
}

const growthTable = ({ title, points }: GrowthResult): string => {
  const labels = [...new Set(points.flatMap(({ measured }) => measured.map(({ label }) => label)))]
  const lines = labels.map((label) => {
    const medians = points.map(({ measured }) => measured.find((each) => each.label === label)?.step.median)
    const [first = Number.NaN] = medians
    return [label, ...medians.map((ms = Number.NaN) => `${digits(ms)} (×${digits(ms / first)})`)]
  })
  return table([`${title}: ms a step`, ...points.map(({ title }) => title)], lines)
}

/** A Markdown table whose columns line up in the source too. */
export const table = (head: ReadonlyArray<string>, lines: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = head.map((name, i) => Math.max(3, name.length, ...lines.map((line) => (line[i] ?? "").length)))
  const row = (cells: ReadonlyArray<string>): string =>
    `| ${widths.map((width, i) => (i === 0 ? (cells[i] ?? "").padEnd(width) : (cells[i] ?? "").padStart(width))).join(" | ")} |`
  const rule = `|${widths.map((width, i) => (i === 0 ? `${"-".repeat(width + 2)}` : `${"-".repeat(width + 1)}:`)).join("|")}|`
  return [row(head), rule, ...lines.map(row)].join("\n")
}

const [begin, end] = ["<!-- npm run bench: begin -->", "<!-- npm run bench: end -->"]

/** Puts a report between the marks of a page; everything around them stays. A page without marks gets them at its end. */
export const insert = (page: string, report: string): string => {
  const block = `${begin}\n\n${report}\n\n${end}`
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) return `${page.trimEnd()}${page.trim() === "" ? "# Performance" : ""}\n\n${block}\n`
  return page.slice(0, from) + block + page.slice(to + end.length)
}

/** The short report of `--quick`: each engine of ours beside tfjs by hand, and what an epoch costs beside its steps. */
export const brief = ({ title, measured, missing }: Result): string => {
  const width = Math.max(...measured.map(({ label }) => label.length)) + 2
  const lines = measured.map(({ label, step }) => `${label.padEnd(width)}${digits(step.median)} ms a step`)
  const byHand = measured.filter(({ side }) => side === "byHand").toSorted((a, b) => a.step.median - b.step.median)[0]
  const ours = measured.filter(({ side }) => side === "ours")
  const ratios = ours.flatMap(({ label, step }) =>
    byHand === undefined
      ? []
      : [`${label}: ${digits(byHand.step.median / step.median)} times as fast as ${byHand.label}`]
  )
  const epochs = ours.flatMap(({ label, epoch }) =>
    epoch === undefined
      ? []
      : [
          `${label}: an epoch took ${digits(epoch.ms / 1000)} s, ${digits(epoch.insideMs / 1000)} s of them inside the engine: ${((epoch.ms / epoch.insideMs - 1) * 100).toFixed(1)} % beside the steps`
        ]
  )
  const absent = missing.map(({ label, reason }) => `${label}: left out (${reason})`)
  return [title, "", ...lines, "", ...ratios, ...epochs, ...absent].join("\n")
}
