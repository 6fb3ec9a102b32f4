import * as tf from "@tensorflow/tfjs"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { InvalidOption } from "../../src/Errors.ts"
import { clipByGlobalNorm, Optimizer, Schedule } from "../../src/infer/step/Optimizer.ts"
import { normals } from "./harness.ts"

type Gradient = (step: number, parameter: ReadonlyArray<number>) => ReadonlyArray<number>

/** Runs an optimizer's tensor code as a training step does: slots begin at zero, scalars are rounded to float32. */
const runSteps = (
  optimizer: Optimizer,
  start: ReadonlyArray<number>,
  gradient: Gradient,
  steps: number
): Array<number> =>
  tf.tidy(() => {
    let parameter: tf.Tensor = tf.tensor1d([...start])
    let slots: ReadonlyArray<tf.Tensor> = optimizer.slots.map(() => tf.zerosLike(parameter))
    for (let step = 0; step < steps; step++) {
      const scalars = optimizer.scalars(step, steps)
      const g = tf.tensor1d([...gradient(step, Array.from(parameter.dataSync()))])
      const next = optimizer.update(parameter, g, slots, (name) => tf.scalar(scalars[name] ?? Number.NaN))
      parameter = next.parameter
      slots = next.slots
    }
    return Array.from(parameter.dataSync())
  })

/** Kingma and Ba (2015), algorithm 1, line by line in double precision. */
const adamOnPaper = (
  start: ReadonlyArray<number>,
  gradient: Gradient,
  steps: number,
  { alpha, beta1, beta2, epsilon }: Readonly<Record<"alpha" | "beta1" | "beta2" | "epsilon", number>>
): Array<number> => {
  const [theta, m, v] = [[...start], start.map(() => 0), start.map(() => 0)]
  for (let t = 1; t <= steps; t++) {
    const g = gradient(t - 1, theta)
    for (let i = 0; i < theta.length; i++) {
      m[i] = beta1 * (m[i] ?? 0) + (1 - beta1) * (g[i] ?? 0)
      v[i] = beta2 * (v[i] ?? 0) + (1 - beta2) * (g[i] ?? 0) ** 2
      const [mHat, vHat] = [(m[i] ?? 0) / (1 - beta1 ** t), (v[i] ?? 0) / (1 - beta2 ** t)]
      theta[i] = (theta[i] ?? 0) - (alpha * mHat) / (Math.sqrt(vHat) + epsilon)
    }
  }
  return theta
}

const wave: Gradient = (step) => [Math.sin(step + 1), 100 * Math.cos(2 * step), 1e-3 * (step - 4), 1e-7]
const start = [0.5, -2, 0, 1]
/** Ten float32 updates of numbers up to 2: each may round by 2⁻²⁴ of the number and a few 2⁻²⁴ of the update. */
const close = (found: ReadonlyArray<number>, expected: ReadonlyArray<number>): void => {
  expected.forEach((value, i) => {
    expect(Math.abs((found[i] ?? Number.NaN) - value)).toBeLessThan(40 * 2 ** -24 * (1 + Math.abs(value)))
  })
}

