/** Euler's constant γ, the mean of the standard Gumbel distribution. */
export const euler = 0.5772156649015329
