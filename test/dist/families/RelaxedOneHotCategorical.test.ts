import { laws } from "../laws/laws.ts"
import { relaxedOneHotCategorical } from "./RelaxedOneHotCategorical.ts"

laws(relaxedOneHotCategorical)
