import type { Call } from "./asking.ts"
import type { DecoderName } from "./decoders.ts"

/** What the page asks of the worker that holds the library. */
export interface LatentCalls {
  /** the digits as they came from the server */
  readonly open: Call<{ readonly train: Uint8Array; readonly heldOut: Uint8Array }, { readonly train: number }>
  /** the plan as HTML */
  readonly plan: Call<DecoderName, string>
  readonly train: Call<TrainOrder, Fit, Progressed>
  /** the bytes of a file that `save` has written */
  readonly load: Call<Uint8Array, Fit>
  readonly diagnose: Call<undefined, { readonly verdict: string; readonly html: string }>
  /** 784 grey values in [0, 1] at a point of the latent plane */
  readonly decode: Call<Point, Float32Array>
  /** of an image of 784 bytes */
  readonly encode: Call<Uint8Array, Posterior>
  /** a program as JavaScript; it tells what it prints */
  readonly run: Call<string, undefined, string>
}

/** What the page asks of the worker that holds the compiler. */
export interface LanguageCalls {
  /** the declarations as they came from the server */
  readonly open: Call<Uint8Array, undefined>
  readonly check: Call<string, Checked>
}

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

/** Where a training run is: its loss in nats per digit and the parts of it, of a whole epoch or of one so far. */
export interface Progressed {
  readonly epoch: number
  readonly epochs: number
  readonly isWhole: boolean
  /** whether the loss is −ELBO, or no bound on log p(x) */
  readonly isBound: boolean
  readonly loss: number
  readonly heldOut?: number
  /** by site: −log p of `x`, the KL of `z` */
  readonly parts: Readonly<Record<string, number>>
}

/** A program that was compiled. */
export interface Checked {
  readonly problems: ReadonlyArray<Problem>
  /** as JavaScript, where there is no problem */
  readonly code: string
}

/** An error of the compiler, at some characters of the program. */
export interface Problem {
  readonly from: number
  readonly to: number
  readonly line: number
  readonly message: string
}
