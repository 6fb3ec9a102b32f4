import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, test } from "vitest"

/** The examples as a user runs them, small. */
const root = new URL("../../", import.meta.url).pathname
const out = mkdtempSync(join(tmpdir(), "latent-examples-"))

const node = (args: ReadonlyArray<string>) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], { cwd: root, encoding: "utf8" })
  return { status, stderr, lines: stdout.trim().split("\n") }
}
const small = ["--epochs", "1", "--hidden", "16", "--latent", "2", "--batch", "500", "--engine", "onnx"]
const number = expect.any(Number)

describe("the examples", () => {
  afterAll(() => rmSync(out, { recursive: true }))

  test.each(["bernoulli", "gaussian", "binarized"])(
    "the VAE trains with a %s decoder, and prints JSON alone",
    (decoder) => {
      const folder = join(out, decoder)
      const { status, lines, stderr } = node([
        "build/examples/mnist-vae.js",
        ...small,
        "--decoder",
        decoder,
        "--json",
        "--out",
        folder
      ])
      expect(stderr).toBe("")
      expect(status).toBe(0)
      expect(lines).toHaveLength(2)
      const [epoch, last] = lines.map((line): Readonly<Record<string, unknown>> => JSON.parse(line))
      expect(epoch).toEqual({ epoch: 1, train: number, test: number, seconds: number })
      expect(last).toEqual({
        test: number,
        reconstruction: number,
        kl: number,
        logMarginal: number,
        engine: "onnx",
        seconds: number
      })
      expect(Number(last?.["logMarginal"])).toBeGreaterThan(-Number(last?.["test"]))
      const pictures = ["digits.png", "grid.png", "latent.png", "loss.png", "reconstructions.png"]
      expect(readdirSync(folder).toSorted()).toEqual(pictures)
      for (const picture of pictures) expect(statSync(join(folder, picture)).size).toBeGreaterThan(5000)
    }
  )

  test("the VAE prints its plan, engine, epochs and figures for people", () => {
    const { lines, stderr } = node(["build/examples/mnist-vae.js", ...small, "--out", join(out, "people")])
    expect(stderr).toBe("")
    const text = lines.join("\n")
    expect(text).toContain("maximise  E_q[ log p(x | z) ] − KL( q(z | x) ‖ p(z) )")
    expect(text).toMatch(/engine onnx \(/)
    expect(text).toMatch(/^epoch 1 {2}train \d+\.\d {2}test \d+\.\d {2}no bound on log p\(x\) {2}\(\d+\.\d s\)$/m)
    expect(text).toMatch(/test loss +\d+\.\d\d nats per image = reconstruction \d+\.\d\d \+ KL \d+\.\d\d/)
  })

  test("a wrong option is refused with the options that there are", () => {
    const { status, lines } = node(["build/examples/mnist-vae.js", "--decoder", "poisson"])
    expect(status).toBe(2)
    expect(lines[0]).toBe("--decoder is 'poisson'; it must be one of bernoulli, gaussian, binarized")
    expect(lines.join("\n")).toContain("--epochs 10")
  })

  test("discrete latents train by each estimator that applies, and draw a curve of each", () => {
    const folder = join(out, "discrete")
    const { status, lines } = node(["build/examples/autoencoders/discrete-latents.js", "--quick", "--out", folder])
    expect(status).toBe(0)
    const text = lines.join("\n")
    for (const estimator of ["score function, leave-one-out", "DisARM", "measure-valued", "unordered set"])
      expect(text).toContain(estimator)
    for (const code of ["coins", "labels"]) expect(statSync(join(folder, `${code}.png`)).size).toBeGreaterThan(5000)
  })
})
