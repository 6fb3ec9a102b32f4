import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { DataFormat, GuideMismatch, InvalidOption } from "../../src/Errors.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { Net } from "../../src/model/net/index.ts"
import { param } from "../../src/model/Param.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { fill } from "../../src/tensor/random.ts"
import type { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, engines, failure, generator, normals, onnx, relativeDistance, run } from "./harness.ts"

type Row = ReadonlyArray<number>
const quiet = { epochs: 2, batchSize: 8, learningRate: 0.05, progress: false } as const

const decoder = Net.mlp([2, 3, 4], { name: "decoder", activation: "tanh" })
const encoder = Net.mlp([4, 5, 4], { name: "encoder" })
const vae = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
const next = generator(2)
const bits = (rows: number): Dataset<readonly [4], "boolean"> =>
  Dataset.of(
    Float32Array.from({ length: 4 * rows }, () => (next() < 0.3 ? 1 : 0)),
    [4],
    "boolean"
  )
const images = bits(21)

/** The net in plain JavaScript. */
const mlp =
  (parameters: Readonly<Record<string, Float32Array>>, name: string, activation: (x: number) => number) =>
  (x: Row): Array<number> => {
    let value = [...x]
    for (let layer = 0; parameters[`${name}.${layer}.bias`] !== undefined; layer++) {
      const [weight, bias] = [parameters[`${name}.${layer}.weight`], parameters[`${name}.${layer}.bias`]]
      const last = parameters[`${name}.${layer + 1}.bias`] === undefined
      value = Array.from(bias ?? [], (b, out) => {
        const sum = value.reduce((total, v, i) => total + v * (weight?.[i * (bias?.length ?? 0) + out] ?? 0), b)
        return last ? sum : activation(sum)
      })
    }
    return value
  }
const logistic = (x: number): number => 1 / (1 + Math.exp(-x))
const relu = (x: number): number => Math.max(0, x)
const rowsOf = ({ values, size, scale }: Dataset): ReadonlyArray<Row> =>
  Array.from({ length: size }, (_, i) =>
    Array.from(values.slice((i * values.length) / size, ((i + 1) * values.length) / size), (x) => x * scale)
  )
/** Float32 sums of a few products. */
const same = (found: Dataset, expected: ReadonlyArray<Row>): void => {
  expect(found.size).toBe(expected.length)
  expect(found.shape).toEqual([expected.length, ...found.event])
  expect(relativeDistance(found.values, expected.flat())).toBeLessThan(1e-5)
}

