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
  x: Data.of([0, 1, 2, 3, 4, 5, 6, 7], []),
  y: Data.of([1.2, 2.9, 5.3, 6.8, 9.1, 11.2, 12.8, 15.1], [])
}
const fitted = await line.fitPromise({ rows }, { epochs: 2000, learningRate: 0.02, progress: false })
console.log(`${fitted.explain()}\n`)
console.log(`${await fitted.summary()}\n`)
console.log(`${await fitted.diagnose({ rows })}`)
