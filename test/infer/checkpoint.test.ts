import { rmSync } from "node:fs"
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile
} from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as tf from "@tensorflow/tfjs"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { Dataset } from "../../src/data/Dataset.ts"
import { Bernoulli } from "../../src/dist/Bernoulli.ts"
import { Normal } from "../../src/dist/Normal.ts"
import { Uniform } from "../../src/dist/Uniform.ts"
import type { FitError, NonFiniteLoss } from "../../src/Errors.ts"
import type { Engine } from "../../src/engine/Engine.ts"
import { nvil } from "../../src/infer/estimator/nvil.ts"
import { score } from "../../src/infer/estimator/score.ts"
import type { FitOptions } from "../../src/infer/fit/options.ts"
import type { Progress } from "../../src/infer/fit/progress.ts"
import { decode, encode } from "../../src/infer/fit/safetensors.ts"
import type { Fitted } from "../../src/infer/fitted/fitted.ts"
import { model } from "../../src/infer/program/model.ts"
import { program } from "../../src/infer/program/program.ts"
import { Optimizer, Schedule } from "../../src/infer/step/Optimizer.ts"
import { Net } from "../../src/model/net/index.ts"
import { param } from "../../src/model/Param.ts"
import { scan } from "../../src/model/recurrence.ts"
import { observe, plate, sample } from "../../src/model/Site.ts"
import { Tensor } from "../../src/tensor/Tensor.ts"
import { cpu, engines, failure, generator, normals, onnx, run } from "./harness.ts"

type Scalar = Tensor<readonly []>
const next = generator(8)
const bits = Dataset.of(
  Float32Array.from({ length: 4 * 37 }, () => (next() < 0.4 ? 1 : 0)),
  [4],
  "boolean"
)
const vaeOf = (activation: "tanh" | "relu", scale = 1) => {
  const decoder = Net.mlp([2, 5, 4], { name: "decoder", activation })
  const encoder = Net.mlp([4, 5, 4], { name: "encoder" })
  return model(Normal(0, scale).iid(2), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
    Normal.fromLocLogVariance(encoder(x))
  )
}
const vae = vaeOf("tanh")

/** A coin whose draws have a score function with a running baseline, and a value for each row. */
const mixed = program(
  Effect.gen(function* () {
    const b = yield* sample("b", Bernoulli({ probs: 0.3 }))
    yield* plate("rows", (_row: { readonly y: Scalar }) =>
      Effect.gen(function* () {
        const z = yield* sample("z", Normal(0, 1))
        yield* observe("y", Normal(Tensor.of([], tf.add(z, tf.mul(2, b))), 0.5))
      })
    )
  })
).guide(() => ({
  b: Bernoulli({ probs: param.unit("q", 0.5) }),
  rows: () => ({ z: Normal(param.row("m", 0), param.row.positive("s", 1)) })
}))
const rows = { rows: { y: Dataset.of(normals(4, 23), []) } } as never

/** A recurrence over a sequence with sites inside. */
const walk = program(function* () {
  const drift = yield* sample("drift", Normal(0, 1))
  yield* scan("steps", { x: 0 }, function* ({ x }) {
    const next = yield* sample("x", Normal(Tensor.of([], tf.add(x, drift)), 1))
    yield* observe("y", Normal(next, 0.5))
    return { x: next }
  })
}).guide(() => ({
  drift: Normal(param("d", 0), 0.5),
  steps: () => ({ x: Normal(param.row("m", 0), param.row.positive("s", 1)) })
}))
const steps = { steps: { y: Dataset.of(normals(6, 11), []) } } as never

const quiet = { progress: false } as const
let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "latent-checkpoint-"))
})
afterAll(() => rm(folder, { recursive: true }))

/** Aborts at the n-th event of a fit. */
const stopAt = (n: number): Pick<FitOptions, "signal" | "progress"> => {
  const abort = new AbortController()
  let heard = 0
  return {
    signal: abort.signal,
    progress: () => {
      if (++heard === n) abort.abort()
    }
  }
}

