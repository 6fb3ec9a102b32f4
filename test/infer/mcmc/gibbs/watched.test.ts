import { Effect, Exit } from "effect"
import { describe, expect, test } from "vitest"
import { Bernoulli } from "../../../../src/dist/Bernoulli.ts"
import { program } from "../../../../src/infer/program/program.ts"
import { enumerate } from "../../../../src/model/Site.ts"
import { cpu, run } from "../../harness.ts"

describe("sweeps that are watched", () => {
  const coin = program(enumerate("coin", Bernoulli({ probs: 0.3 })))
  const brief = { chains: 2, warmup: 5, draws: 15, progress: false } as const

  test("tell their progress", async () => {
    const told: Array<readonly [transitions: number, of: number, evaluations: number]> = []
    await run(
      coin.gibbs(
        {},
        { ...brief, progress: ({ transitions, of, evaluations }) => told.push([transitions, of, evaluations]) }
      ),
      cpu
    )
    expect(told[0]).toEqual([4, 40, 0])
    expect(told.at(-1)).toEqual([40, 40, 0])
  })

  test("are interrupted before the warm-up has ended", async () => {
    for (const signal of [AbortSignal.abort(), undefined]) {
      const stop = new AbortController()
      const options = { ...brief, warmup: 1_000_000, signal: signal ?? stop.signal, progress: () => stop.abort() }
      const exit = await Effect.runPromiseExit(Effect.provide(coin.gibbs({}, options), cpu))
      expect(Exit.hasInterrupts(exit)).toBe(true)
    }
  })

  test("keep the draws that there are when they are stopped after it", async () => {
    const stop = new AbortController()
    const told = ({ transitions }: { readonly transitions: number }) => {
      if (transitions > 100) stop.abort()
    }
    const options = { ...brief, draws: 100_000, seed: 5, progress: told, signal: stop.signal }
    const swept = await run(coin.gibbs({}, options), cpu)
    const { drawsPerChain, stopped } = swept
    expect(stopped).toBe("aborted")
    expect(drawsPerChain).toBeGreaterThanOrEqual(45)
    expect(drawsPerChain).toBeLessThan(100_000)
    expect(swept.draws.coin.size).toBe(2 * drawsPerChain)
    expect(swept.logDensity).toHaveLength(2 * drawsPerChain)
    expect(`${swept}`).toContain(`2 chains of ${drawsPerChain} sweeps (stopped before 100000)`)
    // they are the first draws of the run that goes on
    const whole = await run(coin.gibbs({}, { ...brief, draws: drawsPerChain + 3, seed: 5 }), cpu)
    expect(whole.stopped).toBeUndefined()
    const first = (from: typeof swept) => [...from.draws.coin.values.subarray(0, drawsPerChain)]
    expect(first(swept)).toEqual(first(whole))
  })
})
