import { laws } from "../laws/laws.ts"
import { orderedLogistic } from "./OrderedLogistic.ts"

laws(orderedLogistic)
