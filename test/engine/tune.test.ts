import { describe, expect, it } from "vitest"
import type { Setting } from "../../src/engine/onnx/runtime.ts"
import type { Program } from "../../src/engine/onnx/session.ts"
import { runner, settingsFor } from "../../src/engine/onnx/tune.ts"
import { largestOp } from "../../src/engine/onnx/work.ts"
import { Sketch } from "./harness.ts"

/** Programs that take, by a clock of their own, the milliseconds a step that `pace` says. */
const world = (pace: (setting: Setting, time: number) => number) => {
  const world = { time: 0, opened: 0, released: 0, steps: 0, used: [] as Setting[] }
  const open = async (setting: Setting): Promise<Program> => {
    world.opened++
    return {
      setting,
      run: async (k) => {
        world.time += k * pace(setting, world.time)
        world.steps += k
        world.used.push(setting)
        return {}
      },
      time: async () => 0,
      release: async () => {
        world.released++
      }
    }
  }
  return { world, open, now: () => world.time }
}

const settings = settingsFor(2, { steps: 10_000, largest: 1e6 })
const quiet = ({ threads, spin }: Setting): number => (threads === 1 ? 7 : spin ? 4 : 5)
const busy = ({ threads, spin }: Setting): number => (threads === 1 ? 7 : spin ? 15 : 8)

describe("the choice of threads", () => {
  it("tries each setting twice on real steps and stays with the fastest", async () => {
    const { world: seen, open, now } = world(quiet)
    const running = await runner({ settings, open, now })
    for (let i = 0; i < 20; i++) await running.run(50, {})
    expect(seen.used.slice(6).every(({ threads, spin }) => threads === 2 && spin)).toBe(true)
    expect(new Set(seen.used.slice(0, 3)).size).toBe(3)
    expect(new Set(seen.used.slice(3, 6)).size).toBe(3)
    expect(running.detail()).toMatch(/^2 threads, spinning \(a step: .*4\.00 ms/)
  })

  it("is not misled by one bad moment", async () => {
    let calls = 0
    const { world: seen, open, now } = world((setting) => (setting.spin && calls++ === 0 ? 20 : quiet(setting)))
    const running = await runner({ settings, open, now })
    for (let i = 0; i < 20; i++) await running.run(50, {})
    expect(seen.used.at(-1)).toEqual({ threads: 2, spin: true })
  })

  it("opens the contest for a setting that stays slow, not for one slow call or a pause", async () => {
    let calls = 0
    const { world: seen, open, now } = world((setting) => (calls++ % 30 === 29 ? 20 : quiet(setting)))
    const running = await runner({ settings, open, now })
    for (let i = 0; i < 200; i++) {
      await running.run(50, {})
      seen.time += 20_000
    }
    expect(seen.used.slice(6).every(({ threads, spin }) => threads === 2 && spin)).toBe(true)
  })

  it("asks a calm setting to compete again after it has run for a while, not after a pause", async () => {
    const calm = (setting: Setting): number => (setting.threads === 1 ? 3 : quiet(setting))
    const { world: seen, open, now } = world(calm)
    const running = await runner({ settings, open, now })
    for (let i = 0; i < 40; i++) {
      await running.run(50, {})
      seen.time += 20_000
    }
    expect(new Set(seen.used.slice(6))).toEqual(new Set([{ threads: 1, spin: false }]))
    for (let i = 0; i < 100; i++) await running.run(50, {})
    expect(new Set(seen.used.slice(46)).size).toBe(3)
  })

  it("leaves a setting that has become slow, and comes back to it when the cores are free again", async () => {
    const until = (time: number): boolean => time > 5_000 && time < 30_000
    const { world: seen, open, now } = world((setting, time) => (until(time) ? busy(setting) : quiet(setting)))
    const running = await runner({ settings, open, now })
    while (seen.time < 10_000) await running.run(50, {})
    expect(seen.used.at(-1)).toEqual({ threads: 1, spin: false })
    while (seen.time < 60_000) await running.run(50, {})
    expect(seen.used.at(-1)).toEqual({ threads: 2, spin: true })
  })

  it("does not judge by calls of a few short steps", async () => {
    const { world: seen, open, now } = world(quiet)
    const running = await runner({ settings, open, now })
    for (let i = 0; i < 9; i++) await running.run(2, {})
    expect(new Set(seen.used).size).toBe(1)
  })

  it("compares nothing when the work is short or small, or there is one core", async () => {
    expect(settingsFor(2, { steps: 10, largest: 1e6 })).toEqual([{ threads: 2, spin: false }])
    expect(settingsFor(1, { steps: 10_000, largest: 1e6 })).toEqual([{ threads: 1, spin: false }])
    expect(settingsFor(2, { steps: 10_000, largest: 100 })).toEqual([{ threads: 1, spin: false }])
    const { world: seen, open, now } = world(quiet)
    const running = await runner({ settings: settingsFor(2, { steps: 10, largest: 1e6 }), open, now })
    for (let i = 0; i < 5; i++) await running.run(50, {})
    expect(seen.opened).toBe(1)
  })

  it("releases every session that it opened", async () => {
    const { world: seen, open, now } = world(quiet)
    const running = await runner({ settings, open, now })
    for (let i = 0; i < 5; i++) await running.run(50, {})
    await running.release()
    expect([seen.opened, seen.released]).toEqual([3, 3])
  })
})

describe("the size of a graph's largest op", () => {
  it("is the numbers that it computes, and of a product of matrices its multiplications", () => {
    const g = new Sketch()
    const [x, w] = [g.input("x", [100, 784]), g.input("w", [784, 20])]
    expect(largestOp({ nodes: g.nodes, outputs: {} })).toBe(0)
    const hidden = g.call("BatchMatMul", { a: x, b: w }, [100, 20], { transposeA: false, transposeB: false })
    expect(largestOp({ nodes: g.nodes, outputs: { hidden } })).toBeCloseTo(100 * 784 * 20)
  })

  it("is found in the body of a recurrence too", () => {
    const [inner, outer] = [new Sketch(), new Sketch()]
    const carry = inner.unary("Exp", inner.input("carry", [30]))
    const start = outer.input("x", [3])
    const body = { nodes: inner.nodes, outputs: { carry, row: carry } }
    outer.call("Scan", { x: start }, [3], { body, length: 2, scanned: 0, reverse: false, held: false })
    expect(largestOp({ nodes: outer.nodes, outputs: {} })).toBe(30)
  })
})
