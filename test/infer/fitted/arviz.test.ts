import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tf from "@tensorflow/tfjs"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Data } from "../../../src/data/Data.ts"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { DataFormat, InvalidOption } from "../../../src/Errors.ts"
import { program } from "../../../src/infer/program/program.ts"
import { masked } from "../../../src/model/incomplete.ts"
import type { Missing } from "../../../src/model/missingValue.ts"
import { param } from "../../../src/model/Param.ts"
import { deterministic, enumerate, observe, plate, sample } from "../../../src/model/Site.ts"
import { add, mul } from "../../../src/tensor/ops/ofTwo.ts"
import { sum } from "../../../src/tensor/ops/reduce.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, run } from "../harness.ts"

/** The folder for ArviZ: its bytes are read here by themselves, and by xarray and ArviZ where Python has them. */
const normal = (x: number, mean: number, scale: number): number =>
  -0.5 * ((x - mean) / scale) ** 2 - Math.log(scale) - 0.5 * Math.log(2 * Math.PI)
const y = [1, 0.2, -0.3]
const schools = program(function* () {
  const mu = yield* sample("mu", Normal(0, 1))
  const w = yield* sample("w", Normal(0, 1).iid(2))
  yield* deterministic("twice", mul(2, mu))
  yield* observe("first", Normal(mu, 2))
  yield* plate("schools", function* (row: { readonly x: Tensor<readonly [2]> }) {
    const theta = yield* sample("theta", Normal(mu, 1))
    yield* observe("y", Normal(add(theta, sum(mul(row.x, w))), 0.5))
  })
}).guide(() => ({
  mu: Normal(param("loc", 0.3), 0.7),
  w: Normal(0.1, 0.2).iid(2),
  schools: (row) => ({ theta: Normal(row.y, 0.4) })
}))
const x = [
  [1, 0],
  [0, 1],
  [0.5, 0.5]
] as const
const data = { first: Tensor.of([], tf.scalar(1.5)), schools: { x: Dataset.of(x.flat(), [2]), y: Dataset.of(y, []) } }
const coords = { schools: ["Choate", "Phillips", "São Paulo"], side: ["left", "right"] }

let folder = ""
let path = ""
const n = 5
let fitted: Awaited<ReturnType<typeof fit>>
const fit = () => run(schools.fit(data, { epochs: 1, progress: false }), cpu)
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latent-arviz-"))
  path = join(folder, "posterior.zarr")
  fitted = await fit()
  await run(fitted.saveArviz(path, data, n, { seed: 4, coords, dims: { w: ["side"], x: ["side"] } }), cpu)
})
afterAll(() => rm(folder, { recursive: true }))

const json = async (...parts: ReadonlyArray<string>): Promise<unknown> =>
  JSON.parse(await readFile(join(path, ...parts), "utf8"))
const floats = async (store: string, chunk: string): Promise<ReadonlyArray<number>> => {
  const bytes = await readFile(join(store, chunk))
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}

