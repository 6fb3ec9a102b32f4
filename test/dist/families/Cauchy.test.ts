import { laws } from "../laws/laws.ts"
import { cauchy } from "./Cauchy.ts"

laws(cauchy)