type Fit = (
  options: FitOptions
) => Effect.Effect<Pick<Fitted<unknown, unknown>, "history" | "parameters" | "stopped">, FitError, Engine>

describe.each(engines)("a fit that goes on from its checkpoint: %s", (name, source) => {
  const optimizer = Optimizer.adam(Schedule.cosine(0.05))
  const momentum = Optimizer.sgd(0.001, { momentum: 0.9 })
  const validation = Dataset.slice(bits, 0, 9)
  const fits: ReadonlyArray<readonly [string, number, Fit]> = [
    ["minibatches of a VAE", 12, (options) => vae.fit(bits, { batchSize: 5, optimizer, ...options })],
    ["validation", 5, (options) => vae.fit(bits, { batchSize: 4, particles: 2, validation, ...options })],
    [
      "a running baseline and values for each row",
      9,
      (options) => mixed.fit(rows, { batchSize: 6, estimators: { b: score }, ...options })
    ],
    ["a site that is summed out", 30, (options) => mixed.fit(rows, { batchSize: 23, ...options })],
    ["a recurrence", 30, (options) => walk.fit(steps, options)],
    ["all rows, with momentum", 60, (options) => mixed.fit(rows, { optimizer: momentum, ...options })],
    ["a learned baseline", 60, (options) => vae.fit(bits, { estimators: { z: nvil }, ...options })]
  ]
  test.each(fits)(
    "has the losses and parameters of one that was not interrupted, to the last bit: %s",
    async (what, epochs, fit) => {
      const checkpoint = { path: join(folder, `${name} ${what}.safetensors`), every: 0.3 }
      const whole = await run(fit({ ...quiet, epochs, seed: 5 }), source)
      const stops = [2, 3, 4, 6, Number.POSITIVE_INFINITY]
      const parts = []
      for (const at of stops) {
        parts.push(await run(fit({ ...quiet, epochs, seed: 5, checkpoint, resume: true, ...stopAt(at) }), source))
        if (parts.at(-1)?.stopped === false) break
      }
      const end = parts.at(-1)
      expect(parts.length).toBeGreaterThan(1)
      expect(end?.stopped).toBe(false)
      expect(end?.history.map(({ train, test }) => [train, test])).toEqual(
        whole.history.map(({ train, test }) => [train, test])
      )
      expect(end?.parameters).toEqual(whole.parameters)
      // the fit is at its end: to go on has nothing to do
      const again = await run(fit({ ...quiet, epochs, seed: 5, checkpoint, resume: true }), source)
      expect(again.parameters).toEqual(whole.parameters)
      expect(again.history).toEqual(end?.history)
    }
  )
})

