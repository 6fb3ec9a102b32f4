import { Effect, Metric } from "effect"
import type { EpochReport } from "./progress.ts"

/*
 * What a fit tells Effect's registry of metrics, which stays in the process until the program exports it. All have the attribute `engine`; fits that run side by side are told apart by attributes of the caller's own
 * (`Metric.CurrentMetricAttributes`).
 */

const steps = Metric.counter("latent_fit_steps", { description: "steps of the optimizer", incremental: true })
const rowsPerSecond = Metric.gauge("latent_fit_rows_per_second", {
  description: "rows of the largest plate that the last call of the engine read in a second"
})
const loss = Metric.gauge("latent_fit_loss", { description: "the mean loss of the last epoch, in nats" })
const elbo = Metric.gauge("latent_fit_elbo", { description: "the mean ELBO of the last epoch, in nats" })
const nonFinite = Metric.counter("latent_fit_non_finite_stops", {
  description: "fits that ended because a loss or a parameter was not finite",
  incremental: true
})

/** What one call of the engine did. */
export interface Progressed {
  readonly steps: number
  readonly rows: number
  readonly milliseconds: number
  /** of the epochs that it ended */
  readonly reports: ReadonlyArray<EpochReport>
}

/** Tells the metrics of one fit. */
export interface FitMetrics {
  readonly progressed: (call: Progressed) => Effect.Effect<void>
  readonly stoppedNonFinite: Effect.Effect<void>
}

/** @param engine the name of the engine that has run the last call */
export const fitMetrics = (engine: () => string): FitMetrics => {
  const update = <Input, State>(metric: Metric.Metric<Input, State>, input: Input): Effect.Effect<void> =>
    Effect.suspend(() => Metric.update(Metric.withAttributes(metric, { engine: engine() }), input))
  return {
    progressed: (call) =>
      Effect.gen(function* () {
        yield* update(steps, call.steps)
        yield* update(rowsPerSecond, (1000 * call.rows) / Math.max(call.milliseconds, 1e-3))
        const last = call.reports.at(-1)
        if (last === undefined) return
        yield* update(loss, last.train)
        const bound = last.bound ?? (last.noBound === undefined ? last.train : undefined)
        if (bound !== undefined) yield* update(elbo, -bound)
      }),
    stoppedNonFinite: update(nonFinite, 1)
  }
}
