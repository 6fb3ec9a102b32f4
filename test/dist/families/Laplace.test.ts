import { laws } from "../laws/laws.ts"
import { laplace } from "./Laplace.ts"

laws(laplace)
