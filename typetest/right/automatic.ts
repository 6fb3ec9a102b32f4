// Automatic guides: whole ones, with exceptions, and with first values.
import type { Effect } from "effect"
import {
  Bernoulli,
  type Dataset,
  enumerate,
  Guide,
  HalfNormal,
  LogNormal,
  Normal,
  observe,
  Product,
  param,
  plate,
  program,
  sample,
  type Tensor
} from "../../src/index.ts"
import { type Equal, same } from "../Equal.ts"

declare const y: Tensor<readonly [number]>
const centres = program(function* () {
  const mu = yield* sample("mu", Normal(0, 5).iid(2))
  const sigma = yield* sample("sigma", HalfNormal(1))
  yield* plate("points", function* () {
    const k = yield* enumerate("k", Bernoulli({ probs: 0.5 }))
    const z = yield* sample("z", Normal(k, sigma))
    yield* sample("w", Normal(0, 1))
    yield* observe("y", Normal(z, 1))
  })
  return mu
})
const fit = centres.autoGuide().fit({ points: { y } })
same<
  Equal<
    Effect.Success<ReturnType<Effect.Success<typeof fit>["sample"]>>,
    { readonly mu: Dataset<readonly [2], "real">; readonly sigma: Dataset<readonly [], "real"> }
  >
>()
export const families = [
  centres.autoGuide(Guide.delta()),
  centres.autoGuide(Guide.structured({ scale: 0.5 })),
  centres.autoGuide({ family: Guide.lowRankNormal({ rank: 2 }), init: { mu: [1, 2], points: { z: 0 } } })
]
export const some = centres.autoGuide({
  except: () => ({
    sigma: LogNormal(param("sigma.loc", 0), 0.1),
    points: (row) => {
      same<Equal<(typeof row)["y"], Tensor<readonly []>>>()
      return { z: Normal(row.y, param.row.positive("z.scale", 1)) }
    }
  })
})
export const explained = some.explain({ points: { y } })

// discrete sites need exceptions
const people = program(function* () {
  const person = yield* sample("person", Product({ height: Normal(170, 10), smokes: Bernoulli({ probs: 0.2 }) }))
  yield* plate("rows", function* () {
    yield* sample("k", Bernoulli({ probs: 0.5 }))
    yield* observe("y", Normal(person.height, 1))
  })
})
export const guided = people
  .autoGuide({
    except: () => ({
      "person.smokes": Bernoulli({ probs: param.unit("p", 0.5) }),
      rows: () => ({ k: Bernoulli({ probs: param.row.unit("k", 0.5) }) })
    })
  })
  .fit({ rows: { y } })
