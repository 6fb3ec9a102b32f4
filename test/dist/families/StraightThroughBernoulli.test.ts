import { laws } from "../laws/laws.ts"
import { straightThroughBernoulli } from "./StraightThroughBernoulli.ts"

laws(straightThroughBernoulli)
