import { Normal, HalfNormal, program, sample, observe, plate, add, mul, Data, Engine, Tensor } from "/work/main/build/src/index.js"
import { performance } from "node:perf_hooks"
const N = Number(process.argv[2]), B = Number(process.argv[3] ?? 128), engine = Engine[process.argv[4] ?? "onnx"]
const steps = Number(process.argv[5] ?? 20000)
const reg = program(function* () {
  const w = yield* sample("w", Normal(0, 1))
  const b = yield* sample("b", Normal(0, 1))
  yield* plate("rows", function* (row) { yield* observe("y", Normal(add(mul(w, row.x), b), 1)) })
}).autoGuide()
const x = Float32Array.from({ length: N }, (_, i) => Math.sin(i)), y = x.map((v, i) => 2 * v + Math.cos(3 * i))
const epochs = Math.max(1, Math.round(steps * B / N))
let times = []
const fitted = await reg.fitPromise({ rows: { x: Data.of(x, []), y: Data.of(y, []) } }, { epochs, batchSize: B, engine, progress: (e) => times.push(JSON.stringify(e).slice(0, 200)) })
console.log(N, B, times.length, times[0], times.at(-1))
