// Trains a small model on an engine, in a process of its own: node train.mjs INDEX ENGINE, where INDEX is the library's file.
// Prints one line of JSON: the engine that ran, why, and the internet sockets that the process has open at the end.
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs"
import { Effect } from "effect"

const [index = "", name = ""] = process.argv.slice(2)
const { Bernoulli, Data, Engine, model, Net, Normal } = await import(index)

const layers = {
  auto: Engine.auto,
  onnx: Engine.onnx,
  tensorflow: Engine.tensorflow,
  "onnx-web": Engine.onnxWeb,
  wasm: Engine.eagerOn("wasm"),
  cpu: Engine.eagerOn("cpu")
}

/** Sockets of this process that Linux lists as internet sockets. */
const sockets = () => {
  if (!existsSync("/proc/self/net")) return []
  const listed = ["tcp", "tcp6", "udp", "udp6"]
    .map((table) => `/proc/self/net/${table}`)
    .filter(existsSync)
    .flatMap((path) =>
      readFileSync(path, "utf8")
        .split("\n")
        .map((line) => line.trim().split(/\s+/)[9])
    )
  const held = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? []
    } catch {
      return [] // the one that listed the folder is closed again
    }
  })
  return held.filter((inode) => listed.includes(inode))
}

const vae = model(Normal(0, 1).iid(2), (z) => Bernoulli({ logits: Net.mlp([2, 8])(z), soft: true })).guide((x) =>
  Normal.fromLocLogVariance(Net.mlp([8, 4])(x))
)
const grey = Data.ofBytes(new Uint8Array(80).fill(100), [8])
let started
const progress = (event) => {
  if (event._tag === "Started") started = event
}
const fit = vae.fit(grey, { epochs: 2, batchSize: 5, seed: 0, progress })
const { history } = await Effect.runPromise(Effect.provide(fit, layers[name]))
console.log(
  JSON.stringify({ engine: started.engine, because: started.because, epochs: history.length, sockets: sockets() })
)
