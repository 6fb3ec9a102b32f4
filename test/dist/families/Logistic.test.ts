import { laws } from "../laws/laws.ts"
import { logistic } from "./Logistic.ts"

laws(logistic)
