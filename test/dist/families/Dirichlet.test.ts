import { laws } from "../laws/laws.ts"
import { dirichlet } from "./Dirichlet.ts"

laws(dirichlet)
