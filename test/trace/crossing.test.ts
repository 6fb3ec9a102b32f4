import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { type Interval, interval, positives, reals } from "../../src/tensor/Interval.ts"
import { densityInside, insideOf } from "../../src/tensor/special/insideOf.ts"
import { logSumExp } from "../../src/tensor/special/logSumExp.ts"
import { record } from "../../src/trace/record.ts"
import { jumpsFrom } from "../support/jumpsFrom.ts"

/** The ops between z and f(z, w) that jump or may, for a z in a range; w is a finite number that does not move with z. */
const jumps = (f: (z: tf.Tensor, w: tf.Tensor) => tf.Tensor, z: Interval = reals, w: Interval = reals) =>
  jumpsFrom(
    record(({ input }) => ({ y: f(input("z", [2]), input("w", [2])) })),
    "z",
    { z, w }
  )

describe("a pole that the range of a draw does not exclude may jump", () => {
  it.each<readonly [string, (z: tf.Tensor, w: tf.Tensor) => tf.Tensor, ReadonlyArray<string>]>([
    ["tanh(1/z)", (z) => tf.tanh(tf.reciprocal(z)), ["'reciprocal' (its input may be 0) mayJump"]],
    ["1/z", (z) => tf.div(1, z), ["'realDiv' (its denominator may be 0) mayJump"]],
    ["w/z²", (z, w) => tf.div(w, tf.square(z)), ["'realDiv' (its denominator may be 0) mayJump"]],
    ["z^-1", (z) => tf.pow(z, -1), ["'pow' (its base may be 0 where its exponent is not above 0) mayJump"]],
    ["z^w", (z, w) => tf.pow(z, w), ["'pow' (its base may be 0 where its exponent is not above 0) mayJump"]],
    ["tan z", (z) => tf.tan(z), ["'tan' (its input may be an odd multiple of π/2) mayJump"]],
    ["log |z|", (z) => tf.log(tf.abs(z)), ["'log' (its input may be 0) mayJump"]],
    ["1/√(z·z)", (z) => tf.rsqrt(tf.mul(z, z)), ["'rsqrt' (its input may be 0) mayJump"]],
    [
      "atan2(z, w)",
      (z, w) => tf.atan2(z, w),
      ["'atan2' (its inputs may cross the half line on which it jumps by 2π) mayJump"]
    ],
    [
      "atan2(0, z)",
      (z) => tf.atan2(tf.zeros([2]), z),
      ["'atan2' (its inputs may cross the half line on which it jumps by 2π) mayJump"]
    ]
  ])("%s", (_, f, expected) => {
    expect(jumps(f)).toEqual(expected)
  })
})

describe("what surely jumps does", () => {
  it.each<readonly [string, (z: tf.Tensor, w: tf.Tensor) => tf.Tensor, ReadonlyArray<string>]>([
    ["atan2(z, −1)", (z) => tf.atan2(z, tf.fill([2], -1)), ["'atan2' jumps"]],
    ["sign z", (z) => tf.sign(z), ["'sign' jumps"]],
    ["⌊z⌋", (z) => tf.floor(z), ["'floor' jumps"]],
    ["z mod 2", (z) => tf.mod(z, 2), ["'mod' jumps"]],
    ["z > w", (z, w) => tf.cast(tf.greater(z, w), "float32"), ["'greater' jumps"]],
    ["√z > −1, where √z may be NaN", (z) => tf.cast(tf.greater(tf.sqrt(z), -1), "float32"), ["'greater' jumps"]],
    ["the integer next to z", (z) => tf.cast(tf.cast(z, "int32"), "float32"), ["'cast to int32' jumps"]],
    ["a number chosen by z", (z, w) => tf.gather(w, tf.argMax(z)), ["'argMax' jumps"]],
    ["one of two numbers", (z, w) => tf.where(tf.less(z, w), tf.square(z), w), ["'less' jumps"]]
  ])("%s", (_, f, expected) => {
    expect(jumps(f)).toEqual(expected)
  })
})

describe("ranges exclude a jump", () => {
  it.each<readonly [string, Interval, (z: tf.Tensor, w: tf.Tensor) => tf.Tensor]>([
    ["1/z above 0", positives, (z) => tf.tanh(tf.reciprocal(z))],
    ["1/eᶻ", reals, (z) => tf.div(1, tf.exp(z))],
    ["w/(1 + z²)", reals, (z, w) => tf.div(w, tf.add(1, tf.square(z)))],
    ["w/(1 + z·z)", reals, (z, w) => tf.div(w, tf.add(1, tf.mul(z, z)))],
    ["z/w, which is linear in z", reals, (z, w) => tf.div(z, w)],
    ["z³", reals, (z) => tf.pow(z, 3)],
    ["√z above 0", positives, (z) => tf.pow(z, 0.5)],
    ["log softplus z", reals, (z) => tf.log(tf.softplus(z))],
    ["log(1 − sigmoid z)", reals, (z) => tf.log(tf.sub(1, tf.sigmoid(z)))],
    ["log Σ exp z", reals, (z) => tf.log(tf.sum(tf.exp(z)))],
    ["atan2(w, eᶻ)", reals, (z, w) => tf.atan2(w, tf.exp(z))],
    ["atan2(z, 1)", reals, (z) => tf.atan2(z, tf.ones([2]))],
    ["atan2(z, w) above 0", positives, (z, w) => tf.atan2(z, w)],
    ["tan z between two poles", interval(-1.5, 1.5), (z) => tf.tan(z)],
    ["⌊sigmoid z⌋", reals, (z) => tf.floor(tf.sigmoid(z))],
    ["sign eᶻ", reals, (z) => tf.sign(tf.exp(z))],
    ["z mod 2 in (0, 1)", interval(0, 1, "()"), (z) => tf.mod(z, 2)],
    ["eᶻ > 0", reals, (z) => tf.cast(tf.greater(tf.exp(z), 0), "float32")],
    ["one of two by what does not move", reals, (z, w) => tf.where(tf.less(w, 0), tf.square(z), z)],
    ["one of two by a test that is always true", positives, (z, w) => tf.where(tf.greater(z, 0), tf.square(z), w)]
  ])("%s", (_, z, f) => {
    expect(jumps(f, z)).toEqual([])
  })
})

describe.each<readonly [string, (z: tf.Tensor) => tf.Tensor]>([
  ["a mask", (z) => insideOf(z, 0, Number.POSITIVE_INFINITY)],
  ["a density", (z) => densityInside(tf.neg(z), z, 0, Number.POSITIVE_INFINITY, { finite: true })],
  ["a masked density", (z) => densityInside(tf.neg(z), insideOf(z, 0, Number.POSITIVE_INFINITY), 0, 0)]
])("the end of %s", (_, half) => {
  it("counts where its −∞ becomes finite again and the draw gets there", () => {
    const mixed = (z: tf.Tensor): tf.Tensor => logSumExp(tf.stack([half(z), tf.neg(tf.square(z))]), 0)
    expect(jumps(mixed)).toEqual(["an end of a density in a mixture jumps"])
    expect(jumps(mixed, positives)).toEqual([])
  })

  it("does not where the loss is infinite beyond it", () => {
    expect(jumps((z) => tf.sum(tf.sub(half(z), tf.square(z))))).toEqual([])
  })

  it("does not for a function of the draw that stays inside", () => {
    expect(jumps((z) => logSumExp(tf.stack([half(tf.exp(z)), z]), 0))).toEqual([])
  })
})
