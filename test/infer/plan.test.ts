import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { DirichletMultinomial } from "../../src/dist/DirichletMultinomial.ts"
import { type Dist, fromFamily, type Gradient } from "../../src/dist/Dist.ts"
import { HalfNormal } from "../../src/dist/HalfNormal.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Multinomial } from "../../src/dist/Multinomial.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { TruncatedNormal } from "../../src/dist/TruncatedNormal.ts"
import { VonMises } from "../../src/dist/VonMises.ts"
import { GuideMismatch } from "../../src/Errors.ts"
import { implicit } from "../../src/infer/estimator/implicit.ts"
import { reparameterized } from "../../src/infer/estimator/reparameterized.ts"
import { score } from "../../src/infer/estimator/score.ts"
import type { SitePlan } from "../../src/infer/plan/Plan.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { Net } from "../../src/model/net/index.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { normal as standardNormal } from "../../src/tensor/random.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"

type Scalar = Tensor<readonly []>
const scalar = (x: tf.Tensor): Scalar => Tensor.of([], x)
const siteOf = (plan: { readonly sites: ReadonlyArray<SitePlan> }, name: string): SitePlan => {
  const site = plan.sites.find(({ site }) => site === name)
  if (site === undefined) throw new Error(`the plan has no site '${name}'`)
  return site
}

const decoder = Net.mlp([2, 8, 6])
const encoder = Net.mlp([6, 8, 4])
const vae = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)

describe("a density that sums positive numbers is smooth in its parameters, and leaves the draw its path", () => {
  type Weights = Tensor<readonly [3]>
  const weights = (x: tf.Tensor): Weights => Tensor.of([3], x)
  test.each<[string, (w: Weights) => Dist]>([
    ["Multinomial of logits", (w) => Multinomial(5, { logits: w })],
    ["Multinomial of probabilities", (w) => Multinomial(5, { probs: weights(tf.softmax(w)) })],
    ["DirichletMultinomial", (w) => DirichletMultinomial(5, weights(tf.exp(w)))],
    ["TruncatedNormal", (w) => TruncatedNormal(w, weights(tf.exp(w)), -9, 9)]
  ])("%s", (_, likelihood) => {
    const regression = program(function* () {
      const w = yield* sample("w", Normal(0, 1).iid(3))
      yield* plate("rows", function* () {
        yield* observe("y", likelihood(w))
      })
    }).autoGuide()
    const plan = regression.explain({ rows: { y: Dataset.of([5, 0, 0, 1, 1, 3], [3], "natural") } } as never)
    expect(siteOf(plan, "w").gradient).toBe("reparameterized")
  })
})

describe("a plan prints", () => {
  test("as one line for the objective and a table of the sites", () => {
    expect(`${vae.explain()}`).toMatchInlineSnapshot(`
      "maximise  E_q[ log p(x | z) ] − KL( q(z | x) ‖ p(z) )       per datum, summed over the plate "data"
                no bound on log p(x): 'x' is Bernoulli, cross-entropy with soft targets: not a density on [0,1]
      site  guide       prior          KL        gradient         because
      z     Normal [2]  Normal [2]     analytic  reparameterized  its draw is a smooth function of noise without parameters; p(z) does not depend on another site
      x     –           Bernoulli [6]  –         –                cross-entropy with soft targets: not a density on [0,1]"
    `)
  })

  test("with plates, score functions and their control variates", () => {
    expect(`${hierarchy().explain(schools, { particles: 4, estimators: { mu: score } })}`).toMatchInlineSnapshot(`
      "maximise  E_q[ log p(y | mu, tau, theta) ] − KL( q(mu, tau, theta | y) ‖ p(mu, tau, theta) )       summed over the plate "schools"
      site   guide         prior          KL        gradient                       because
      mu     Normal []     Normal []      analytic  score function, leave-one-out  asked for; p(mu) does not depend on another site
      tau    LogNormal []  HalfNormal []  sampled   reparameterized                its draw is a smooth function of noise without parameters; no closed form for KL(LogNormal‖HalfNormal)
      theta  Normal []     Normal []      analytic  reparameterized                its draw is a smooth function of noise without parameters; p(theta) depends on mu, tau alone
      y      –             Normal []      –         –                              observed, real support"
    `)
  })

  test("and is plain data", () => {
    const { sites, objective, particles } = vae.explain({ particles: 3 })
    expect(particles).toBe(3)
    expect(objective).toBe(
      'maximise  E_q[ log p(x | z) ] − KL( q(z | x) ‖ p(z) )       per datum, summed over the plate "data"'
    )
    expect(JSON.parse(JSON.stringify(sites))).toMatchObject([
      {
        site: "z",
        plates: ["data"],
        guide: "Normal [2]",
        model: "Normal [2]",
        kl: "analytic",
        gradient: "reparameterized"
      },
      {
        site: "x",
        plates: ["data"],
        model: "Bernoulli [6]",
        because: "cross-entropy with soft targets: not a density on [0,1]"
      }
    ])
  })
})

