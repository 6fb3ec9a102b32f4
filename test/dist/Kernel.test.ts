import { readFileSync } from "node:fs"
import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { GaussianProcess } from "../../src/dist/GaussianProcess.ts"
import { Kernel } from "../../src/dist/Kernel.ts"
import { ShapeMismatch, SupportViolation } from "../../src/Errors.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { derivative } from "../support/finiteDifferences.ts"
import { compute, type Numbers, numbers, tensorOf, useCpu } from "../support/onCpu.ts"

useCpu()

/** float32: half a unit in the last place. */
const eps = 2 ** -24

interface Reference {
  readonly kernel: keyof typeof Kernel
  readonly parameters: Readonly<Record<string, number>>
  readonly a: Array<Array<number>>
  readonly b: Array<Array<number>>
  readonly values: ReadonlyArray<ReadonlyArray<number>>
}

/** scripts/fixtures/kernels-fixture.py */
const { kernels: references }: { readonly kernels: ReadonlyArray<Reference> } = JSON.parse(
  readFileSync(new URL("../fixtures/kernels.json", import.meta.url), "utf8")
)

type Parameters = Readonly<Record<string, number | Tensor>>

const makers: Readonly<Record<keyof typeof Kernel, (parameters: Parameters) => Kernel>> = {
  rbf: ({ lengthscale = 1, amplitude = 1 }) => Kernel.rbf({ lengthscale, amplitude }),
  matern32: ({ lengthscale = 1, amplitude = 1 }) => Kernel.matern32({ lengthscale, amplitude }),
  matern52: ({ lengthscale = 1, amplitude = 1 }) => Kernel.matern52({ lengthscale, amplitude }),
  periodic: ({ lengthscale = 1, period = 1, amplitude = 1 }) => Kernel.periodic({ lengthscale, period, amplitude }),
  linear: ({ center = 0, amplitude = 1 }) => Kernel.linear({ center, amplitude })
}

describe.each(Object.keys(makers) as ReadonlyArray<keyof typeof Kernel>)("the kernel %s", (name) => {
  const rows = references.filter(({ kernel }) => kernel === name)

  it("has the covariances that NumPy and mpmath give", () => {
    expect(rows.length).toBeGreaterThan(2)
    for (const { parameters, a, b, values } of rows) {
      const found = compute(() => makers[name](parameters)(tf.tensor2d(a), tf.tensor2d(b)))
      expect(found.shape).toEqual([3, 2])
      values.flat().forEach((value, i) => {
        // an exponent inherits the rounding of its argument, up to 100 here; a distance of 0 is 1e-6
        const allowed = eps * (32 * Math.abs(value) + 100 * (parameters["amplitude"] ?? 1) ** 2)
        expect(Math.abs((found.values[i] ?? Number.NaN) - value), JSON.stringify(parameters)).toBeLessThan(allowed)
      })
    }
  })

  it("has the gradients by its parameters and points that finite differences give, also where points coincide", () => {
    for (const { parameters, a, b } of rows) {
      const names = Object.keys(parameters)
      const f = (operands: ReadonlyArray<tf.Tensor>): tf.Tensor => {
        const given = Object.fromEntries(names.map((each, i) => [each, Tensor.of([], operands[i] as tf.Tensor)]))
        return makers[name](given)(operands.at(-2) as tf.Tensor, operands.at(-1) as tf.Tensor)
      }
      const operands: Array<Numbers> = []
      tf.tidy(() => {
        operands.push(...names.map((each) => numbers(tf.scalar(parameters[each] ?? 1))))
        operands.push(numbers(tf.tensor2d(a)), numbers(tf.tensor2d(b)))
      })
      const gradients = tf.tidy(() =>
        tf
          .grads((...xs: Array<tf.Tensor>) => tf.sum(f(xs)))(operands.map(tensorOf))
          .map((gradient) => [...gradient.dataSync()])
      )
      const run = (given: ReadonlyArray<Numbers>): Numbers => compute(() => f(given.map(tensorOf)))
      const weights = new Float32Array(6).fill(1)
      gradients.forEach((gradient, i) => {
        gradient.forEach((value, at) => {
          const { value: exact, error } = derivative(run, operands, i, at, weights, 8 * eps)
          const what = `${name} ${JSON.stringify(parameters)}, operand ${i}, number ${at}`
          expect(Math.abs(value - exact), what).toBeLessThan(4 * error + 64 * eps * (1 + Math.abs(value)) + kink(name))
        })
      })
    }
  })

  it("refuses an amplitude that is not above 0, by name", () => {
    expect(() => makers[name]({ amplitude: 0 })).toThrow(SupportViolation)
    expect(() => makers[name]({ amplitude: -1 })).toThrow(`Kernel.${name}.amplitude`)
  })
})

/** At a distance of 0 the third derivative of a Matérn 3/2 covariance jumps, of which the error of a finite difference is no estimate. */
const kink = (name: keyof typeof Kernel): number => (name === "matern32" ? 0.05 : 0)

describe("a Gaussian process", () => {
  it("takes sums of kernels and points of several dimensions", () => {
    const covariance = compute(() => {
      const points = Tensor.of(
        [2, 2],
        tf.tensor2d([
          [0, 1],
          [1, 1]
        ])
      )
      const [smooth, trend] = [Kernel.rbf({ lengthscale: 1 }), Kernel.linear({ amplitude: 2 })]
      return GaussianProcess(points, (a, b) => tf.add(smooth(a, b), trend(a, b)), 0.5).variance()
    })
    expect([...covariance.values].map((x) => Math.round(x * 1e4) / 1e4)).toEqual([1 + 4 + 0.25, 1 + 8 + 0.25])
  })

  it("refuses points that are no vector and no matrix, and a mean of another number of values", () => {
    tf.tidy(() => {
      const points = Tensor.of([3], tf.tensor1d([0, 1, 2]))
      const kernel = Kernel.rbf({ lengthscale: 1 })
      const cube = Tensor.of([1, 1, 1], tf.ones([1, 1, 1])) as Tensor as Tensor<readonly [number]>
      expect(() => GaussianProcess(cube, kernel, 1)).toThrow(ShapeMismatch)
      expect(() => GaussianProcess(points, kernel, 1, Tensor.of([2], tf.zeros([2])))).toThrow(ShapeMismatch)
      expect(() => GaussianProcess(points, kernel, 0)).toThrow(SupportViolation)
    })
  })
})
