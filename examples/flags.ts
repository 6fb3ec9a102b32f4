import { parseArgs } from "node:util"
import { Engine } from "../src/index.ts"

/** What the MNIST examples are told on the command line. */
export interface Options {
  readonly epochs: number
  readonly hidden: number
  readonly latent: number
  readonly batch: number
  readonly particles: number
  readonly decoder: "bernoulli" | "gaussian" | "binarized"
  readonly engine: "auto" | "onnx" | "tensorflow" | "onnx-web" | "wasm" | "cpu"
  readonly seed: number
  readonly json: boolean
  readonly report: boolean
  readonly out: string
}

const help = `Options, with their defaults:
  --epochs 10          passes over the 60,000 training images
  --hidden 400         units in the hidden layer of encoder and decoder
  --latent 20          numbers in the latent code; 2 also draws the latent plane
  --batch 128          images in one step
  --particles 1        draws of the code for each image and step
  --decoder bernoulli  bernoulli (the tutorials' cross-entropy), gaussian (one learned scale) or binarized
  --engine auto        auto, onnx, tensorflow (after npm run native), onnx-web, wasm or cpu
  --seed 0             the same seed gives the same numbers on the same engine
  --out out/mnist      folder for the pictures
  --report             also a page of all this, report.html in that folder
  --json               one JSON object a line, for programs`

/** Reads the command line; prints what is wrong, or the help, and ends the program when there is nothing to run. */
export const flags = (args: ReadonlyArray<string>): Options => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        epochs: { type: "string", default: "10" },
        hidden: { type: "string", default: "400" },
        latent: { type: "string", default: "20" },
        batch: { type: "string", default: "128" },
        particles: { type: "string", default: "1" },
        decoder: { type: "string", default: "bernoulli" },
        engine: { type: "string", default: "auto" },
        seed: { type: "string", default: "0" },
        out: { type: "string", default: "out/mnist" },
        json: { type: "boolean", default: false },
        report: { type: "boolean", default: false },
        help: { type: "boolean", default: false }
      }
    })
    if (values.help) return quit(help, 0)
    return {
      epochs: whole("epochs", values.epochs, 1),
      hidden: whole("hidden", values.hidden, 1),
      latent: whole("latent", values.latent, 1),
      batch: whole("batch", values.batch, 1),
      particles: whole("particles", values.particles, 1),
      decoder: oneOf("decoder", values.decoder, ["bernoulli", "gaussian", "binarized"]),
      engine: oneOf("engine", values.engine, ["auto", "onnx", "tensorflow", "onnx-web", "wasm", "cpu"]),
      seed: whole("seed", values.seed, 0),
      json: values.json,
      report: values.report,
      out: values.out
    }
  } catch (error) {
    return quit(`${error instanceof Error ? error.message : error}\n\n${help}`, 2)
  }
}

const whole = (name: string, text: string, least: number): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`--${name} is '${text}'; it must be a whole number from ${least}`)
  return value
}

const oneOf = <const A extends string>(name: string, text: string, choices: ReadonlyArray<A>): A => {
  const choice = choices.find((each) => each === text)
  if (choice === undefined) throw new Error(`--${name} is '${text}'; it must be one of ${choices.join(", ")}`)
  return choice
}

const quit = (text: string, code: number): never => {
  console.log(text)
  process.exit(code)
}

export const engineOf = ({ engine }: Options) => engines[engine]

const engines = {
  auto: Engine.auto,
  onnx: Engine.onnx,
  tensorflow: Engine.tensorflow,
  "onnx-web": Engine.onnxWeb,
  wasm: Engine.eagerOn("wasm"),
  cpu: Engine.eagerOn("cpu")
} as const

/** Aborts on the first Ctrl-C, so that a fit ends after its current call and keeps what it has learned; the second ends the program at once. */
export const stopOnInterrupt = (): AbortSignal => {
  const controller = new AbortController()
  process.once("SIGINT", () => {
    process.stderr.write("\nstopping after this call; press Ctrl-C again to end at once\n")
    controller.abort()
    process.once("SIGINT", () => process.exit(130))
  })
  return controller.signal
}
