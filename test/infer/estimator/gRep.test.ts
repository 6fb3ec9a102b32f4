import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Beta } from "../../../src/dist/Beta.ts"
import { Gamma } from "../../../src/dist/Gamma.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import type { Estimator } from "../../../src/infer/estimator/Estimator.ts"
import { generalized } from "../../../src/infer/estimator/gRep.ts"
import { implicit } from "../../../src/infer/estimator/implicit.ts"
import { score } from "../../../src/infer/estimator/score.ts"
import { Objective } from "../../../src/infer/objective/index.ts"
import { model } from "../../../src/infer/program/model.ts"
import { param } from "../../../src/model/Param.ts"
import { exp } from "../../../src/tensor/ops/ofOne.ts"
import { estimates, isUnbiased } from "../moments.ts"

/** Lanczos's approximation of log Γ, for x > 0. */
const logGamma = (x: number): number => {
  const c = [676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905]
  const rest = [-0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7]
  const sum = [...c, ...rest].reduce((all, each, i) => all + each / (x + i), 0.9999999999998099)
  const t = x + 6.5
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum)
}

/** E_q[log q − log p + ½(x − z)²] by the midpoint rule on a change of variables, and its derivatives by both logarithms. */
const slopes = (f: (a: number, b: number) => number, [a, b]: readonly [number, number]) => {
  const h = 1e-3
  return [(f(a + h, b) - f(a - h, b)) / (2 * h), (f(a, b + h) - f(a, b - h)) / (2 * h)] as const
}
const integral = (f: (t: number) => number, from: number, to: number): number => {
  const n = 20_000
  let sum = 0
  for (let i = 0; i < n; i++) sum += f(from + ((to - from) * (i + 0.5)) / n)
  return (sum * (to - from)) / n
}

/** the data, far enough from the guide's mean for a steep slope */
const [low, high] = [0.2, 3]
const at: readonly [number, number] = [0.4, -0.2]
const gamma = {
  family: "Gamma",
  steps: 1500,
  x: low,
  guided: model(Gamma(2, 1).iid(2), (z) => Normal(z, 1)).guide(() =>
    Gamma(exp(param("a", at[0])), exp(param("b", at[1]))).iid(2)
  ),
  loss: (logA: number, logB: number): number => {
    const [a, b] = [Math.exp(logA), Math.exp(logB)]
    // over t = log z
    return integral(
      (t) => {
        const z = Math.exp(t)
        const logQ = a * Math.log(b) - logGamma(a) + (a - 1) * t - b * z
        const logP = t - z - logGamma(2)
        return Math.exp(logQ + t) * (logQ - logP + 0.5 * (low - z) ** 2)
      },
      -30,
      5
    )
  }
}

const beta = {
  family: "Beta",
  steps: 500,
  x: high,
  guided: model(Beta(2, 1.5).iid(2), (z) => Normal(z, 1)).guide(() =>
    Beta(exp(param("a", at[0])), exp(param("b", at[1]))).iid(2)
  ),
  loss: (logA: number, logB: number): number => {
    const [a, b] = [Math.exp(logA), Math.exp(logB)]
    const logBeta = (p: number, q: number): number => logGamma(p) + logGamma(q) - logGamma(p + q)
    // over t = logit z
    return integral(
      (t) => {
        const [one, zero] = [-Math.log1p(Math.exp(-t)), -Math.log1p(Math.exp(t))]
        const logQ = (a - 1) * one + (b - 1) * zero - logBeta(a, b)
        const logP = one + 0.5 * zero - logBeta(2, 1.5)
        return Math.exp(logQ + one + zero) * (logQ - logP + 0.5 * (high - Math.exp(one)) ** 2)
      },
      -40,
      40
    )
  }
}

/** The estimates of one family's slopes by an estimator, and whether they are those of the integral. */
const runsOf = ({ guided, loss, steps, x }: typeof gamma | typeof beta) => {
  const data = Dataset.of(new Float32Array(2 * steps).fill(x), [2])
  const [a, b] = slopes(loss, at)
  return async (estimator: Estimator, particles: number) => {
    const options = { batchSize: 1, particles, seed: 11, estimators: { z: estimator } }
    const { of } = await estimates((each) => guided.fit(data as never, each), options)
    isUnbiased(of("a"), [2 * a])
    isUnbiased(of("b"), [2 * b])
    return of
  }
}

test.each([gamma, beta])("two $family numbers: the slopes are those by quadrature", async (each) => {
  await runsOf(each)(generalized, each === gamma ? 1 : 4)
})

test("the variance lies between that of the implicit path and that of the score function", async () => {
  const run = runsOf(gamma)
  const runs = [await run(implicit, 4), await run(generalized, 4), await run(score, 4)]
  for (const name of ["a", "b"]) {
    const [least = 0, middle = 0, most = 0] = runs.map((of) => of(name).variance[0])
    expect(middle / least).toBeGreaterThan(0.9)
    expect(most / middle).toBeGreaterThan(1.1)
  }
})

describe("a generalized reparameterization", () => {
  const guided = model(Gamma(2, 1), (z) => Normal(z, 1)).guide(() => Gamma(param.positive("a", 1), 1).via(generalized))

  test("is asked for by via, and the plan says which control variate it has", () => {
    expect(guided.explain({ particles: 3 }).sites[0]).toMatchObject({
      gradient: "generalized",
      control: "leave-one-out"
    })
  })

  test("is refused by an objective that multiplies the gradient along the path, which is not all of it", () => {
    expect(() => guided.explain({ objective: Objective.doublyReparameterized, particles: 2 })).toThrow(
      "this site has the generalized"
    )
  })

  test("is refused for other families", () => {
    const normal = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("m", 0), 1))
    expect(() => normal.explain({ estimators: { z: generalized } })).toThrow(
      "the generalized reparameterization is there for Gamma and Beta, and the guide is Normal"
    )
  })
})
