import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { LogNormal } from "../../../src/dist/LogNormal.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { InvalidOption } from "../../../src/Errors.ts"
import { summarise } from "../../../src/infer/fitted/summarise.ts"
import { program } from "../../../src/infer/program/program.ts"
import { param } from "../../../src/model/Param.ts"
import { deterministic, observe, plate, sample } from "../../../src/model/Site.ts"
import { mul } from "../../../src/tensor/ops/ofTwo.ts"
import { cpu, engines, failure, run } from "../harness.ts"

const notebook = Symbol.for("Jupyter.display")
const formsOf = (value: object): Readonly<Record<string, string>> =>
  (value as { readonly [notebook]: () => Readonly<Record<string, string>> })[notebook]()

const people = program(function* () {
  const mu = yield* sample("mu", Normal(0, 1))
  const sizes = yield* sample("sizes", LogNormal(0, 1).iid(2))
  yield* deterministic("twice", mul(2, mu))
  yield* plate("rows", function* () {
    const z = yield* sample("z", Normal(mu, 1))
    yield* observe("y", Normal(z, 1))
  })
  return sizes
}).guide(() => ({
  mu: Normal(param("loc", 0.4), param.positive("scale", 0.2)),
  sizes: LogNormal(0.3, 0.5).iid(2),
  rows: () => ({ z: Normal(1, 0.1) })
}))
const data = { rows: { y: Dataset.of([1, 0.2, -0.3], []) } }

describe("mean, standard deviation and quantiles of draws", () => {
  test("are those of R's default, worked out by hand", () => {
    const { sites, draws } = summarise(
      {
        a: Dataset.of([4, 1, 3, 2], []),
        rows: {
          b: Dataset.of([
            [1, 10],
            [2, 30],
            [3, 20],
            [0, 0]
          ])
        }
      },
      { quantiles: [0, 0.1, 0.5, 1] }
    )
    expect(draws).toBe(4)
    expect([...sites.a.mean]).toEqual([2.5])
    expect(sites.a.sd[0]).toBeCloseTo(Math.sqrt(5 / 3), 12)
    // quantile(c(1, 2, 3, 4), c(0, 0.1, 0.5, 1)) in R
    expect(sites.a.quantiles.map(([x]) => x)).toEqual([1, 1.3, 2.5, 4])
    expect([...sites.rows.b.mean]).toEqual([1.5, 15])
    expect(sites.rows.b.quantiles.map((list) => [...list])).toEqual([
      [0, 0],
      [expect.closeTo(0.3, 12), expect.closeTo(3, 12)],
      [1.5, 15],
      [3, 30]
    ])
  })

  test.each(engines)("of a fit come near those of its guide: %s", async (_, source) => {
    const fitted = await run(people.fit(data, { epochs: 1, progress: false }), source)
    const [loc = 0, scale = 0] = [fitted.parameter("loc")[0], fitted.parameter("scale")[0]]
    const n = 4000
    const { sites } = await run(fitted.summary({ draws: n, seed: 2, quantiles: [0.05, 0.5, 0.95] }), source)
    expect(Object.keys(sites)).toEqual(["mu", "sizes"])
    const error = scale / Math.sqrt(n)
    expect(Math.abs((sites.mu.mean[0] ?? Number.NaN) - loc)).toBeLessThan(4 * error)
    expect(Math.abs((sites.mu.sd[0] ?? Number.NaN) - scale)).toBeLessThan((4 * error) / Math.SQRT2)
    // the standard error of a quantile: sqrt(p (1 − p) / n) / density
    const z = 1.6448536
    const tail = Math.sqrt((0.05 * 0.95) / n) / (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI))
    expect(Math.abs(((sites.mu.quantiles[2]?.[0] ?? Number.NaN) - loc) / scale - z)).toBeLessThan(4 * tail)
    expect(Math.abs(((sites.mu.quantiles[0]?.[0] ?? Number.NaN) - loc) / scale + z)).toBeLessThan(4 * tail)
    for (const median of sites.sizes.quantiles[1] ?? [Number.NaN])
      expect(Math.abs(Math.log(median) - 0.3)).toBeLessThan((4 * 0.5 * 1.2533) / Math.sqrt(n))
  })

  test("of a posterior have those in plates and computed ones, typed as they are nested", async () => {
    const fitted = await run(people.fit(data, { epochs: 1, progress: false }), cpu)
    const table = summarise(await run(fitted.posterior(data, 500), cpu))
    expect(table.sites.rows.z.shape).toEqual([3])
    expect(table.sites.twice.mean[0]).toBeCloseTo(2 * (table.sites.mu.mean[0] ?? 0), 5)
    const lines = `${table}`.split("\n")
    expect(lines[0]).toBe("500 draws")
    expect(lines[1]).toMatch(/^site +mean +sd +5% +50% +95%$/)
    expect(lines.slice(2).map((line) => line.split(/ {2,}/)[0])).toEqual([
      "mu",
      "sizes[0]",
      "sizes[1]",
      "twice",
      "rows.z[0]",
      "rows.z[1]",
      "rows.z[2]"
    ])
  })
})

describe("a summary shows itself", () => {
  const table = summarise({ "<a>": Dataset.of([1, 2, 3], []), many: Dataset.of(new Float32Array(75).fill(0.5), [25]) })

  test("as text, with the first numbers of a site that has many", () => {
    expect(`${table}`).toMatch(/\n<a> +2\.000 {2}1\.000 {2}1\.100 {2}2\.000 {2}2\.900\n/)
    expect(`${table}`).toContain("many[19]")
    expect(`${table}`).not.toContain("many[20]")
    expect(`${table}`).toContain("many: 5 more numbers")
  })

  test("as a table in a notebook, with names that are no markup", () => {
    const forms = formsOf(table)
    expect(forms["text/plain"]).toBe(`${table}`)
    expect(forms["text/html"]).toContain("&lt;a&gt;</td>")
    expect(forms["text/html"]).not.toContain("<a>")
  })
})

describe("refused in words:", () => {
  test.each([
    ["quantiles out of order", () => summarise({ a: Dataset.of([1], []) }, { quantiles: [0.5, 0.1] }), "'quantiles'"],
    ["a probability above 1", () => summarise({ a: Dataset.of([1], []) }, { quantiles: [2] }), "'quantiles'"],
    ["sites of other draws", () => summarise({ a: Dataset.of([1], []), b: Dataset.of([1, 2], []) }), "1 draws of one"],
    ["no draws", () => summarise({ a: 3 }), "'draws.a'"]
  ])("%s", (_, act, words) => {
    expect(act).toThrow(InvalidOption)
    expect(act).toThrow(words)
  })

  test("an option that summary has not", async () => {
    const fitted = await run(people.fit(data, { epochs: 1, progress: false }), cpu)
    const asked = fitted.summary as (options: object) => ReturnType<typeof fitted.summary>
    expect((await failure(asked({ probs: [0.1] }))).message).toContain("option 'probs' is unknown")
    expect((await failure(asked({ draws: 0 }))).message).toContain("'draws'")
  })
})
