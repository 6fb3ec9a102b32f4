import { spawnSync } from "node:child_process"
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tf from "@tensorflow/tfjs"
import * as native from "onnxruntime-node"
import * as web from "onnxruntime-web"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Data } from "../../../src/data/Data.ts"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Bernoulli } from "../../../src/dist/Bernoulli.ts"
import { Categorical } from "../../../src/dist/Categorical.ts"
import { Truncated } from "../../../src/dist/combine/Truncated.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { StudentT } from "../../../src/dist/StudentT.ts"
import { DataFormat, InvalidOption, UnsupportedKernel } from "../../../src/Errors.ts"
import { model } from "../../../src/infer/program/model.ts"
import { program } from "../../../src/infer/program/program.ts"
import { masked } from "../../../src/model/incomplete.ts"
import type { Missing } from "../../../src/model/missingValue.ts"
import { Net } from "../../../src/model/net/index.ts"
import { param } from "../../../src/model/Param.ts"
import { enumerate, observe, plate, sample } from "../../../src/model/Site.ts"
import { dot } from "../../../src/tensor/ops/matmul.ts"
import { exp } from "../../../src/tensor/ops/ofOne.ts"
import { mul } from "../../../src/tensor/ops/ofTwo.ts"
import { at } from "../../../src/tensor/ops/pick.ts"
import { Tensor } from "../../../src/tensor/Tensor.ts"
import { cpu, failure, generator, normals, run } from "../harness.ts"

/** What is exported is run by ONNX Runtime alone, beside what the test computes itself in JavaScript. */
type Runtime = Pick<typeof native, "InferenceSession" | "Tensor">
type Numbers = Readonly<Record<string, { readonly dims: ReadonlyArray<number>; readonly data: Float32Array }>>
const options = { logSeverityLevel: 3 } as const
const call = async (bytes: Uint8Array, inputs: Numbers, ort: Runtime = native) => {
  const session = await ort.InferenceSession.create(bytes, options)
  const feeds = Object.entries(inputs).map(([name, { data, dims }]) => [name, new ort.Tensor("float32", data, dims)])
  const results = await session.run(Object.fromEntries(feeds))
  await session.release()
  return new Map(Object.entries(results).map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }]))
}
const given = (data: ArrayLike<number>, ...dims: ReadonlyArray<number>) => ({ dims, data: Float32Array.from(data) })
const gap = (actual: ArrayLike<number> | undefined, wanted: ArrayLike<number>): number =>
  actual?.length === wanted.length
    ? Math.max(...Array.from(wanted, (x, i) => Math.abs(x - (actual[i] ?? Number.NaN)) / Math.max(1, Math.abs(x))))
    : Number.NaN
const bound = 1e-5

