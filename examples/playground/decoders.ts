/** The decoders among which the page chooses, in words. They are made in models.ts, which only the worker loads. */
export type DecoderName = "bernoulli" | "continuousBernoulli" | "normal"

export interface Described {
  readonly label: string
  /** the likelihood as it is written in the model */
  readonly code: string
  readonly about: string
}

export const decoders: Readonly<Record<DecoderName, Described>> = {
  bernoulli: {
    label: "Bernoulli",
    code: "Bernoulli({ logits: decoder(z), soft: true })",
    about: "The tutorials' cross-entropy. Grey pixels are no booleans, so this is no density, and the plan says so."
  },
  continuousBernoulli: {
    label: "ContinuousBernoulli",
    code: "ContinuousBernoulli({ logits: decoder(z) })",
    about: "A density of grey values between 0 and 1."
  },
  normal: {
    label: "Normal",
    code: 'Normal(sigmoid(decoder(z)), param.positive("sigma", 0.3))',
    about: "Gaussian noise around each pixel, with one learned standard deviation."
  }
}

export const decoderNames: ReadonlyArray<DecoderName> = ["bernoulli", "continuousBernoulli", "normal"]
