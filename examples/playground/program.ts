import {
  add,
  Data,
  HalfNormal,
  LogNormal,
  mul,
  Normal,
  observe,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"

// A line through points. Types say which sites it has: leave one out of the guide, or observe y by a Bernoulli.
const line = program(function* () {
  const level = yield* sample("level", Normal(0, 5))
  const slope = yield* sample("slope", Normal(0, 5))
  const noise = yield* sample("noise", HalfNormal(2))
  yield* plate("rows", (row: { readonly x: Tensor<readonly []> }) =>
    observe("y", Normal(add(level, mul(slope, row.x)), noise))
  )
}).guide(() => ({
  level: Normal(param("level.loc", 0), param.positive("level.scale", 1)),
  slope: Normal(param("slope.loc", 0), param.positive("slope.scale", 1)),
  noise: LogNormal(param("noise.loc", 0), param.positive("noise.scale", 0.5))
}))

const rows = {
  x: Data.of([-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5], []),
  y: Data.of([-6.4, -5.1, -2.2, -1.3, 1.5, 3.7, 4.6, 7.4], [])
}
const fitted = await line.fitPromise({ rows }, { epochs: 2000, learningRate: 0.05, progress: false })
console.log(`${fitted.explain()}\n`)
console.log(`${await fitted.summary()}\n`)
console.log(`${await fitted.diagnose({ rows })}`)
