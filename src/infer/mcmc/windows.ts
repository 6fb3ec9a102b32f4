/** The part of a warm-up in which a metric is learned: [from, to) is one window, after each of which the metric is set. */
export type Window = readonly [from: number, to: number]

/**
 * Stan's schedule of a warm-up (Stan reference manual, "HMC algorithm parameters: automatic parameter tuning"): 75 transitions to find the typical set, windows of 25, 50, 100, …
 * transitions for the metric, of which the last is as long as it must be, and 50 for the last step size. A short warm-up has these parts in the proportions 15, 75 and 10 of 100, and one
 * below 20 transitions learns no metric.
 */
export const windowsOf = (warmup: number): ReadonlyArray<Window> => {
  if (warmup < 20) return []
  const isLong = 75 + 25 + 50 <= warmup
  const [first, last] = isLong ? [75, 50] : [Math.floor(0.15 * warmup), Math.floor(0.1 * warmup)]
  const end = warmup - last
  const windows: Array<Window> = []
  let from = first
  let size = isLong ? 25 : end - first
  while (from < end) {
    // a window that would leave no room for the next one, of twice its length, takes what is left
    const to = from + size + 2 * size > end ? end : from + size
    windows.push([from, to])
    from = to
    size *= 2
  }
  return windows
}
