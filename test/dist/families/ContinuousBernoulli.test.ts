import { laws } from "../laws/laws.ts"
import { continuousBernoulli } from "./ContinuousBernoulli.ts"

laws(continuousBernoulli)