describe.each(engines)("a fitted model computes what its formulas say: %s", (_, source) => {
  const fit = () => run(vae.fit(images, quiet), source)

  test("encode: mean and scale of q(z | x) for each datum", async () => {
    const fitted = await fit()
    const { mean, scale } = await run(fitted.encode(images), source)
    const heads = rowsOf(images).map(mlp(fitted.parameters, "encoder", relu))
    expect(mean.event).toEqual([2])
    same(
      mean,
      heads.map((head) => head.slice(0, 2))
    )
    same(
      scale,
      heads.map((head) => head.slice(2).map((logVariance) => Math.exp(0.5 * logVariance)))
    )
  })

  test("decode: the mean of p(x | z) for each row of latent values, from rows or from a tensor", async () => {
    const fitted = await fit()
    const z = Dataset.of(normals(3, 14), [2])
    const expected = rowsOf(z).map((row) => mlp(fitted.parameters, "decoder", Math.tanh)(row).map(logistic))
    same(await run(fitted.decode(z), source), expected)
    const tensor = tf.tensor2d(z.values as Float32Array, [7, 2])
    same(await run(fitted.decode(tensor as never), source), expected)
    tensor.dispose()
  })

  test("reconstruct: the decoded mean of q(z | x)", async () => {
    const fitted = await fit()
    const [encode, decode] = [mlp(fitted.parameters, "encoder", relu), mlp(fitted.parameters, "decoder", Math.tanh)]
    same(
      await run(fitted.reconstruct(images), source),
      rowsOf(images).map((x) => decode(encode(x).slice(0, 2)).map(logistic))
    )
  })

  test("generate: decoded draws from the prior, the same for the same seed, any number of them", async () => {
    const fitted = await fit()
    const decode = mlp(fitted.parameters, "decoder", Math.tanh)
    const noise = new Float32Array(14)
    fill("normal", noise, { seed: 5, site: "z", step: 0, lane: 0 })
    const seven = await run(fitted.generate(7, { seed: 5 }), source)
    same(
      seven,
      rowsOf(Dataset.of(noise, [2])).map((z) => decode(z).map(logistic))
    )
    expect(await run(fitted.generate(7, { seed: 5 }), source)).toEqual(seven)
    expect(await run(fitted.generate(7, { seed: 6 }), source)).not.toEqual(seven)

    const many = await run(fitted.generate(1203), source)
    expect(many.shape).toEqual([1203, 4])
    const rows = rowsOf(many).map((row) => row.join())
    expect(new Set(rows).size).toBe(1203)
  })

  test("generate gives draws where it is asked for them: the bits of the same latent values", async () => {
    const fitted = await fit()
    const n = 4000
    const [means, draws] = await Promise.all([
      run(fitted.generate(n, { seed: 5 }), source),
      run(fitted.generate(n, { seed: 5, give: "draw" }), source)
    ])
    expect(new Set(draws.values)).toEqual(new Set([0, 1]))
    // a bit minus its probability p has mean 0 and variance p (1 − p)
    for (let j = 0; j < 4; j++) {
      const gaps = Array.from({ length: n }, (_, i) => (draws.values[4 * i + j] ?? 0) - (means.values[4 * i + j] ?? 0))
      const variance = gaps.reduce((sum, gap) => sum + gap * gap, 0) / n
      expect(Math.abs(gaps.reduce((sum, gap) => sum + gap, 0) / n)).toBeLessThan(4 * Math.sqrt(variance / n))
      const expected = rowsOf(means).reduce((sum, row) => sum + (row[j] ?? 0) * (1 - (row[j] ?? 0)), 0) / n
      expect(Math.abs(variance / expected - 1)).toBeLessThan(0.1)
    }
    expect((await failure(fitted.generate(2, { give: "sample" as never }))).message).toContain("one of mean, draw")
  })

  test("generate, encode and reconstruct of more rows than one step takes keep their order", async () => {
    const fitted = await fit()
    const many = bits(1203)
    const { mean } = await run(fitted.encode(many), source)
    same(
      mean,
      rowsOf(many).map((x) => mlp(fitted.parameters, "encoder", relu)(x).slice(0, 2))
    )
  })

  test("elboParts: the KL in closed form and the reconstruction add up to the ELBO, per datum", async () => {
    const fitted = await fit()
    const { elbo, reconstruction, kl } = await run(fitted.elboParts(images, { particles: 3, seed: 4 }), source)
    const exact = rowsOf(images).map((x) => {
      const head = mlp(fitted.parameters, "encoder", relu)(x)
      return [0, 1].reduce((sum, j) => {
        const [m = 0, logVariance = 0] = [head[j], head[2 + j]]
        return sum + 0.5 * (Math.exp(logVariance) + m * m - 1 - logVariance)
      }, 0)
    })
    expect(Math.abs(kl / (exact.reduce((sum, x) => sum + x, 0) / 21) - 1)).toBeLessThan(1e-5)
    expect(elbo).toBeCloseTo(-reconstruction - kl, 5)
    expect(await run(fitted.elbo(images, { particles: 3, seed: 4 }), source)).toBe(elbo)
    expect(await run(fitted.elbo(images, { particles: 3, seed: 5 }), source)).not.toBe(elbo)
  })

  test("the ELBO does not depend on how many rows are given beside a datum, but for its noise", async () => {
    // a deterministic guide: scale so small that the noise does not show
    const sharp = model(Normal(0, 1), (z) => Normal(z, 1)).guide((x) => Normal(x, param.positive("s", 1e-6)))
    const values = [...normals(6, 1203)]
    const fitted = await run(sharp.fit(Dataset.of(values, []), { ...quiet, epochs: 1, learningRate: 1e-30 }), source)
    const kl = (m: number): number => 0.5 * (1e-12 + m * m - 1) + Math.log(1e6)
    const expected = values.reduce((sum, x) => sum + kl(x), 0) / 1203 + 0.5 * Math.log(2 * Math.PI)
    expect(Math.abs((await run(fitted.elbo(Dataset.of(values, [])), source)) + expected)).toBeLessThan(1e-5 * expected)
  })

  test("encode with a constant scale, a learned one, and a mean that no datum changes", async () => {
    const rows = Dataset.of([1, 2, 3, 4], [2])
    const gaussian = (guide: (x: Tensor<readonly [2]>) => ReturnType<typeof Normal<Tensor<readonly [2]>, number>>) =>
      model(Normal(0, 1).iid(2), (z) => Normal(z, 0.5)).guide(guide)
    const constant = await run(gaussian((x) => Normal(x, 0.25)).fit(rows, { ...quiet, epochs: 1 }), source)
    const { mean, scale } = await run(constant.encode(rows), source)
    same(mean, [
      [1, 2],
      [3, 4]
    ])
    same(scale, [
      [0.25, 0.25],
      [0.25, 0.25]
    ])

    const fixed = gaussian(() => Normal(param("loc", [2], 3), param.positive("scale", [2], 0.5)) as never)
    const learned = await run(fixed.fit(rows, { ...quiet, epochs: 1, learningRate: 1e-30 }), source)
    const global = await run(learned.encode(rows), source)
    same(global.mean, [
      [3, 3],
      [3, 3]
    ])
    same(global.scale, [
      [0.5, 0.5],
      [0.5, 0.5]
    ])
    same(await run(learned.reconstruct(rows), source), [
      [3, 3],
      [3, 3]
    ])
  })
})

