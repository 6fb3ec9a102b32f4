import * as tf from "@tensorflow/tfjs"
import { beforeAll, expect, it } from "vitest"
import type { Dist } from "../../../src/dist/Dist.ts"
import { contains, kindOf } from "../../../src/dist/Support.ts"
import { Key } from "../../../src/tensor/random.ts"
import { sizeOf, Tensor } from "../../../src/tensor/Tensor.ts"
import { registerGradients } from "../../../src/trace/gradients.ts"
import { around, derivative, estimate } from "../../support/finiteDifferences.ts"
import { mean, standardError } from "../../support/goodnessOfFit.ts"
import { type Numbers, numbers, stack, tensorOf, unstack } from "../../support/onCpu.ts"
import { z } from "./chance.ts"
import { describeSetting, eps, formsOf, stackOf, termsAt, tidied } from "./evaluate.ts"
import type { Reference } from "./fixture.ts"
import { flat, freeNames, given, leaves, type Point, type Row, type Setting, shapeOf, someSettings } from "./Row.ts"
import { drawCount, quadratureOf, type Workings } from "./Workings.ts"

/** What holds of gradients: that they are those of the functions, and that each claimed estimator estimates the right one. */
export const gradientLaws = <P extends Setting>(
  row: Row<P>,
  references: ReadonlyArray<Reference<P>>,
  workings: Workings<P>
): void => {
  // the rules by which programs are differentiated, of which some of tfjs's own do not broadcast
  beforeAll(registerGradients)

  // a family of nothing but whole numbers has no gradients
  if (someSettings(row, 1).every((setting) => freeNames(row, setting).length === 0)) return

  it("gives every parameter, and the value, the gradient of logProb that finite differences give", () => {
    for (const setting of someSettings(row, 4)) {
      const xs = smoothPoints(row, setting)
      const accuracy = 8 * eps * Math.max(...xs.map((x) => termsAt(row, setting, x)))
      const byValue = tidied(() => {
        const dist = makeOf(row, setting, leaves(row, setting))
        return dist.eventRank === 0 && kindOf[dist.support] === "density"
      })
      const names = [...freeNames(row, setting), ...(byValue ? ["value"] : [])]
      const f: AtPoints = (operands, x) => makeOf(row, setting, named(row, setting, operands)).logDensity(x)
      const operands = tidied(() => Object.values(leaves(row, setting)).map(numbers))
      agree(names, atPoints(row, f, operands, xs, byValue), accuracy, describeSetting(setting))
    }
  })

  it("gives every parameter, and the value, the gradients of both tails that finite differences give", () => {
    for (const setting of someSettings(row, 2)) {
      const has = tidied(() => "logCdf" in makeOf(row, setting, leaves(row, setting)))
      if (!has) return
      const xs = smoothPoints(row, setting)
      const size = Math.max(...xs.map((x) => row.sizes?.cdf?.(Number(x), setting) ?? termsAt(row, setting, x)))
      const smooth = tidied(() => kindOf[makeOf(row, setting, leaves(row, setting)).support] === "density")
      const names = [...freeNames(row, setting), ...(smooth ? ["value"] : [])]
      const f: AtPoints = (operands, x) => {
        const dist = makeOf(row, setting, named(row, setting, operands)).iid(xs.length)
        const { logCdf, logSurvival } = formsOf(dist)
        return tf.concat(
          [logCdf, logSurvival].flatMap((form) => (form === undefined ? [] : [tf.maximum(form(x), -1000)]))
        )
      }
      const operands = tidied(() => Object.values(leaves(row, setting)).map(numbers))
      agree(names, atPoints(row, f, operands, xs, smooth), 8 * eps * size, describeSetting(setting))
    }
  })

  it("gives every parameter the gradient of a reparameterized draw that finite differences give", () => {
    for (const setting of someSettings(row, 4)) {
      const claimed = tidied(() => makeOf(row, setting, leaves(row, setting)).gradients.includes("reparameterized"))
      if (!claimed) continue
      const f = (operands: ReadonlyArray<tf.Tensor>): tf.Tensor =>
        makeOf(row, setting, named(row, setting, operands))
          .iid(6)
          .sample(Key.of(11))
      const operands = tidied(() => Object.values(leaves(row, setting)).map(numbers))
      const each: Judged["each"] = (sets) => sets.map((set) => tidied(() => numbers(f(set.map(tensorOf)))))
      agree(freeNames(row, setting), { f, operands, each }, 16 * eps, describeSetting(setting))
    }
  })

  it("has finite gradients of logProb at the extremes of the fixture", () => {
    for (const { parameters, points } of references) {
      const inside = points.filter(({ logDensity }) => Number.isFinite(logDensity)).map(({ x }) => x)
      tidied(() => {
        const dist = makeOf(row, parameters, leaves(row, parameters))
        const f = (x: tf.Tensor, ...operands: ReadonlyArray<tf.Tensor>): tf.Tensor =>
          tf.sum(makeOf(row, parameters, named(row, parameters, operands)).logDensity(x))
        // what is not finite at one point is not in the sum over the points either
        const found = tf.grads(f)([stackOf(dist, inside), ...Object.values(leaves(row, parameters))])
        const all = found.flatMap((each) => [...each.dataSync()])
        expect(all.every(Number.isFinite), `${describeSetting(parameters)} at ${inside.join("; ")}: ${all}`).toBe(true)
      })
    }
  })

  it("has by each estimator that it claims the gradient of E[f(z)], at a fixed seed", () => {
    let seen = 0
    for (const setting of someSettings(row, 2)) {
      const scored = tidied(() => makeOf(row, setting, leaves(row, setting)).gradients.includes("score"))
      const exact = scored ? exactGradient(row, setting, workings) : exactDifferences(row, setting)
      for (const [name, estimate] of estimatorsOf(row, setting, workings)) {
        const estimates = estimate()
        exact.forEach((value, i) => {
          const numbers = estimates.map((each) => each[i] as number)
          const error = numbers.length === 1 ? 0 : standardError(numbers)
          if (Math.abs(value) > 8 * error) seen++
          const what = `${name}, parameter ${i} at ${describeSetting(setting)}`
          // the exact gradient is a quadrature, good to 1e-4 as that of the density is
          expect(Math.abs(mean(numbers) - value), what).toBeLessThanOrEqual(z * error + 2e-4 * (1 + Math.abs(value)))
        })
      }
    }
    // an estimate of 0, or of twice the gradient, would have been found out
    expect(seen).toBeGreaterThan(0)
  })
}

