import { describe, expect, test } from "vitest"
import { Dataset } from "../../../src/data/Dataset.ts"
import { Normal } from "../../../src/dist/Normal.ts"
import { InvalidOption } from "../../../src/Errors.ts"
import type { EpochReport } from "../../../src/infer/fit/progress.ts"
import { Stop } from "../../../src/infer/fit/Stop.ts"
import { program } from "../../../src/infer/program/program.ts"
import { Optimizer } from "../../../src/infer/step/Optimizer.ts"
import { param } from "../../../src/model/Param.ts"
import { observe, plate, sample } from "../../../src/model/Site.ts"
import { cpu, failure, run } from "../harness.ts"

const history = (losses: ReadonlyArray<number>, tests: ReadonlyArray<number> = []): ReadonlyArray<EpochReport> =>
  losses.map((train, i) => {
    const test = tests[i]
    return { epoch: i + 1, train, seconds: 2, ...(test !== undefined && { test }) }
  })

/** The epoch at which a rule would have ended a fit. */
const endOf = (rule: (reports: ReadonlyArray<EpochReport>) => string | undefined, all: ReadonlyArray<EpochReport>) =>
  all.find((_, i) => rule(all.slice(0, i + 1)) !== undefined)?.epoch

describe("a plateau", () => {
  const falling = [9, 8, 7, 7.5, 7.2, 6.99, 7.1, 7.1, 7.1, 7.1]

  test("ends where the lowest loss is as old as the patience", () => {
    expect(endOf(Stop.plateau({ patience: 3 }), history(falling))).toBe(9)
    expect(endOf(Stop.plateau({ patience: 2 }), history(falling))).toBe(5)
    expect(endOf(Stop.plateau({ patience: 5 }), history(falling))).toBeUndefined()
  })

  test("takes a smaller fall than the tolerance for none, and many of them together for one", () => {
    expect(endOf(Stop.plateau({ patience: 3, tolerance: 0.1 }), history(falling))).toBe(6)
    const slow = Array.from({ length: 30 }, (_, i) => 10 - 0.04 * i)
    expect(endOf(Stop.plateau({ patience: 4, tolerance: 0.1 }), history(slow))).toBeUndefined()
  })

  test("of validation losses ignores those of training", () => {
    const reports = history([5, 4, 3, 2, 1], [3, 2, 2.5, 2.6, 2.7])
    expect(endOf(Stop.plateau({ patience: 2, of: "test" }), reports)).toBe(4)
    expect(endOf(Stop.plateau({ patience: 2, of: "test" }), history([5, 5, 5, 5]))).toBeUndefined()
  })

  test("is refused with options that are none", () => {
    expect(() => Stop.plateau({ patience: 0 })).toThrow(InvalidOption)
    expect(() => Stop.plateau({ tolerance: -1 })).toThrow("'tolerance'")
    expect(() => Stop.plateau({ of: "loss" as "test" })).toThrow("'of'")
  })
})

test("rules compose", () => {
  const at = (epoch: number) => (reports: ReadonlyArray<EpochReport>) =>
    reports.length >= epoch ? `epoch ${epoch}` : undefined
  const reports = history([1, 1, 1, 1, 1])
  expect(endOf(Stop.any(at(4), at(2)), reports)).toBe(2)
  expect(endOf(Stop.all(at(4), at(2)), reports)).toBe(4)
  expect(Stop.all(at(1), at(2))(reports)).toBe("epoch 1, and epoch 2")
  expect(endOf(Stop.atLeast(3, at(1)), reports)).toBe(3)
  expect(endOf(Stop.seconds(7), reports)).toBe(4)
  expect(Stop.any()(reports) ?? Stop.all()(reports)).toBeUndefined()
})

describe("a fit with a rule", () => {
  const guided = program(function* () {
    const mu = yield* sample("mu", Normal(0, 1))
    yield* plate("rows", () => observe("y", Normal(mu, 1)))
  }).guide(() => ({ mu: Normal(param("loc", 0), 1) }))
  const data = { rows: { y: Dataset.of([1, 2], []) } }

  test("ends at that epoch, says why, and keeps what it has learned", async () => {
    const reasons: Array<string | undefined> = []
    const progress = (event: { readonly _tag: string; readonly because?: string }) => {
      if (event._tag === "Done") reasons.push(event.because)
    }
    // nothing is learned at the step size 0, and draws differ: the lowest loss is that of some epoch
    const stop = Stop.plateau({ patience: 4, tolerance: 1e6 })
    const options = { epochs: 1000, optimizer: Optimizer.sgd(0), stop, progress } as const
    const fitted = await run(guided.fit(data, options), cpu)
    expect(fitted.history).toHaveLength(5)
    expect(fitted.stopped).toBe(true)
    expect(reasons).toEqual([expect.stringContaining("for 4 epochs")])
  })

  test("runs to its last epoch where the rule says nothing, and refuses what is no rule", async () => {
    const fitted = await run(guided.fit(data, { epochs: 6, stop: () => undefined, progress: false }), cpu)
    expect([fitted.history.length, fitted.stopped]).toEqual([6, false])
    const error = await failure(guided.fit(data, { stop: "plateau" as never, progress: false }), cpu)
    expect(error.message).toContain("'stop'")
  })
})