describe("a fitted program", () => {
  const pair = program(
    Effect.gen(function* () {
      const a = yield* sample("a", Normal(0, 1))
      const b = yield* sample("b", Normal(0, 1).iid(2))
      yield* plate("rows", (_row: { readonly y: Tensor<readonly []> }) =>
        Effect.gen(function* () {
          const local = yield* sample("local", Normal(a, 1))
          yield* observe("y", Normal(tf.add(local, tf.sum(b)) as Tensor<readonly []>, 1))
        })
      )
    })
  ).guideWith(() =>
    Effect.gen(function* () {
      const a = yield* sample("a", Normal(param("a", 2), 0.5))
      yield* sample("b", Normal(tf.mul(a, tf.tensor1d([1, -1])) as Tensor<readonly [2]>, 0.1))
      yield* plate("rows", (row: { readonly y: Tensor<readonly []> }) => sample("local", Normal(row.y, 1)))
    })
  )
  const data = { rows: { y: Dataset.of([1, 2, 3], []) } } as never

  test.each(engines)("samples its global sites jointly, without the local ones: %s", async (_, source) => {
    const fitted = await run(pair.fit(data, { ...quiet, epochs: 1, learningRate: 1e-30 }), source)
    const draws = await run(fitted.sample(3000, { seed: 1 }), source)
    expect(Object.keys(draws)).toEqual(["a", "b"])
    expect([draws.a.shape, draws.b.shape]).toEqual([[3000], [3000, 2]])
    const a = Array.from(draws.a.values)
    const mean = a.reduce((sum, x) => sum + x, 0) / 3000
    const variance = a.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 2999
    expect(Math.abs(mean - 2)).toBeLessThan((4 * 0.5) / Math.sqrt(3000))
    expect(Math.abs(variance / 0.25 - 1)).toBeLessThan(4 * Math.sqrt(2 / 3000))
    const gaps = a.map((x, i) => (draws.b.values[2 * i] ?? Number.NaN) - x)
    expect(Math.sqrt(gaps.reduce((sum, x) => sum + x * x, 0) / 3000)).toBeCloseTo(0.1, 1)
    expect(await run(fitted.sample(3000, { seed: 1 }), source)).toEqual(draws)
    expect(await run(fitted.sample(3000, { seed: 2 }), source)).not.toEqual(draws)
  })
})

