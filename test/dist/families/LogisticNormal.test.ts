import { laws } from "../laws/laws.ts"
import { logisticNormal } from "./LogisticNormal.ts"

laws(logisticNormal)
