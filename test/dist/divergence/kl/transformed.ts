import fc from "fast-check"
import { Normal } from "../../../../src/dist/Normal.ts"
import { Transformed } from "../../../../src/dist/Transformed.ts"
import { Transform } from "../../../../src/dist/transform/index.ts"
import { number, pairs } from "./Pair.ts"

const vector = fc.tuple(number(-2, 2), number(0.3, 3)).map(([loc, scale]) => Normal(loc, scale).iid(2))
const same = Transform.affine(1, 2)

/** Pairs that went through the same transform. */
export const transformedPairs = pairs({
  "KL(Normal → softplus ‖ Normal → softplus)": fc
    .tuple(vector, vector)
    .map(([q, p]) => [Transformed(q, Transform.softplus), Transformed(p, Transform.softplus)]),
  "KL(Normal → affine → stickBreaking ‖ the same)": fc
    .tuple(vector, vector)
    .map(([q, p]) => [
      Transformed(q, Transform.chain(same, Transform.stickBreaking)),
      Transformed(Transformed(p, same), Transform.stickBreaking)
    ])
})
