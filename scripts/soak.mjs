// Fits, saves, loads, goes on, fails and asks again and again, and says whether memory stays flat: npm run soak, for 30 minutes, or npm run soak -- --minutes 5.
// --engine onnx, tensorflow, onnxWeb, wasm or cpu (onnx). Ends with 1 where memory, tensors or open files grow.
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const args = process.argv.slice(2)
const option = (name, otherwise) => (args.includes(name) ? args[args.indexOf(name) + 1] : otherwise)
if (globalThis.gc === undefined) {
  const build = spawnSync("npm", ["run", "-s", "build"], { stdio: "inherit", shell: process.platform === "win32" })
  if (build.status !== 0) process.exit(build.status ?? 1)
  const again = ["--expose-gc", new URL(import.meta.url).pathname, ...args]
  process.exit(spawnSync(process.execPath, again, { stdio: "inherit" }).status ?? 1)
}

const { Bernoulli, Data, Engine, model, Net, Normal, observe, Optimizer, param, plate, program, sample } = await import(
  "../build/src/index.js"
)
const { Effect, Fiber } = await import("effect")
const tf = await import("@tensorflow/tfjs")
const minutes = Number(option("--minutes", "30"))
const engines = {
  onnx: Engine.onnx,
  tensorflow: Engine.tensorflow,
  onnxWeb: Engine.onnxWeb,
  wasm: Engine.eagerOn("wasm"),
  cpu: Engine.eagerOn("cpu")
}
const engine = engines[option("--engine", "onnx")]
if (!(minutes > 0) || engine === undefined) {
  console.error(`Give --minutes a number above 0, and --engine one of ${Object.keys(engines).join(", ")}.`)
  process.exit(2)
}

const wave = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * i))
const bits = Data.of(
  wave(32 * 500).map((x) => (x > 0.2 ? 1 : 0)),
  [32],
  "boolean"
)
const [decoder, encoder] = [Net.mlp([4, 64, 32]), Net.mlp([32, 64, 8])]
const vae = model(Normal(0, 1).iid(4), (z) => Bernoulli({ logits: decoder(z) })).guide((x) =>
  Normal.fromLocLogVariance(encoder(x))
)
const coin = program(
  Effect.gen(function* () {
    const b = yield* sample("b", Bernoulli({ probs: 0.3 }))
    yield* plate("rows", () => observe("y", Normal(b.mul(2), 0.5)))
  })
).guide(() => ({ b: Bernoulli({ probs: param.unit("q", 0.5) }) }))
const rows = { rows: { y: Data.of(wave(300), []) } }

const folder = mkdtempSync(join(tmpdir(), "latent-soak-"))
const run = (effect) => Effect.runPromise(Effect.provide(effect, engine))

/** All that a program may do in its life, once. */
const round = async (n) => {
  const [path, saved] = [join(folder, "checkpoint"), join(folder, "saved")]
  rmSync(path, { force: true })
  const options = {
    epochs: 6,
    batchSize: 50,
    seed: n,
    progress: false,
    validation: bits,
    checkpoint: { path, every: 0.5 }
  }
  const fiber = Effect.runFork(Effect.provide(vae.fit(bits, { ...options, resume: false }), engine))
  await new Promise((resolve) => setTimeout(resolve, 5 + (n % 40)))
  await Effect.runPromise(Fiber.interrupt(fiber))
  const fitted = await run(vae.fit(bits, { ...options, resume: true }))
  await run(fitted.save(saved))
  const loaded = await run(vae.load(saved))
  for (const asked of [
    loaded.generate(20),
    loaded.encode(bits),
    loaded.elbo(bits),
    loaded.logMarginal(bits, { particles: 5 })
  ])
    await run(asked)
  const other = await run(coin.fit(rows, { epochs: 20, seed: n, progress: false }))
  await run(other.posterior(rows, 5))
  const broken = vae.fit(bits, { epochs: 3, seed: n, progress: false, optimizer: Optimizer.sgd(1e38) })
  const { _tag } = await run(Effect.flip(broken))
  if (_tag !== "NonFiniteLoss") throw new Error(`a fit that had to fail failed with ${_tag}`)
}

const openFiles = () => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0)
const look = async () => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  const MB = (bytes) => bytes / 2 ** 20
  return {
    rss: MB(rss),
    heap: MB(heapUsed),
    external: MB(external),
    tensors: tf.memory().numTensors,
    files: openFiles()
  }
}
const line = (at, rounds, { rss, heap, external, tensors, files }) =>
  `${(at / 60_000).toFixed(1).padStart(5)} min  ${String(rounds).padStart(5)} rounds  ${rss.toFixed(0)} MB in all, ${heap.toFixed(1)} MB heap, ${external.toFixed(1)} MB external, ${tensors} tensors, ${files} open files`

const started = performance.now()
const passed = () => performance.now() - started
const looks = []
let rounds = 0
let due = 0
while (passed() < minutes * 60_000) {
  await round(rounds++)
  if (passed() < due && passed() < minutes * 60_000) continue
  due += (minutes * 60_000) / 30
  const now = await look()
  looks.push(now)
  console.log(line(passed(), rounds, now))
}
rmSync(folder, { recursive: true })

// The first third warms up: code is compiled. What the process has in all moves in steps of some 20 MB, as the allocators of its threads keep what they once
// had; so it may grow by more than the rest, whose growth would be a leak.
const [middle, end] = [looks.slice(looks.length / 3, (2 * looks.length) / 3), looks.slice((2 * looks.length) / 3)]
const least = (part, what) => Math.min(...part.map((each) => each[what]))
const allowed = { rss: 0.1 * least(middle, "rss") + 10, heap: 2, external: 2, tensors: 0, files: 0 }
const grown = Object.entries(allowed).map(([what, most]) => ({
  what,
  most,
  by: least(end, what) - least(middle, what)
}))
for (const { what, by, most } of grown)
  console.log(
    `${what}: ${by >= 0 ? "+" : "−"}${Math.abs(by).toFixed(1)} from the middle third to the last (at most +${most.toFixed(1)})`
  )
const isFlat = looks.length >= 6 && grown.every(({ by, most }) => by <= most)
console.log(
  isFlat ? `flat after ${rounds} rounds` : looks.length < 6 ? "too few looks: give it more minutes" : "NOT flat"
)
process.exitCode = isFlat ? 0 : 1