describe("a folder for ArviZ", () => {
  test("has the groups, and for each array its shape, type and dimensions", async () => {
    const groups = ["constant_data", "log_likelihood", "observed_data", "posterior", "sample_stats"]
    expect((await readdir(path)).sort()).toEqual([".zattrs", ".zgroup", ".zmetadata", ...groups])
    expect((await readdir(join(path, "posterior"))).filter((name) => !name.startsWith(".")).sort()).toEqual([
      "chain",
      "draw",
      "mu",
      "schools",
      "side",
      "theta",
      "twice",
      "w"
    ])
    expect(await json("posterior", "theta", ".zarray")).toEqual({
      zarr_format: 2,
      shape: [1, n, 3],
      chunks: [1, n, 3],
      dtype: "<f4",
      order: "C",
      compressor: null,
      filters: null,
      fill_value: null
    })
    expect(await json("posterior", "theta", ".zattrs")).toEqual({ _ARRAY_DIMENSIONS: ["chain", "draw", "schools"] })
    expect(await json("posterior", "w", ".zattrs")).toEqual({ _ARRAY_DIMENSIONS: ["chain", "draw", "side"] })
    expect(await json("constant_data", "x", ".zattrs")).toEqual({ _ARRAY_DIMENSIONS: ["schools", "side"] })
    expect(await json("observed_data", "first", ".zarray")).toMatchObject({ shape: [], chunks: [] })
    const { metadata } = (await json(".zmetadata")) as { readonly metadata: Readonly<Record<string, unknown>> }
    for (const [name, value] of Object.entries(metadata)) expect(await json(...name.split("/"))).toEqual(value)
    expect(Object.keys(metadata)).toContain("sample_stats/lp/.zarray")
  })

  test("has the numbers of posterior and logLikelihood by the same seed, and the data", async () => {
    const draws = await run(fitted.posterior(data, n, { seed: 4 }), cpu)
    const likelihood = await run(fitted.logLikelihood(data, n, { seed: 4 }), cpu)
    expect(await floats(path, "posterior/mu/0.0")).toEqual([...draws.mu.values])
    expect(await floats(path, "posterior/theta/0.0.0")).toEqual([...draws.schools.theta.values])
    expect(await floats(path, "posterior/twice/0.0")).toEqual([...draws.twice.values])
    expect(await floats(path, "log_likelihood/y/0.0.0")).toEqual([...likelihood.schools.y.values])
    expect(await floats(path, "log_likelihood/first/0.0")).toEqual([...likelihood.first.values])
    expect(await floats(path, "observed_data/y/0")).toEqual([...Float32Array.from(y)])
    expect(await floats(path, "observed_data/first/0")).toEqual([1.5])
    expect(await floats(path, "constant_data/x/0.0")).toEqual(x.flat())
  })

  test("has log p(data, draw) and log q(draw), the sums of the densities written out", async () => {
    const { mu, w, schools } = await run(fitted.posterior(data, n, { seed: 4 }), cpu)
    const doubles = async (name: string) => {
      const bytes = await readFile(join(path, "sample_stats", name, "0.0"))
      return Array.from({ length: n }, (_, i) => bytes.readDoubleLE(8 * i))
    }
    const [lp, logQ] = [await doubles("lp"), await doubles("log_q")]
    const loc = fitted.parameter("loc")[0] ?? Number.NaN
    const at = (rows: { readonly values: ArrayLike<number> }, i: number): number => rows.values[i] ?? Number.NaN
    for (let d = 0; d < n; d++) {
      const m = at(mu, d)
      const [a, b] = [at(w, 2 * d), at(w, 2 * d + 1)]
      let p = normal(m, 0, 1) + normal(a, 0, 1) + normal(b, 0, 1) + normal(1.5, m, 2)
      let q = normal(m, loc, 0.7) + normal(a, 0.1, 0.2) + normal(b, 0.1, 0.2)
      y.forEach((value, i) => {
        const [theta, [left, right] = [0, 0]] = [at(schools.theta, 3 * d + i), x[i]]
        p += normal(theta, m, 1) + normal(value, theta + left * a + right * b, 0.5)
        q += normal(theta, value, 0.4)
      })
      expect(lp[d]).toBeCloseTo(p, 3)
      expect(logQ[d]).toBeCloseTo(q, 3)
    }
  })

  test("has the names of rows as texts in UTF-32, and numbers from 0 where none are given", async () => {
    expect(await json("posterior", "schools", ".zarray")).toMatchObject({ dtype: "<U9", shape: [3] })
    const bytes = await readFile(join(path, "posterior", "schools", "0"))
    const letters = Array.from({ length: 27 }, (_, i) => String.fromCodePoint(bytes.readUInt32LE(4 * i)))
    expect(
      [0, 9, 18].map((from) =>
        letters
          .slice(from, from + 9)
          .join("")
          .replaceAll("\0", "")
      )
    ).toEqual(coords.schools)
    const draw = await readFile(join(path, "posterior", "draw", "0"))
    expect(Array.from({ length: n }, (_, i) => draw.readBigInt64LE(8 * i))).toEqual([0n, 1n, 2n, 3n, 4n])
  })

  test("has draws of sites that are summed out, and NaN for missing numbers", async () => {
    const mixture = program(function* () {
      yield* plate("rows", function* (row: { readonly z: Missing<Tensor<readonly []>> }) {
        const k = yield* enumerate("k", Bernoulli({ probs: 0.3 }))
        yield* masked("z", Normal(k, 1), row.z)
      })
    }).guide(() => ({}))
    const rows = { rows: { z: Data.missing([1, null, 3], []) } }
    const other = await run(mixture.fit(rows, { epochs: 1, progress: false }), cpu)
    const target = join(folder, "mixture.zarr")
    await run(other.saveArviz(target, rows, 50), cpu)
    expect(new Set(await floats(target, "posterior/k/0.0.0"))).toEqual(new Set([0, 1]))
    expect(await floats(target, "observed_data/z/0")).toEqual([1, Number.NaN, 3])
    const [first, hole] = await floats(target, "log_likelihood/z/0.0.0")
    expect(first).toBeCloseTo(Math.log(0.7 * Math.exp(normal(1, 0, 1)) + 0.3 * Math.exp(normal(1, 1, 1))), 5)
    expect(hole).toBeCloseTo(0, 6)
  })
})

