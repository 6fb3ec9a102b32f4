// `npm run cases`: small inputs with known right values, by the public API. Ends with 1 when one of them does not hold.
import * as tf from "@tensorflow/tfjs"
import { type Case, firstWords, type Outcome } from "./Case.ts"
import { distributions } from "./distributions.ts"
import { gradients } from "./gradients.ts"
import { inside } from "./inside.ts"

const attempted = async ({ run }: Case): Promise<Outcome> => {
  try {
    return await run()
  } catch (error) {
    return { printed: `failed: ${firstWords(error)}`, right: "a value", holds: false }
  }
}

await tf.setBackend("cpu")
// tfjs's advice to install its node backend has no place in a table
Reflect.set(tf.backend(), "firstUse", false)

const wanted = process.argv.slice(2)
const cases = [...gradients, ...distributions, ...inside].filter(
  ({ id }) => wanted.length === 0 || wanted.some((prefix) => id.startsWith(prefix))
)
let failures = 0
for (const each of cases) {
  const { printed, right, holds } = await attempted(each)
  if (!holds) failures++
  console.log(
    `${holds ? "yes" : "NO "}  ${each.id.padEnd(3)} ${each.input}\n         printed  ${printed}\n         right    ${right}`
  )
}
console.log(`\n${cases.length - failures} of ${cases.length} cases hold`)
process.exitCode = failures === 0 ? 0 : 1