describe("Adam", () => {
  test.each([
    [{ alpha: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }],
    [{ alpha: 0.1, beta1: 0.5, beta2: 0.9, epsilon: 1e-3 }],
    [{ alpha: 0.05, beta1: 0, beta2: 0.99, epsilon: 1e-8 }]
  ])("follows the paper's algorithm for ten steps at %o", (settings) => {
    const { alpha, ...rest } = settings
    close(runSteps(Optimizer.adam(alpha, rest), start, wave, 10), adamOnPaper(start, wave, 10, settings))
  })

  test("follows it where the gradient depends on the parameter, and moves by its rate in the first step", () => {
    const bowl: Gradient = (_, x) => x.map((value) => 2 * (value - 3))
    const settings = { alpha: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    close(runSteps(Optimizer.adam(0.1), start, bowl, 10), adamOnPaper(start, bowl, 10, settings))
    close(
      runSteps(Optimizer.adam(0.1), start, bowl, 1),
      start.map((value) => value + 0.1)
    )
  })

  test("has the defaults of the paper", () => {
    const settings = { alpha: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    close(runSteps(Optimizer.adam(), start, wave, 10), adamOnPaper(start, wave, 10, settings))
  })

  test("stays finite and exact after many steps, and where a gradient is zero throughout", () => {
    const settings = { alpha: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    const half: Gradient = (step) => [0, Math.sin(step)]
    const [still = Number.NaN, moved = Number.NaN] = runSteps(Optimizer.adam(), [1, 1], half, 2000)
    const [, expected = Number.NaN] = adamOnPaper([1, 1], half, 2000, settings)
    expect(still).toBe(1)
    // 2,000 additions of numbers of 10⁻³ to a number near 1, each rounded by 2⁻²⁴ at most: a random walk of rounding errors
    expect(Math.abs(moved - expected)).toBeLessThan(4 * Math.sqrt(2000) * 2 ** -24)
  })

  test.each([
    ["beta1", 1],
    ["beta1", -0.1],
    ["beta2", 1],
    ["beta2", Number.NaN]
  ])("refuses %s = %d", (option, value) => {
    expect(() => Optimizer.adam(1e-3, { [option]: value })).toThrow(InvalidOption)
    expect(() => Optimizer.adam(1e-3, { [option]: value })).toThrow(`option '${option}' is ${value}`)
  })
})

describe("SGD", () => {
  const onPaper = (rate: number, momentum: number, steps: number): Array<number> => {
    const [theta, v] = [[...start], start.map(() => 0)]
    for (let t = 0; t < steps; t++) {
      wave(t, theta).forEach((g, i) => {
        v[i] = momentum * (v[i] ?? 0) + g
        theta[i] = (theta[i] ?? 0) - rate * (v[i] ?? 0)
      })
    }
    return theta
  }

  test.each([0, 0.5, 0.9])("follows v ← μv + g, θ ← θ − αv for ten steps at μ = %d", (momentum) => {
    close(runSteps(Optimizer.sgd(1e-3, { momentum }), start, wave, 10), onPaper(1e-3, momentum, 10))
  })

  test("carries nothing without momentum", () => {
    expect(Optimizer.sgd(1).slots).toEqual([])
    expect(Optimizer.sgd(1, { momentum: 0.9 }).slots).toEqual(["velocity"])
  })

  test("refuses a momentum of 1", () => {
    expect(() => Optimizer.sgd(1, { momentum: 1 })).toThrow("option 'momentum' is 1; expected a number in [0, 1)")
  })
})

describe("schedules", () => {
  test("give each optimizer its rate at each step", () => {
    const falling: Schedule = (step, steps) => 1 - step / steps
    const sgd = Optimizer.sgd(falling)
    expect([0, 5, 9].map((step) => sgd.scalars(step, 10)["rate"])).toEqual([1, 0.5, 1 - 9 / 10])
    const one: Gradient = () => [1, 1, 1, 1]
    const total = Array.from({ length: 10 }, (_, step) => 1 - step / 10).reduce((sum, rate) => sum + rate, 0)
    close(
      runSteps(sgd, start, one, 10),
      start.map((value) => value - total)
    )
    // Adam's step on a constant gradient is its rate
    close(
      runSteps(Optimizer.adam(falling, { epsilon: 0 }), start, one, 10),
      start.map((value) => value - total)
    )
  })

  test("cosine begins at the rate, ends at the final one, and is half-way in the middle", () => {
    const cosine = Schedule.cosine(0.3, 0.1)
    if (typeof cosine === "number") throw new Error("a schedule is a function")
    expect(cosine(0, 101)).toBeCloseTo(0.3, 12)
    expect(cosine(50, 101)).toBeCloseTo(0.2, 12)
    expect(cosine(100, 101)).toBeCloseTo(0.1, 12)
    expect(cosine(0, 1)).toBeCloseTo(0.3, 12)
  })

  test("exponential falls by its factor in each period", () => {
    const falling = Schedule.exponential(0.1, 0.5, 20)
    if (typeof falling === "number") throw new Error("a schedule is a function")
    expect([0, 20, 40, 10].map((step) => falling(step, 100))).toEqual(
      [0.1, 0.05, 0.025, 0.1 * Math.SQRT1_2].map((x) => expect.closeTo(x, 12))
    )
  })
})

describe("clipping by the joint norm", () => {
  const clip = (gradients: ReadonlyArray<ReadonlyArray<number>>, norm: number): Array<Array<number>> =>
    tf.tidy(() =>
      clipByGlobalNorm(
        gradients.map((gradient) => tf.tensor1d([...gradient])),
        norm
      ).map((gradient) => Array.from(gradient.dataSync()))
    )
  const normOf = (gradients: ReadonlyArray<ReadonlyArray<number>>): number =>
    Math.sqrt(gradients.flat().reduce((sum, x) => sum + x * x, 0))

  test("scales all gradients by one factor down to the norm, and leaves shorter ones alone", () => {
    const gradients = fc.array(
      fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 4 }),
      { minLength: 1, maxLength: 4 }
    )
    fc.assert(
      fc.property(gradients, fc.double({ min: 0.01, max: 100, noNaN: true }), (before, norm) => {
        const factor = Math.min(1, norm / normOf(before))
        const after = clip(before, norm).flat()
        before.flat().forEach((value, i) => {
          expect(Math.abs((after[i] ?? Number.NaN) - value * factor)).toBeLessThan(1e-5 * (Math.abs(value) + 1e-6))
        })
      }),
      { seed: 5, numRuns: 100 }
    )
  })

  test("leaves zeros zero", () => {
    expect(clip([[0, 0], [0]], 1)).toEqual([[0, 0], [0]])
  })

  test("takes the norm over all parameters together", () => {
    const values = [...normals(1, 50)]
    const clipped = clip([values.slice(0, 20), values.slice(20)], 0.1)
    expect(normOf(clipped)).toBeCloseTo(0.1, 6)
  })
})