describe("a checkpoint", () => {
  const options = { ...quiet, epochs: 3, batchSize: 8, seed: 2 } as const
  const at = (name: string): string => join(folder, name)

  test("is there before the first step, is loaded like a saved model, and tells that its fit was not at its end", async () => {
    const path = at("first.safetensors")
    const seen: Array<string> = []
    const progress = (event: Progress<unknown>): void => void seen.push(event._tag)
    const fitting = vae.fit(bits, {
      ...options,
      checkpoint: { path, every: 100 },
      progress,
      signal: AbortSignal.abort()
    })
    const fitted = await run(fitting)
    const loaded = await run(vae.load(path))
    expect(fitted.stopped).toBe(true)
    expect(loaded.stopped).toBe(true)
    expect(loaded.parameters).toEqual(fitted.parameters)
    expect(await run(loaded.elbo(bits, { seed: 1 }))).toBe(await run(fitted.elbo(bits, { seed: 1 })))
    const finished = await run(vae.fit(bits, { ...options, checkpoint: { path }, resume: true }))
    expect(finished.stopped).toBe(false)
    const again = await run(vae.load(path))
    expect([again.stopped, again.history]).toEqual([false, finished.history])
  })

  test("is overwritten only where that is said", async () => {
    const path = at("there.safetensors")
    await run(vae.fit(bits, { ...options, checkpoint: { path } }))
    const before = await readFile(path)
    expect(await failure(vae.fit(bits, { ...options, checkpoint: { path } }))).toMatchObject({
      _tag: "InvalidOption",
      option: "resume"
    })
    expect(await readFile(path)).toEqual(before)
    await run(vae.fit(bits, { ...options, seed: 3, checkpoint: { path }, resume: false }))
    expect(await readFile(path)).not.toEqual(before)
  })

  test("of which the fit is longer goes on, and of which it is shorter is refused", async () => {
    const checkpoint = { path: at("longer.safetensors") }
    await run(vae.fit(bits, { ...options, checkpoint }))
    const longer = await run(vae.fit(bits, { ...options, epochs: 6, checkpoint, resume: true }))
    expect(longer.history.map(({ train }) => train)).toEqual(
      (await run(vae.fit(bits, { ...options, epochs: 6 }))).history.map(({ train }) => train)
    )
    expect((await failure(vae.fit(bits, { ...options, checkpoint, resume: true }))).message).toContain("at least 6")
  })

  const others: ReadonlyArray<readonly [string, FitOptions, Dataset<readonly [4], "boolean">]> = [
    ["seed", { seed: 9 }, bits],
    ["batchSize", { batchSize: 9 }, bits],
    ["particles", { particles: 2 }, bits],
    ["clipNorm", { clipNorm: 3 }, bits],
    ["estimators", { estimators: { z: score } }, bits],
    ["optimizer", { learningRate: 0.01 }, bits],
    ["optimizer", { optimizer: Optimizer.adam(1e-3, { beta1: 0.8 }) }, bits],
    ["optimizer", { optimizer: Optimizer.sgd(1e-3) }, bits],
    ["data", {}, Dataset.slice(bits, 1, 37)],
    ["data", {}, { ...bits, values: bits.values.toReversed() }]
  ]
  test("is not gone on from with other options or other data, and it is said which", async () => {
    const checkpoint = { path: at("others.safetensors") }
    await run(vae.fit(bits, { ...options, checkpoint, ...stopAt(2) }))
    for (const [option, other, data] of others) {
      const error = await failure(vae.fit(data, { ...options, ...other, checkpoint, resume: true }))
      expect(error).toMatchObject({ _tag: "InvalidOption", option })
      expect(error.message).toContain("as in the checkpoint")
    }
    const relu = vaeOf("relu")
    expect((await failure(relu.fit(bits, { ...options, checkpoint, resume: true }))).message).toContain("another model")
  })

  test("is no file that was saved after a fit", async () => {
    const path = at("saved.safetensors")
    await run((await run(vae.fit(bits, options))).save(path))
    const error = await failure(vae.fit(bits, { ...options, checkpoint: { path }, resume: true }))
    expect(error.message).toContain("holds no state from which a fit could go on")
  })

  test("that is damaged stops the fit: it does not begin again without a word", async () => {
    const path = at("damaged.safetensors")
    await writeFile(path, "not a checkpoint")
    expect(await failure(vae.fit(bits, { ...options, checkpoint: { path }, resume: true }))).toMatchObject({
      _tag: "DataFormat",
      path
    })
  })

  test("in a folder that is not there is refused before any work", async () => {
    let heard = 0
    const checkpoint = { path: join(folder, "no", "where.safetensors") }
    const error = await failure(vae.fit(bits, { ...options, checkpoint, progress: () => heard++ }))
    expect([error._tag, heard]).toEqual(["DataFormat", 0])
  })

  test("that cannot be written in the course of a fit is a warning, and the fit goes on", async () => {
    const inside = at("vanishing")
    await mkdir(inside)
    const events: Array<Progress<unknown>> = []
    const checkpoint = { path: join(inside, "fit.safetensors"), every: 0.5 }
    const progress = (event: Progress<unknown>): void => {
      events.push(event)
      if (event._tag === "Started") rmSync(inside, { recursive: true })
    }
    const fitted = await run(vae.fit(bits, { ...options, epochs: 20, checkpoint, progress }))
    expect(fitted.history).toHaveLength(20)
    const warnings = events.flatMap((event) => (event._tag === "Warning" ? [event.warning] : []))
    expect(warnings.filter(({ kind }) => kind === "unsavedCheckpoint")).toHaveLength(1)
  })

  test.each([
    [{ resume: true }, "no resume without a checkpoint"],
    [{ checkpoint: "fit.safetensors" }, "where and how often"],
    [{ checkpoint: { path: "" } }, "the path of a file"],
    [{ checkpoint: { path: "x", every: 0 } }, "a number above 0"],
    [{ checkpoint: { path: "x", each: 1 } }, "one of path, every"],
    [{ checkpoint: { path: "x" }, resume: "yes" }, "true or false"],
    [{ start: 3 }, "a fitted value"],
    [{ start: { parameters: { nothing: [1] } } }, "one of encoder.0.weight"],
    [{ start: { parameters: { "decoder.0.bias": [1, 2, 3] } } }, "5 finite numbers"],
    [{ start: { parameters: { "decoder.0.bias": [1, 2, 3, 4, Number.NaN] } } }, "5 finite numbers"]
  ])("and a start that are no such are refused before any work: %j", async (other, words) => {
    const error = await failure(vae.fit(bits, { ...options, ...(other as object) }))
    expect(error._tag).toBe("InvalidOption")
    expect(error.message).toContain(words)
  })
})

