// message: 'w' does not exist in type
// at: w: score
import { type Dataset, model, Normal, param, score } from "../../src/index.ts"

const guided = model(Normal(0, 1), (z) => Normal(z, 1)).guide(() => Normal(param("m", 0), 1))
declare const data: Dataset<readonly [], "real">
export const fit = guided.fit(data, { estimators: { w: score } })
