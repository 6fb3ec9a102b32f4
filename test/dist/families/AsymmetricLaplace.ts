import fc from "fast-check"
import { AsymmetricLaplace } from "../../../src/dist/AsymmetricLaplace.ts"
import { line } from "../laws/Domain.ts"
import { number, type Row } from "../laws/Row.ts"

interface Parameters {
  readonly [name: string]: number
  readonly loc: number
  readonly scale: number
  readonly asymmetry: number
}

const logs = ({ scale, asymmetry }: Parameters): number =>
  Math.abs(Math.log(scale)) + Math.log(asymmetry + 1 / asymmetry) + 1

export const asymmetricLaplace: Row<Parameters> = {
  family: "AsymmetricLaplace",
  make: ({ loc, scale, asymmetry }) => AsymmetricLaplace(loc, scale, asymmetry),
  settings: fc.record({ loc: number(-2, 2), scale: number(0.3, 3), asymmetry: number(0.5, 2) }),
  domain: ({ loc, scale }) => line(loc, scale),
  terms: (x: number, setting) => {
    const z = (x - setting.loc) / setting.scale
    return Math.abs(z) * (z > 0 ? setting.asymmetry : 1 / setting.asymmetry) + logs(setting)
  },
  sizes: {
    mean: ({ loc, scale, asymmetry }) => Math.abs(loc) + scale * (asymmetry + 1 / asymmetry),
    entropy: logs
  },
  outside: "every number is inside",
  kinks: ({ loc }) => [loc]
}
