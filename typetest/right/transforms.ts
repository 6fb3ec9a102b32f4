// Shapes, supports and closed forms of what a transform makes of a distribution; divergences of pairs under one transform.
import { Effect } from "effect"
import { Flow, klDivergence, Net, Normal, param, program, sample, Transform, Transformed } from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

const shares = Transformed(Normal(0, 1).iid(9), Transform.stickBreaking)
same<Equal<(typeof shares)["shape"], readonly [10]>>()
same<Equal<(typeof shares)["support"], "simplex">>()
same<Equal<(typeof shares)["family"], "Normal → stickBreaking">>()

const correlations = Transformed(Normal(0, 1).iid(3).iid(2), Transform.correlationCholesky)
same<Equal<(typeof correlations)["shape"], readonly [2, 3, 3]>>()

const between = Transformed(Normal(0, 1), Transform.chain(Transform.sigmoid, Transform.affine(2, 3)))
same<Equal<(typeof between)["support"], "interval">>()
const covariance = Transformed(Normal(0, 1).iid(6), Transform.fromReals.positiveDefinite)
same<Equal<(typeof covariance)["shape"], readonly [3, 3]>>()
same<Equal<(typeof covariance)["support"], "positiveDefinite">>()
export const back = Transformed(shares, Transform.inverse(Transform.softmaxCentred))
same<Equal<(typeof back)["support"], "real">>()

export const kl = klDivergence(Transformed(Normal(1, 2), Transform.exp), Transformed(Normal(0, 1), Transform.exp))
export const entropy = Transformed(Normal(0, 1), Transform.affine(0, 2)).iid(3).entropy()

const layers = [2, 16, 4] as const
const net = Net.mlp(layers, { masks: Flow.masks(layers), activation: "tanh" })
export const banana = program(
  Effect.gen(function* () {
    yield* sample("z", Normal(0, 1).iid(2))
    yield* sample("scale", Transformed(Normal(0, 1), Transform.exp))
  })
).guide(() => ({
  z: Transformed(Normal(0, 1).iid(2), Flow.iaf(net)),
  scale: Transformed(Normal(param("loc", 0), 1), Transform.exp)
}))
