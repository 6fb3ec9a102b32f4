import fc from "fast-check"
import { LogitNormal } from "../../../src/dist/LogitNormal.ts"
import { interval } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

const standard = (x: number, loc: number, scale: number): readonly [z: number, logit: number] => {
  const logit = Math.log(x) - Math.log1p(-x)
  return [(logit - loc) / scale, logit]
}

export const logitNormal: Row<{ readonly loc: number; readonly scale: number }> = {
  family: "LogitNormal",
  make: ({ loc, scale }) => LogitNormal(loc, scale),
  settings: fc.record({ loc: number(-1.5, 1.5), scale: number(0.3, 1.5) }),
  domain: () => interval(0, 1),
  // z inherits the rounding of logit x, which counts with the slope |z|/scale
  terms: (x: number, { loc, scale }) => {
    const [z, logit] = standard(x, loc, scale)
    return (
      z ** 2 +
      (Math.abs(z) * (Math.abs(logit) + Math.abs(loc))) / scale +
      Math.abs(Math.log(x)) +
      Math.abs(Math.log(scale)) +
      2
    )
  },
  sizes: {
    // an exponential's relative error is its argument's error
    mean: ({ loc, scale }) => (1 + Math.abs(loc) + scale) / (1 + Math.exp(-loc - scale ** 2 / 2)),
    cdf: (x, { loc, scale }) => {
      const [z, logit] = standard(x, loc, scale)
      return 2 + z ** 2 + ((1 + Math.abs(z)) * (Math.abs(logit) + Math.abs(loc))) / scale
    }
  },
  outside: () => [0, 1, -1e-3, -2, 1.001, 40]
}
