// Runs a script in a worker thread: node worker.mjs SCRIPT ARGS…
import { Worker } from "node:worker_threads"

const [script = "", ...argv] = process.argv.slice(2)
new Worker(script, { argv })
