import * as tf from "@tensorflow/tfjs"
import { describe, expect, it } from "vitest"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Cauchy } from "../../../src/dist/Cauchy.ts"
import { Product } from "../../../src/dist/combine/Product.ts"
import { klDivergence } from "../../../src/dist/divergence/kl.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { Key } from "../../../src/tensor/random.ts"
import { correlation } from "../../support/goodnessOfFit.ts"
import { compute, scalar, useCpu } from "../../support/onCpu.ts"

useCpu()

const person = Product({ height: Normal(170, 10), weight: Normal(70, 5).iid(2), smokes: Bernoulli({ probs: 0.25 }) })

describe("a product", () => {
  it("adds up the log densities of its factors", () => {
    const x = () => ({ height: tf.scalar(180), weight: tf.tensor1d([65, 70]), smokes: tf.scalar(1) })
    const sum = -0.5 - Math.log(10) - 0.5 - 2 * Math.log(5) - 1.5 * Math.log(2 * Math.PI) + Math.log(0.25)
    expect(scalar(() => person.logProb(x()))).toBeCloseTo(sum, 5)
  })

  it("draws its factors independently, though their families take the same noise", () => {
    const pair = Product({ a: Normal(0, 1).iid(2000), b: Normal(0, 1).iid(2000) })
    const a = compute(() => pair.sample(Key.of(1)).a).values
    const b = compute(() => pair.sample(Key.of(1)).b).values
    expect(a).toEqual(compute(() => pair.sample(Key.of(1)).a).values)
    // 5 standard errors of a correlation of nothing
    expect(Math.abs(correlation(a, b))).toBeLessThan(5 / Math.sqrt(2000))
  })

  it("gives draws and their log density together, and moments by name", () => {
    tf.tidy(() => {
      const { value, logProb } = person.sampleAndLogProb(Key.of(2))
      expect(logProb.dataSync()[0]).toBeCloseTo(person.logProb(value).dataSync()[0] as number, 4)
      expect(value.weight.dataSync()).toEqual(person.sample(Key.of(2)).weight.dataSync())
      expect([...person.mean().weight.dataSync()]).toEqual([70, 70])
      expect(person.variance().smokes.dataSync()[0]).toBeCloseTo(0.1875, 6)
    })
  })

  it("has the divergence that its factors have together", () => {
    const other = Product({ height: Normal(180, 10), weight: Normal(70, 5).iid(2), smokes: Bernoulli({ probs: 0.5 }) })
    const coin = 0.25 * Math.log(0.5) + 0.75 * Math.log(1.5)
    expect(scalar(() => klDivergence(person, other))).toBeCloseTo(0.5 + coin, 5)
    expect(scalar(() => klDivergence(person, person))).toBe(0)
  })

  it("has no divergence where a pair has none, or a name is missing", () => {
    const unlike = Product({ height: Cauchy(0, 1), weight: Normal(70, 5).iid(2), smokes: Bernoulli({ probs: 0.5 }) })
    expect(() => compute(() => klDivergence(person, unlike as never))).toThrow("KL(Normal‖Cauchy)")
    expect(() => compute(() => klDivergence(person, Product({ height: Normal(0, 1) }) as never))).toThrow(
      "another value"
    )
    expect(() => compute(() => person.logProb({ height: tf.scalar(1) } as never))).toThrow("without 'weight'")
  })
})
