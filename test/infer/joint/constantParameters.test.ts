import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import { Beta } from "../../../src/dist/Beta.ts"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { SupportViolation } from "../../../src/Errors.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, sample } from "../../../src/model/Site.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"

const two = (...numbers: readonly [number, number]) => Tensor.of([2], tf.tensor1d([...numbers]))

/** The error of a plan, which is made before any step. */
const errorOf = (make: () => { explain: (data: never) => unknown }): unknown => {
  try {
    make().explain({ y: Tensor.of([], tf.scalar(1)) } as never)
  } catch (error) {
    return error
  }
  return undefined
}

describe("constants of a program that no parameter may be are refused before any step", () => {
  test("in the model, by site, parameter and number", () => {
    const error = errorOf(() =>
      program(function* () {
        yield* sample("z", Normal(0, two(1, -1)))
        yield* observe("y", Normal(0, 1))
      }).guide(() => ({ z: Normal(two(0, 0), 1) }))
    )
    expect(error).toBeInstanceOf(SupportViolation)
    expect(String(error)).toContain("z: Normal.scale")
    expect(String(error)).toContain("it is -1")
  })

  test("in the guide, and of what is observed", () => {
    const ofGuide = errorOf(() =>
      program(function* () {
        yield* sample("z", Gamma(1, 1))
        yield* observe("y", Normal(0, 1))
      }).guide(() => ({ z: Gamma(param.positive("a", 1), tf.scalar(0) as Tensor<readonly []>) }))
    )
    expect(String(ofGuide)).toContain("z: Gamma.rate")
    const ofData = errorOf(() =>
      program(function* () {
        yield* sample("z", Normal(0, 1))
        yield* observe("y", Beta(tf.scalar(-2) as Tensor<readonly []>, 1))
      }).guide(() => ({ z: Normal(0, 1) }))
    )
    expect(String(ofData)).toContain("y: Beta.concentration1")
  })

  test("constants that are allowed, infinite limits and parameters that are learned are not", () => {
    const made = () =>
      program(function* () {
        yield* sample("z", Normal(two(-1, 0), two(1, 2)))
        yield* observe("y", Normal(0, 1))
      }).guide(() => ({ z: Normal(two(0, 0), param.positive("s", 1)) }))
    expect(errorOf(made)).toBeUndefined()
  })
})
