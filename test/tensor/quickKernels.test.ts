import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { freesTensors } from "../support/freesTensors.ts"
import { compute } from "../support/onCpu.ts"
import { quickKernels } from "../support/quickKernels.ts"

freesTensors()

type Pair = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor

const pairs: Readonly<Record<string, Pair>> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  pow: (a, b) => tf.pow(tf.abs(a), b),
  atan2: tf.atan2,
  maximum: tf.maximum,
  squaredDifference: tf.squaredDifference,
  less: tf.less,
  equal: (a, b) => tf.equal(tf.round(a), tf.round(b)),
  logicalAnd: (a, b) => tf.logicalAnd(tf.greater(a, 0), tf.greater(b, 0)),
  "add of whole numbers": (a, b) => tf.add(tf.cast(a, "int32"), tf.cast(b, "int32"))
}

/** Two shapes of one full shape, each less some dimensions in front and with some others 1. */
const shapes = fc.array(fc.integer({ min: 3, max: 6 }), { minLength: 3, maxLength: 4 }).chain((full) => {
  const one = fc
    .tuple(fc.nat(full.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
    .map(([dropped, ones]) => full.map((n, axis) => (ones[axis] === true ? 1 : n)).slice(dropped))
  return fc.tuple(one, one)
})

const quickly = <A>(f: () => A): A => {
  const undo = quickKernels()
  try {
    return f()
  } finally {
    undo()
  }
}

describe("operands that are written out give the bits that tfjs's own broadcast gives", () => {
  it.each(Object.entries(pairs))("%s", (_, run) => {
    let written = 0
    fc.assert(
      fc.property(shapes, fc.nat(1e6), ([left, right], seed) => {
        const both = (): tf.Tensor =>
          run(tf.randomNormal(left, 0, 2, "float32", seed), tf.randomNormal(right, 0, 2, "float32", seed + 1))
        const expected = compute(both)
        expect(quickly(() => compute(both))).toEqual(expected)
        if (expected.values.length >= 64 && String(left) !== String(right)) written++
      }),
      { seed: 1, numRuns: 60 }
    )
    expect(written).toBeGreaterThan(5)
  })
})

it("a slice that is copied by rows is the one of tfjs", () => {
  const slices = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.nat(2), fc.nat(2)), { minLength: 1, maxLength: 4 })
    .map((axes) => axes.map(([size, from, behind]) => [from + size + behind, from, size] as const))
  let copied = 0
  fc.assert(
    fc.property(slices, fc.constantFrom("float32", "int32", "bool"), (axes, dtype) => {
      const shape = axes.map(([n]) => n)
      const part = (): tf.Tensor =>
        tf.slice(
          tf.cast(tf.range(0, tf.util.sizeFromShape(shape)).reshape(shape), dtype),
          axes.map(([, from]) => from),
          axes.map(([, , size]) => size)
        )
      const expected = compute(part)
      expect(quickly(() => compute(part))).toEqual(expected)
      if (expected.values.length >= 64) copied++
    }),
    { seed: 1, numRuns: 200 }
  )
  expect(copied).toBeGreaterThan(20)
})
