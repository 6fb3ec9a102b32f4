// How long one step takes, beside the usual libraries: npm run bench -- --help
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { type Contender, commandOf, contenders } from "./contenders/index.ts"
import { pythonEnvironment } from "./environment.ts"
import { loadNow, machineOf } from "./machine.ts"
import { type Race, type Result, race } from "./measure.ts"
import { sampledBy } from "./nutsDraws.ts"
import { help, type Options, readOptions } from "./options.ts"
import { brief, type GrowthResult, insert, markdown, type NutsResult, unlike } from "./report.ts"
import { inRoot } from "./root.ts"
import { growthOf, nutsOf, readDefinitions, workloadsOf } from "./workloads.ts"

const say = (line: string): void => console.log(line)

/** The contenders that were asked for and can be started at all. */
const taking = async (
  options: Options
): Promise<{ readonly field: ReadonlyArray<Contender>; readonly python?: string }> => {
  const unknown = options.contenders?.find((name) => !contenders.some((each) => each.name === name))
  if (unknown !== undefined) {
    throw new RangeError(`no contender '${unknown}'; there are ${contenders.map(({ name }) => name).join(", ")}`)
  }
  const asked = contenders.filter(({ name, whenNamed }) => options.contenders?.includes(name) ?? whenNamed !== true)
  if (!asked.some(({ side }) => side === "peer")) return { field: asked }
  const environment = await pythonEnvironment(say)
  if ("python" in environment) return { field: asked, python: environment.python }
  say(`Python environment: ${environment.missing}. The benchmark goes on without the Python libraries.`)
  return { field: asked.filter(({ side }) => side !== "peer") }
}

const main = async (options: Options): Promise<void> => {
  const definitions = readDefinitions()
  const known = [...definitions.workloads.map(({ id }) => id), "growth", "nuts"]
  const unknown = options.only?.find((id) => !known.includes(id))
  if (unknown !== undefined) throw new RangeError(`no workload '${unknown}'; there are ${known.join(", ")}`)
  const wanted = (id: string): boolean => options.only?.includes(id) ?? true

  const { field, python } = await taking(options)
  const load = loadNow()
  if (load > 0.5) say(`The machine is busy (load ${load.toFixed(1)}): the times will be too long, and unequally so.`)
  const how: Race = {
    rounds: options.rounds,
    turnMs: options.quick ? 1000 : 2000,
    commandOf: (contender) => commandOf(contender, python, definitions.threads),
    say
  }
  const workloads: Array<Result> = []
  for (const workload of workloadsOf(definitions).filter(({ id }) => wanted(id))) {
    say(`${workload.id}: ${workload.title}`)
    workloads.push(await race(workload, field, how))
  }
  if (options.quick) {
    for (const result of workloads) say(`\n${brief(result)}`)
    return
  }

  const growth: Array<GrowthResult> = []
  const growing = field.filter(({ name }) => ["onnx", "tensorflow", "numpyro_scan"].includes(name))
  for (const { title, points } of wanted("growth") ? growthOf(definitions) : []) {
    const results: Array<Result> = []
    for (const point of points) {
      say(`growth with ${title}: ${point.title}`)
      results.push(await race(point, growing, { ...how, rounds: Math.min(3, how.rounds) }))
    }
    growth.push({ title, points: results })
  }

  const nuts: Array<NutsResult> = []
  for (const posterior of wanted("nuts") ? nutsOf(definitions) : []) {
    say(`NUTS: ${posterior.title}`)
    const result = await race(posterior, field, { ...how, rounds: Math.min(3, how.rounds) })
    const names = result.measured.map(({ name }) => name)
    const sampled = Object.fromEntries(names.map((name) => [name, sampledBy(posterior.work, name)]))
    nuts.push({ ...result, sampled })
  }

  const all = [...workloads, ...growth.flatMap(({ points }) => points), ...nuts]
  const report = { machine: machineOf(definitions.threads, load, all), rounds: options.rounds, workloads, growth, nuts }
  say(`\n${markdown(report)}`)
  if (options.write) {
    const page = inRoot("docs", "performance.md")
    writeFileSync(page, insert(existsSync(page) ? readFileSync(page, "utf8") : "", markdown(report)))
    writeFileSync(inRoot("bench", "results.json"), `${JSON.stringify(report, null, 2)}\n`)
    say("\nwritten: docs/performance.md, bench/results.json")
  }
  const strange = [...workloads, ...nuts].flatMap((result) =>
    unlike(result).map(({ label }) => `${label} on ${result.id}`)
  )
  if (strange.length > 0) {
    say(`\nNot the same work: the loss differs by more than a few percent for ${strange.join(", ")}.`)
    process.exitCode = 1
  }
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === "help") say(help)
  else await main(options)
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
