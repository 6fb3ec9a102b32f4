import { laws } from "../laws/laws.ts"
import { chi2 } from "./Chi2.ts"

laws(chi2)
