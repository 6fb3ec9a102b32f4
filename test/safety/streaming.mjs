// Fits a line to streamed rows in a process of its own: node streaming.mjs INDEX ROWS WIDTH [held]
// Prints one line of JSON: by how many bytes the most memory of the process grew while it fitted, that in all, the seconds, and the largest error of a slope.
// With `held` the same rows are kept in memory, for comparison.
import { Effect } from "effect"

const [index = "", count = "", numbers = "", how = "streamed"] = process.argv.slice(2)
const { Data, dot, Engine, Normal, observe, param, plate, program, sample } = await import(index)
const [rows, width] = [Number(count), Number(numbers)]
const slopes = Float32Array.from({ length: width }, (_, i) => Math.cos(i))

/** Numbers in [-1, 1) that are the same in each pass: a linear congruential generator (Numerical Recipes), its upper bits. */
const piece = 1000
const pieces = function* (rows) {
  let state = 1
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state / 2 ** 31
  }
  for (let from = 0; from < rows; from += piece) {
    const x = new Float32Array(piece * width)
    const y = new Float32Array(piece)
    for (let i = 0; i < piece; i++) {
      let sum = 0.5 * next()
      for (let j = 0; j < width; j++) {
        const value = next()
        x[i * width + j] = value
        sum += value * slopes[j]
      }
      y[i] = sum
    }
    yield { x: Data.of(x, [width]), y: Data.of(y, []) }
  }
}

const line = program(function* () {
  const w = yield* sample("w", Normal(0, 1).iid(width))
  yield* plate("rows", (row) => observe("y", Normal(dot(row.x, w), 0.3)))
}).guide(() => ({ w: Normal(param("w.loc", [width]), param.positive("w.scale", [width], 0.01)) }))

const dataOf = (rows) => {
  if (how === "streamed") return { rows: Data.stream({ x: [width], y: [] }, () => pieces(rows), { rows }) }
  const [x, y] = [new Float32Array(rows * width), new Float32Array(rows)]
  let at = 0
  for (const part of pieces(rows)) {
    x.set(part.x.values, at * width)
    y.set(part.y.values, at)
    at += piece
  }
  return { rows: { x: Data.of(x, [width]), y: Data.of(y, []) } }
}

const fit = (rows) =>
  Effect.runPromise(
    Effect.provide(
      line.fit(dataOf(rows), { epochs: 1, batchSize: 1000, learningRate: 0.01, progress: false }),
      Engine.onnx
    )
  )

// a small fit first: what libraries take once is no part of what rows take
await fit(10_000)
const before = process.resourceUsage().maxRSS
const started = performance.now()
const fitted = await fit(rows)
const [after, seconds] = [process.resourceUsage().maxRSS, (performance.now() - started) / 1000]
const error = Math.max(...Array.from(fitted.parameter("w.loc"), (w, i) => Math.abs(w - slopes[i])))
console.log(JSON.stringify({ grown: 1024 * (after - before), whole: 1024 * after, seconds, error }))