describe("a fit that begins from given parameters", () => {
  const options = { ...quiet, epochs: 1, batchSize: 37, seed: 2 } as const
  test("begins there: its first loss is theirs", async () => {
    const fitted = await run(vae.fit(bits, { ...options, epochs: 40, learningRate: 0.05 }))
    const still = Optimizer.sgd(0)
    const stay = await run(vae.fit(bits, { ...options, optimizer: still, start: fitted }))
    expect(stay.parameters).toEqual(fitted.parameters)
    expect(stay.history[0]?.train).not.toBe((await run(vae.fit(bits, options))).history[0]?.train)
    const some = { parameters: { "decoder.0.bias": Float32Array.of(1, 2, 3, 4, 5) } }
    const partly = await run(vae.fit(bits, { ...options, optimizer: still, start: some }))
    const fresh = await run(vae.fit(bits, { ...options, optimizer: still }))
    expect(partly.parameters).toEqual({ ...fresh.parameters, ...some.parameters })
  })

  test("may be that of a fit that failed, whose parameters can be saved and loaded", async () => {
    const path = join(folder, "salvaged.safetensors")
    const failing = vae.fit(bits, {
      ...options,
      epochs: 50,
      optimizer: Optimizer.sgd((step) => (step < 9 ? 0.01 : 1e38))
    })
    const error = (await failure(failing, onnx)) as NonFiniteLoss
    expect(error._tag).toBe("NonFiniteLoss")
    expect(error.message).toContain("its 'fitted' saves them")
    await error.fitted?.savePromise(path)
    const loaded = await run(vae.load(path))
    expect(loaded.stopped).toBe(true)
    expect(loaded.history.length).toBeGreaterThanOrEqual(4)
    expect(loaded.parameters).toEqual(error.parameters)
    expect(loaded.parameters).toEqual(error.fitted?.parameters)
    if (error.fitted === undefined) throw new Error("nothing was kept")
    const better = await run(vae.fit(bits, { ...options, epochs: 2, start: error.fitted }), cpu)
    expect(better.history).toHaveLength(2)
  })
})