describe("without Effect", () => {
  test("fitPromise gives the same numbers, and its methods are promises", async () => {
    const fitted = await vae.fitPromise(images, { ...quiet, engine: onnx })
    const effectful = await run(vae.fit(images, quiet))
    expect(fitted.parameters).toEqual(effectful.parameters)
    expect((await fitted.generate(3)).shape).toEqual([3, 4])
    expect(await fitted.elbo(images)).toBe(await run(effectful.elbo(images)))
    expect(`${fitted.explain()}`).toBe(`${vae.explain()}`)
    expect(fitted.history).toHaveLength(2)
  })

  test("it rejects with the same tagged errors", async () => {
    const grey = Dataset.of([0.5, 0, 0, 0], [4]) as never
    await expect(vae.fitPromise(grey, { ...quiet, engine: cpu })).rejects.toMatchObject({
      _tag: "SupportViolation",
      site: "x"
    })
    await expect(vae.fitPromise(images, { epochs: -1 })).rejects.toMatchObject({
      _tag: "InvalidOption",
      option: "epochs"
    })
    const fitted = await vae.fitPromise(images, { ...quiet, engine: cpu })
    await expect(fitted.elbo(grey)).rejects.toMatchObject({ _tag: "SupportViolation" })
  })

  test("it finds an engine by itself", async () => {
    expect((await vae.fitPromise(images, { ...quiet, epochs: 1 })).history).toHaveLength(1)
  })
})

describe("save and load", () => {
  let folder = ""
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "latent-"))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test("give back a model that computes the same, and leave one file", async () => {
    const path = join(folder, "vae.safetensors")
    const fitted = await run(vae.fit(images, { ...quiet, seed: 3 }))
    await run(fitted.save(path))
    const loaded = await run(vae.load(path))
    expect(loaded.parameters).toEqual(fitted.parameters)
    const settings = { particles: 2, seed: 1 }
    expect(await run(loaded.elbo(images, settings))).toBe(await run(fitted.elbo(images, settings)))
    expect(await run(loaded.generate(5, { seed: 9 }))).toEqual(await run(fitted.generate(5, { seed: 9 })))
    expect(await run(loaded.encode(images))).toEqual(await run(fitted.encode(images)))
    expect(await run(loaded.generate(5))).toEqual(await run(fitted.generate(5)))
    expect(loaded.history).toEqual(fitted.history)
    expect(await readdir(folder)).toEqual(["vae.safetensors"])
  })

  test("give back a program with its draws, and refuse another program", async () => {
    const path = join(folder, "program.safetensors")
    const data = { rows: { y: Dataset.of([1, 2, 3], []) } }
    const centred = program(
      Effect.gen(function* () {
        const mu = yield* sample("mu", Normal(0, 1))
        yield* plate("rows", () => observe("y", Normal(mu, 1)))
      })
    )
    const guided = centred.guide(() => ({ mu: Normal(param("loc", 0), 1) }))
    const fitted = await run(guided.fit(data, { ...quiet, seed: 2 }))
    await run(fitted.save(path))
    expect(await run((await run(guided.load(path))).sample(4))).toEqual(await run(fitted.sample(4)))
    const other = centred.guide(() => ({ mu: Normal(param("place", 0), 1) }))
    expect((await failure(other.load(path))).message).toContain(
      "parameter loc: []' where this model has 'parameter place: []'"
    )
    await rm(path)
  })

  test("overwrite an older file, and keep it whole", async () => {
    const path = join(folder, "vae.safetensors")
    await run((await run(vae.fit(images, { ...quiet, seed: 4 }))).save(path))
    const first = await readFile(path)
    await run((await run(vae.fit(images, { ...quiet, seed: 5 }))).save(path))
    expect(await readFile(path)).not.toEqual(first)
    expect((await run(vae.load(path))).parameters).toEqual(
      (await run(vae.fit(images, { ...quiet, seed: 5 }))).parameters
    )
  })

  test("nets without names of their own are found again by the same declaration", async () => {
    const make = () => {
      const [inner, outer] = [Net.mlp([2, 4]), Net.mlp([4, 4])]
      return model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: inner(z) })).guide((x) =>
        Normal.fromLocLogVariance(outer(x))
      )
    }
    const path = join(folder, "unnamed.safetensors")
    const fitted = await run(make().fit(images, quiet))
    await run(fitted.save(path))
    expect(await run((await run(make().load(path))).encode(images))).toEqual(await run(fitted.encode(images)))
  })

  test.each([
    [
      "another width",
      () => {
        const [wide, guess] = [Net.mlp([2, 9, 4], { name: "decoder" }), Net.mlp([4, 5, 4], { name: "encoder" })]
        return model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: wide(z) })).guide((x) =>
          Normal.fromLocLogVariance(guess(x))
        )
      },
      "'parameter decoder.0.weight: [2, 3]' where this model has 'parameter decoder.0.weight: [2, 9]'"
    ],
    [
      "another likelihood",
      () =>
        model(Normal(0, 1).iid(2), (z) => Normal(decoder(z), 1)).guide((x) => Normal.fromLocLogVariance(encoder(x))),
      "'site x: observed | Bernoulli [4]' where this model has 'site x: observed | Normal [4]'"
    ]
  ] as const)("refuse a file from a model of %s, naming the first difference", async (_, other, difference) => {
    const path = join(folder, "vae.safetensors")
    await run((await run(vae.fit(images, quiet))).save(path))
    const error = await failure(other().load(path))
    expect(error).toBeInstanceOf(DataFormat)
    expect(error.message).toContain("it was saved from another model")
    expect(error.message).toContain(difference)
  })

  test("refuse files that are not there, damaged or foreign", async () => {
    const missing = await failure(vae.load(join(folder, "nothing.safetensors")))
    expect(missing).toBeInstanceOf(DataFormat)
    expect(missing.message).toContain("nothing.safetensors")
    const path = join(folder, "broken.safetensors")
    await writeFile(path, "not a model")
    expect(await failure(vae.load(path))).toBeInstanceOf(DataFormat)
    const fitted = await run(vae.fit(images, quiet))
    expect(await failure(fitted.save(join(folder, "no", "such", "folder.safetensors")))).toBeInstanceOf(DataFormat)
  })

  test("explain does not need data, and a broken model says so", () => {
    const broken = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: decoder(z) })).guide((() =>
      Normal(0, 1)) as never)
    expect(() => broken.explain()).toThrow(GuideMismatch)
  })
})

