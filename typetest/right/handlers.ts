// Handlers are typed in what they do to the sites: what is conditioned, moved, blocked or written in another way leaves the guide's duties.
import { Effect } from "effect"
import {
  block,
  condition,
  counterfactual,
  type Dataset,
  type Draws,
  deterministic,
  HalfNormal,
  intervene,
  type Latent,
  LogNormal,
  lift,
  logJoint,
  mask,
  Normal,
  observe,
  type Plate,
  param,
  plate,
  program,
  Reparam,
  reparam,
  replay,
  type Scored,
  sample,
  scale,
  seed,
  simulate,
  substitute,
  type Tensor,
  Transform,
  Transformed,
  trace
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

type Scalar = Tensor<readonly []>
declare const number: Scalar
declare const row: Tensor<readonly [number]>
type Sites<P> = P extends Effect.Effect<unknown, unknown, infer R> ? R : never
type Names<R> =
  R extends Latent<infer N, infer _D>
    ? N
    : R extends Plate<infer N extends string, infer _Row, infer I>
      ? `${N}.${Names<I>}`
      : never

const schools = program(function* () {
  const mu = yield* sample("mu", Normal(0, 5))
  const tau = yield* sample("tau", HalfNormal(5))
  const shape = yield* sample("shape", Transformed(Normal(0, 1), Transform.exp))
  yield* plate("schools", function* (school: { readonly sigma: Scalar }) {
    const theta = yield* sample("theta", Normal(mu, tau))
    yield* deterministic("double", theta)
    yield* observe("y", Normal(theta, school.sigma))
  })
  return shape
})
const data = { schools: { sigma: row, y: row } }

export const known = condition(schools, { mu: number, tau: 2 })
same<Equal<Names<Sites<typeof known>>, "shape" | "schools.theta">>()
same<Equal<Extract<Sites<typeof known>, Scored<"mu", unknown>>["name"], "mu">>()
export const moved = block(intervene(known, { schools: { theta: 1, double: number } }), "shape")
same<Equal<Names<Sites<typeof moved>>, never>>()
export const noGuide = program(moved)
  .guide(() => ({}))
  .fit(data)
export const without = block(schools, "schools.theta", "mu")
same<Equal<Names<Sites<typeof without>>, "tau" | "shape">>()
export const same1 = substitute(seed(mask(scale(schools, 0.5), true), 3), { mu: 1 })
same<Equal<Names<Sites<typeof same1>>, "tau" | "shape" | "schools.theta">>()

const free = reparam(schools, { shape: Reparam.transformed, schools: { theta: Reparam.nonCentred } })
same<Equal<Names<Sites<typeof free>>, "mu" | "tau" | "shape.base" | "schools.theta.base">>()
export const guided = program(free)
  .guide(() => ({
    mu: Normal(0, 1),
    tau: LogNormal(0, 1),
    "shape.base": Normal(0, 1),
    schools: () => ({ "theta.base": Normal(0, 1) })
  }))
  .fit(data)

const run = trace(schools, data, { seed: 1 })
same<Equal<typeof run.values.schools.theta, Tensor<readonly [number]>>>()
same<Equal<typeof run.values.mu, Scalar>>()
same<Equal<typeof run.value, Scalar>>()
const again = replay(schools, run)
same<Equal<Names<Sites<typeof again>>, never>>()
export const joint = logJoint(schools, data, { mu: 1, tau: number, shape: 1, schools: { theta: row } })

const draws = simulate(schools, { schools: { sigma: row } }, 10)
same<Equal<Effect.Success<typeof draws>["mu"], Dataset<readonly [], "real">>>()
same<Equal<keyof Effect.Success<typeof draws>["schools"], "theta" | "double" | "y">>()
export const plain: Effect.Effect<Draws, unknown, unknown> = draws
const coins = plate("rows", (_row: object) => observe("x", Normal(0, 1)))
export const counted = simulate(coins, { rows: 5 }, 10)

const line = program(function* () {
  const slope = yield* sample("slope", Normal(0, 1))
  yield* plate("rows", (point: { readonly x: Scalar }) => observe("y", Normal(slope, point.x)))
}).guide(() => ({ slope: Normal(0, 1) }))
const predicted = Effect.flatMap(line.fit({ rows: { x: row, y: row } }), (fitted) =>
  fitted.predict({ rows: { x: row } }, 5)
)
same<Equal<keyof Effect.Success<typeof predicted>["rows"], "y">>()

const bayesian = lift(
  Effect.suspend(() => observe("y", Normal(param("m", 0), 1))),
  { m: Normal(0, 1) }
)
same<Equal<Names<Sites<typeof bayesian>>, "m">>()
const study = Effect.gen(function* () {
  const x = yield* sample("x", Normal(0, 1))
  return yield* sample("y", Normal(x, 1))
})
const joe = counterfactual(study, { given: { y: 1 }, intervene: { x: 2 }, query: ["y"] })
same<Equal<Effect.Success<typeof joe>, { readonly y: Scalar }>>()
same<Equal<Names<Sites<typeof joe>>, "x">>()