const batches = 100

/** The setting's free parameters by name, from tensors in their order. */
const named = <P extends Setting>(
  row: Row<P>,
  setting: P,
  operands: ReadonlyArray<tf.Tensor>
): Readonly<Record<string, Tensor>> =>
  Object.fromEntries(
    freeNames(row, setting).map((name, i) => {
      const operand = operands[i] as tf.Tensor
      return [name, Tensor.of(operand.shape, operand)]
    })
  )

/** The fixed parameters as they are and the others as tensors by name, which are what the row's type says of them. */
const makeOf = <P extends Setting>(row: Row<P>, setting: P, parameters: Readonly<Record<string, Tensor>>) =>
  row.make({ ...given(setting), ...parameters })

/** A function of parameters and points. Where parameters have a leading dimension, points have it after their own, and so has the result. */
type AtPoints = (parameters: ReadonlyArray<tf.Tensor>, x: tf.Tensor) => tf.Tensor

/** A function whose gradient is judged, the operands at which it is, and its values at others. */
interface Judged {
  readonly f: (operands: ReadonlyArray<tf.Tensor>) => tf.Tensor
  readonly operands: ReadonlyArray<Numbers>
  readonly each: (sets: ReadonlyArray<ReadonlyArray<Numbers>>) => ReadonlyArray<Numbers>
}

/** A function at some points, which are its last operand if it is judged by them too. Where parameters take a leading dimension, one call gives all values. */
const atPoints = <P extends Setting>(
  row: Row<P>,
  at: AtPoints,
  parameters: ReadonlyArray<Numbers>,
  xs: ReadonlyArray<Point>,
  byValue: boolean
): Judged => {
  const points = stack(xs.map((x) => ({ values: Float32Array.from(flat(x)), shape: shapeOf(x), dtype: "float32" })))
  const f: Judged["f"] = (operands) =>
    at(operands.slice(0, parameters.length), operands.at(parameters.length) ?? tensorOf(points))
  const together: Judged["each"] = (sets) =>
    tidied(() => {
      const columns = [...parameters, points].map((_, i) => stack(sets.map((set) => set[i] ?? points)))
      const [x, ...given] = columns.map(tensorOf).reverse() as [tf.Tensor, ...ReadonlyArray<tf.Tensor>]
      const [n, m, ...event] = x.shape.map((_, axis) => axis)
      const y = at(given.toReversed(), tf.transpose(x, [m, n, ...event] as Array<number>))
      const results = numbers(tf.transpose(y))
      return sets.map((_, i) => unstack(results, i))
    })
  const apart: Judged["each"] = (sets) => sets.map((set) => tidied(() => numbers(f(set.map(tensorOf)))))
  return {
    f,
    operands: byValue ? [...parameters, points] : parameters,
    each: row.ofOneEvent === true ? apart : together
  }
}