const random = generator(3)
const pixels = Float32Array.from({ length: 40 * 16 }, () => (random() < 0.3 ? 1 : 0))
const images = Data.of(pixels, [16], "unitInterval")
const [encoder, decoder] = [Net.mlp([16, 12, 6], { name: "encoder" }), Net.mlp([3, 12, 16], { name: "decoder" })]
const vae = model(Normal(0, 1).iid(3), (z) => Bernoulli({ logits: decoder(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
const fit = () => run(vae.fit(images, { epochs: 2, batchSize: 10, seed: 4, progress: false }), cpu)
let fitted: Awaited<ReturnType<typeof fit>>
let folder = ""
beforeAll(async () => {
  web.env.wasm.numThreads = 1
  folder = await mkdtemp(join(tmpdir(), "latent-export-"))
  fitted = await fit()
  await run(fitted.export(join(folder, "vae")), cpu)
})
afterAll(() => rm(folder, { recursive: true }))

/** A net of dense layers with ReLUs between them, one row at a time. */
const dense = (net: string, row: ReadonlyArray<number>): ReadonlyArray<number> => {
  const layer = (values: ReadonlyArray<number>, i: number): ReadonlyArray<number> => {
    const [weight, bias] = [fitted.parameter(`${net}.${i}.weight`), fitted.parameter(`${net}.${i}.bias`)]
    return Array.from(bias, (b, to) =>
      values.reduce((sum, x, from) => sum + x * (weight[from * bias.length + to] ?? 0), b)
    )
  }
  return layer(
    layer(row, 0).map((x) => Math.max(0, x)),
    1
  )
}
const rowsOf = (values: ArrayLike<number>, width: number): ReadonlyArray<ReadonlyArray<number>> =>
  Array.from({ length: values.length / width }, (_, i) => Array.from(values).slice(i * width, (i + 1) * width))
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const logNormal = (x: number, mean: number, sd: number): number =>
  -0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - 0.5 * Math.log(2 * Math.PI)
const total = (values: ReadonlyArray<number>): number => values.reduce((sum, x) => sum + x, 0)

const integral = (f: (x: number) => number, from: number, to: number): number => {
  const n = 20_000
  const width = (to - from) / n
  return total(Array.from({ length: n }, (_, i) => f(from + (i + 0.5) * width))) * width
}

/** What the three parts give for some rows. */
const expected = (x: ArrayLike<number>, noise: ArrayLike<number>) => {
  const data = rowsOf(x, 16)
  const encoded = data.map((row) => dense("encoder", row))
  const loc = encoded.map((row) => row.slice(0, 3))
  const scale = encoded.map((row) => row.slice(3).map((logVariance) => Math.exp(0.5 * logVariance)))
  const entry = (values: ReadonlyArray<ReadonlyArray<number>>, row: number, i: number): number =>
    values[row]?.[i] ?? Number.NaN
  const z = rowsOf(noise, 3).map((row, n) => row.map((eps, i) => entry(loc, n, i) + entry(scale, n, i) * eps))
  const logits = z.map((row) => dense("decoder", row))
  const logWeight = z.map((row, n) => {
    const likelihood = logits[n]?.map((logit, i) => entry(data, n, i) * logit - Math.log1p(Math.exp(logit))) ?? []
    return total([
      ...likelihood,
      ...row.map((value, i) => logNormal(value, 0, 1) - logNormal(value, entry(loc, n, i), entry(scale, n, i)))
    ])
  })
  return {
    loc: loc.flat(),
    scale: scale.flat(),
    z: z.flat(),
    logits: logits.flat(),
    mean: logits.flat().map(sigmoid),
    logWeight
  }
}

describe("the parts of a model", () => {
  test.each([
    ["onnxruntime-node", native, 1],
    ["onnxruntime-node", native, 40],
    ["onnxruntime-web", web as Runtime, 7]
  ] as const)("give what the test computes by itself: %s, %#", async (_, ort, rows) => {
    const [x, noise] = [pixels.slice(0, 16 * rows), normals(5, 3 * rows)]
    const wanted = expected(x, noise)
    const encoded = await call(await run(fitted.onnx("encoder"), cpu), { x: given(x, rows, 16) }, ort)
    expect([...encoded.keys()]).toEqual(["loc", "scale", "mean", "sd"])
    expect(encoded.get("loc")?.dims).toEqual([rows, 3])
    for (const [name, values] of [
      ["loc", wanted.loc],
      ["mean", wanted.loc],
      ["scale", wanted.scale],
      ["sd", wanted.scale]
    ] as const)
      expect(gap(encoded.get(name)?.data, values), name).toBeLessThan(bound)
    const decoded = await call(await run(fitted.onnx("decoder"), cpu), { z: given(wanted.z, rows, 3) }, ort)
    expect(gap(decoded.get("logits")?.data, wanted.logits)).toBeLessThan(bound)
    expect(gap(decoded.get("mean")?.data, wanted.mean)).toBeLessThan(bound)
    const whole = await call(
      await run(fitted.onnx("model"), cpu),
      { x: given(x, rows, 16), normal_z: given(noise, rows, 3) },
      ort
    )
    for (const name of ["z", "mean", "logWeight"] as const)
      expect(gap(whole.get(name)?.data, wanted[name]), name).toBeLessThan(bound)
  })

  test("have vectors of parameters where a family of single values has them: the probabilities of labels", async () => {
    const head = Net.mlp([2, 4], { name: "head" })
    const labels = model(Normal(0, 1).iid(2), (z) => Categorical({ logits: head(z) })).guide(() =>
      Normal(param("loc", [2], 0), param.positive("scale", [2], 1))
    )
    const few = Data.of(
      Array.from({ length: 12 }, (_, i) => i % 4),
      [],
      "category"
    )
    const fit = await run(labels.fit(few, { epochs: 1, batchSize: 4, progress: false }), cpu)
    const z = normals(2, 6)
    const decoded = await call(await run(fit.onnx("decoder"), cpu), { z: given(z, 3, 2) })
    expect(decoded.get("probs")?.dims).toEqual([3, 4])
    const { kernel, bias } = { kernel: fit.parameter("head.0.weight"), bias: fit.parameter("head.0.bias") }
    const at = (values: ArrayLike<number>, i: number): number => values[i] ?? Number.NaN
    const weights = Array.from({ length: 12 }, (_, i) => {
      const [row, label] = [Math.floor(i / 4), i % 4]
      return Math.exp(at(bias, label) + at(z, 2 * row) * at(kernel, label) + at(z, 2 * row + 1) * at(kernel, 4 + label))
    })
    const sums = [0, 4, 8].map((from) => weights.slice(from, from + 4).reduce((sum, weight) => sum + weight, 0))
    const wanted = weights.map((weight, i) => weight / at(sums, Math.floor(i / 4)))
    expect(gap(decoded.get("probs")?.data, wanted)).toBeLessThan(bound)
  })

  test("have numbers that stand at all places where a law is computed for each row", async () => {
    const tailed = model(Normal(0, 1), (z) => StudentT(exp(z), 0, 1)).guide((x) => Normal(x, 1))
    const inside = model(Normal(0, 1), (z) => Truncated(Normal(z, 1), 0, 10)).guide((x) => Normal(x, 1))
    const settings = { epochs: 1, progress: false } as const
    const [of, within] = await Promise.all([
      run(tailed.fit(Dataset.of([1, 2], []), settings), cpu),
      run(inside.fit(Data.of([1, 2], [], Truncated(Normal(0, 1), 0, 10).support), settings), cpu)
    ])
    for (const rows of [1, 5]) {
      const x = Array.from({ length: rows }, (_, i) => 0.5 + 0.4 * i)
      const noise = normals(9, rows)
      const z = x.map((mean, i) => mean + (noise[i] ?? 0))
      const whole = await call(await run(of.onnx("model"), cpu), { x: given(x, rows), normal_z: given(noise, rows) })
      const logWeight = x.map((at, i) => {
        const [value, df] = [z[i] ?? 0, Math.exp(z[i] ?? 0)]
        // t = √ν tan θ: the kernel's integral is √ν ∫ cos^(ν−1) θ dθ
        const constant = Math.sqrt(df) * integral((theta) => Math.cos(theta) ** (df - 1), -Math.PI / 2, Math.PI / 2)
        const likelihood = -0.5 * (df + 1) * Math.log1p(at ** 2 / df) - Math.log(constant)
        return likelihood + logNormal(value, 0, 1) - logNormal(value, at, 1)
      })
      expect(gap(whole.get("logWeight")?.data, logWeight)).toBeLessThan(1e-3)
      const decoded = await call(await run(within.onnx("decoder"), cpu), { z: given(z, rows) })
      const mean = z.map((loc) => {
        const density = (t: number): number => Math.exp(logNormal(t, loc, 1))
        return integral((t) => t * density(t), 0, 10) / integral(density, 0, 10)
      })
      expect(gap(decoded.get("mean")?.data, mean)).toBeLessThan(bound)
    }
  })

  test("of a convolutional model, for one row and for many", async () => {
    const relu = Net.activation("relu")
    const inner = Net.sequential(
      Net.unflatten([4, 4, 1]),
      Net.conv2d(3, { stride: 2 }),
      relu,
      Net.flatten(),
      Net.dense(4)
    )
    const outer = Net.sequential(
      Net.dense(12),
      relu,
      Net.dropout(0.5),
      Net.unflatten([2, 2, 3]),
      Net.convTranspose2d(1, { stride: 2 }),
      Net.flatten()
    )
    const conv = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: outer(z), soft: true })).guide((x) =>
      Normal.fromLocLogVariance(inner(x))
    )
    const of = await run(conv.fit(images, { epochs: 1, batchSize: 20, progress: false }), cpu)
    for (const rows of [1, 5]) {
      const some = Data.take(images, rows)
      const encoded = await call(await run(of.onnx("encoder"), cpu), { x: given(some.values, rows, 16) })
      const { mean, scale } = await run(of.encode(some), cpu)
      expect(gap(encoded.get("mean")?.data, mean.values)).toBeLessThan(bound)
      expect(gap(encoded.get("sd")?.data, scale.values)).toBeLessThan(bound)
      const decoded = await call(await run(of.onnx("decoder"), cpu), { z: given(mean.values, rows, 2) })
      expect(gap(decoded.get("mean")?.data, (await run(of.decode(mean), cpu)).values)).toBeLessThan(bound)
    }
  })
})

describe("the parts of a program", () => {
  const line = program(function* () {
    const w = yield* sample("w", Normal(0, 1).iid(2))
    yield* plate("rows", function* (row: { readonly x: Tensor<readonly [2]> }) {
      const bend = yield* sample("bend", Normal(dot(row.x, w), 1))
      yield* observe("y", Normal(bend, 0.5))
    })
  }).guide(() => ({
    w: Normal(param("loc", [2], [0.3, -0.2]), param.positive("scale", 0.7)),
    rows: ({ y }) => ({ bend: Normal(mul(0.5, y), 0.1) })
  }))
  const data = { rows: { x: Dataset.of([1, 2, 3, 4], [2]), y: Dataset.of([0.5, 1], []) } }

  test("give draws for any numbers of draws and rows", async () => {
    const of = await run(line.fit(data, { epochs: 1, progress: false }), cpu)
    const [loc, scale] = [of.parameter("loc"), of.parameter("scale")[0] ?? Number.NaN]
    const [draws, rows] = [3, 4]
    const [x, y] = [normals(1, 2 * rows), normals(2, rows)]
    const noise = { w: normals(3, 2 * draws), bend: normals(4, draws * rows), y: normals(5, draws * rows) }
    const w = Array.from(noise.w, (eps, i) => (loc[i % 2] ?? 0) + scale * eps)
    const predicted = await call(await run(of.onnx("predict"), cpu), {
      "rows.x": given(x, rows, 2),
      normal_w: given(noise.w, draws, 2),
      "normal_bend/prior": given(noise.bend, draws, rows),
      "normal_y/prior": given(noise.y, draws, rows)
    })
    const means = Array.from(noise.bend, (eps, i) => {
      const [draw, row] = [Math.floor(i / rows), i % rows]
      return (w[2 * draw] ?? 0) * (x[2 * row] ?? 0) + (w[2 * draw + 1] ?? 0) * (x[2 * row + 1] ?? 0) + eps
    })
    expect(gap(predicted.get("w")?.data, w)).toBeLessThan(bound)
    expect(predicted.get("rows.y")?.dims).toEqual([draws, rows])
    expect(
      gap(
        predicted.get("rows.y")?.data,
        means.map((mean, i) => mean + 0.5 * (noise.y[i] ?? 0))
      )
    ).toBeLessThan(bound)
    const drawn = await call(await run(of.onnx("posterior"), cpu), {
      "rows.y": given(y, rows),
      normal_w: given(noise.w, draws, 2),
      normal_bend: given(noise.bend, draws, rows)
    })
    const bends = Array.from(noise.bend, (eps, i) => 0.5 * (y[i % rows] ?? 0) + 0.1 * eps)
    expect(gap(drawn.get("rows.bend")?.data, bends)).toBeLessThan(bound)
  })

  test("read a table of each draw by the draws of a discrete site", async () => {
    const mixture = program(function* () {
      const mu = yield* sample("mu", Normal(0, 5).iid(3))
      yield* plate("rows", function* () {
        const k = yield* enumerate("k", Categorical({ probs: Tensor.of([3], tf.tensor([0.2, 0.3, 0.5])) }))
        yield* observe("y", Normal(at(mu, k), 1))
      })
    }).guide(() => ({ mu: Normal(param("loc", [3], [-4, 0, 4]), 0.5) }))
    const of = await run(mixture.fit({ rows: { y: Dataset.of([1, 2], []) } }, { epochs: 1, progress: false }), cpu)
    const [draws, rows] = [4, 6]
    const uniform = generator(8)
    const noise = normals(7, draws * rows)
    const predicted = await call(await run(of.onnx("predict"), cpu), {
      normal_mu: given(normals(6, 3 * draws), draws, 3),
      "uniform_k/prior": given(Array.from({ length: 3 * draws * rows }, uniform), draws, rows, 3),
      "normal_y/prior": given(noise, draws, rows)
    })
    const [mu, k] = [predicted.get("mu")?.data ?? [], predicted.get("rows.k")?.data ?? []]
    expect(new Set(k)).toEqual(new Set([0, 1, 2]))
    const y = Array.from(noise, (eps, i) => (mu[3 * Math.floor(i / rows) + (k[i] ?? 0)] ?? Number.NaN) + eps)
    expect(gap(predicted.get("rows.y")?.data, y)).toBeLessThan(bound)
  })

  test("have no rows of a plate of which nothing is read", async () => {
    const mean = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1).iid(2))
      yield* plate("rows", () => observe("y", Normal(at(mu, 0), 1)))
    }).guide(() => ({ mu: Normal(param("loc", [2], [0.5, -1]), param.positive("scale", 0.7)) }))
    const of = await run(mean.fit({ rows: { y: Dataset.of([1, 2], []) } }, { epochs: 1, progress: false }), cpu)
    const [loc, scale] = [of.parameter("loc"), of.parameter("scale")[0] ?? Number.NaN]
    const noise = normals(4, 6)
    const drawn = await call(await run(of.onnx("posterior"), cpu), { normal_mu: given(noise, 3, 2) })
    expect([...drawn.keys()]).toEqual(["mu"])
    expect(drawn.get("mu")?.dims).toEqual([3, 2])
    const mu = Array.from(noise, (eps, i) => (loc[i % 2] ?? 0) + scale * eps)
    expect(gap(drawn.get("mu")?.data, mu)).toBeLessThan(bound)
    await run(of.export(join(folder, "mean")), cpu)
    expect(await readdir(join(folder, "mean"))).toContain("posterior.onnx")
  })

  test("have no draws of what a row's field is: numbers with holes among them", async () => {
    const seen = program(function* () {
      const mu = yield* sample("mu", Normal(0, 1))
      yield* plate("rows", (row: { readonly y: Missing<Tensor<readonly []>> }) => masked("y", Normal(mu, 1), row.y))
    }).guide(() => ({ mu: Normal(param("loc", 0.5), 0.7) }))
    const rows = { y: Data.missing([1, null, 3], []) }
    const of = await run(seen.fit({ rows }, { epochs: 1, progress: false }), cpu)
    const noise = normals(4, 3)
    const drawn = await call(await run(of.onnx("predict"), cpu), { normal_mu: given(noise, 3) })
    expect([...drawn.keys()]).toEqual(["mu"])
    const loc = of.parameter("loc")[0] ?? Number.NaN
    expect(
      gap(
        drawn.get("mu")?.data,
        Array.from(noise, (eps) => loc + 0.7 * eps)
      )
    ).toBeLessThan(bound)
  })

  test("refuse two ports of one name", async () => {
    const twice = program(function* () {
      yield* sample("a.b", Normal(0, 1))
      yield* plate("a", () => sample("b", Normal(0, 1)))
      yield* observe("y", Normal(0, 1))
    }).guide(() => ({ "a.b": Normal(param("one", 0), 1), a: () => ({ b: Normal(param("two", 0), 1) }) }))
    const y = Tensor.of([], tf.scalar(0))
    const of = await run(twice.fit({ y, a: 2 }, { epochs: 1, progress: false }), cpu)
    const error = await failure(of.onnx("posterior"))
    expect(error.message).toContain("'a.b' is used twice")
  })

  test("refuse rows that have no parameters of their own", async () => {
    const groups = program(function* () {
      yield* plate("rows", function* () {
        yield* observe("y", Normal(yield* sample("theta", Normal(0, 1)), 1))
      })
    }).autoGuide()
    const of = await run(groups.fit({ rows: { y: Dataset.of([1, 2], []) } }, { epochs: 1, progress: false }), cpu)
    const error = await failure(of.onnx("posterior"))
    expect(error).toBeInstanceOf(UnsupportedKernel)
    expect(error.message).toContain(
      "The parameter 'auto.theta.loc' has a value for each row that was fitted, and others have none."
    )
  })
})