const schools = { schools: { y: Dataset.of([1, 2, 3], []) } } as never
const hierarchy = () =>
  program(
    Effect.gen(function* () {
      const mu = yield* sample("mu", Normal(0, 5))
      const tau = yield* sample("tau", HalfNormal(2))
      yield* plate("schools", (_row: { readonly y: Scalar }) =>
        Effect.gen(function* () {
          const theta = yield* sample("theta", Normal(mu, tau))
          yield* observe("y", Normal(theta, 1))
        })
      )
    })
  ).guide(() => ({
    mu: Normal(param("mu.loc", 0), param.positive("mu.scale", 1)),
    tau: LogNormal(param("tau.loc", 0), param.positive("tau.scale", 1)),
    schools: ({ y }: { readonly y: Scalar }) => ({ theta: Normal(y, param.positive("theta.scale", 1)) })
  }))

describe("the KL of a site is taken in closed form", () => {
  test("for a pair in the table whose prior does not depend on the draw, also when it depends on other sites", () => {
    const plan = hierarchy().explain(schools)
    expect(siteOf(plan, "mu")).toMatchObject({
      kl: "analytic",
      because: expect.stringContaining("p(mu) does not depend on another site")
    })
    expect(siteOf(plan, "theta")).toMatchObject({
      kl: "analytic",
      because: expect.stringMatching(/p\(theta\) depends on (mu, tau|tau, mu) alone/)
    })
  })

  test("but not for a pair that has none", () => {
    expect(siteOf(hierarchy().explain(schools), "tau")).toMatchObject({
      kl: "sampled",
      because: expect.stringContaining("no closed form for KL(LogNormal‖HalfNormal)")
    })
  })

  test("but not when the guide draws in another order, so that the prior depends on what the draw influences", () => {
    const chain = program(
      Effect.gen(function* () {
        const a = yield* sample("a", Normal(0, 1))
        const b = yield* sample("b", Normal(a, 1))
        yield* observe("x", Normal(b, 1))
      })
    ).guideWith(() =>
      Effect.gen(function* () {
        const b = yield* sample("b", Normal(param("b", 0), 1))
        yield* sample("a", Normal(scalar(tf.mul(0.5, b)), 1))
      })
    )
    const plan = chain.explain({ x: tf.scalar(1) } as never)
    expect(siteOf(plan, "b")).toMatchObject({
      kl: "sampled",
      because: expect.stringContaining("depends on what its draw influences")
    })
    expect(siteOf(plan, "a")).toMatchObject({ kl: "analytic" })
  })

  test("and stays so when the guide draws in the model's order", () => {
    const chain = program(
      Effect.gen(function* () {
        const a = yield* sample("a", Normal(0, 1))
        const b = yield* sample("b", Normal(a, 1))
        yield* observe("x", Normal(b, 1))
      })
    ).guideWith(() =>
      Effect.gen(function* () {
        const a = yield* sample("a", Normal(param("a", 0), 1))
        yield* sample("b", Normal(scalar(tf.mul(0.5, a)), 1))
      })
    )
    const plan = chain.explain({ x: tf.scalar(1) } as never)
    expect(plan.sites.filter(({ guide }) => guide !== undefined).map(({ kl }) => kl)).toEqual(["analytic", "analytic"])
  })

  test("for Bernoulli sites too", () => {
    const coin = model(Bernoulli({ probs: 0.5 }), (z) => Normal(z, 1)).guide(() => Bernoulli({ logits: param("l", 0) }))
    expect(siteOf(coin.explain(), "z")).toMatchObject({ kl: "analytic", gradient: "enumerated", control: undefined })
    const asked = { estimators: { z: score } }
    expect(siteOf(coin.explain(asked), "z")).toMatchObject({
      kl: "analytic",
      gradient: "score function",
      control: "running baseline",
      because: expect.stringContaining("asked for")
    })
    expect(siteOf(coin.explain({ ...asked, particles: 2 }), "z").control).toBe("leave-one-out")
  })
})