/** The gradients of Σ f by tfjs and by finite differences, number by number. */
const agree = (names: ReadonlyArray<string>, { f, operands, each }: Judged, accuracy: number, what: string): void => {
  const gradients = tidied(() =>
    tf
      .grads((...xs: Array<tf.Tensor>) => tf.sum(f(xs)))(operands.map(tensorOf))
      .map((gradient) => [...gradient.dataSync()])
  )
  const judged = names.flatMap((name, operand) =>
    (gradients[operand] ?? []).map((gradient, coordinate) => ({
      ...{ name, coordinate, gradient },
      moved: around(operands, operand, coordinate)
    }))
  )
  const values = each(judged.flatMap(({ moved }) => moved))
  let from = 0
  for (const { name, coordinate, gradient, moved } of judged) {
    const here = values.slice(from, (from += moved.length))
    const { value, error } = estimate(here, here[0]?.values.map(() => 1) ?? [], accuracy)
    const allowed = 2 * error + 64 * eps * (1 + Math.abs(gradient))
    expect(
      Math.abs(gradient - value),
      `${name}[${coordinate}] at ${what}: ${gradient}, not ${value} ± ${allowed}`
    ).toBeLessThanOrEqual(allowed)
  }
}

/** Some draws around which the density is smooth over the steps of a finite difference. */
const smoothPoints = <P extends Setting>(row: Row<P>, setting: P): ReadonlyArray<Point> =>
  tidied(() => {
    const dist = makeOf(row, setting, leaves(row, setting))
    const kinks = row.kinks?.(setting) ?? []
    const draws = tf.unstack(dist.iid(40).sample(Key.of(5))).map((draw) => draw.arraySync() as Point)
    const smooth = draws.filter((x) => {
      if (typeof x !== "number" || kindOf[dist.support] === "mass") return true
      const around = [-0.05, 0.05].map((step) => x + step)
      return around.every(contains[dist.support]) && kinks.every((kink) => Math.abs(x - kink) > 0.1)
    })
    if (smooth.length < 4) throw new Error(`too few smooth points at ${describeSetting(setting)}`)
    return smooth.slice(0, 6)
  })

/** The test function: Σⱼ (j + 1)·g(xⱼ + ½) over the numbers of an event, g(y) = y/(1 + |y|): bounded, smooth, increasing. */
const testOf = (x: tf.Tensor, width: number): tf.Tensor => {
  const y = tf.add(x.reshape([-1, width]), 0.5)
  const squashed = tf.div(y, tf.add(1, tf.abs(y)))
  return tf.sum(tf.mul(squashed, tf.range(1, width + 1)), -1)
}

/** ∇E[f(x)] = Σ wᵢ·p(xᵢ)·f(xᵢ)·∇log p(xᵢ), by the quadrature of the domain. */
const exactGradient = <P extends Setting>(
  row: Row<P>,
  setting: P,
  { quadrature }: Workings<P>
): ReadonlyArray<number> => {
  const domain = quadrature(setting)
  const kept = domain.probabilities.map((p, i) => [p, i] as const).filter(([p]) => p > 0)
  const points = kept.map(([, i]) => domain.points[i] as Point)
  return gradientOf(row, setting, (operands) => {
    const dist = makeOf(row, setting, operands)
    const x = stackOf(dist, points)
    const values = tf.mul(testOf(x, flat(points[0] ?? 0).length), tf.tensor1d(kept.map(([p]) => p)))
    return tf.sum(tf.mul(values, dist.logDensity(x)))
  })
}

/**
 * The same by differences of E[f(x)] = Σ wᵢ·p(xᵢ)·f(xᵢ), with the domain of each setting: where the support moves with a parameter, the sum above
 * lacks what enters and leaves at its ends.
 */
