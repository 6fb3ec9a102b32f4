import { laws } from "../laws/laws.ts"
import { asymmetricLaplace } from "./AsymmetricLaplace.ts"

laws(asymmetricLaplace)
