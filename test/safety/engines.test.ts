import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"
import { switchOffTelemetry } from "../../src/engine/onnx/telemetry.ts"
import { nativeIsSetUp } from "../engine/engines.ts"
import { library } from "../support/built.ts"
import { traced, watch } from "./watch.ts"

const train = fileURLToPath(new URL("train.mjs", import.meta.url))
const inWorker = fileURLToPath(new URL("worker.mjs", import.meta.url))
const silent = { left: [], sockets: [] }
/** What a content security policy without `unsafe-eval` is in Node. */
const strict = "--disallow-code-generation-from-strings"

describe("a process in which no code may be made of strings", () => {
  it.each([
    ["onnx", "onnx"],
    ...(nativeIsSetUp ? [["tensorflow", "tensorflow"]] : []),
    ["onnx-web", "onnx-web"],
    ["wasm", "eager (wasm)"],
    ["cpu", "eager (cpu)"],
    ["auto", "onnx"]
  ])("trains on %s, leaves no file and opens no socket", (name, engine) => {
    const { stdout, stderr, ...done } = watch([strict, train, join(library, "index.js"), name])
    expect(done).toEqual(silent)
    expect(JSON.parse(stdout)).toMatchObject({ engine, epochs: 2, sockets: [] })
    expect(stderr).toBe("")
  })

  it("trains in a worker thread, whose variables are a copy, leaves no file and opens no socket", () => {
    const { stdout, stderr, ...done } = watch([strict, inWorker, train, join(library, "index.js"), "onnx"])
    expect(done).toEqual(silent)
    expect(JSON.parse(stdout)).toMatchObject({ engine: "onnx", epochs: 2, sockets: [] })
    expect(stderr).toBe("")
  })

  it("runs latent doctor, leaves no file and opens no socket", () => {
    const { stdout, stderr, ...done } = watch([strict, join(library, "cli/latent.js"), "doctor"])
    expect(done).toEqual(silent)
    for (const each of ["onnx", "onnx-web", ...(nativeIsSetUp ? ["tensorflow"] : [])]) {
      expect(stdout).toMatch(new RegExp(`works +${each} `))
    }
  })
})

describe("the watch", () => {
  it("sees that code is made of strings", () => {
    expect(() => watch([strict, "-e", "Function('return 1')()"])).toThrow("EvalError")
  })

  it("sees a file that is left, and a socket", () => {
    const leave = `
      require("node:fs").writeFileSync(process.env.XDG_CACHE_HOME + "/id", "")
      require("node:dgram").createSocket("udp4").bind(0, "127.0.0.1", function () { this.close() })`
    const { left, sockets } = watch(["-e", leave])
    expect(left).toEqual(["cache/id"])
    expect(sockets.length > 0).toBe(traced)
  })
})

describe("switchOffTelemetry", () => {
  const before = process.env["ORT_DISABLE_TELEMETRY"]
  afterEach(() => {
    if (before === undefined) delete process.env["ORT_DISABLE_TELEMETRY"]
    else process.env["ORT_DISABLE_TELEMETRY"] = before
  })

  it.each([
    [undefined, "1"],
    ["0", "0"],
    ["1", "1"],
    ["", ""]
  ])("makes of the variable %s: %s", async (value, after) => {
    if (value === undefined) delete process.env["ORT_DISABLE_TELEMETRY"]
    else process.env["ORT_DISABLE_TELEMETRY"] = value
    await switchOffTelemetry()
    expect(process.env["ORT_DISABLE_TELEMETRY"]).toBe(after)
  })
})
