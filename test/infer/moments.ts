import { expect } from "vitest"
import type { FitOptions } from "../../src/infer/fit/options.ts"
import { gradientMoments, onnx, run, under, watched } from "./harness.ts"

/** Mean, standard error and variance of the gradient estimates of many steps, number by number. */
export interface Moments {
  readonly mean: ReadonlyArray<number>
  readonly error: ReadonlyArray<number>
  readonly variance: ReadonlyArray<number>
}

/** Runs a fit whose parameters stay where they are: each step is one more estimate of the same gradient. */
export const estimates = async (
  fit: (options: FitOptions) => Parameters<typeof run>[0],
  options: FitOptions
): Promise<{ readonly steps: number; readonly of: (parameter: string) => Moments }> => {
  const { engine, sessions } = watched(onnx)
  await run(fit({ epochs: 1, optimizer: gradientMoments, progress: false, ...options }), engine)
  const calls = sessions[0]?.calls ?? []
  const steps = calls.reduce((sum, { k }) => sum + k, 0)
  const last = calls.at(-1)?.after ?? {}
  const [sums, squares] = [under("sum:", last), under("squares:", last)]
  return {
    steps,
    of: (parameter) => {
      const mean = Array.from(sums[parameter] ?? [], (sum) => sum / steps)
      const variance = mean.map((m, i) =>
        // an estimate without variance may come out a rounding below 0
        Math.max(0, ((squares[parameter]?.[i] ?? Number.NaN) - steps * m * m) / (steps - 1))
      )
      return { mean, variance, error: variance.map((v) => Math.sqrt(v / steps)) }
    }
  }
}

/**
 * |mean − exact| < 4 standard errors, where these are so small that an estimate of 0, or of twice the gradient, would be 8 of them away
 * and be seen.
 */
export const isUnbiased = ({ mean, error }: Moments, exact: ReadonlyArray<number>): void => {
  expect(mean.length).toBe(exact.length)
  exact.forEach((value, i) => {
    expect(error[i]).toBeLessThan(Math.abs(value) / 8)
    // an estimate without variance is the exact number, up to float32
    const allowed = Math.max(4 * (error[i] ?? 0), 1e-5 * (1 + Math.abs(value)))
    expect(Math.abs((mean[i] ?? Number.NaN) - value)).toBeLessThan(allowed)
  })
}
