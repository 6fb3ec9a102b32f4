/** n + 1 for a literal n, digit by digit as in addition on paper; `number` for `number`. */
export type Successor<N extends number> = number extends N
  ? number
  : Increment<`${N}`> extends `${infer M extends number}`
    ? M
    : number

type Increment<Digits extends string> = Digits extends `${infer Rest}9`
  ? Rest extends ""
    ? "10"
    : `${Increment<Rest>}0`
  : { [D in keyof Next]: Digits extends `${infer Rest}${D}` ? `${Rest}${Next[D]}` : never }[keyof Next]

interface Next {
  "0": "1"
  "1": "2"
  "2": "3"
  "3": "4"
  "4": "5"
  "5": "6"
  "6": "7"
  "7": "8"
  "8": "9"
}

/** The n for n(n + 1)/2 numbers, which fill a triangle of n rows: a literal up to n = 12, `number` above. */
export type Side<K extends number> = K extends keyof Sides ? Sides[K] : number

interface Sides {
  1: 1
  3: 2
  6: 3
  10: 4
  15: 5
  21: 6
  28: 7
  36: 8
  45: 9
  55: 10
  66: 11
  78: 12
}
