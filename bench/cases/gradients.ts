import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import {
  Data,
  Engine,
  Exponential,
  Mixture,
  model,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  score,
  Tensor,
  Transform,
  Transformed,
  VonMises
} from "../../src/index.ts"
import { type Case, refused } from "./Case.ts"
import { meanGradient, show, unbiased } from "./meanGradient.ts"

type Scalar = Tensor<readonly []>
const scalar = (x: tf.Tensor): Scalar => Tensor.of([], x)
const steps = 2000
const repeated = (x: number) => Data.of(new Float32Array(steps).fill(x), [])
const single = { steps, epochs: 1, batchSize: 1, particles: 16 }

/** ∫ f by the midpoint rule, whose cells are too small for a jump inside one to matter. */
const integral = (f: (x: number) => number, from: number, to: number, cells = 400_000): number => {
  const width = (to - from) / cells
  let sum = 0
  for (let i = 0; i < cells; i++) sum += f(from + (i + 0.5) * width)
  return sum * width
}
const normal = (x: number, loc: number, scale: number): number =>
  Math.exp(-0.5 * ((x - loc) / scale) ** 2) / (scale * Math.sqrt(2 * Math.PI))

/** z ~ N(0, 1), x = 0.7 ~ N(f(z), 0.5), guide N(m, 0.8) at m = 0.3. d(−ELBO)/dm = ∫ −log p(x | z) ∂q/∂m dz + m, for any f. */
const [x, m, s] = [0.7, 0.3, 0.8]
const slope = (f: (z: number) => number): number =>
  integral((z) => 0.5 * ((x - f(z)) / 0.5) ** 2 * normal(z, m, s) * ((z - m) / s ** 2), m - 12 * s, m + 12 * s) + m
const through = (f: (z: Scalar) => tf.Tensor) =>
  model(Normal(0, 1), (z) => Normal(scalar(f(z)), 0.5)).guide(() => Normal(param("m", m), s))
const a1 = (name: string, f: (z: number) => number, kernels: (z: Scalar) => tf.Tensor): Case => ({
  id: "A1",
  input: `z ~ N(0, 1), 0.7 ~ N(${name}, 0.5), guide N(m, 0.8) at 0.3: d(−ELBO)/dm by quadrature`,
  run: () => unbiased((options) => through(kernels).fitPromise(repeated(x), options), "m", slope(f), single)
})

/** z = a + e with e ~ Exponential(1.5): d E[g(z)]/da = 1.5·(E[g(z)] − g(a)), where g jumps with sign(z). */
const movingSupport: Case = {
  id: "A2",
  input: "guide Transformed(Exponential(1.5), affine(a, 1)) at a = −0.4, likelihood N(sign(z), 0.5): d(−ELBO)/da",
  run: () => {
    const [a, rate] = [-0.4, 1.5]
    const g = (z: number): number => 0.5 * ((x - Math.sign(z)) / 0.5) ** 2 + 0.5 * z * z
    const exact = rate * (integral((e) => rate * Math.exp(-rate * e) * g(a + e), 0, 30) - g(a))
    const guided = model(Normal(0, 1), (z) => Normal(scalar(tf.sign(z)), 0.5)).guide(() =>
      Transformed(Exponential(1.5), Transform.affine(param("a", a), 1))
    )
    return unbiased((options) => guided.fitPromise(repeated(x), options), "a", exact, { ...single, mayRefuse: true })
  }
}

/** z ~ N(0, 1), yᵢ ~ N(z, 1), guide N(m, 0.8): d(−ELBO)/dm = m − Σ (yᵢ − m). */
const ys = [1, 2, 3, 4, 5]
const conjugate = (ys: ReadonlyArray<number>): number => m - ys.reduce((sum, y) => sum + y - m, 0)
const guide = () => ({ z: Normal(param("m", m), s) })
const whole = { steps, epochs: steps, batchSize: 5 }

const particlePlate = (particles: number): Case => ({
  id: "A3",
  input: `a plate called 'particle' with five rows, batches of two, ${particles} particle(s): d(−ELBO)/dm in closed form`,
  run: () => {
    const guided = program(
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        yield* plate("particle", () => observe("y", Normal(z, 1)))
      })
    ).guide(guide)
    const data = { particle: { y: Data.of(ys, []) } }
    const options = { steps: 3 * 600, epochs: 600, batchSize: 2, particles }
    return unbiased((each) => guided.fitPromise(data, each), "m", conjugate(ys), options)
  }
})

const failingPlate: Case = {
  id: "A4",
  input: "a plate whose body fails, caught, and a sibling plate after it: d(−ELBO)/dm of the sibling alone",
  run: () => {
    const guided = program(
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        const failing = plate("first", (_row: { readonly u: Scalar }) => Effect.fail("no"))
        yield* Effect.catch(failing, () => Effect.void)
        yield* plate("second", () => observe("y", Normal(z, 1)))
      })
    ).guide(guide)
    const data = { first: { u: Data.of([1, 2, 3], []) }, second: { y: Data.of(ys, []) } }
    return unbiased((options) => guided.fitPromise(data, options), "m", conjugate(ys), { ...whole, mayRefuse: true })
  }
}

const forkedSite: Case = {
  id: "A5",
  input: "z ~ N(0, 1), Effect.forkChild(observe('v', N(z, 1))) with v = 4: d(−ELBO)/dm",
  run: () => {
    const guided = program(
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        yield* plate("rows", () => observe("y", Normal(z, 1)))
        yield* Effect.forkChild(observe("v", Normal(z, 1)))
      })
    ).guide(guide)
    const data = { rows: { y: Data.of(ys, []) }, v: scalar(tf.scalar(4)) }
    const exact = conjugate([...ys, 4])
    return unbiased((options) => guided.fitPromise(data, options), "m", exact, { ...whole, mayRefuse: true })
  }
}

