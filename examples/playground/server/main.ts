// npm run playground -- --port 5180: makes a fit in Node unless there is one of this model, then builds the page and serves it until Ctrl-C.
import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { Data } from "../../../src/index.ts"
import { vaeOf } from "../models.ts"
import { headers, playground } from "./playground.ts"
import { serve } from "./serve.ts"

const help = `Options, with their defaults:
  --port 5180     of the address
  --digits 4000   digits that the page can train on, from 500 to 60000`

const given = () => {
  try {
    return parseArgs({
      options: {
        port: { type: "string", default: "5180" },
        digits: { type: "string", default: "4000" },
        help: { type: "boolean", default: false }
      }
    }).values
  } catch (error) {
    return quit(error)
  }
}

const quit = (error: unknown): never => {
  console.error(`${error instanceof Error ? error.message : error}\n\n${help}`)
  process.exit(2)
}

const whole = (name: string, text: string, least: number, most: number): number => {
  const value = Number(text)
  if (text !== "" && Number.isInteger(value) && value >= least && value <= most) return value
  return quit(`--${name} is '${text}'; it must be a whole number from ${least} to ${most}`)
}

const options = given()
if (options.help) {
  console.log(help)
  process.exit()
}
const port = whole("port", options.port, 0, 65535)
const digits = whole("digits", options.digits, 500, 60_000)

const mnist = await Effect.runPromise(Data.mnist)
const path = resolve("out/playground.safetensors")
const bernoulli = vaeOf("bernoulli")
const isThere = existsSync(path) && (await bernoulli.loadPromise(path).then(Boolean, () => false))
if (!isThere) {
  console.log(`A fit for the page to load, once: ${path}`)
  mkdirSync(resolve("out"), { recursive: true })
  const fitted = await bernoulli.fitPromise(Data.take(mnist.train.images, 20_000), {
    ...{ epochs: 12, batchSize: 100, learningRate: 0.002 }
  })
  await fitted.save(path)
}
const fit = new Uint8Array(readFileSync(path))
const site = await playground({ root: resolve("."), mnist, digits, fit })
const served = await serve(site, headers, port).catch(quit)
console.log(`The playground is at ${served.address} (Ctrl-C ends it)`)
process.once("SIGINT", () => void served.close().then(() => console.log("")))
