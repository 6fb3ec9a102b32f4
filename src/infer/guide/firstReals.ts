import * as tf from "@tensorflow/tfjs"
import { holds } from "../../dist/Support.ts"
import type { Transform } from "../../dist/transform/Transform.ts"
import { InvalidOption, ShapeMismatch, SupportViolation } from "../../Errors.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import { own } from "../joint/names.ts"
import type { SurveyedSite } from "./survey.ts"

/** First values of sites, by name; those in a plate by the plate's name, the same for each row. */
export interface AnyInit {
  readonly [name: string]: Entry | undefined
}
type Given = number | ReadonlyArray<number> | Float32Array | Float64Array | tf.Tensor
type Entry = Given | AnyInit

const isGiven = (entry: Entry): entry is Given =>
  typeof entry === "number" || Array.isArray(entry) || ArrayBuffer.isView(entry) || entry instanceof tf.Tensor

/** Whether there is a first value of the site at that path: its plates, and its name. */
export const isFirstGiven = (init: AnyInit, path: ReadonlyArray<string>): boolean => find(init, path) !== undefined

/** @throws InvalidOption for an entry that is no site which is guided automatically */
export const mustBeKnown = (init: AnyInit, sites: ReadonlyArray<SurveyedSite>): void => {
  const known = new Set(sites.map(({ name, plates }) => [...plates, name].join("\0")))
  const visit = (entries: AnyInit, path: ReadonlyArray<string>): void => {
    for (const [name, entry] of Object.entries(entries)) {
      if (entry === undefined) continue
      if (typeof entry !== "number" && (typeof entry !== "object" || entry === null))
        throw new InvalidOption({
          option: ["init", ...path, name].join("."),
          value: JSON.stringify(entry) ?? typeof entry,
          expected: "a number, a list of numbers or a tensor; for a plate, a record of these"
        })
      if (!isGiven(entry)) visit(entry, [...path, name])
      else if (!known.has([...path, name].join("\0")))
        throw new InvalidOption({
          option: ["init", ...path, name].join("."),
          value: "a first value of no such site",
          expected: `entries for ${sites.map((site) => [...site.plates, site.name].join(".")).join(", ")}`
        })
    }
  }
  visit(init, [])
}

/**
 * The real numbers of a first value that the user gave; undefined where none was given.
 *
 * @throws ShapeMismatch, SupportViolation
 */
export const firstReals = (site: SurveyedSite, way: Transform, init: AnyInit): ReadonlyArray<number> | undefined => {
  const { name, plates, shape, support } = site
  const given = find(init, [...plates, name])
  if (given === undefined) return undefined
  const values = valuesOf(given, sizeOf(shape))
  if (values.length !== sizeOf(shape))
    throw new ShapeMismatch({
      site: name,
      where: "init",
      expected: shape,
      actual: given instanceof tf.Tensor ? given.shape : [values.length]
    })
  const [reals, logDet] = way.inverseAndLogDet(tf.tensor(values, [...shape]))
  const isInside = holds(support, values, shape) && [...reals.dataSync(), ...logDet.dataSync()].every(Number.isFinite)
  if (isInside) return Array.from(reals.dataSync())
  throw new SupportViolation({
    site: name,
    support,
    actual: `its first value in 'init' is ${values.length > 4 ? `${values.slice(0, 4)}, …` : values}`,
    advice: "Give a value inside of the support, and not at its end."
  })
}

const find = (init: AnyInit, path: ReadonlyArray<string>): Given | undefined => {
  const [first = "", ...rest] = path
  const entry = own(init, first)
  if (entry === undefined) return undefined
  return isGiven(entry) ? (rest.length === 0 ? entry : undefined) : find(entry, rest)
}

/** A single number is repeated. */
const valuesOf = (given: Given, size: number): ReadonlyArray<number> => {
  if (typeof given === "number") return Array.from({ length: size }, () => given)
  return Array.from(given instanceof tf.Tensor ? given.dataSync() : given)
}
