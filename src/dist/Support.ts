/** The sets on which distributions live. */
export type Support = "real" | "positive" | "unitInterval" | "boolean" | "integer"

/** For a prior on each support, the supports that a guide may have: those inside it, and of the same kind (a density or a mass). */
export interface Accepts {
  readonly real: "real" | "positive" | "unitInterval"
  readonly positive: "positive" | "unitInterval"
  readonly unitInterval: "unitInterval"
  readonly boolean: "boolean"
  readonly integer: "integer" | "boolean"
}

/** For a likelihood on each support, the supports that data may have: those whose every value it can explain. */
export interface AcceptsData {
  readonly real: "real" | "positive" | "unitInterval" | "boolean" | "integer"
  readonly positive: "positive"
  readonly unitInterval: "unitInterval" | "boolean"
  readonly boolean: "boolean"
  readonly integer: "integer" | "boolean"
}

/** What to do with data that do not fit: stands beside the supports that do, so that the compiler prints it with them. */
export interface DataAdvice {
  readonly real: never
  readonly positive: "data above 0"
  readonly unitInterval: "data scaled to [0, 1]"
  readonly boolean: "for grey values use Data.binarize, or Bernoulli({ logits, soft: true })"
  readonly integer: "whole numbers"
}

/** The same relation as {@link Accepts}, for programs whose types were not checked. */
export const accepts: { readonly [P in Support]: ReadonlyArray<Accepts[P]> } = {
  real: ["real", "positive", "unitInterval"],
  positive: ["positive", "unitInterval"],
  unitInterval: ["unitInterval"],
  boolean: ["boolean"],
  integer: ["integer", "boolean"]
}

/** Whether a number lies in a support. */
export const contains: { readonly [P in Support]: (x: number) => boolean } = {
  real: Number.isFinite,
  positive: (x) => x > 0 && Number.isFinite(x),
  unitInterval: (x) => x >= 0 && x <= 1,
  boolean: (x) => x === 0 || x === 1,
  integer: Number.isInteger
}