describe("the folder", () => {
  const read = (name: string): Promise<string> => readFile(join(folder, "vae", name), "utf8")

  test("holds the parts, what was learned, and what it is in words and as data", async () => {
    const files = ["README.md", "config.json", "decoder.onnx", "encoder.onnx", "model.onnx", "model.safetensors"]
    expect((await readdir(join(folder, "vae"))).sort()).toEqual(files)
    const loaded = await run(vae.load(join(folder, "vae", "model.safetensors")), cpu)
    expect(loaded.parameters).toEqual(fitted.parameters)
    const { version } = JSON.parse(await readFile(new URL("../../../package.json", import.meta.url), "utf8"))
    expect(JSON.parse(await read("config.json"))).toMatchObject({
      ...{ library: "latent", version, noBound: [expect.stringContaining("soft")] },
      sites: [
        { site: "z", support: "real", guide: "Normal [3]" },
        { site: "x", support: "unitInterval" }
      ],
      models: {
        model: {
          inputs: [
            { name: "x", type: "float32", shape: ["batch", 16] },
            { name: "normal_z", type: "float32", shape: ["batch", 3] }
          ]
        }
      },
      fit: { rows: { data: 40 }, epochs: 2, seed: 4, per: "datum" }
    })
    const card = await read("README.md")
    expect(card).toContain("| input | `normal_z` | float32 | [batch, 3] | standard normal numbers |")
    expect(card).toContain(`${fitted.explain()}`)
    expect((await readFile(join(folder, "vae", "model.onnx"))).toString("latin1")).toContain(`latent\x1a\x05${version}`)
  })

  test("is not written over another one, and not where a part is unknown", async () => {
    await mkdir(join(folder, "taken"))
    await writeFile(join(folder, "taken", "mine"), "")
    expect(await failure(fitted.export(join(folder, "taken")))).toBeInstanceOf(DataFormat)
    expect(await readdir(join(folder, "taken"))).toEqual(["mine"])
    const error = await failure(fitted.export(join(folder, "other"), { parts: ["encodr" as "encoder"] }))
    expect(error).toBeInstanceOf(InvalidOption)
    expect(error.message).toBe(`option 'parts' is "encodr"; expected one of encoder, decoder, model.`)
    expect(await readdir(folder)).not.toContain("other")
  })
})

