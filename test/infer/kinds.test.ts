import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Beta } from "../../src/dist/Beta.ts"
import { Categorical } from "../../src/dist/Categorical.ts"
import { Masked } from "../../src/dist/combine/Masked.ts"
import { Mixture } from "../../src/dist/combine/Mixture.ts"
import { Product } from "../../src/dist/combine/Product.ts"
import { Truncated } from "../../src/dist/combine/Truncated.ts"
import { ZeroInflated } from "../../src/dist/combine/ZeroInflated.ts"
import { Exponential } from "../../src/dist/Exponential.ts"
import { LogNormal } from "../../src/dist/LogNormal.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { Poisson } from "../../src/dist/Poisson.ts"
import { Transformed } from "../../src/dist/Transformed.ts"
import { Transform } from "../../src/dist/transform/index.ts"
import { Uniform } from "../../src/dist/Uniform.ts"
import { VonMises } from "../../src/dist/VonMises.ts"
import type { FitOptions } from "../../src/infer/fit/options.ts"
import { Objective } from "../../src/infer/objective/index.ts"
import { program } from "../../src/infer/program/program.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { coin, normal, sigmoid, softplus } from "../support/closedForms.ts"
import type { run } from "./harness.ts"
import { estimates } from "./moments.ts"

const scalar = (x: tf.Tensor | number): Tensor<readonly []> => Tensor.of([], typeof x === "number" ? tf.scalar(x) : x)
const rows = (...values: ReadonlyArray<number>) => Dataset.of([...values], [])
/** E_q[f] by the midpoint rule. */
const over =
  (low: number, high: number, cells = 4000) =>
  (logQ: (z: number) => number, f: (z: number, logQ: number) => number): number => {
    const width = (high - low) / cells
    let sum = 0
    for (let i = 0; i < cells; i++) {
      const z = low + (i + 0.5) * width
      const log = logQ(z)
      if (log > -40) sum += Math.exp(log) * width * f(z, log)
    }
    return sum
  }
const line = over(-9, 9)
const coins = (logits: number, f: (k: number, logQ: number) => number): number =>
  [0, 1].reduce((sum, k) => sum + Math.exp(coin(k, logits)) * f(k, coin(k, logits)), 0)

interface Kind {
  readonly guided: { readonly fit: (data: never, options: FitOptions) => Parameters<typeof run>[0] }
  readonly data: object
  /** −bound as a function of the parameters */
  readonly loss: (at: Readonly<Record<string, number>>) => number
  /** the raw numbers at which they stand */
  readonly at: Readonly<Record<string, number>>
  readonly options?: FitOptions
  /** the estimators that the plan must choose, where that matters */
  readonly gradients?: Readonly<Record<string, string>>
}

const step = 1e-3
const exactOf = ({ loss, at }: Kind, name: string): number => {
  const moved = (by: number) => loss({ ...at, [name]: (at[name] ?? 0) + by })
  return (moved(step) - moved(-step)) / (2 * step)
}

const guide = (make: () => object, model: Effect.Effect<unknown, never, never>) =>
  program(model as never).guide(make as never) as unknown as Kind["guided"]
const gen = (f: () => Generator<unknown, unknown, never>) =>
  Effect.gen(f as never) as Effect.Effect<unknown, never, never>