describe("a saved file", () => {
  const options = { ...quiet, epochs: 2, batchSize: 16, seed: 2 } as const
  const at = (name: string): string => join(folder, name)

  test("is loaded from its bytes where there are no files, and refused in the same words", async () => {
    const path = at("bytes.safetensors")
    const fitted = await run(vae.fit(bits, options))
    await run(fitted.save(path))
    const bytes = new Uint8Array(await readFile(path))
    const loaded = await run(vae.load(bytes))
    expect([loaded.parameters, loaded.history]).toEqual([fitted.parameters, fitted.history])
    expect(await failure(vae.load(bytes.subarray(0, 20)))).toMatchObject({ _tag: "DataFormat", path: "the bytes" })
    expect((await failure(vaeOf("relu").load(bytes))).message).toContain("another model")
    // what `arrayBuffer()` gives, and bytes of another type, which are not written out
    for (const other of [bytes.buffer, new Uint8ClampedArray(bytes)]) {
      const { message } = await failure(vae.load(other as never))
      expect(message).toContain("or the bytes of a file as a Uint8Array: new Uint8Array(buffer)")
      expect(message.length).toBeLessThan(200)
    }
  })

  test("keeps the mode of the one that it replaces, and a symbolic link to it", async () => {
    const [file, link] = [at("mode.safetensors"), at("link.safetensors")]
    await writeFile(file, "older")
    await chmod(file, 0o640)
    await symlink("mode.safetensors", link)
    await run((await run(vae.fit(bits, options))).save(link))
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    expect(await readlink(link)).toBe("mode.safetensors")
    expect((await stat(file)).mode & 0o777).toBe(0o640)
    expect((await run(vae.load(file))).history).toHaveLength(2)
  })

  test("appears where a link leads that has no file yet; a circle of links and a folder are refused", async () => {
    await symlink("later.safetensors", at("early.safetensors"))
    const fitted = await run(vae.fit(bits, options))
    await run(fitted.save(at("early.safetensors")))
    expect((await lstat(at("later.safetensors"))).isFile()).toBe(true)
    await symlink("round.safetensors", at("round.safetensors"))
    expect((await failure(fitted.save(at("round.safetensors")))).message).toContain("circle")
    expect((await failure(fitted.save(folder))).message).toContain("this is a folder")
    expect((await failure(vae.load(folder))).message).toContain("this is a folder")
    for (const path of ["", "a\0b", undefined, 3])
      expect(await failure(fitted.save(path as string))).toMatchObject({ _tag: "DataFormat" })
  })

  test("is one of the two, whole, where two are saved at once; nothing else is left", async () => {
    const inside = at("race")
    await mkdir(inside)
    const path = join(inside, "race.safetensors")
    const [one, two] = [await run(vae.fit(bits, options)), await run(vae.fit(bits, { ...options, seed: 7 }))]
    for (let i = 0; i < 20; i++) {
      await Promise.all([one, two, one, two].map((fitted) => run(fitted.save(path))))
      const { parameters } = await run(vae.load(path))
      const its = [one, two].filter((fitted) => JSON.stringify(fitted.parameters) === JSON.stringify(parameters))
      expect(its).toHaveLength(1)
    }
    expect(await readdir(inside)).toEqual(["race.safetensors"])
  })

  test("takes away what was left an hour ago by a process that was killed, and nothing else", async () => {
    const inside = at("left")
    await mkdir(inside)
    for (const name of [".latent-old.part", ".latent-new.part", "other.part"]) await writeFile(join(inside, name), "")
    const past = new Date(Date.now() - 7_200_000)
    for (const name of [".latent-old.part", "other.part"]) await utimes(join(inside, name), past, past)
    await run((await run(vae.fit(bits, options))).save(join(inside, "fit.safetensors")))
    expect((await readdir(inside)).toSorted()).toEqual([".latent-new.part", "fit.safetensors", "other.part"])
  })

  test("brings back a history with losses that are not finite", async () => {
    const path = at("infinite.safetensors")
    const outside = model(Normal(0, 1), () => Uniform(0, param("high", 5))).guide(() => Normal(0, 1))
    const fitted = await run(
      outside.fit(Dataset.of([1, 2], [], "interval") as never, {
        ...options,
        validation: Dataset.of([1, 9], [], "interval") as never
      })
    )
    expect(fitted.history.map(({ test }) => test)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
    await run(fitted.save(path))
    expect((await run(outside.load(path))).history).toEqual(fitted.history)
  })

  test("is refused where it is not ours: another format or version, NaN, other tensors, entries that are damaged or twice there", async () => {
    const path = at("ours.safetensors")
    await run((await run(vae.fit(bits, options))).save(path))
    const { tensors, metadata } = decode(await readFile(path), path)
    const bias = tensors["decoder.0.bias"] ?? { shape: [5], values: new Float32Array(5) }
    const { format: _, ...nameless } = metadata
    const { "decoder.0.bias": __, ...fewer } = tensors
    const nan = { ...bias, values: Float32Array.of(1, 2, Number.NaN, 4, 5) }
    const cases: ReadonlyArray<readonly [Uint8Array, string]> = [
      [encode(tensors, nameless), "its metadata name no format"],
      [encode(tensors, { ...metadata, format: "pt" }), "its format is 'pt'"],
      [encode(tensors, { ...metadata, version: "99" }), "its version is '99'"],
      [encode({ ...tensors, more: bias }, metadata), "it has a tensor 'more'"],
      [encode({ ...tensors, "decoder.0.bias": nan }, metadata), "'decoder.0.bias' holds NaN at place 2"],
      [encode(fewer, metadata), "'decoder.0.bias' is missing"],
      [
        encode({ ...tensors, "decoder.0.bias": { ...bias, shape: [1, 5] } }, metadata),
        "has shape [1, 5] in place of [5]"
      ],
      [encode(tensors, { ...metadata, extra: "1" }), "an entry 'extra'"],
      [encode(tensors, { ...metadata, history: "[{}]" }), "its entry 'history' is damaged"],
      [encode(tensors, { ...metadata, seed: "-1" }), "its entry 'seed' is damaged"],
      [encode(tensors, { ...metadata, sizes: '{"data": 1, "data": 2}' }), "two entries 'data' in one object"],
      [encode(tensors, { ...metadata, sizes: "{" }), "its entry 'sizes' is damaged"]
    ]
    for (const [bytes, words] of cases) {
      await writeFile(path, bytes)
      const error = await failure(vae.load(path))
      expect(error._tag).toBe("DataFormat")
      expect(error.message).toContain(words)
    }
    await writeFile(path, gzipSync(encode(tensors, metadata)))
    expect((await failure(vae.load(path))).message).toContain("compressed with gzip")
  })

  const bar = (sd: number, floor: number) =>
    program(
      Effect.gen(function* () {
        const mu = yield* sample("mu", Normal(0, sd))
        yield* plate("rows", (_row: { readonly y: Scalar }) =>
          observe("y", Normal(mu, Tensor.of([], tf.add(param.positive("s", 1), floor))))
        )
      })
    ).guide(() => ({ mu: Normal(param("m", 0), 0.5) }))
  const others: ReadonlyArray<readonly [string, () => Effect.Effect<unknown, FitError>, string]> = [
    ["the same", () => bar(1, 0.25).load(at("bar.safetensors")), ""],
    ["another constant in the prior", () => bar(2, 0.25).load(at("bar.safetensors")), "the prior of site 'mu'"],
    [
      "another constant in the likelihood",
      () => bar(1, 0.5).load(at("bar.safetensors")),
      "the constants 0.25 where this model has 0.5"
    ]
  ]
  test.each(others)(
    "needs no data to be loaded, and only by the program that it was saved from: %s",
    async (_, load, words) => {
      const data = { rows: { y: Dataset.of([1, 2, 3], []) } } as never
      await run((await run(bar(1, 0.25).fit(data, options))).save(at("bar.safetensors")))
      if (words === "") expect(await run(load())).toMatchObject({ stopped: false })
      else expect((await failure(load())).message).toContain(words)
    }
  )

  test("of a recurrence is loaded without data, and gives the same draws", async () => {
    const path = at("walk.safetensors")
    const fitted = await run(walk.fit(steps, options))
    await run(fitted.save(path))
    const loaded = await run(walk.load(path))
    expect(loaded.parameters).toEqual(fitted.parameters)
    expect(await run(loaded.posterior(steps, 3))).toEqual(await run(fitted.posterior(steps, 3)))
  })

  test("is refused by nets of another activation, and it is said which", async () => {
    const path = at("tanh.safetensors")
    await run((await run(vae.fit(bits, options))).save(path))
    const { message } = await failure(vaeOf("relu").load(path))
    expect(message).toContain(
      "the likelihood of site 'x' is another function there: the ops Tanh where this model has Relu"
    )
  })
})
