// Ratings of items by users: both have vectors of their own, in two plates that cross, and the ratings are rows of a third one.
import { at, collect, Data, dot, Normal, observe, param, plate, program, sample, type Tensor } from "../../src/index.ts"
import { compare, random, settled } from "./answers.ts"
import { eigen, farthest, inner, rowsOf, times, transpose } from "./matrices.ts"

const noise = 0.5
type Named = { id: Tensor<[]> }
const ratings = program(function* () {
  const users = yield* collect("users", (_: Named) => sample("u", Normal(0, 1).iid(2)))
  const items = yield* collect("items", (_: Named) => sample("v", Normal(0, 1).iid(2)))
  yield* plate("ratings", function* (row: { user: Tensor<[]>; item: Tensor<[]> }) {
    yield* observe("stars", Normal(dot(at(users, row.user), at(items, row.item)), noise))
  })
}).guide(() => ({
  users: () => ({ u: Normal(param.row("u.loc", [2]), param.row.positive("u.scale", [2], 0.5)) }),
  items: () => ({ v: Normal(param.row("v.loc", [2]), param.row.positive("v.scale", [2], 0.5)) })
}))

const { normal } = random(6)
const draws = (n: number) => Array.from({ length: n }, () => [1.4 * normal(), 0.8 * normal()])
const [u, v] = [draws(15), draws(12)]
const table = times(u, transpose(v)).map((row) => row.map((x) => x + noise * normal()))
const stars = table.flatMap((row, user) => row.map((stars, item) => ({ user, item, stars })))
const data = {
  users: {
    id: Data.of(
      u.map((_, i) => i),
      []
    )
  },
  items: {
    id: Data.of(
      v.map((_, i) => i),
      []
    )
  },
  ratings: {
    user: Data.of(
      stars.map(({ user }) => user),
      []
    ),
    item: Data.of(
      stars.map(({ item }) => item),
      []
    ),
    stars: Data.of(
      stars.map(({ stars }) => stars),
      []
    )
  }
}
const fitted = await ratings.fitPromise(data, { ...settled(3000, 0.03), batchSize: stars.length })

// Nakajima, Sugiyama, Babacan and Tomioka (2013): where all ratings are there, mean field's optimum keeps the singular vectors and shrinks each singular value.
const shrunk = (singular: number): number => {
  let [a, b] = [Math.sqrt(singular), Math.sqrt(singular)]
  let [va, vb] = [0, 0]
  for (let k = 0; k < 5000; k++) {
    va = noise ** 2 / (b ** 2 + v.length * vb + noise ** 2)
    a = (va / noise ** 2) * singular * b
    vb = noise ** 2 / (a ** 2 + u.length * va + noise ** 2)
    b = (vb / noise ** 2) * singular * a
  }
  return a * b
}
const components = eigen(times(transpose(table), table)).slice(0, 2)
const known = table.map((row) =>
  row.map((_, item) =>
    components.reduce(
      (sum, { value, vector }) =>
        sum + (shrunk(Math.sqrt(value)) / Math.sqrt(value)) * inner(row, vector) * (vector[item] ?? 0),
      0
    )
  )
)
const found = times(rowsOf(fitted.parameter("u.loc"), 2), transpose(rowsOf(fitted.parameter("v.loc"), 2)))
const sizes = eigen(times(transpose(found), found))
  .slice(0, 2)
  .map(({ value }) => Math.sqrt(value))
compare("Matrix factorisation with crossed plates", [
  ...components.map(({ value }, i) => ({
    quantity: `singular value ${i + 1}, of ${Math.sqrt(value).toFixed(2)}`,
    found: sizes[i] ?? Number.NaN,
    known: shrunk(Math.sqrt(value)),
    within: 0.1
  })),
  { quantity: "largest error of a rating", found: farthest(found, known), known: 0, within: 0.1 }
])