const python = process.env["PYTHON"] ?? "python3"
const hasRuntime = spawnSync(python, ["-c", "import onnxruntime, numpy"]).status === 0
if (!hasRuntime)
  console.warn(`${python} has no onnxruntime and numpy: exported models are run here by the packages of npm alone.`)

const script = `
import json, sys, numpy as np, onnxruntime
path, x, noise = sys.argv[1], np.array(json.loads(sys.argv[2]), np.float32), np.array(json.loads(sys.argv[3]), np.float32)
def call(part, **inputs):
  session = onnxruntime.InferenceSession(f"{path}/{part}.onnx", providers=["CPUExecutionProvider"])
  names = [output.name for output in session.get_outputs()]
  return {name: value.ravel().tolist() for name, value in zip(names, session.run(None, inputs))}
whole = call("model", x=x, normal_z=noise)
decoded = call("decoder", z=np.array(whole["z"], np.float32).reshape(noise.shape))
print(json.dumps({**whole, **call("encoder", x=x), "logits": decoded["logits"], "mean": decoded["mean"]}))
`

describe.runIf(hasRuntime)("Python", () => {
  test("gives the same numbers", () => {
    const [x, noise] = [pixels.slice(0, 16 * 5), normals(6, 3 * 5)]
    const lists = [rowsOf(x, 16), rowsOf(noise, 3)].map((rows) => JSON.stringify(rows))
    const { stdout, stderr, status } = spawnSync(python, ["-c", script, join(folder, "vae"), ...lists], {
      encoding: "utf8"
    })
    expect(status, stderr).toBe(0)
    const found: Readonly<Record<string, ReadonlyArray<number>>> = JSON.parse(stdout)
    for (const [name, values] of Object.entries(expected(x, noise)))
      expect(gap(found[name], values), name).toBeLessThan(bound)
  })
})