const m = { m: 0.3 }
const kinds: Readonly<Record<string, () => Kind>> = {
  "the support of a guide moves, and its draw is read smoothly": () => ({
    guided: guide(
      () => ({ z: Uniform(tf.sub(param("m", 0.3), 1) as never, tf.add(param("m", 0.3), 1) as never) }),
      gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        yield* observe("x", Normal(scalar(tf.relu(z)), 0.5))
      })
    ),
    data: { x: tf.scalar(0.7) },
    at: m,
    loss: ({ m = 0 }) =>
      over(m - 1, m + 1)(
        () => -Math.log(2),
        (z, q) => q - normal(z, 0, 1) - normal(0.7, Math.max(z, 0), 0.5)
      ),
    gradients: { z: "reparameterized" }
  }),
  "a truncated guide with fixed ends under floor": () => ({
    guided: guide(
      () => ({ z: Truncated(Normal(param("m", 0.3), 1), 0, 2.5) }),
      gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        yield* observe("x", Normal(scalar(tf.floor(z)), 0.5))
      })
    ),
    data: { x: tf.scalar(0.7) },
    at: m,
    loss: ({ m = 0 }) => {
      const grid = over(0, 2.5)
      const inside = grid(
        (z) => normal(z, m, 1),
        () => 1
      )
      return grid(
        (z) => normal(z, m, 1) - Math.log(inside),
        (z, q) => q - normal(z, 0, 1) - normal(0.7, Math.floor(z), 0.5)
      )
    },
    gradients: { z: "score function" }
  }),
  "the value of an observation jumps with a draw": () => ({
    guided: guide(
      () => ({ z: Normal(param("m", 0.3), 0.8) }),
      gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        yield* observe("c", Normal(z, 0.7), scalar(tf.floor(z)))
      })
    ),
    data: {},
    at: m,
    loss: ({ m = 0 }) =>
      line(
        (z) => normal(z, m, 0.8),
        (z, q) => q - normal(z, 0, 1) - normal(Math.floor(z), z, 0.7)
      ),
    gradients: { z: "score function" }
  }),
  "a value that the program gives in a minibatched plate": () => ({
    guided: guide(
      () => ({ z: Normal(param("m", 0.3), 0.8) }),
      gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        yield* plate("rows", (row: { y: Tensor<readonly []> }) =>
          observe("c", Normal(z, 0.7), scalar(tf.mul(row.y, z)))
        )
      })
    ),
    data: { rows: { y: rows(0.2, -1, 2, 0.5, 0.1) } },
    at: m,
    options: { batchSize: 2 },
    loss: ({ m = 0 }) =>
      line(
        (z) => normal(z, m, 0.8),
        (z, q) => [0.2, -1, 2, 0.5, 0.1].reduce((sum, y) => sum - normal(y * z, z, 0.7), q - normal(z, 0, 1))
      )
  }),
  "a draw jumps on its way into the guide of the next one": () => ({
    guided: program(
      gen(function* () {
        const a = yield* sample("a", Normal(0, 1))
        const b = yield* sample("b", Normal(a, 1))
        yield* observe("x", Normal(b, 0.5))
      }) as never
    ).guideWith((() =>
      gen(function* () {
        const a = yield* sample("a", Normal(param("m", 0.3), 0.8))
        yield* sample("b", Normal(scalar(tf.add(tf.floor(a), param("n", 0.1))), 0.6))
      })) as never) as unknown as Kind["guided"],
    data: { x: tf.scalar(0.7) },
    at: { m: 0.3, n: 0.1 },
    loss: ({ m = 0, n = 0 }) =>
      over(
        -5,
        5,
        600
      )(
        (a) => normal(a, m, 0.8),
        (a, qa) =>
          qa -
          normal(a, 0, 1) +
          over(
            -9,
            9,
            600
          )(
            (b) => normal(b, Math.floor(a) + n, 0.6),
            (b, qb) => qb - normal(b, a, 1) - normal(0.7, b, 0.5)
          )
      ),
    gradients: { a: "score function", b: "reparameterized" }
  }),
  "a discrete draw chooses the guide of a continuous one, whose KL is in closed form": () => ({
    guided: program(
      gen(function* () {
        const k = yield* sample("k", Bernoulli({ probs: 0.4 }))
        const b = yield* sample("b", Normal(0, 1))
        yield* observe("x", Normal(scalar(tf.add(k, b)), 0.5))
      }) as never
    ).guideWith((() =>
      gen(function* () {
        const k = yield* sample("k", Bernoulli({ logits: param("l", 0.2) }))
        yield* sample("b", Normal(scalar(tf.add(param("m", 0.3), tf.mul(k, param("n", 0.5)))), 0.6))
      })) as never) as unknown as Kind["guided"],
    data: { x: tf.scalar(0.7) },
    at: { l: 0.2, m: 0.3, n: 0.5 },
    loss: ({ l = 0, m = 0, n = 0 }) =>
      coins(l, (k, qk) => {
        const loc = m + n * k
        return (
          qk -
          Math.log(k === 1 ? 0.4 : 0.6) +
          line(
            (b) => normal(b, loc, 0.6),
            (b, qb) => qb - normal(b, 0, 1) - normal(0.7, k + b, 0.5)
          )
        )
      })
  }),
  "an angle is the location of the next angle's guide": () => {
    const besselI0 = (k: number): number => {
      let [sum, term] = [1, 1]
      for (let i = 1; i < 40; i++) sum += term *= (k / (2 * i)) ** 2
      return sum
    }
    const angle = (z: number, loc: number, k: number): number =>
      k * Math.cos(z - loc) - Math.log(2 * Math.PI * besselI0(k))
    const circle = over(-Math.PI, Math.PI, 400)
    return {
      guided: program(
        gen(function* () {
          const a = yield* sample("a", VonMises(0, 1))
          const b = yield* sample("b", VonMises(a, 2))
          yield* observe("x", Normal(scalar(tf.cos(tf.div(b, 0.5))), 0.5))
        }) as never
      ).guideWith((() =>
        gen(function* () {
          const a = yield* sample("a", VonMises(param("m", 0.9), 1.5))
          yield* sample("b", VonMises(scalar(tf.add(a, param("n", 1.1))), 2))
        })) as never) as unknown as Kind["guided"],
      data: { x: tf.scalar(0.7) },
      at: { m: 0.9, n: 1.1 },
      loss: ({ m = 0, n = 0 }) =>
        circle(
          (a) => angle(a, m, 1.5),
          (a, qa) =>
            qa -
            angle(a, 0, 1) +
            circle(
              (b) => angle(b, a + n, 2),
              (b, qb) => qb - angle(b, a, 2) - normal(0.7, Math.cos(2 * b), 0.5)
            )
        )
    }
  },
  "an angle is read beside its own cosine": () => {
    const logI0 = Math.log(1.6467231897728904 * 2 * Math.PI)
    return {
      guided: guide(
        () => ({ z: VonMises(param("m", 2.5), 1.5) }),
        gen(function* () {
          const z = yield* sample("z", VonMises(0, 1.5))
          yield* observe("x", Normal(scalar(tf.mul(z, tf.cos(z))), 1))
        })
      ),
      data: { x: tf.scalar(0.7) },
      at: { m: 2.5 },
      loss: ({ m = 0 }) =>
        over(-Math.PI, Math.PI)(
          (z) => 1.5 * Math.cos(z - m) - logI0,
          (z, q) => q - (1.5 * Math.cos(z) - logI0) - normal(0.7, z * Math.cos(z), 1)
        ),
      gradients: { z: "score function" }
    }
  },
  "the largest of three draws by its place": () => ({
    guided: guide(
      () => ({ z: Normal(Tensor.of([3], tf.stack([param("m", 0.3), tf.scalar(0), tf.scalar(0.2)])), 0.8) }),
      gen(function* () {
        const z = yield* sample("z", Normal(0, 1).iid(3))
        yield* observe("x", Normal(scalar(tf.cast(tf.argMax(z), "float32")), 0.5))
      })
    ),
    data: { x: tf.scalar(0.7) },
    at: m,
    loss: ({ m = 0 }) => {
      const locs = [m, 0, 0.2]
      const grid = over(-6, 6, 160)
      const q = (i: number) => (z: number) => normal(z, locs[i] ?? 0, 0.8)
      const kl = locs.reduce((sum, loc) => sum + 0.5 * (0.64 + loc * loc - 1) - Math.log(0.8), 0)
      const read = grid(q(0), (a) =>
        grid(q(1), (b) =>
          grid(q(2), (c) => {
            const place = a >= b && a >= c ? 0 : b >= c ? 1 : 2
            return -normal(0.7, place, 0.5)
          })
        )
      )
      return kl + read
    },
    gradients: { z: "score function" }
  }),
  "a threshold among the data, in minibatches": () => ({
    guided: guide(
      () => ({ z: Normal(param("m", 0.3), 0.8) }),
      gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        yield* plate("rows", (row: { t: Tensor<readonly []> }) =>
          observe("y", Normal(scalar(tf.where(tf.greater(z, row.t), tf.scalar(1), tf.scalar(-1))), 0.9))
        )
      })
    ),
    data: { rows: { t: rows(-0.5, 0.2, 1), y: rows(0.3, -0.8, 0.9) } },
    at: m,
    options: { batchSize: 2, particles: 64 },
    loss: ({ m = 0 }) =>
      line(
        (z) => normal(z, m, 0.8),
        (z, q) =>
          [
            [-0.5, 0.3],
            [0.2, -0.8],
            [1, 0.9]
          ].reduce((sum, [t = 0, y = 0]) => sum - normal(y, z > t ? 1 : -1, 0.9), q - normal(z, 0, 1))
      ),
    gradients: { z: "score function" }
  }),
  "discrete draws in crossed plates, one a row of the outer and one a pair, in minibatches": () => {
    const [us, vs] = [
      [0.4, -0.7, 1.1],
      [0.6, -0.2]
    ]
    return {
      guided: guide(
        () => ({
          loading: () => ({
            k: Bernoulli({ logits: param("l", 0.4) }),
            particle: () => ({ j: Bernoulli({ logits: param("j", -0.3) }) })
          })
        }),
        gen(function* () {
          yield* plate("loading", (row: { u: Tensor<readonly []> }) =>
            Effect.gen(function* () {
              const k = yield* sample("k", Bernoulli({ probs: 0.3 }))
              yield* plate("particle", (inner: { v: Tensor<readonly []> }) =>
                Effect.gen(function* () {
                  const j = yield* sample("j", Bernoulli({ logits: scalar(tf.sub(k, 0.5)) }))
                  yield* observe("data", Normal(scalar(tf.add(tf.mul(row.u, k), tf.mul(inner.v, j))), 0.8), scalar(0.6))
                })
              )
            })
          )
        })
      ),
      data: { loading: { u: rows(...us) }, particle: { v: rows(...vs) } },
      at: { l: 0.4, j: -0.3 },
      options: { batchSize: 2, particles: 8 },
      loss: ({ l = 0, j: lj = 0 }) =>
        us.reduce(
          (total, u) =>
            total +
            coins(l, (k, qk) =>
              vs.reduce(
                (sum, v) => sum + coins(lj, (j, qj) => qj - coin(j, k - 0.5) - normal(0.6, u * k + v * j, 0.8)),
                qk - Math.log(k === 1 ? 0.3 : 0.7)
              )
            ),
          0
        )
    }
  },
  "a discrete draw with numbers of its own for each row, beside a global draw that jumps": () => {
    const ys = [0.3, 1.4, -0.6]
    return {
      guided: guide(
        () => ({
          w: Normal(param("m", 0.3), 0.8),
          rows: () => ({
            k: Categorical({ logits: Tensor.of([3], tf.stack([param("a", 0.2), tf.scalar(0), tf.scalar(-0.4)])) })
          })
        }),
        gen(function* () {
          const w = yield* sample("w", Normal(0, 1))
          yield* plate("rows", (_: { y: Tensor<readonly []> }) =>
            Effect.gen(function* () {
              const k = yield* sample("k", Categorical({ probs: Tensor.of([3], tf.tensor1d([0.2, 0.3, 0.5])) }))
              yield* observe("y", Normal(scalar(tf.add(tf.round(w), tf.mul(0.5, k))), 0.7))
            })
          )
        })
      ),
      data: { rows: { y: rows(...ys) } },
      at: { m: 0.3, a: 0.2 },
      options: { batchSize: 1, particles: 32 },
      loss: ({ m = 0, a = 0 }) => {
        const logits = [a, 0, -0.4]
        const norm = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0))
        return line(
          (w) => normal(w, m, 0.8),
          (w, qw) =>
            ys.reduce(
              (sum, y) =>
                sum +
                [0.2, 0.3, 0.5].reduce((all, p, k) => {
                  const q = (logits[k] ?? 0) - norm
                  return all + Math.exp(q) * (q - Math.log(p) - normal(y, Math.round(w) + 0.5 * k, 0.7))
                }, 0),
              qw - normal(w, 0, 1)
            )
        )
      },
      gradients: { w: "score function", k: "enumerated" }
    }
  },
  "a chain of transforms with a parameter in its middle, read by a pole that it keeps away from": () => ({
    guided: guide(
      () => ({
        z: Transformed(Normal(0.2, 0.5), Transform.chain(Transform.affine(param("m", 0.3), 0.9), Transform.exp))
      }),
      gen(function* () {
        const z = yield* sample("z", Exponential(1))
        yield* observe("x", Normal(scalar(tf.log(z)), 0.5))
      })
    ),
    data: { x: tf.scalar(0.7) },
    at: m,
    loss: ({ m = 0 }) =>
      line(
        (u) => normal(u, m + 0.18, 0.45),
        (u, q) => q - u - -Math.exp(u) - normal(0.7, u, 0.5)
      ),
    gradients: { z: "reparameterized" }
  }),
  "the same chain under floor": () => ({
    guided: guide(
      () => ({
        z: Transformed(Normal(0.2, 0.5), Transform.chain(Transform.affine(param("m", 0.3), 0.9), Transform.exp))
      }),
      gen(function* () {
        const z = yield* sample("z", Exponential(1))
        yield* observe("x", Normal(scalar(tf.floor(z)), 0.9))
      })
    ),
    data: { x: tf.scalar(0.7) },
    at: m,
    loss: ({ m = 0 }) =>
      line(
        (u) => normal(u, m + 0.18, 0.45),
        (u, q) => q - u + Math.exp(u) - normal(0.7, Math.floor(Math.exp(u)), 0.9)
      ),
    gradients: { z: "score function" }
  }),
  "a component of the likelihood ends at a draw": () => ({
    guided: guide(
      () => ({ top: LogNormal(param("m", 0.3), 0.5) }),
      gen(function* () {
        const top = yield* sample("top", LogNormal(0, 1))
        yield* observe(
          "x",
          Mixture({ logits: Tensor.of([2], tf.zeros([2])) }, [Uniform(0, top), Normal(0, 1)]) as never
        )
      })
    ),
    data: { x: tf.scalar(0.9) },
    at: m,
    loss: ({ m = 0 }) =>
      line(
        (u) => normal(u, m, 0.5),
        (u, q) =>
          q -
          normal(u, 0, 1) -
          Math.log(0.5 * (Math.exp(u) > 0.9 ? Math.exp(-u) : 0) + 0.5 * Math.exp(normal(0.9, 0, 1)))
      ),
    gradients: { top: "score function" }
  }),
  "a mixture guide read by the sign of its draw": () => ({
    guided: guide(
      () => ({
        z: Mixture({ logits: Tensor.of([2], tf.stack([param("l", 0.3), tf.scalar(0)])) }, [
          Normal(-1, 0.5),
          Normal(1.2, 0.7)
        ])
      }),
      gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        yield* observe("x", Normal(scalar(tf.sign(z)), 0.5))
      })
    ),
    data: { x: tf.scalar(0.7) },
    at: { l: 0.3 },
    loss: ({ l = 0 }) => {
      const w = sigmoid(l)
      return line(
        (z) => Math.log(w * Math.exp(normal(z, -1, 0.5)) + (1 - w) * Math.exp(normal(z, 1.2, 0.7))),
        (z, q) => q - normal(z, 0, 1) - normal(0.7, Math.sign(z), 0.5)
      )
    },
    gradients: { z: "score function" }
  }),
  "the importance weighted bound of discrete draws in a plate": () => {
    const ys = [0.3, 1.4, -0.6]
    return {
      guided: guide(
        () => ({ rows: () => ({ k: Bernoulli({ logits: param("l", 0.4) }) }) }),
        gen(function* () {
          yield* plate("rows", (_: { y: Tensor<readonly []> }) =>
            Effect.gen(function* () {
              const k = yield* sample("k", Bernoulli({ probs: 0.3 }))
              yield* observe("y", Normal(k, param.positive("s", 0.8)))
            })
          )
        })
      ),
      data: { rows: { y: rows(...ys) } },
      at: { l: 0.4, s: Math.log(0.8) },
      options: { batchSize: 2, particles: 2, objective: Objective.iwae },
      loss: ({ l = 0, s = 0 }) =>
        ys.reduce((total, y) => {
          const log = (k: number) => Math.log(k === 1 ? 0.3 : 0.7) + normal(y, k, Math.exp(s)) - coin(k, l)
          return total - coins(l, (a) => coins(l, (b) => Math.log(0.5 * Math.exp(log(a)) + 0.5 * Math.exp(log(b)))))
        }, 0)
    }
  },
  "the importance weighted bound through floor": () => ({
    guided: guide(
      () => ({ z: Normal(param("m", 0.3), 0.8) }),
      gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        yield* observe("x", Normal(scalar(tf.floor(z)), 0.7))
      })
    ),
    data: { x: tf.scalar(0.7) },
    at: m,
    options: { particles: 2, objective: Objective.iwae },
    loss: ({ m = 0 }) => {
      const grid = over(-6, 6, 1000)
      const q = (z: number) => normal(z, m, 0.8)
      const w = (z: number) => Math.exp(normal(z, 0, 1) + normal(0.7, Math.floor(z), 0.7) - q(z))
      return -grid(q, (a) => {
        const wa = w(a)
        return grid(q, (b) => Math.log(0.5 * (wa + w(b))))
      })
    },
    gradients: { z: "score function" }
  }),
  "a table is read at a whole number made of a draw": () => ({
    guided: guide(
      () => ({ z: Normal(param("m", 0.3), 0.8) }),
      gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        const place = tf.cast(tf.clipByValue(tf.add(z, 1), 0, 2.5), "int32")
        yield* observe("x", Normal(scalar(tf.gather(tf.tensor1d([-1, 0.5, 2]), place)), 0.5))
      })
    ),
    data: { x: tf.scalar(0.7) },
    at: m,
    loss: ({ m = 0 }) =>
      line(
        (z) => normal(z, m, 0.8),
        (z, q) => {
          const place = Math.trunc(Math.min(2.5, Math.max(0, z + 1)))
          return q - normal(z, 0, 1) - normal(0.7, [-1, 0.5, 2][place] ?? Number.NaN, 0.5)
        }
      ),
    gradients: { z: "score function" }
  }),
  "counts with more zeros guide counts": () => {
    const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1))
    const poisson = (k: number, rate: number) => k * Math.log(rate) - rate - Math.log(factorial(k))
    return {
      guided: guide(
        () => ({ k: ZeroInflated(Poisson({ rate: param.positive("r", 1.3) }), { logits: param("l", -0.5) }) }),
        gen(function* () {
          const k = yield* sample("k", Poisson({ rate: 2 }))
          yield* observe("x", Normal(scalar(tf.sqrt(k)), 0.5))
        })
      ),
      data: { x: tf.scalar(0.7) },
      at: { r: Math.log(1.3), l: -0.5 },
      loss: ({ r = 0, l = 0 }) => {
        const w = sigmoid(l)
        return Array.from({ length: 25 }, (_, k) => {
          const q = Math.log((k === 0 ? w : 0) + (1 - w) * Math.exp(poisson(k, Math.exp(r))))
          return Math.exp(q) * (q - poisson(k, 2) - normal(0.7, Math.sqrt(k), 0.5))
        }).reduce((a, b) => a + b)
      },
      gradients: { k: "score function" }
    }
  },
  "local draws hang on the floor of a global one, in minibatches": () => {
    const ys = [0.4, -1.2, 2.1, 0.1]
    return {
      guided: guide(
        () => ({
          w: Normal(param("m", 0.3), 0.8),
          rows: (row: { y: Tensor<readonly []> }) => ({ z: Normal(scalar(tf.mul(row.y, param("c", 0.6))), 0.7) })
        }),
        gen(function* () {
          const w = yield* sample("w", Normal(0, 1))
          yield* plate("rows", (_: { y: Tensor<readonly []> }) =>
            Effect.gen(function* () {
              const z = yield* sample("z", Normal(scalar(tf.floor(w)), 1))
              yield* observe("y", Normal(z, 0.5))
            })
          )
        })
      ),
      data: { rows: { y: rows(...ys) } },
      at: { m: 0.3, c: 0.6 },
      options: { batchSize: 3 },
      loss: ({ m = 0, c = 0 }) =>
        line(
          (w) => normal(w, m, 0.8),
          (w, qw) =>
            ys.reduce(
              (sum, y) => {
                const loc = c * y
                const kl = 0.5 * (0.49 + (loc - Math.floor(w)) ** 2 - 1) - Math.log(0.7)
                return sum + kl - normal(y, loc, 0.5) + 0.49 / (2 * 0.25)
              },
              qw - normal(w, 0, 1)
            )
        ),
      gradients: { w: "score function", z: "reparameterized" }
    }
  },
  "one factor of a product jumps, the other does not": () => ({
    guided: guide(
      () => ({ p: Product({ a: Normal(param("m", 0.3), 0.8), b: Normal(param("n", -0.2), 0.6) }) }),
      gen(function* () {
        const { a, b } = yield* sample("p", Product({ a: Normal(0, 1), b: Normal(0, 1) }))
        yield* observe("x", Normal(scalar(tf.add(tf.round(a), b)), 0.5))
      })
    ),
    data: { x: tf.scalar(0.7) },
    at: { m: 0.3, n: -0.2 },
    loss: ({ m = 0, n = 0 }) =>
      line(
        (a) => normal(a, m, 0.8),
        (a, q) =>
          q -
          normal(a, 0, 1) +
          0.5 * (0.36 + n * n - 1) -
          Math.log(0.6) -
          normal(0.7, Math.round(a) + n, 0.5) +
          0.36 / 0.5
      ),
    gradients: { "p.a": "score function", "p.b": "reparameterized" }
  }),
  "masked data beside a jump, in minibatches": () => {
    const [ys, counts] = [
      [0.4, -1.2, 2.1, 0.1],
      [1, 0, 1, 1]
    ]
    return {
      guided: guide(
        () => ({ w: Normal(param("m", 0.3), 0.8) }),
        gen(function* () {
          const w = yield* sample("w", Normal(0, 1))
          yield* plate("rows", (row: { c: Tensor<readonly []> }) =>
            observe("y", Masked(Normal(scalar(tf.floor(w)), 0.9), row.c))
          )
        })
      ),
      data: { rows: { y: rows(...ys), c: rows(...counts) } },
      at: m,
      options: { batchSize: 2, particles: 64 },
      loss: ({ m = 0 }) =>
        line(
          (w) => normal(w, m, 0.8),
          (w, q) =>
            ys.reduce((sum, y, i) => sum - (counts[i] ?? 0) * normal(y, Math.floor(w), 0.9), q - normal(w, 0, 1))
        ),
      gradients: { w: "score function" }
    }
  },
  "a discrete draw hangs on another in the guide, and both are read at once": () => ({
    guided: program(
      gen(function* () {
        const j = yield* sample("j", Bernoulli({ probs: 0.4 }))
        const k = yield* sample("k", Bernoulli({ logits: scalar(tf.sub(j, 0.7)) }))
        yield* observe("x", Normal(scalar(tf.sub(k, tf.mul(2, tf.mul(j, k)))), 0.5))
      }) as never
    ).guideWith((() =>
      gen(function* () {
        const j = yield* sample("j", Bernoulli({ logits: param("l", 0.2) }))
        yield* sample("k", Bernoulli({ logits: scalar(tf.add(param("m", 0.3), tf.mul(j, param("n", -0.8)))) }))
      })) as never) as unknown as Kind["guided"],
    data: { x: tf.scalar(0.7) },
    at: { l: 0.2, m: 0.3, n: -0.8 },
    loss: ({ l = 0, m = 0, n = 0 }) =>
      coins(l, (j, qj) =>
        coins(m + n * j, (k, qk) => {
          const prior = Math.log(j === 1 ? 0.4 : 0.6) + coin(k, j - 0.7)
          return qj + qk - prior - normal(0.7, k - 2 * j * k, 0.5)
        })
      ),
    gradients: { j: "enumerated", k: "enumerated" }
  }),
  "a draw that jumps is read by the weights of an enumerated one alone": () => ({
    guided: program(
      gen(function* () {
        yield* sample("z", Normal(0, 1))
        const k = yield* sample("k", Bernoulli({ probs: 0.4 }))
        yield* observe("x", Normal(scalar(tf.mul(2, k)), 0.5))
      }) as never
    ).guideWith((() =>
      gen(function* () {
        const z = yield* sample("z", Normal(param("m", 0.3), 0.8))
        yield* sample("k", Bernoulli({ logits: scalar(tf.mul(param("n", 0.7), tf.sign(z))) }))
      })) as never) as unknown as Kind["guided"],
    data: { x: tf.scalar(0.7) },
    at: { m: 0.3, n: 0.7 },
    loss: ({ m = 0, n = 0 }) =>
      line(
        (z) => normal(z, m, 0.8),
        (z, q) =>
          q -
          normal(z, 0, 1) +
          coins(n * Math.sign(z), (k, qk) => qk - Math.log(k === 1 ? 0.4 : 0.6) - normal(0.7, 2 * k, 0.5))
      ),
    gradients: { z: "score function", k: "enumerated" }
  }),
  "a beta guide read by its log odds": () => ({
    guided: guide(
      () => ({ z: Beta(param.positive("a", 2), 1.5) }),
      gen(function* () {
        const z = yield* sample("z", Beta(1, 1))
        yield* observe("x", Normal(scalar(tf.sub(tf.log(z), tf.log1p(tf.neg(z)))), 0.9))
      })
    ),
    data: { x: tf.scalar(0.7) },
    at: { a: Math.log(2) },
    loss: ({ a = 0 }) => {
      const raw = (z: number) => (Math.exp(a) - 1) * Math.log(z) + 0.5 * Math.log1p(-z)
      const odds = over(-22, 22)
      // integrals over u = logit z, whose density has the factor z (1 − z)
      const log = (u: number) => raw(sigmoid(u)) - softplus(-u) - softplus(u)
      const norm = Math.log(odds(log, () => 1))
      return odds(
        (u) => log(u) - norm,
        (u) => raw(sigmoid(u)) - norm - normal(0.7, u, 0.9)
      )
    },
    gradients: { z: "implicit" }
  })
}

