import { laws } from "../laws/laws.ts"
import { exponential } from "./Exponential.ts"

laws(exponential)
