import { laws } from "../laws/laws.ts"
import { generalizedPareto } from "./GeneralizedPareto.ts"

laws(generalizedPareto)
