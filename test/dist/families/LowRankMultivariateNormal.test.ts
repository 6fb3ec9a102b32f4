import { laws } from "../laws/laws.ts"
import { lowRankMultivariateNormal } from "./LowRankMultivariateNormal.ts"

laws(lowRankMultivariateNormal)
