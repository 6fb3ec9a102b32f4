/** One row of the table: a small input, what the library says now, and the right value. */
export interface Case {
  readonly id: string
  readonly input: string
  readonly run: () => Outcome | Promise<Outcome>
}

export interface Outcome {
  readonly printed: string
  readonly right: string
  readonly holds: boolean
}

/** A number that must equal another one up to a relative tolerance, which is an absolute one beside 0. */
export const equal = (printed: number, right: number, tolerance: number): Outcome => ({
  printed: short(printed),
  right: short(right),
  holds: Math.abs(printed - right) <= tolerance * (right === 0 ? 1 : Math.abs(right))
})

/** Several numbers, each of which must equal its own right value. */
export const allEqual = (pairs: ReadonlyArray<readonly [number, number]>, tolerance: number): Outcome => {
  const outcomes = pairs.map(([printed, right]) => equal(printed, right, tolerance))
  return {
    printed: outcomes.map(({ printed }) => printed).join(", "),
    right: outcomes.map(({ right }) => right).join(", "),
    holds: outcomes.every(({ holds }) => holds)
  }
}

/** An input that must be refused with a tagged error whose message satisfies `says`. */
export const refused = async (
  attempt: () => unknown,
  right: string,
  says: (message: string, tag: string) => boolean = () => true
): Promise<Outcome> => {
  try {
    await attempt()
    return { printed: "accepted", right, holds: false }
  } catch (error) {
    return {
      printed: `refused: ${firstWords(error)}`,
      right,
      holds: isTagged(error) && says(messageOf(error), error._tag)
    }
  }
}

/** Whether an error is one of the library's own, and not a raw TypeError from inside. */
export const isTagged = (error: unknown): error is Error & { readonly _tag: string } =>
  error instanceof Error && "_tag" in error && typeof error._tag === "string"

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const firstWords = (error: unknown): string => {
  const text = messageOf(error).replaceAll(/\s+/g, " ")
  return text.length > 90 ? `${text.slice(0, 87)}…` : text
}

export const short = (x: number): string =>
  Number.isFinite(x) && x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e5)
    ? x.toExponential(3)
    : String(+x.toFixed(4))
