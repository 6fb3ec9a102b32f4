import { laws } from "../laws/laws.ts"
import { halfCauchy } from "./HalfCauchy.ts"

laws(halfCauchy)
