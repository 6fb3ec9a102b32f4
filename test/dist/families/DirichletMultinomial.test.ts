import { laws } from "../laws/laws.ts"
import { dirichletMultinomial } from "./DirichletMultinomial.ts"

laws(dirichletMultinomial)
