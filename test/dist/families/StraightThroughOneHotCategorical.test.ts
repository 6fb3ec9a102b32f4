import { laws } from "../laws/laws.ts"
import { straightThroughOneHotCategorical } from "./StraightThroughOneHotCategorical.ts"

laws(straightThroughOneHotCategorical)