describe("refused in words, before there are draws:", () => {
  test.each([
    ["a name that no dimension has", { coords: { school: [1, 2, 3] } }, InvalidOption, "'coords.school'"],
    ["too few values", { coords: { schools: ["a", "b"] } }, InvalidOption, "a list of 3"],
    ["numbers among texts", { coords: { schools: ["a", 2, "c"] } }, InvalidOption, "numbers among texts"],
    ["too many names of dimensions", { dims: { w: ["a", "b"] } }, InvalidOption, "each of the 1 dimensions"],
    ["a dimension of two lengths", { dims: { w: ["schools"] } }, DataFormat, "2 values in 'w', and 3 elsewhere"],
    ["a site of a dimension's name", { dims: { w: ["mu"] } }, DataFormat, "two sites or dimensions"],
    ["an option that there is not", { chains: 2 }, InvalidOption, "'chains' is unknown"]
  ])("%s", async (_, options, type, words) => {
    const error = await failure(fitted.saveArviz(join(folder, "other.zarr"), data, 2, options as never))
    expect(error).toBeInstanceOf(type)
    expect(error.message).toContain(words)
    expect(existsSync(join(folder, "other.zarr"))).toBe(false)
  })

  test("a path where there is something, which stays", async () => {
    const error = await failure(fitted.saveArviz(path, data, 2))
    expect(error.message).toContain("there is something of this name")
    expect(await json("posterior", "theta", ".zarray")).toMatchObject({ shape: [1, n, 3] })
    expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([])
  })
})

const python = process.env["PYTHON"] ?? "python3"
const hasArviz = spawnSync(python, ["-c", "import arviz, xarray, zarr"]).status === 0
if (!hasArviz)
  console.warn(
    `${python} has no arviz, xarray and zarr: that they read the folder is not tested here, only its bytes are.`
  )

const script = `
import json, sys, warnings
warnings.simplefilter("ignore")
import arviz as az, numpy as np, xarray as xr
path = sys.argv[1]
posterior = xr.open_zarr(path, group="posterior", consolidated=False)
consolidated = xr.open_zarr(path, group="posterior")
tree = xr.open_datatree(path, engine="zarr")
data = az.InferenceData.from_datatree(tree) if hasattr(az, "InferenceData") else tree
stats = data.sample_stats
print(json.dumps({
  "groups": sorted(tree.children),
  "dims": list(posterior.theta.dims),
  "theta": posterior.theta.sel(schools="São Paulo").values.ravel().tolist(),
  "same": bool(consolidated.equals(posterior)) and bool(data.posterior.theta.equals(posterior.theta)),
  "w": posterior.w.sel(side="right").values.ravel().tolist(),
  "observed": data.observed_data.y.values.tolist(),
  "lp": stats.lp.values.ravel().tolist(),
  "mean": float(az.summary(data, var_names=["mu"], kind="stats", round_to=8)["mean"].iloc[0]),
  "rows": list(az.loo(data, var_name="y", pointwise=True).loo_i.dims),
}))
`

describe.runIf(hasArviz)("Python", () => {
  test("reads it with xarray and ArviZ, by the names of rows, and computes LOO from it", async () => {
    const { stdout, stderr, status } = spawnSync(python, ["-c", script, path], { encoding: "utf8" })
    expect(status, stderr).toBe(0)
    const found = JSON.parse(stdout)
    const { mu, w, schools } = await run(fitted.posterior(data, n, { seed: 4 }), cpu)
    expect(found.groups).toEqual(["constant_data", "log_likelihood", "observed_data", "posterior", "sample_stats"])
    expect(found.dims).toEqual(["chain", "draw", "schools"])
    expect(found.theta).toEqual(Array.from({ length: n }, (_, d) => schools.theta.values[3 * d + 2]))
    expect(found.w).toEqual(Array.from({ length: n }, (_, d) => w.values[2 * d + 1]))
    expect(found.same).toBe(true)
    expect(found.observed).toEqual([...Float32Array.from(y)])
    expect(found.lp).toHaveLength(n)
    expect(found.mean).toBeCloseTo(Array.from(mu.values).reduce((total, value) => total + value, 0) / n, 5)
    expect(found.rows).toEqual(["schools"])
  })
})
