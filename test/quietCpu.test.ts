import * as tf from "@tensorflow/tfjs"
import { describe, expect, test, vi } from "vitest"

/** What is printed at the first use of a backend that `install` leaves in place of tfjs's own. */
const printedAfter = async (install: () => Promise<unknown>): Promise<string> => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
  vi.resetModules()
  await install()
  tf.tidy(() => void tf.scalar(1).dataSync())
  const printed = warn.mock.calls.flat().join("\n")
  warn.mockRestore()
  return printed
}

describe("tfjs's advertisement of its backend for Node", () => {
  const fresh = (): void => {
    const made = tf.findBackendFactory("cpu")
    const Cpu = Object.getPrototypeOf(made()).constructor as new () => tf.KernelBackend
    tf.removeBackend("cpu")
    tf.registerBackend("cpu", () => new Cpu(), 1)
  }

  test("is printed by tfjs alone", async () => {
    fresh()
    expect(await printedAfter(() => tf.setBackend("cpu"))).toContain("install our node backend")
  })

  test("is not printed after ours is imported, before or after the first tensor's backend is made", async () => {
    fresh()
    expect(await printedAfter(() => import("../src/tensor/quietCpu.ts"))).toBe("")
    fresh()
    expect(
      await printedAfter(async () => {
        await tf.setBackend("cpu")
        await import("../src/tensor/quietCpu.ts")
      })
    ).toBe("")
  })
})
