// Generator functions are programs, guides and bodies of plates as they are, beside any Effect; the sites are read off them alike.
import { Effect } from "effect"
import {
  at,
  Bernoulli,
  dot,
  exp,
  HalfNormal,
  LogNormal,
  mul,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

declare const x: Tensor<readonly [100, 3]>
declare const y: Tensor<readonly [100]>

interface Row {
  readonly x: Tensor<readonly [3]>
}

const written = program(function* () {
  const w = yield* sample("w", Normal(0, 1).iid(3))
  const sigma = yield* sample("sigma", HalfNormal(1))
  yield* plate("rows", function* (row: Row) {
    const z = yield* sample("z", Normal(dot(row.x, w), sigma))
    yield* observe("y", Normal(z, 1))
  })
  return w
})
const asEffect = program(
  Effect.gen(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(3))
    const sigma = yield* sample("sigma", HalfNormal(1))
    yield* plate("rows", (row: Row) =>
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(dot(row.x, w), sigma))
        yield* observe("y", Normal(z, 1))
      })
    )
    return w
  })
)
same<Equal<typeof written, typeof asEffect>>()

// a guide: a generator function, a function that gives a generator, or one that gives an Effect
const guide = function* () {
  const w = yield* sample("w", Normal(param("w.loc", [3]), 1))
  yield* sample("sigma", LogNormal(0, 1))
  yield* plate("rows", function* (row: Row & { readonly y: Tensor<readonly []> }) {
    yield* sample("z", Normal(mul(row.y, at(w, 0)), 1))
  })
}
export const fit = written.guideWith(guide).fit({ rows: { x, y } })
export const fitToo = written.guideWith(() => guide()).fit({ rows: { x, y } })
export const fitThree = written.guideWith(() => Effect.gen(guide)).fit({ rows: { x, y } })

// loops, branches, helpers that are generator functions themselves, other Effects, and parts that ask for nothing
const coin = function* <const N extends string>(name: N, p: Tensor<readonly []>) {
  return yield* sample(name, Bernoulli({ probs: p }))
}
const many = program(function* () {
  const scale = yield* sample("scale", HalfNormal(1))
  const p = exp(mul(scale, -1))
  const heads = yield* coin("heads", p)
  const tails = yield* coin("tails", p)
  const both = yield* Effect.succeed(mul(heads, tails))
  for (const i of [1, 2, 3]) yield* observe("y", Normal(both, i))
  return yield* Effect.sync(() => 1)
})
same<Equal<Effect.Success<(typeof many)["effect"]>, number>>()
export const guided = many.guide(() => ({
  scale: LogNormal(0, 1),
  heads: Bernoulli({ logits: param("heads", 0) }),
  tails: Bernoulli({ logits: param("tails", 0) })
}))
