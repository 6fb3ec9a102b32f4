import { InvalidOption } from "../../Errors.ts"
import { own } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"
import { initialParameters } from "../run/initial.ts"
import type { Prepared } from "../run/prepared.ts"
import { sized } from "../step/trainingLoop.ts"
import type { Derived } from "./derive.ts"
import { asTrained, inOwnSpace } from "./ownSpace.ts"

/** A value with parameters, in their own space: a fitted value, or that of a fit that failed. */
export interface Start {
  readonly parameters: Parameters
}

/**
 * The real numbers from which a fit is asked to begin. Parameters of the program that are not among them begin as it says.
 *
 * @throws InvalidOption for a parameter that the program does not have, and for numbers that are not as many, not finite, or outside of its support
 */
export const startingAt = ({ joint }: Derived, { sizes }: Prepared, start: Start | undefined): Parameters => {
  const rows = new Map(Object.entries(sizes))
  const known = inOwnSpace(
    joint.parameters,
    initialParameters(
      joint.parameters.map((each) => sized(each, rows)),
      0
    )
  )
  const trained = Object.entries(start?.parameters ?? {}).map(([name, values]) => {
    const parameter = joint.parameters.find((each) => each.name === name)
    const expected = own(known, name)
    const isList = ArrayBuffer.isView(values) || Array.isArray(values)
    const fits = parameter !== undefined && isList && expected?.length === values.length
    const real = fits ? asTrained(parameter, Float32Array.from(values)) : undefined
    if (real?.every(Number.isFinite) === true) return [name, real] as const
    const where = parameter === undefined || parameter.support === "real" ? "" : ` of support '${parameter.support}'`
    throw new InvalidOption({
      option: `start.parameters.${name}`,
      value: isList
        ? `${values.length} numbers${values.every(Number.isFinite) ? "" : ", not all finite"}`
        : String(values),
      expected:
        expected === undefined
          ? `one of ${Object.keys(known).join(", ") || "no parameters"}`
          : `${expected.length} finite numbers${where}`
    })
  })
  return Object.fromEntries(trained)
}
