import type { DecoderName } from "./decoders.ts"

/** What the page asks of its worker, by name. */
export interface Questions {
  /** the digits as they came from the server */
  readonly open: { readonly train: Uint8Array; readonly heldOut: Uint8Array }
  readonly plan: DecoderName
  readonly train: TrainOrder
  readonly load: Uint8Array
  readonly diagnose: undefined
  /** a point of the latent plane */
  readonly decode: Point
  /** an image of 784 bytes */
  readonly encode: Uint8Array
}

/** What the worker answers to each. */
export interface Answers {
  readonly open: { readonly train: number; readonly heldOut: number }
  /** as HTML */
  readonly plan: string
  readonly train: Fit
  readonly load: Fit
  readonly diagnose: { readonly verdict: string; readonly html: string }
  /** 784 grey values in [0, 1] */
  readonly decode: Float32Array
  readonly encode: Posterior
}

export type Name = keyof Questions
export type Point = readonly [number, number]

export interface TrainOrder {
  readonly decoder: DecoderName
  readonly epochs: number
  readonly digits: number
  /** whether to begin from the parameters of the fit that is there */
  readonly goOn: boolean
}

/** The fit that the worker now has. */
export interface Fit {
  readonly decoder: DecoderName
  /** what was done, in words */
  readonly about: string
  /** means of q(z | x) of some digits, two numbers each, and their labels */
  readonly codes: Float32Array
  readonly labels: Uint8Array
}

/** q(z | x) of an image, and the mean of x at its mean. */
export interface Posterior {
  readonly mean: Point
  readonly sd: Point
  readonly reconstruction: Float32Array
}

/** Where a training run is: −ELBO in nats per digit and its parts, of a whole epoch or of one so far. */
export interface Progressed {
  readonly epoch: number
  readonly epochs: number
  readonly isWhole: boolean
  readonly loss: number
  readonly heldOut?: number
  /** by site: −log p of `x`, the KL of `z` */
  readonly parts: Readonly<Record<string, number>>
}

export type Reply<K extends Name> =
  | { readonly _tag: "progress"; readonly progress: Progressed }
  | { readonly _tag: "answer"; readonly answer: Answers[K] }
  | { readonly _tag: "failure"; readonly message: string }

export interface Asked<K extends Name> {
  readonly name: K
  readonly question: Questions[K]
}

/** A question under way. */
export interface Answering<K extends Name> {
  readonly answer: Promise<Answers[K]>
  /** asks to end early with what there is; only training does */
  readonly stop: () => void
}

export type Ask = <K extends Name>(
  name: K,
  question: Questions[K],
  heard?: (progress: Progressed) => void
) => Answering<K>

/** Questions to a worker, each with a channel of its own for its replies. */
export const asking =
  (worker: Worker): Ask =>
  <K extends Name>(name: K, question: Questions[K], heard?: (progress: Progressed) => void): Answering<K> => {
    const { port1: mine, port2: its } = new MessageChannel()
    const answer = new Promise<Answers[K]>((resolve, reject) => {
      mine.onmessage = ({ data }: MessageEvent<Reply<K>>) => {
        if (data._tag === "progress") return heard?.(data.progress)
        mine.close()
        if (data._tag === "answer") resolve(data.answer)
        else reject(new Error(data.message))
      }
    })
    const asked: Asked<K> = { name, question }
    worker.postMessage(asked, [its])
    return { answer, stop: () => mine.postMessage("stop") }
  }
