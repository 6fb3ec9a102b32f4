// Fits a model with a checkpoint, in a process of its own that may be killed: node fitting.mjs INDEX MODEL ENGINE PATH [WARN]
// Prints a line when training starts, and at the end one of JSON: the losses, the parameters and the kinds of warnings.
import { Effect } from "effect"

const [index = "", name = "", engine = "", path = ""] = process.argv.slice(2)
const {
  Bernoulli,
  Data,
  Engine,
  model,
  Net,
  Normal,
  observe,
  Optimizer,
  param,
  plate,
  program,
  sample,
  Schedule,
  score
} = await import(index)

const engines = { onnx: Engine.onnx, tensorflow: Engine.tensorflow, cpu: Engine.eagerOn("cpu") }
/** Numbers that look like noise and are the same in each process. */
const wave = (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i * i))

const vae = () => {
  const [decoder, encoder] = [Net.mlp([4, 32, 16]), Net.mlp([16, 32, 8])]
  const bits = Data.of(
    wave(16 * 640).map((x) => (x > 0.2 ? 1 : 0)),
    [16],
    "boolean"
  )
  return model(Normal(0, 1).iid(4), (z) => Bernoulli({ logits: decoder(z) }))
    .guide((x) => Normal.fromLocLogVariance(encoder(x)))
    .fit(bits, { ...options, epochs: 15 * size, batchSize: 32, optimizer: Optimizer.adam(Schedule.cosine(3e-3)) })
}

/** A score function with a running baseline, and values for each row. */
const baseline = () =>
  program(
    Effect.gen(function* () {
      const b = yield* sample("b", Bernoulli({ probs: 0.3 }))
      yield* plate("rows", () =>
        Effect.flatMap(sample("z", Normal(0, 1)), (z) => observe("y", Normal(z.add(b.mul(2)), 0.5)))
      )
    })
  )
    .guide(() => ({
      b: Bernoulli({ probs: param.unit("q", 0.5) }),
      rows: () => ({ z: Normal(param.row("m", 0), param.row.positive("s", 1)) })
    }))
    .fit(
      { rows: { y: Data.of(wave(300), []) } },
      { ...options, estimators: { b: score }, epochs: 40 * size, batchSize: 20 }
    )

const size = (engine === "cpu" ? 1 : 2) * Math.ceil(Number(process.env.LATENT_KILLS ?? 3) / 3)
const warnings = []
const progress = (event) => {
  if (event._tag === "Started") console.log("started")
  if (event._tag === "Warning") warnings.push(event.warning.kind)
}
const checkpoint = path === "" ? {} : { checkpoint: { path, every: 0.1 }, resume: true }
const options = { seed: 3, progress, ...checkpoint }
const { history, parameters } = await Effect.runPromise(Effect.provide({ vae, baseline }[name](), engines[engine]))
const all = Object.fromEntries(Object.entries(parameters).map(([key, values]) => [key, [...values]]))
console.log(JSON.stringify({ losses: history.map(({ train }) => train), parameters: all, warnings }))
