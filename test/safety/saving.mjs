// Saves one of two models to a path again and again, in a process or a worker of its own: node saving.mjs INDEX PATH SEED TIMES
import { Effect } from "effect"

const [index = "", path = "", seed = "0", times = "1"] = process.argv.slice(2)
const { Data, Engine, model, Net, Normal, Optimizer } = await import(index)

// the parameters tell who saved: they are those at which a fit of this seed begins
const [decoder, encoder] = [Net.mlp([2, 60, 40]), Net.mlp([40, 60, 4])]
const vae = model(Normal(0, 1).iid(2), (z) => Normal(decoder(z), 1)).guide((x) => Normal.fromLocLogVariance(encoder(x)))
const data = Data.of(new Float32Array(40), [40])
const still = { epochs: 1, optimizer: Optimizer.sgd(0), progress: false, seed: Number(seed) }
const fitted = await vae.fitPromise(data, { ...still, engine: Engine.eagerOn("cpu") })
for (let i = 0; i < Number(times); i++) await fitted.save(path)
await Effect.runPromise(vae.load(path))
console.log("saved")
