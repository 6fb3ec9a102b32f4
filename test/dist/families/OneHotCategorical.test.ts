import { laws } from "../laws/laws.ts"
import { oneHotCategorical } from "./OneHotCategorical.ts"

laws(oneHotCategorical)
