import * as tf from "@tensorflow/tfjs"
import { InvalidOption } from "../Errors.ts"
import { wayToRead } from "../tensor/ops/Operand.ts"
import type { Tensor } from "../tensor/Tensor.ts"
import { contains, isSupport } from "./Support.ts"

/* Checks of constructors' arguments, for programs whose types were not checked. Each refuses a bad argument in words, before anything is computed from it. */

/** The names that an object of parameters may have. */
interface Names {
  /** exactly one of these is given */
  readonly oneOf?: ReadonlyArray<string>
  /** all of these are given */
  readonly all?: ReadonlyArray<string>
  /** these may be given */
  readonly also?: ReadonlyArray<string>
}

/**
 * The parameters that a family takes by name, such as `{ probs }`. They are checked before one of them is read, for programs whose types were not
 * checked.
 *
 * @throws InvalidOption when they are no such object, one is missing or unknown, or two are alternatives of each other
 */
export const namedParameters = <P extends object>(family: string, given: P, names: Names): P => {
  const { oneOf = [], all = [], also = [] } = names
  const [first] = oneOf
  const apart = first !== undefined ? oneOf : all.length === 0 ? also : []
  const ways = apart.length === 0 ? [[]] : apart.map((name) => [name])
  const expected = ways.map((way) => `{ ${[...all, ...way].join(", ")} }`).join(" or ")
  if (typeof given !== "object" || given === null || isTensor(given) || Array.isArray(given))
    throw new InvalidOption({ option: family, value: shown(given), expected: `its parameters by name, as ${expected}` })
  const present = Object.keys(given).filter((name) => Reflect.get(given, name) !== undefined)
  const unknown = present.find((name) => ![...oneOf, ...all, ...also].includes(name))
  if (unknown !== undefined)
    throw new InvalidOption({
      option: `${family}.${unknown}`,
      value: shown(Reflect.get(given, unknown)),
      expected: `no parameter of this name, but ${expected}`
    })
  const missing = all.find((name) => !present.includes(name))
  const chosen = oneOf.filter((name) => present.includes(name))
  if (missing !== undefined || (first !== undefined && chosen.length !== 1))
    throw new InvalidOption({
      option: family,
      value: `given ${present.length === 0 ? "no parameters" : present.join(" and ")}`,
      expected: chosen.length > 1 ? `one of them, ${expected}` : expected
    })
  return given
}

/** Whether something is a tensor. A recorded tensor counts: it has no numbers, but all other properties. */
export const isTensor = (value: unknown): value is Tensor => value instanceof tf.Tensor

/**
 * Refuses anything that is neither a number nor a tensor of numbers.
 *
 * @throws InvalidOption
 */
export const mustBeParameter = (where: string, value: unknown): void => {
  if (typeof value === "number" || (isTensor(value) && value.dtype !== "string" && value.dtype !== "complex64")) return
  const numbers = Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "number")
  const example = numbers
    ? `Tensor.of([${value.length}], tf.tensor(${shown(value)}))`
    : "Tensor.of([2], tf.tensor([0, 1]))"
  const advice = wayToRead(value) ?? (isObject(value) ? "parameters come one after the other here, not by name" : "")
  throw new InvalidOption({
    option: where,
    value: value === undefined ? "missing" : shown(value),
    expected: `a number, or a tensor such as ${example}${advice === "" ? "" : `: ${advice}`}`
  })
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * Refuses anything that is no tensor, also a plain number.
 *
 * @throws InvalidOption
 */
export const mustBeTensor = (where: string, value: unknown): void => {
  mustBeParameter(where, value)
  if (isTensor(value)) return
  throw new InvalidOption({
    option: where,
    value: shown(value),
    expected: "a tensor, such as Tensor.of([2], tf.tensor([0, 1]))"
  })
}

/**
 * Refuses anything that is no name of a support.
 *
 * @throws InvalidOption
 */
export const mustBeSupport = (where: string, value: unknown): void => {
  if (typeof value === "string" && isSupport(value)) return
  const names = Object.keys(contains).join(", ")
  throw new InvalidOption({ option: where, value: shown(value), expected: `the name of a support: ${names}` })
}

/**
 * Refuses anything that is no shape.
 *
 * @throws InvalidOption
 */
export const mustBeShape = (where: string, value: unknown): void => {
  if (Array.isArray(value) && value.every((n) => Number.isInteger(n) && n > 0)) return
  throw new InvalidOption({ option: where, value: shown(value), expected: "a shape, such as [] or [3, 2]" })
}

/**
 * Refuses anything that is no distribution.
 *
 * @throws InvalidOption
 */
export const mustBeDist = (where: string, value: unknown): void => {
  if (typeof value === "object" && value !== null && "family" in value && "logDensity" in value) return
  throw new InvalidOption({ option: where, value: shown(value), expected: "a distribution, such as Normal(0, 1)" })
}

/**
 * Refuses anything that is no object with named parts.
 *
 * @throws InvalidOption
 */
export const mustBeObject = (where: string, value: unknown): void => {
  if (isObject(value) && !isTensor(value)) return
  throw new InvalidOption({ option: where, value: shown(value), expected: "an object of distributions by name" })
}

/**
 * Refuses anything that is no transform.
 *
 * @throws InvalidOption
 */
export const mustBeTransform = (where: string, value: unknown): void => {
  if (typeof value === "object" && value !== null && "forwardAndLogDet" in value) return
  throw new InvalidOption({ option: where, value: shown(value), expected: "a transform, such as Transform.exp" })
}

/** A value in a few words. */
export const shown = (value: unknown): string => {
  if (isTensor(value))
    return `a tensor of ${value.dtype === "float32" ? "" : `${value.dtype} and of `}shape [${value.shape.join(", ")}]`
  if (Array.isArray(value))
    return value.length > 6 ? `an array of ${value.length}` : `[${value.map((each) => shown(each)).join(", ")}]`
  if (typeof value === "function") return "a function"
  if (wayToRead(value) !== undefined) return "a value with holes"
  if (typeof value === "object" && value !== null) {
    if ("family" in value) return `the distribution ${String(value.family)}`
    const names = Object.keys(value)
    return names.length > 6 ? "an object" : `{ ${names.join(", ")} }`
  }
  return typeof value === "string" ? `'${value}'` : String(value)
}
