/** Nesterov's dual averaging of log ε with the constants of Hoffman and Gelman (2014, section 3.2.1) and Stan. */
const [gamma, t0, kappa] = [0.05, 10, 0.75]

/** A step size that moves until the mean acceptance is the target's. */
export interface StepSize {
  /** of the next transition while it still moves */
  readonly current: () => number
  /** the average, with which sampling goes on */
  readonly final: () => number
  readonly learn: (acceptance: number) => void
  /** begins anew near a step size */
  readonly restart: (from: number) => void
}

export const adaptedStepSize = (first: number, target: number): StepSize => {
  let [mu, count, error, logStep, average] = [0, 0, 0, 0, 0]
  const restart = (from: number): void => {
    mu = Math.log(10 * from)
    count = 0
    error = 0
    logStep = Math.log(from)
    average = 0
  }
  restart(first)
  return {
    current: () => Math.exp(logStep),
    // before anything was learned the average says nothing
    final: () => Math.exp(count === 0 ? logStep : average),
    learn: (acceptance) => {
      count++
      const weight = 1 / (count + t0)
      error = (1 - weight) * error + weight * (target - acceptance)
      logStep = mu - (Math.sqrt(count) / gamma) * error
      const rate = count ** -kappa
      average = rate * logStep + (1 - rate) * average
    },
    restart
  }
}
