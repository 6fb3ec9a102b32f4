import { ShapeMismatch, SupportViolation } from "../Errors.ts"
import { type Param, type Shape, sameShape } from "../tensor/Tensor.ts"

import { mustBeParameter, shown } from "./arguments.ts"
import { contains, isSupport, type Support, wordsOf } from "./Support.ts"

/** The constraint on a parameter: a support, or `probability`, strictly between 0 and 1, or `extendedReal`, a number that may be infinite. */
export type Constraint = Support | "probability" | "extendedReal"

/** The constraint of each parameter of a family, by its name. */
export type Constraints = Readonly<Record<string, Constraint>>

/**
 * The common shape of a family's parameters. Each number is checked against its constraint. A tensor's numbers are not known yet: a bad one shows as
 * a loss that is not finite. A family with several parameterisations gets only the parameters of the one that was given; `namedParameters` has
 * checked that there is one.
 *
 * @throws ShapeMismatch when two of them differ in shape and neither is a scalar; SupportViolation when a number violates its constraint;
 *   InvalidOption when one is missing, or neither a number nor a tensor
 */
export const shapeOfParameters = <C extends Constraints>(
  family: string,
  constraints: C,
  parameters: { readonly [K in keyof C]?: Param | undefined }
): Shape => {
  for (const [name, constraint] of Object.entries(constraints)) {
    if (!(name in parameters)) continue
    const value: Param | undefined = parameters[name]
    if (value === undefined && givenOtherwise(name, parameters)) continue
    mustBeParameter(`${family}.${name}`, value)
    if (typeof value === "number") check(`${family}.${name}`, constraint, value)
  }
  const given = Object.values<Param | undefined>(parameters).filter((each) => each !== undefined)
  return jointShape(
    family,
    given.map((each) => (typeof each === "number" ? [] : each.shape))
  )
}

/** Groups of parameter names that are alternatives: each name of a group gives the same parameter in another form. */
const alternatives: ReadonlyArray<ReadonlyArray<string>> = [
  ["logits", "probs", "mean"],
  ["rate", "logRate"]
]

const givenOtherwise = (name: string, parameters: Readonly<Record<string, Param | undefined>>): boolean =>
  alternatives.some((names) => names.includes(name) && names.some((other) => parameters[other] !== undefined))

/**
 * Checks a count, such as a number of trials.
 *
 * @throws SupportViolation when it is not a whole number from `least` on
 */
export const checkCount = (where: string, value: number, least: number): void => {
  if (Number.isInteger(value) && value >= least) return
  throw new SupportViolation({
    site: where,
    support: "natural",
    actual: `it is ${shown(value)}`,
    advice: `Give a whole number from ${least}.`
  })
}

/** Checks one number. */
export const check = (where: string, constraint: Constraint, value: number): void => {
  if (satisfies[constraint](value)) return
  throw new SupportViolation({
    site: where,
    support: constraint,
    actual: `it is ${value}`,
    advice: `Give ${wordsFor(constraint) ?? `a number of the support '${constraint}'`}.`
  })
}

const satisfies: Readonly<Record<Constraint, (value: number) => boolean>> = {
  ...contains,
  probability: (value) => value > 0 && value < 1,
  extendedReal: (value) => !Number.isNaN(value)
}

const wordsFor = (constraint: Constraint): string | undefined =>
  isSupport(constraint) ? wordsOf(constraint) : wordsOfOthers[constraint]

const wordsOfOthers: Readonly<Record<Exclude<Constraint, Support>, string>> = {
  extendedReal: "a number, which may be infinite",
  probability: "a number strictly between 0 and 1"
}

/**
 * The one shape among those that are not scalar. Different shapes are refused, because they would broadcast to a shape that nobody asked for.
 *
 * @throws ShapeMismatch when there are several
 */
export const jointShape = (family: string, shapes: ReadonlyArray<Shape>): Shape => {
  const [first = [], ...others] = shapes.filter(({ length }) => length > 0)
  const other = others.find((shape) => !sameShape(shape, first))
  if (other === undefined) return first
  throw new ShapeMismatch({
    site: undefined,
    where: family,
    expected: first,
    actual: other,
    advice: "Parameters have one shape, or are scalars."
  })
}
