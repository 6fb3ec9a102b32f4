/** Fits with `accuracy` held against exact posteriors: whether true errors of means are at most the reported ones. `npm run accuracy`, some minutes; `-- --accuracy 0.02` for another one, `--only schools` for those whose name has that. */
import { Engine } from "../../src/index.ts"
import { mixture, type Problem, regression, schools } from "./problems.ts"

const at = process.argv.indexOf("--accuracy")
const accuracy = at < 0 ? 0.05 : Number(process.argv[at + 1])
const seeds = Array.from({ length: 30 }, (_, i) => i)
const only = process.argv.indexOf("--only")
const isAsked = (problem: Problem): boolean =>
  only < 0 || `${problem.name}, ${problem.guide}`.includes(process.argv[only + 1] ?? "")
const problems: ReadonlyArray<Problem> = [
  ...seeds.map((seed) => regression(seed, true)),
  ...seeds.map((seed) => regression(seed, false)),
  schools(),
  ...[1, 2, 3, 4, 5].map(mixture)
].filter(isAsked)

interface Line {
  readonly means: number
  readonly held: number
  readonly unknown: number
  readonly largest: number
  readonly reported: number
  readonly steps: number
  readonly seconds: number
  readonly isReached: boolean
}

const lineOf = async (problem: Problem): Promise<Line> => {
  const started = performance.now()
  const { accuracy: told, means } = await problem.fit(accuracy, Engine.onnx)
  const seconds = (performance.now() - started) / 1000
  if (told === undefined) throw new Error("a fit with accuracy has one")
  const errors = new Map(told.numbers.map(({ site, place, error }) => [`${site}${place}`, error]))
  const rows = [...problem.exact()].map(([name, { mean, sd }]) => ({
    error: Math.abs((means.get(name) ?? Number.NaN) - mean) / sd,
    reported: errors.get(name) ?? Number.NaN
  }))
  const known = rows.filter(({ reported }) => !Number.isNaN(reported))
  return {
    means: rows.length,
    held: known.filter(({ error, reported }) => error <= reported).length,
    unknown: rows.length - known.length,
    largest: Math.max(...rows.map(({ error }) => error)),
    reported: Math.max(...known.map(({ reported }) => reported)),
    steps: told.steps,
    seconds,
    isReached: told.isReached
  }
}

const groups = new Map<string, Array<Line>>()
for (const problem of problems) {
  const line = await lineOf(problem)
  const { held, means, unknown, largest, reported, steps, seconds, isReached } = line
  console.log(
    `${problem.name}, ${problem.guide}: ${held} of ${means} held${unknown > 0 ? `, ${unknown} unknown` : ""}, true ${largest.toFixed(3)}, reported ${reported.toFixed(3)}, ${steps} steps, ${seconds.toFixed(1)} s${isReached ? "" : ", NOT REACHED"}`
  )
  const group = `${problem.name.replace(/ \d.*/, "s")}, guide ${problem.guide}`
  groups.set(group, [...(groups.get(group) ?? []), line])
}

const sum = (lines: ReadonlyArray<Line>, of: (line: Line) => number): number =>
  lines.reduce((total, line) => total + of(line), 0)
const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

console.log(
  "\n| problem | means | true ≤ reported | not known | largest true error | largest reported | steps (median) |"
)
console.log("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
for (const [name, lines] of groups) {
  const [means, held, unknown] = [sum(lines, (l) => l.means), sum(lines, (l) => l.held), sum(lines, (l) => l.unknown)]
  console.log(
    `| ${name} | ${means} | ${held} | ${unknown} | ${Math.max(...lines.map((l) => l.largest)).toFixed(3)} | ${Math.max(...lines.map((l) => l.reported)).toFixed(3)} | ${median(lines.map((l) => l.steps))} |`
  )
}
const all = [...groups.values()].flat()
const share = sum(all, (l) => l.held) / (sum(all, (l) => l.means) - sum(all, (l) => l.unknown))
console.log(`\ntrue ≤ reported for ${(100 * share).toFixed(1)} % of the means whose error is known`)
process.exitCode = share >= 0.95 ? 0 : 1
