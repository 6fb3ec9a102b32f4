import * as tf from "@tensorflow/tfjs"
import { expect, it } from "vitest"
import { ContinuousBernoulli } from "../../../src/dist/ContinuousBernoulli.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { scalar } from "../../support/onCpu.ts"
import { laws } from "../laws/laws.ts"
import { continuousBernoulli } from "./ContinuousBernoulli.ts"

laws(continuousBernoulli)

const at = (logits: tf.Tensor) => ContinuousBernoulli({ logits: Tensor.of([], logits) })

it.each([0, 1e-6, -1e-6])(
  "ContinuousBernoulli is smooth at logits %s: quantiles, mean and density move as they should",
  (logits) => {
    const slope = (f: (logits: tf.Tensor) => tf.Tensor): number => scalar(() => tf.grad(f)(tf.scalar(logits)))
    // x = u + ½λu(1 − u) + …, E[x] = ½ + λ/12 + …, log p = λ(x − ½) − …
    expect(slope((x) => at(x).icdf(tf.scalar(0.25)))).toBeCloseTo(0.25 * 0.75 * 0.5, 4)
    expect(slope((x) => at(x).mean())).toBeCloseTo(1 / 12, 5)
    expect(slope((x) => at(x).logProb(tf.scalar(0.25)))).toBeCloseTo(-0.25, 5)
    expect(slope((x) => at(x).cdf(tf.scalar(0.25)))).toBeCloseTo(-0.25 * 0.75 * 0.5, 5)
  }
)
