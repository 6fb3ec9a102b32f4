import { formsOf } from "../../src/display.ts"
import * as latent from "../../src/index.ts"
import { answering, messageOf } from "./asking.ts"
import { type DecoderName, decoderNames, decoders } from "./decoders.ts"
import { type Digits, pixels, unpacked } from "./digits.ts"
import type { Fit, LatentCalls } from "./messages.ts"
import { type FittedVae, type Images, vaeOf } from "./models.ts"
import { runProgram } from "./runProgram.ts"

/** The worker of the page: it holds the digits and the fit, and answers the page's questions. */

/** How many digits the latent plane shows. */
const shown = 1500

const { Data, Engine } = latent

let train: Digits | undefined
let heldOut: Digits | undefined
let current: { readonly decoder: DecoderName; readonly fitted: FittedVae } | undefined

answering<LatentCalls>({
  open: (bytes) => {
    train = unpacked(bytes.train)
    heldOut = unpacked(bytes.heldOut)
    return { train: train.labels.length }
  },

  plan: (decoder) => htmlOf(vaeOf(decoder).explain()),

  train: async ({ decoder, epochs, digits, goOn }, { heard, signal }) => {
    const begun = performance.now()
    let [engine, isBound] = ["", true]
    const start = goOn && current?.decoder === decoder ? { start: current.fitted } : {}
    const fitted = await vaeOf(decoder).fitPromise(firstOf(train, digits), {
      ...{ epochs, signal, batchSize: 100, learningRate: 0.002, ...start },
      validation: firstOf(heldOut, 200),
      engine: Engine.auto,
      progress: (event) => {
        if (event._tag === "Started") {
          engine = `${event.engine}, ${event.detail}`
          isBound = event.plan.noBound.length === 0
        }
        if (event._tag !== "Step" && event._tag !== "Epoch") return
        heard({
          ...{ epoch: event.epoch, epochs: event.epochs, isBound, parts: event.terms ?? {} },
          ...(event._tag === "Epoch"
            ? { isWhole: true, loss: event.train, ...(event.test !== undefined && { heldOut: event.test }) }
            : { isWhole: false, loss: event.loss })
        })
      }
    })
    const seconds = (performance.now() - begun) / 1000
    const end = fitted.stopped ? "stopped after" : "trained for"
    const about = `${end} ${fitted.history.length} epochs in ${seconds.toFixed(1)} s on ${engine}`
    return become(decoder, fitted, about)
  },

  load: async (bytes) => {
    const reasons: Array<string> = []
    for (const decoder of decoderNames) {
      try {
        const fitted = await vaeOf(decoder).loadPromise(bytes)
        const epochs = fitted.history.length
        const loss = fitted.history.at(-1)?.train
        const end = loss === undefined ? "" : `, to a loss of ${loss.toFixed(1)} nats per digit`
        return await become(decoder, fitted, `loaded: trained for ${epochs} epochs${end}`)
      } catch (error) {
        reasons.push(`${decoders[decoder].label}: ${messageOf(error)}`)
      }
    }
    throw new Error(`This file is no fit of one of the three models. ${reasons.join(" ")}`)
  },

  diagnose: async () => {
    const told = await fit().fitted.diagnose(firstOf(heldOut, 30), { draws: 300 })
    return { verdict: told.verdict, html: htmlOf(told) }
  },

  decode: async (point) => floats(await fit().fitted.decode(Data.of([...point], [2]))),

  encode: async (image) => {
    const { fitted } = fit()
    const data = Data.ofBytes(image, [pixels])
    const { mean, scale } = await fitted.encode(data)
    const [x = 0, y = 0] = mean.values
    const [a = 0, b = 0] = scale.values
    return { mean: [x, y], sd: [a, b], reconstruction: floats(await fitted.reconstruct(data)) }
  },

  run: (code, { heard }) => runProgram(code, latent, heard)
})

const fit = () => there(current, "fit")

const there = <A>(value: A | undefined, what: string): A => {
  if (value === undefined) throw new Error(`There is no ${what} yet.`)
  return value
}

/** As many digits, or all where there are fewer. */
const firstOf = (digits: Digits | undefined, n: number): Images =>
  Data.ofBytes(there(digits, "digits").images.subarray(0, n * pixels), [pixels])

const become = async (decoder: DecoderName, fitted: FittedVae, about: string): Promise<Fit> => {
  const { mean } = await fitted.encode(firstOf(train, shown))
  current = { decoder, fitted }
  return { decoder, about, codes: floats(mean), labels: there(train, "digits").labels.slice(0, shown) }
}

/** How a value shows itself in a notebook: as tables, whose texts are escaped. */
const htmlOf = (value: unknown): string => formsOf(value)["text/html"] ?? ""

const floats = ({ values }: { readonly values: Float32Array | Uint8Array }): Float32Array => Float32Array.from(values)
