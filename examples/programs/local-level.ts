// The flow of the Nile, 1871-1970, as a level that walks: a recurrence, checked against Kalman's exact answer.
import { Data, Normal, observe, param, program, sample, scan } from "../../src/index.ts"
import { compare, settled } from "./answers.ts"

const nile = [
  1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140, 1100,
  1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456,
  824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897,
  822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975,
  815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740
]
// In hundreds of 10⁸ m³ from 900; the variances are those of Durbin and Koopman (2012), section 2.3: 15099 and 1469.1.
const ys = nile.map((y) => (y - 900) / 100)
const [drift, noise] = [Math.sqrt(0.14691), Math.sqrt(1.5099)]

const level = program(function* () {
  yield* scan("years", { level: 2 }, function* (before) {
    const level = yield* sample("level", Normal(before.level, drift))
    yield* observe("flow", Normal(level, noise))
    return { level }
  })
}).guide(() => ({ years: () => ({ level: Normal(param.row("loc", 0), param.row.positive("scale", 0.3)) }) }))

const data = { years: { flow: Data.of(ys, []) } }
const fitted = await level.fitPromise(data, settled(1500, 0.05))

// Kalman's filter forwards (predicted and filtered moments, and log p(y)), then the smoother of Rauch, Tung and Striebel (1965) backwards.
const filtered: Array<{ readonly mean: number; readonly variance: number }> = []
let [mean, variance, evidence] = [2, 0, 0]
for (const y of ys) {
  const before = variance + drift ** 2
  const total = before + noise ** 2
  evidence -= 0.5 * ((y - mean) ** 2 / total + Math.log(2 * Math.PI * total))
  mean += (before / total) * (y - mean)
  variance = (before * noise ** 2) / total
  filtered.push({ mean, variance })
}
const smoothed: Array<{ readonly mean: number; readonly variance: number }> = []
for (const now of filtered.toReversed()) {
  const next = smoothed[0]
  const gain = next === undefined ? 0 : now.variance / (now.variance + drift ** 2)
  smoothed.unshift({
    mean: now.mean + gain * ((next?.mean ?? 0) - now.mean),
    variance: now.variance + gain ** 2 * ((next?.variance ?? 0) - now.variance - drift ** 2)
  })
}

// Mean field has the exact means; its scales are those of each level given its neighbours, 1/√(precision), and it says less than Kalman by the KL between both.
const n = ys.length
const precision = ys.map((_, t) => (t < n - 1 ? 2 : 1) / drift ** 2 + 1 / noise ** 2)
let [pivot, logDet] = [0, 0]
for (const p of precision) {
  pivot = pivot === 0 ? p : p - 1 / drift ** 4 / pivot
  logDet += Math.log(pivot)
}
const bound = evidence - 0.5 * (precision.reduce((sum, p) => sum + Math.log(p), 0) - logDet)
const [loc, scale] = [fitted.parameter("loc"), fitted.parameter("scale")]
const apart = (found: ArrayLike<number>, known: ReadonlyArray<number>): number =>
  known.reduce((most, x, t) => Math.max(most, Math.abs((found[t] ?? Number.NaN) - x)), 0)
compare(
  "Local level: the Nile, in 10¹⁰ m³ from 90",
  [
    ...[0, 27, 28, 50, 99].map((t) => ({
      quantity: `level in ${1871 + t}`,
      found: loc[t] ?? Number.NaN,
      known: smoothed[t]?.mean ?? 0,
      within: 0.05
    })),
    {
      quantity: "largest error of a mean",
      found: apart(
        loc,
        smoothed.map(({ mean }) => mean)
      ),
      known: 0,
      within: 0.08
    },
    {
      quantity: "largest error of a scale",
      found: apart(
        scale,
        precision.map((p) => 1 / Math.sqrt(p))
      ),
      known: 0,
      within: 0.03
    },
    { quantity: "ELBO", found: await fitted.elbo(data, { particles: 4000 }), known: bound, within: 0.3 }
  ],
  `log p(y) by Kalman is ${evidence.toFixed(2)}. Mean field takes years for independent: its sd in 1920 is ${scale[49]?.toFixed(2)}, the exact one ${Math.sqrt(smoothed[49]?.variance ?? 0).toFixed(2)}.`
)
