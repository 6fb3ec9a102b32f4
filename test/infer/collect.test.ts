import { describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../src/infer/step/Optimizer.ts"
import { collect } from "../../src/model/collect.ts"
import { param } from "../../src/model/Param.ts"
import { scan } from "../../src/model/recurrence.ts"
import { enumerate, observe, plate, sample } from "../../src/model/Site.ts"
import { dot } from "../../src/tensor/ops/matmul.ts"
import { add, mul } from "../../src/tensor/ops/ofTwo.ts"
import { at } from "../../src/tensor/ops/pick.ts"
import { sum } from "../../src/tensor/ops/reduce.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { coin, normal, sigmoid } from "../support/closedForms.ts"
import { engines, failure, onnx, run } from "./harness.ts"

type Scalar = Tensor<readonly []>
const quiet = { progress: false } as const

describe("groups in a long table: effect ~ N(0, 2), y ~ N(effect of its group, 1)", () => {
  const groups = [0, 1, 0, 2, 1, 0, 2, 2]
  const ys = [1.2, -0.4, 0.8, 3.1, 0.2, 1.5, 2.6, 2.2]
  const grouped = program(function* () {
    const effects = yield* collect("groups", () => sample("effect", Normal(0, 2)))
    yield* plate("rows", (row: { readonly group: Scalar }) => observe("y", Normal(at(effects, row.group), 1)))
  }).guide(() => ({ groups: () => ({ effect: Normal(param.row("loc", []), param.row.positive("scale", [])) }) }))
  const data = {
    groups: 3,
    rows: { group: Dataset.of(groups, []), y: Dataset.of(ys, []) }
  }
  const posterior = [0, 1, 2].map((g) => {
    const own = ys.filter((_, i) => groups[i] === g)
    const precision = 0.25 + own.length
    return { mean: own.reduce((a, b) => a + b, 0) / precision, sd: 1 / Math.sqrt(precision) }
  })

  test.each(engines.slice(1))(
    "the exact posterior of each group is found on %s, by minibatches of rows",
    async (_, engine) => {
      const fitted = await run(
        grouped.fit(data, { ...quiet, epochs: 3000, batchSize: 4, particles: 4, learningRate: 0.01, seed: 1 }),
        engine
      )
      posterior.forEach(({ mean, sd }, g) => {
        expect(Math.abs((fitted.parameters["loc"]?.[g] ?? 0) - mean)).toBeLessThan(0.08)
        expect(Math.abs((fitted.parameters["scale"]?.[g] ?? 0) - sd)).toBeLessThan(0.08)
      })
      const evidence = await run(fitted.logMarginal(data, { particles: 5000 }), engine)
      const right = [0, 1, 2].reduce((total, g) => {
        const own = ys.filter((_, i) => groups[i] === g)
        const { mean = 0, sd = 1 } = posterior[g] ?? {}
        return total + own.reduce((a, y) => a + normal(y, mean, 1), 0) + normal(mean, 0, 2) - normal(mean, mean, sd)
      }, 0)
      expect(Math.abs(evidence - right)).toBeLessThan(0.05)
    }
  )

  test("its gradient is verified, and other numbers of groups are refused in words", async () => {
    const verified = await run(grouped.verify(data, { steps: 400 }), onnx)
    expect(verified.ok).toBe(true)
    const fitted = await run(grouped.fit(data, { ...quiet, epochs: 1 }), onnx)
    const other = { ...data, groups: 2 }
    expect(await failure(fitted.elbo(other), onnx)).toMatchObject({ _tag: "DataFormat", path: "data.groups" })
  })
})

test("users and items cross: y[user, item] ~ N(⟨u, v⟩, 0.3) is fitted better than by its mean", async () => {
  const [users, items] = [12, 9] as const
  const u = Array.from({ length: users }, (_, i) => [Math.sin(i), Math.cos(2 * i)])
  const v = Array.from({ length: items }, (_, j) => [Math.cos(j), Math.sin(3 * j)])
  const table = u.flatMap((a, i) =>
    v.map((b, j) => (a[0] ?? 0) * (b[0] ?? 0) + (a[1] ?? 0) * (b[1] ?? 0) + 0.1 * Math.sin(7 * i + 3 * j))
  )
  const factorised = program(function* () {
    const all = yield* collect("items", (_: { readonly id: Scalar }) => sample("v", Normal(0, 1).iid(2)))
    yield* plate("users", function* () {
      const own = yield* sample("u", Normal(0, 1).iid(2))
      yield* observe("y", Normal(sum(mul(all as Tensor<readonly [9, 2]>, own), 1), 0.3))
    })
  }).guide(() => ({
    items: () => ({ v: Normal(param.row("v.loc", [2]), param.row.positive("v.scale", [2])) }),
    users: () => ({ u: Normal(param.row("u.loc", [2]), param.row.positive("u.scale", [2])) })
  }))
  const data = {
    items: {
      id: Dataset.of(
        v.map((_, j) => j),
        []
      )
    },
    users: { y: Dataset.of(table, [items]) }
  }
  const fitted = await run(
    factorised.fit(data, { ...quiet, epochs: 1500, batchSize: 6, learningRate: 0.02, seed: 2 }),
    onnx
  )
  const [ul, vl] = [fitted.parameters["u.loc"] ?? [], fitted.parameters["v.loc"] ?? []]
  const error = table.reduce((total, y, k) => {
    const [i, j] = [Math.floor(k / items), k % items]
    return total + (y - (ul[2 * i] ?? 0) * (vl[2 * j] ?? 0) - (ul[2 * i + 1] ?? 0) * (vl[2 * j + 1] ?? 0)) ** 2
  }, 0)
  const mean = table.reduce((a, b) => a + b, 0) / table.length
  const spread = table.reduce((total, y) => total + (y - mean) ** 2, 0)
  expect(error / spread).toBeLessThan(0.1)
})

describe("discrete sites that other rows read too are not enumerated row by row", () => {
  const ys = [0.9, -0.2, 1.4]
  const data = { steps: { y: Dataset.of(ys, []) } }

  test("along a sequence the score function is taken, and its gradient is exact", async () => {
    const chain = program(function* () {
      yield* scan("steps", { z: 0 }, function* ({ z }) {
        const next = yield* sample("z", Bernoulli({ logits: add(mul(2, z), -1) }))
        yield* observe("y", Normal(next, 1))
        return { z: next }
      })
    }).guide(() => ({ steps: () => ({ z: Bernoulli({ logits: param.row("logit", []) }) }) }))
    const plan = chain.explain(data)
    expect(plan.sites[0]).toMatchObject({ site: "z", gradient: "score function" })
    const fitted = await run(
      chain.fit(data, {
        ...quiet,
        epochs: 6000,
        particles: 32,
        optimizer: Optimizer.adam(Schedule.cosine(0.02)),
        seed: 3
      }),
      onnx
    )
    /** mean field by coordinate ascent over all combinations */
    const q = [0.5, 0.5, 0.5]
    const joint = (z: ReadonlyArray<number>) => {
      let [total, before] = [0, 0]
      z.forEach((each, t) => {
        total += coin(each, 2 * before - 1) + normal(ys[t] ?? 0, each, 1)
        before = each
      })
      return total
    }
    for (let k = 0; k < 200; k++)
      for (let t = 0; t < 3; t++) {
        const given = (value: number) =>
          Array.from({ length: 8 }, (_, code) => [code & 1, (code >> 1) & 1, (code >> 2) & 1])
            .filter((z) => z[t] === value)
            .reduce(
              (all, z) =>
                all +
                z.reduce((p, each, i) => (i === t ? p : p * (each === 1 ? (q[i] ?? 0) : 1 - (q[i] ?? 0))), 1) *
                  joint(z),
              0
            )
        q[t] = sigmoid(given(1) - given(0))
      }
    q.forEach((p, t) => void expect(Math.abs(sigmoid(fitted.parameters["logit"]?.[t] ?? 0) - p)).toBeLessThan(0.05))
  })

  test("of a collected plate too; and a site that the model sums out is refused", async () => {
    const three = (all: Tensor): Tensor<readonly [3]> => Tensor.of([3], all)
    type Row = { readonly w: Tensor<readonly [3]> }
    const drawn = program(function* () {
      const all = yield* collect("steps", (_: { readonly y: Scalar }) => sample("k", Bernoulli({ probs: 0.5 })))
      yield* plate("rows", (row: Row) => observe("x", Normal(dot(three(all), row.w), 1)))
    })
    const summed = program(function* () {
      const all = yield* collect("steps", (_: { readonly y: Scalar }) => enumerate("k", Bernoulli({ probs: 0.5 })))
      yield* plate("rows", (row: Row) => observe("x", Normal(dot(three(all), row.w), 1)))
    })
    const both = { ...data, rows: { w: Dataset.of([1, 2, 3, 4, 5, 6], [3]), x: Dataset.of([1, 2], []) } }
    const guided = drawn.guide(() => ({ steps: () => ({ k: Bernoulli({ logits: param("l", 0) }) }) }))
    expect(guided.explain(both).sites[0]).toMatchObject({
      gradient: "score function",
      because: expect.stringContaining("in all rows of 'steps' together")
    })
    const refused = await failure(summed.guide(() => ({})).fit(both, quiet), onnx)
    expect(refused).toMatchObject({ _tag: "UnsupportedKernel", kernel: "enumerate" })
  })
})