describe("the mean gradient of a plan is the exact one", () => {
  test.each(Object.entries(kinds))("%s", async (_, make) => {
    const kind = make()
    let plan = ""
    const found = await estimates(
      (options) =>
        Effect.tap(
          kind.guided.fit(kind.data as never, options) as Effect.Effect<{
            explain: () => { sites: ReadonlyArray<{ site: string; gradient?: string }> }
          }>,
          (fitted) =>
            Effect.sync(() => {
              plan = `${fitted.explain()}`
              for (const [site, gradient] of Object.entries(kind.gradients ?? {}))
                expect(fitted.explain().sites.find((each) => each.site === site)?.gradient).toBe(gradient)
            })
        ) as never,
      { epochs: 1500, particles: 16, seed: 5, ...kind.options }
    )
    for (const name of Object.keys(kind.at)) {
      const exact = exactOf(kind, name)
      const { mean, error } = found.of(name)
      const [value = Number.NaN, spread = Number.NaN] = [mean[0], error[0]]
      expect(spread, `${name}\n${plan}`).toBeLessThan(0.05 * (1 + Math.abs(exact)))
      expect(Math.abs(value - exact), `${name}: ${value} ± ${spread}, exact ${exact}\n${plan}`).toBeLessThan(
        4.5 * spread + 1e-3 * (1 + Math.abs(exact))
      )
    }
  })
})

test.each<readonly [string, (z: tf.Tensor, p: tf.Tensor) => tf.Tensor]>([
  ["is the threshold of a draw that it also guides", (z, p) => tf.cast(tf.greater(z, p), "float32")],
  ["stretches a draw before floor", (z, p) => tf.floor(tf.mul(z, p))],
  ["moves the place at which a table is read", (z, p) => tf.cast(tf.cast(tf.add(z, p), "int32"), "float32")],
  ["moves a draw by a jump between two draws", (z, p) => tf.sign(tf.sub(tf.exp(z), tf.softplus(p)))]
])("a parameter that %s is refused by name", (_, f) => {
  const guided = program(
    gen(function* () {
      const z = yield* sample("z", Normal(0, 1))
      yield* observe("x", Normal(scalar(f(z, param("m", 0.3))), 0.5))
    }) as never
  ).guide((() => ({ z: Normal(param("m", 0.3), 0.8) })) as never)
  expect(() => guided.explain({ x: tf.scalar(0.7) } as never)).toThrow(
    "site 'm': no gradient of the parameter 'm' would be right"
  )
})
