import { laws } from "../laws/laws.ts"
import { categorical } from "./Categorical.ts"

laws(categorical)
