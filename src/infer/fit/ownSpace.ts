import * as tf from "@tensorflow/tfjs"
import { fromReals } from "../../dist/transform/fromReals.ts"
import { isFixed } from "../../dist/transform/Transform.ts"
import { InvalidOption } from "../../Errors.ts"
import { onCpu } from "../../engine/backend.ts"
import { sizeOf } from "../../tensor/Tensor.ts"
import type { Parameter } from "../joint/Joint.ts"
import { own } from "../joint/names.ts"
import type { Parameters } from "../joint/recordedWorld.ts"

/** Trained real numbers as the numbers for which a program asked: a scale, and not its logarithm. */
export const inOwnSpace = (asked: ReadonlyArray<Parameter>, trained: Parameters): Parameters =>
  Object.fromEntries(
    asked.map((parameter) => [
      parameter.name,
      mapped(parameter, own(trained, parameter.name) ?? new Float32Array(), "forward")
    ])
  )

/** The way back: the real numbers of which these are the images; no finite ones for numbers outside of the support. */
export const asTrained = (parameter: Parameter, values: Float32Array): Float32Array =>
  mapped(parameter, values, "inverse")

/**
 * Parameters as a caller gives them, in their own space, as the real numbers of a program.
 *
 * @throws InvalidOption for parameters that are missing, too short, or outside of their support
 */
export const fromOwnSpace = (asked: ReadonlyArray<Parameter>, given: Parameters): Parameters =>
  Object.fromEntries(
    asked.map((parameter) => {
      const { name, shape, support } = parameter
      const values = own(given, name)
      const refuse = (value: string, expected: string): never => {
        throw new InvalidOption({ option: `parameters.${name}`, value, expected })
      }
      if (values === undefined) return refuse("missing", "numbers for each parameter of the program")
      const trained = asTrained(parameter, Float32Array.from(values))
      const size = sizeOf(shape)
      if (trained.length === 0 || trained.length % size !== 0)
        return refuse(`${values.length} numbers`, `as many as the parameter has: ${size} real numbers for each row`)
      return trained.every(Number.isFinite)
        ? [name, trained]
        : refuse("outside of its support", `numbers of the support '${support}'`)
    })
  )

const mapped = (
  { name, shape, support, plate }: Parameter,
  values: Float32Array,
  direction: "forward" | "inverse"
): Float32Array => {
  const way = fromReals[support]
  if (way === undefined) throw new RangeError(`no way from real numbers to the support '${support}' of '${name}'`)
  if (isFixed(way)) return values.map(way.ofNumbers[direction])
  if (plate !== undefined) throw new RangeError(`'${name}' has rows of vectors`)
  return onCpu(() =>
    tf.tidy(() => {
      const given = direction === "forward" ? shape : way.forward(tf.zeros([...shape])).shape
      return Float32Array.from(way[direction](tf.reshape(tf.tensor1d(values), [...given])).dataSync())
    })
  )
}

/** @throws InvalidOption for a name that no parameter has, which says those that there are */
export const parameterOf = (parameters: Parameters, name: string): Float32Array => {
  const found = own(parameters, name)
  if (found !== undefined) return found
  const names = Object.keys(parameters)
  throw new InvalidOption({
    option: "parameter",
    value: `'${name}'`,
    expected:
      names.length === 0 ? "no name: nothing was learned" : `one of ${names.map((each) => `'${each}'`).join(", ")}`
  })
}
