import * as tf from "@tensorflow/tfjs"
import { test } from "vitest"
import { readFileSync } from "node:fs"
import { score } from "../../../src/infer/estimator/score.ts"
import { check } from "./check.ts"
test("t", async () => {
  await tf.setBackend("cpu")
  const text = readFileSync("/tmp/bash_jobs.0/1e476465f0dd/stdout", "utf8")
  const json = /Counterexample: (\[.*\])/.exec(text)?.[1] ?? ""
  const [program] = JSON.parse(json)
  const a: any = check(program), b: any = check(program, { z1: score }), c: any = check(program, { z0: score }), d: any = check(program, { z0: score, z1: score })
  for (const x of [a, b, c, d]) console.log(x.kind, x.z, x.words ?? x.message ?? "")
}, 1e6)
