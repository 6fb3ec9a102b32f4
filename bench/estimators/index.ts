// `npm run estimators`: variance × time of each gradient estimator on some problems, with the choice of the plan marked. `-- --particles 4` for several particles, `-- --steps 300` for fewer steps.
import { parseArgs } from "node:util"
import { conjugate } from "./conjugate.ts"
import { type Loss, lost } from "./lost.ts"
import { problems } from "./problems.ts"

const { values } = parseArgs({
  options: {
    particles: { type: "string", default: "1" },
    steps: { type: "string", default: "1000" },
    "moments-only": { type: "boolean", default: false }
  }
})
const options = { particles: Number(values.particles), steps: Number(values.steps), seed: 1 }

if (!values["moments-only"]) {
  const losses: Array<Loss & { readonly problem: string }> = []
  for (const { name, measure } of problems) {
    const measured = await measure(options)
    console.log(`${name}\n${measured}\n`)
    losses.push(...lost(measured).map((loss) => ({ ...loss, problem: name })))
  }
  console.log("the plan's choice beside the best one (1 is the best; the goal is at most 1.5)")
  for (const { problem, site, chosen, best, times } of losses)
    console.log(
      `${times <= 1.5 ? "yes" : "NO "}  ${times.toFixed(2).padStart(7)}  ${site}: ${chosen}${best === chosen ? "" : `, best ${best}`}  (${problem})`
    )
}

console.log("\nconjugate pairs: the exact mean and standard deviation, and how far each estimator's fit is from them")
let misses = 0
for (const { pair, estimator, mean, sd, errors } of await conjugate()) {
  const holds = errors.every((error) => error <= 0.01)
  if (!holds) misses++
  const found = errors.map((error) => `${(100 * error).toFixed(2)} %`).join(", ")
  console.log(
    `${holds ? "yes" : "NO "}  ${pair.padEnd(24)} ${estimator.padEnd(18)} ${mean.toFixed(4)} ± ${sd.toFixed(4)}  ${found}`
  )
}
process.exitCode = misses === 0 ? 0 : 1