describe("a parameter is read in its own space", () => {
  const height = program(function* () {
    const mean = yield* sample("mean", Normal(0, 1))
    yield* plate("people", (_row: object) => observe("height", Normal(mean, 1)))
  })
  const data = { people: { height: Dataset.of([1, 2, 4], []) } }
  const options = { epochs: 400, learningRate: 0.05, particles: 8, seed: 1, progress: false } as const
  const guided = height.guide(() => ({ mean: Normal(param("loc", 0), param.positive("scale", 1)) }))

  test("a scale is the scale of the draws, and not its logarithm: after a fit, and in a file", async () => {
    const fitted = await run(guided.fit(data, options))
    // three observations of unit variance and a standard normal prior: N(7/4, 1/4)
    expect(fitted.parameter("loc")[0]).toBeCloseTo(1.75, 1)
    expect(fitted.parameter("scale")[0]).toBeCloseTo(0.5, 1)
    const draws = Array.from((await run(fitted.sample(20000))).mean.values)
    const centre = draws.reduce((sum, x) => sum + x / 20000, 0)
    const spread = Math.sqrt(draws.reduce((sum, x) => sum + (x - centre) ** 2 / 20000, 0))
    expect(Math.abs(spread / (fitted.parameter("scale")[0] ?? 0) - 1)).toBeLessThan(4 / Math.sqrt(2 * 20000))
    expect(fitted.parameters).toEqual({ loc: fitted.parameter("loc"), scale: fitted.parameter("scale") })
    const folder = await mkdtemp(join(tmpdir(), "latent-parameter-"))
    try {
      const path = join(folder, "height.safetensors")
      await run(fitted.save(path))
      expect((await run(guided.load(path))).parameters).toEqual(fitted.parameters)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test("a name that no parameter has is refused, with those that there are", async () => {
    const fitted = await run(guided.fit(data, { ...options, epochs: 1 }))
    expect(() => fitted.parameter("sclae")).toThrow("option 'parameter' is 'sclae'; expected one of 'loc', 'scale'.")
    expect(() => fitted.parameter("sclae")).toThrow(InvalidOption)
    expect(() => fitted.parameter("toString")).toThrow(InvalidOption)
    const without = await run(height.guide(() => ({ mean: Normal(0, 1) })).fit(data, { ...options, epochs: 1 }))
    expect(() => without.parameter("loc")).toThrow("expected no name: nothing was learned.")
  })
})
