import { laws } from "../laws/laws.ts"
import { inverseGamma } from "./InverseGamma.ts"

laws(inverseGamma)