describe("a family's abilities decide on its gradient", () => {
  const guide = (gradients: ReadonlyArray<Gradient>) => {
    const loc = param("loc", 0)
    const normal = Normal(loc, 1)
    return fromFamily({
      family: "Normal",
      shape: [],
      support: "real",
      gradients,
      constraints: {},
      parameters: normal.parameters,
      logDensity: normal.logDensity,
      draw: (key, size) => tf.add(loc, standardNormal(key, size)),
      mean: () => loc,
      variance: () => 1
    })
  }
  const planned = (gradients: ReadonlyArray<Gradient>, f: (z: Scalar) => tf.Tensor, options = {}) =>
    siteOf(
      model(Normal(0, 1), (z) => Normal(scalar(f(z)), 1))
        .guide(() => guide(gradients))
        .explain(options),
      "z"
    )

  test("implicit reparameterization is taken like the explicit one, and says what it is", () => {
    expect(planned(["implicit", "score"], tf.sin)).toMatchObject({
      gradient: "implicit",
      because: expect.stringContaining("implicit reparameterization: its draw carries the derivative of its cdf")
    })
    expect(planned(["implicit", "score"], tf.floor)).toMatchObject({
      gradient: "score function",
      because: expect.stringContaining("goes through 'floor', which jumps")
    })
    expect(planned(["implicit"], tf.sin, { estimators: { z: implicit } })).toMatchObject({
      gradient: "implicit",
      because: expect.stringContaining("asked for")
    })
    expect(() => planned(["implicit"], tf.sin, { estimators: { z: reparameterized } })).toThrow(
      "Normal has no reparameterized gradient; it has: implicit"
    )
  })

  test("what a family has to say of its gradients stands in the plan: those of angles are right for periodic functions", () => {
    const turned = model(VonMises(0, 1), (z) => Normal(scalar(tf.cos(z)), 1)).guide(() => VonMises(param("loc", 0), 2))
    expect(siteOf(turned.explain(), "z")).toMatchObject({
      gradient: "implicit",
      because: expect.stringContaining("right for functions that are 2π-periodic in the angle")
    })
  })

  test("a density without a path has the score function, and a distribution without either is refused", () => {
    expect(planned(["score"], tf.sin)).toMatchObject({
      gradient: "score function",
      because: expect.stringContaining("Normal draws have no path to its parameters")
    })
    expect(() => planned([], tf.sin)).toThrow(GuideMismatch)
    expect(() => planned(["score"], tf.sin, { estimators: { z: reparameterized } })).toThrow(
      "Normal has no reparameterized gradient; it has: score"
    )
  })
})

describe("a reparameterized gradient is taken only where it is right", () => {
  const through = (f: (z: Scalar) => tf.Tensor) =>
    model(Normal(0, 1), (z) => Normal(scalar(f(z)), 1)).guide(() => Normal(param("loc", 0), 1))

  const jumps: ReadonlyArray<readonly [string, (z: Scalar) => tf.Tensor]> = [
    ["greater", (z) => tf.where(tf.greater(z, 0), tf.scalar(1), tf.scalar(-1))],
    ["greater", (z) => tf.mul(z, tf.cast(tf.greater(z, 0.5), "float32"))],
    ["floor", (z) => tf.floor(z)],
    ["round", (z) => tf.add(tf.round(z), z)],
    ["sign", (z) => tf.sign(z)],
    ["step", (z) => tf.step(z)],
    ["mod", (z) => tf.mod(z, 2)],
    ["argMax", (z) => tf.cast(tf.argMax(tf.stack([z, tf.neg(z)])), "float32")],
    ["cast to int32", (z) => tf.cast(tf.cast(z, "int32"), "float32")],
    ["lessEqual", (z) => tf.where(tf.lessEqual(z, 0), tf.neg(z), tf.add(z, 1))]
  ]
  test.each(jumps)("a path through tf.%s gets the score function, and the plan names the op", (op, f) => {
    expect(siteOf(through(f).explain(), "z")).toMatchObject({
      gradient: "score function",
      control: "running baseline",
      because: expect.stringContaining(`the path from its draw to the loss goes through '${op}', which jumps`)
    })
  })

  test.each(jumps)("asking for it on a path through tf.%s is refused, naming site and op", (op, f) => {
    const ask = () => through(f).explain({ estimators: { z: reparameterized } })
    expect(ask).toThrow(GuideMismatch)
    expect(ask).toThrow(
      `site 'z': a reparameterized gradient would be wrong: the path from its draw to the loss goes through '${op}'`
    )
  })

  const smooth: ReadonlyArray<readonly [string, (z: Scalar) => tf.Tensor]> = [
    ["relu", (z) => tf.relu(z)],
    ["abs", (z) => tf.abs(z)],
    ["clipByValue", (z) => tf.clipByValue(z, -1, 1)],
    ["maximum", (z) => tf.maximum(z, 0.5)],
    ["leakyRelu", (z) => tf.leakyRelu(z)],
    ["a concatenation", (z) => tf.sum(tf.concat([tf.reshape(z, [1]), tf.reshape(tf.exp(z), [1])]))]
  ]
  test.each(smooth)("a path through %s keeps it", (_, f) => {
    expect(siteOf(through(f).explain(), "z").gradient).toBe("reparameterized")
  })

  test("a jump beside the path changes nothing", () => {
    const beside = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) =>
      Normal(scalar(tf.floor(x)), param.positive("s", 1))
    )
    expect(siteOf(beside.explain(), "z").gradient).toBe("reparameterized")
  })

  test("a family without the ability refuses it", () => {
    const coin = model(Bernoulli({ probs: 0.5 }), (z) => Normal(z, 1)).guide(() => Bernoulli({ logits: param("l", 0) }))
    const ask = () => coin.explain({ estimators: { z: reparameterized } })
    expect(ask).toThrow(GuideMismatch)
    expect(ask).toThrow("site 'z': Bernoulli has no reparameterized gradient; it has: score, enumerable")
  })

  test("an estimator that is asked for is taken, and the plan says so", () => {
    expect(siteOf(vae.explain({ estimators: { z: score } }), "z")).toMatchObject({
      gradient: "score function",
      because: expect.stringContaining("asked for")
    })
  })
})