const exactDifferences = <P extends Setting>(row: Row<P>, setting: P): ReadonlyArray<number> => {
  const expectation = (operands: ReadonlyArray<Numbers>): Numbers => {
    const points = tidied(() => operands.map((operand) => tensorOf(operand).arraySync() as Point))
    // the setting's own names with numbers of the same shapes
    const free = Object.fromEntries(freeNames(row, setting).map((name, i) => [name, points[i]]))
    const moved = { ...setting, ...free } as P
    const { points: xs, probabilities } = quadratureOf(row, moved)
    const values = tidied(() => {
      const x = stackOf(row.make(given(moved)), xs)
      return [...testOf(x, flat(xs[0] ?? 0).length).dataSync()]
    })
    const sum = values.reduce((total, value, i) => total + value * (probabilities[i] as number), 0)
    return { values: Float32Array.of(sum), shape: [], dtype: "float32" }
  }
  const operands = tidied(() => Object.values(leaves(row, setting)).map(numbers))
  return operands.flatMap(({ values }, i) =>
    Array.from(values, (_, coordinate) => derivative(expectation, operands, i, coordinate, [1]).value)
  )
}

const gradientOf = <P extends Setting>(
  row: Row<P>,
  setting: P,
  f: (parameters: Readonly<Record<string, Tensor>>) => tf.Tensor
): ReadonlyArray<number> =>
  tidied(() =>
    tf
      .grads((...operands: Array<tf.Tensor>) => f(named(row, setting, operands)).asScalar())(
        Object.values(leaves(row, setting))
      )
      .flatMap((gradient) => [...gradient.dataSync()])
  )

/** Estimates of the gradient, each from a batch of draws. */
type Estimates = () => ReadonlyArray<ReadonlyArray<number>>

/** Estimates of the gradient by each way that the family claims. */
const estimatorsOf = <P extends Setting>(
  row: Row<P>,
  setting: P,
  { draws }: Workings<P>
): ReadonlyArray<readonly [string, Estimates]> => {
  const { width, values } = draws(setting)
  const perBatch = drawCount(row) / batches
  const path: Estimates = () =>
    gradientsOf(row, setting, (dist, lane) => {
      const x = dist.iid(perBatch).sample({ ...Key.of(12), lane })
      return tf.div(tf.sum(testOf(x, width)), perBatch)
    })
  const score: Estimates = () =>
    gradientsOf(row, setting, (dist, lane) => {
      const size = perBatch * sizeOf(dist.shape)
      const x = tf.tensor(values.slice(lane * size, (lane + 1) * size), [perBatch, ...dist.shape])
      const logs = dist.logDensity(x).flatten()
      return tf.div(tf.sum(tf.mul(testOf(x, width), logs)), perBatch)
    })
  const sum: Estimates = () => [
    gradientOf(row, setting, (parameters) => {
      const dist = makeOf(row, setting, parameters)
      const values = formsOf(dist).supportValues?.() ?? tf.zeros([0, ...dist.shape])
      return tf.sum(tf.mul(testOf(values, width), tf.exp(dist.logDensity(values))))
    })
  ]
  const ways = { reparameterized: path, implicit: path, score, enumerable: sum }
  const claimed = tidied(() => makeOf(row, setting, leaves(row, setting)).gradients)
  return Object.entries(ways).filter(([name]) => claimed.includes(name))
}

/**
 * The gradients of `f`, of a distribution and the number of a batch, for each batch. Where parameters take a leading dimension, one distribution has parameters
 * for each batch, and the gradient of a sum over all of them is the gradients of all.
 */
const gradientsOf = <P extends Setting>(
  row: Row<P>,
  setting: P,
  f: (dist: Dist, lane: number) => tf.Tensor
): ReadonlyArray<ReadonlyArray<number>> => {
  if (row.ofOneEvent === true)
    return Array.from({ length: batches }, (_, lane) =>
      gradientOf(row, setting, (parameters) => f(makeOf(row, setting, parameters), lane))
    )
  return tidied(() => {
    const repeated = Object.values(leaves(row, setting)).map((x) =>
      tf.tile(x.expandDims(0), [batches, ...x.shape.map(() => 1)])
    )
    const gradients = tf
      .grads((...operands: Array<tf.Tensor>) => f(makeOf(row, setting, named(row, setting, operands)), 0).asScalar())(
        repeated
      )
      .map((gradient) => tf.unstack(gradient).map((each) => [...each.dataSync()]))
    return Array.from({ length: batches }, (_, batch) => gradients.flatMap((each) => each[batch] ?? []))
  })
}
