/** Whether two types are the same, `readonly` and optional members included. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2
    ? true
    : { readonly "~different": { readonly inferred: A; readonly wanted: B } }

/** Compiles only for `same<Equal<A, B>>()` whose two types are the same. */
export const same = <_ extends true>(): void => {}
