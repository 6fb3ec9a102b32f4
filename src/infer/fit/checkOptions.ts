import { InvalidOption } from "../../Errors.ts"

/** The check of each option of a call. An option that is not among them does not exist. */
export type Checks<O> = { readonly [K in keyof O]-?: (option: string, value: NonNullable<O[K]>) => unknown }

/** @throws InvalidOption that names the first option that does not exist, or has a value that it cannot have; undefined is as not given */
export const checkOptions = <O extends object>(options: O | undefined, checks: Checks<O>): void => {
  if (options === undefined) return
  const names = Object.keys(checks)
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const expected = `an object with some of ${names.join(", ")}, or nothing`
    throw new InvalidOption({ option: "options", value: String(options), expected })
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new InvalidOption({ option: unknown, value: "unknown", expected: `one of ${names.join(", ")}` })
  for (const name in checks) {
    const value = options[name]
    // the check decides whether a null is allowed
    if (value !== undefined) checks[name](name, value as NonNullable<O[typeof name]>)
  }
}

const shown = (value: unknown): string => (typeof value === "string" ? JSON.stringify(value) : String(value))

export const count = (option: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidOption({ option, value: shown(value), expected: "a whole number from 1" })
  return value
}

export const whole = (option: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidOption({ option, value: shown(value), expected: "a whole number from 0" })
  return value
}

export const positive = (option: string, value: number): number => {
  if (!(value > 0 && Number.isFinite(value)))
    throw new InvalidOption({ option, value: shown(value), expected: "a number above 0" })
  return value
}

export const betweenZeroAndOne = (option: string, value: number): number => {
  if (!(typeof value === "number" && value > 0 && value < 1))
    throw new InvalidOption({ option, value: shown(value), expected: "a number between 0 and 1" })
  return value
}

export const oneOf = <A extends string>(option: string, value: A, values: ReadonlyArray<A>): A => {
  if (!values.includes(value))
    throw new InvalidOption({ option, value: shown(value), expected: `one of ${values.join(", ")}` })
  return value
}

/** Options with defaults in the place of those that are not given, or given as undefined. */
export const withDefaults = <S extends object>(
  defaults: NoInfer<S>,
  options: { readonly [K in keyof NoInfer<S>]?: NoInfer<S>[K] | undefined }
): S => ({
  ...defaults,
  ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
})
