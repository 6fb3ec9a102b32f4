/** Numerators and denominators near the middle and towards the tails, from the constant on (Wichura 1988, algorithm AS 241, PPND16). */
const near = [
  [
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
    67265.770927008700853, 33430.575583588128105, 2509.0809287301226727
  ],
  [
    1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
    28729.085735721942674, 5226.495278852854561
  ]
] as const
const far = [
  [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4
  ],
  [
    1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
    0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9
  ]
] as const

const polynomial = (coefficients: ReadonlyArray<number>, x: number): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)

/** Φ⁻¹(p) in double precision, for p from 1e-11 to 1 − 1e-11: the ranks of draws are never nearer to the ends. */
export const normalQuantile = (p: number): number => {
  const q = p - 0.5
  const [[above, below], x, factor] =
    Math.abs(q) <= 0.425
      ? [near, 0.180625 - q * q, q]
      : [far, Math.sqrt(-Math.log(Math.min(p, 1 - p))) - 1.6, Math.sign(q)]
  return (factor * polynomial(above, x)) / polynomial(below, x)
}
