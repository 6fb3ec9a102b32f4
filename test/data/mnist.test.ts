import { Effect } from "effect"
import { beforeAll, describe, expect, test } from "vitest"
import { Data } from "../../src/data/Data.ts"
import type { Dataset } from "../../src/data/Dataset.ts"
import type { Digits, Mnist } from "../../src/data/mnist.ts"

describe("Data.mnist", () => {
  let mnist: Mnist
  beforeAll(async () => {
    mnist = await Effect.runPromise(Data.mnist)
  })

  const zeros = ({ labels }: Digits): number => labels.filter((label) => label === 0).length
  const mean = ({ images }: Digits): number => {
    let sum = 0
    for (const byte of images.values) sum += byte
    return (sum * images.scale) / images.values.length
  }

  test("has 60,000 images to train on and 10,000 to test on, 784 pixels each, as bytes in [0, 1]", () => {
    const typed: Dataset<readonly [784], "unitInterval"> = mnist.train.images
    expect(typed).toMatchObject({ shape: [60_000, 784], event: [784], size: 60_000, support: "unitInterval" })
    expect(mnist.test.images.shape).toEqual([10_000, 784])
    expect(mnist.train.images.values).toBeInstanceOf(Uint8Array)
  })

  test("has the known labels", () => {
    expect([...mnist.train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9])
    expect(zeros(mnist.train)).toBe(5923)
    expect(zeros(mnist.test)).toBe(980)
  })

  test("has the known mean pixels", () => {
    expect(mean(mnist.train)).toBeCloseTo(0.1307, 4)
    expect(mean(mnist.test)).toBeCloseTo(0.1325, 4)
  })

  test("keeps its type when it is made boolean", () => {
    const digits: Dataset<readonly [784], "boolean"> = Data.binarize(Data.take(mnist.train.images, 10))
    expect(digits.shape).toEqual([10, 784])
    expect(new Set(digits.values)).toEqual(new Set([0, 1]))
  })
})
