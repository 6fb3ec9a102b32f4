// Fits a line to 20 million streamed rows of 11 numbers (880 MB) in a process of its own, and fails where that takes 500 MB of memory or more: npm run streaming
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const [rows, width, most] = [20_000_000, 10, 500e6]
const path = (/** @type {string} */ name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const args = [path("test/safety/streaming.mjs"), path("build/src/index.js"), String(rows), String(width)]
const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" })
if (status !== 0) throw new Error(stderr)
const { whole, grown, seconds, error } = JSON.parse(stdout)
const MB = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(0)} MB`
console.log(`${rows} rows of ${width + 1} numbers, ${MB(4 * rows * (width + 1))}, in ${seconds.toFixed(0)} s`)
console.log(
  `the process took at most ${MB(whole)}, ${MB(grown)} of them for the fit; the largest error of a slope is ${error.toFixed(4)}`
)
if (whole >= most || error > 0.1) process.exitCode = 1