/** On the circle d E[g]/dm = ∫ g(z) q(z) κ sin(z − m) dz, with z in [−π, π). */
const circle: Case = {
  id: "A6",
  input: "z ~ VonMises(0, 1), 2 ~ N(z, 1), guide VonMises(m, 2) at m = 1.5: d(−ELBO)/dm by quadrature",
  run: () => {
    const [at, kappa] = [1.5, 2]
    const weight = (z: number): number => Math.exp(kappa * Math.cos(z - at))
    const g = (z: number): number => 0.5 * (2 - z) ** 2 - Math.cos(z)
    const exact =
      integral((z) => g(z) * weight(z) * kappa * Math.sin(z - at), -Math.PI, Math.PI) /
      integral(weight, -Math.PI, Math.PI)
    const guided = model(VonMises(0, 1), (z) => Normal(z, 1)).guide(() => VonMises(param("m", at), kappa))
    return unbiased((options) => guided.fitPromise(repeated(2), options), "m", exact, single)
  }
}

const startOf = (loc: () => Scalar) => model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(loc(), 1))
const initialValues: ReadonlyArray<Case> = [
  {
    id: "A7",
    input: 'param("a", Math.random())',
    run: () =>
      refused(
        () => startOf(() => param("a", Math.random())).explain(),
        "refused, naming 'a'",
        (text) => text.includes("a'")
      )
  },
  {
    id: "A7",
    input: 'param("s", 1) and param.positive("s", 3) in one program',
    run: () =>
      refused(
        () => startOf(() => scalar(tf.add(param("s", 1), param.positive("s", 3)))).explain(),
        "refused, naming 's'",
        (text) => text.includes("'s'")
      )
  },
  {
    id: "A7",
    input: 'param("s", 1) and param("s", 2) in one program',
    run: () =>
      refused(
        () => startOf(() => scalar(tf.add(param("s", 1), param("s", 2)))).explain(),
        "refused, naming 's'",
        (text) => text.includes("'s'")
      )
  }
]

/** A mixture guide with modes ±4 of scale 0.3: the implicit gradient of its weight needs the density between the modes, where there is none. */
const farModes: Case = {
  id: "A8",
  input: "guide Mixture of N(±4, 0.3), by logit w: the chosen estimator's error beside the score function's",
  run: async () => {
    const guided = model(Normal(0, 3), (z) => Normal(z, 2)).guide(() => {
      const logits = Tensor.of([2], tf.stack([param("w", 0.2), tf.scalar(0)]))
      return Mixture({ logits }, Normal(Tensor.of([2], tf.tensor1d([-4, 4])), 0.3))
    })
    const fit: Parameters<typeof meanGradient>[0] = (options) => guided.fitPromise(repeated(1), options)
    const options = { epochs: 1, batchSize: 1, particles: 16 }
    const chosen = await meanGradient(fit, "w", options, steps)
    const scored = await meanGradient(fit, "w", { ...options, estimators: { z: score } }, steps)
    const said = /varian/.test(guided.explain().sites[0]?.because ?? "")
    return {
      printed: `${show(chosen)}; score function ${show(scored)}; the plan ${said ? "says" : "does not say"} so`,
      right: "errors within a factor of 10, or the plan speaks of the variance",
      holds: said || chosen.error < 10 * scored.error
    }
  }
}

const sharedParameter: Case = {
  id: "A9",
  input:
    "a local latent of rows −3 and 3: guided by one plain parameter the plan says so; by param.row each has its own",
  run: async () => {
    const local = program(
      plate("rows", () => Effect.flatMap(sample("z", Normal(0, 10)), (z) => observe("y", Normal(z, 1))))
    )
    const data = { rows: { y: Data.of([-3, 3], []) } }
    const shared = local.guide(() => ({ rows: () => ({ z: Normal(param("m", 0), 1) }) }))
    const said = (shared.explain(data).sites[0]?.because ?? "").includes("one parameter serves all rows")
    const own = local.guide(() => ({ rows: () => ({ z: Normal(param.row("m", 0), 1) }) }))
    const options = { epochs: 2000, batchSize: 1, learningRate: 0.02, progress: false, engine: Engine.onnx } as const
    const { parameters } = await own.fitPromise(data, options)
    const [low = Number.NaN, high = Number.NaN] = parameters["m"] ?? []
    const exact = 3 / (1 + 1 / 100)
    return {
      printed: `${low.toFixed(2)} and ${high.toFixed(2)}; the plan of the shared one ${said ? "says" : "does not say"} so`,
      right: `${(-exact).toFixed(2)} and ${exact.toFixed(2)}, and said`,
      holds: said && Math.abs(low + exact) < 0.15 && Math.abs(high - exact) < 0.15
    }
  }
}

/** Section A: gradients. */
export const gradients: ReadonlyArray<Case> = [
  a1(
    "atan2(z, −1)",
    (z) => Math.atan2(z, -1),
    (z) => tf.atan2(z, tf.scalar(-1))
  ),
  a1(
    "tanh(1 / z)",
    (z) => Math.tanh(1 / z),
    (z) => tf.tanh(tf.div(1, z))
  ),
  a1("sign(z)", Math.sign, (z) => tf.sign(z)),
  movingSupport,
  particlePlate(1),
  particlePlate(4),
  failingPlate,
  forkedSite,
  circle,
  ...initialValues,
  farModes,
  sharedParameter
]
