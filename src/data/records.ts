import { DataFormat } from "../Errors.ts"

/** One field of a record: its text without its quotes, and whether it had any. */
export interface Field {
  readonly text: string
  readonly quoted: boolean
}

/** One record of a CSV file: a line, or several where a quoted field holds line breaks. */
export interface CsvRecord {
  readonly fields: ReadonlyArray<Field>
  /** the line on which it begins; the first is 1 */
  readonly line: number
}

export interface Records {
  /** The records that end within the text so far. */
  readonly push: (text: string) => ReadonlyArray<CsvRecord>
  /** The last record, whose line may lack its line break. */
  readonly end: () => ReadonlyArray<CsvRecord>
}

/** The longest record, in characters: a quote that is never closed would otherwise hold the whole file. */
const longest = 1 << 20

/**
 * Splits CSV text, which may come in parts, into records (RFC 4180): a line a record, ended by LF, CRLF or CR; a field that begins with a quote goes on to
 * its closing quote and may hold delimiters, line breaks, and quotes written twice. Spaces belong to a field. Nothing is guessed: text around quotes is refused.
 *
 * @throws DataFormat, which names the line, for a quote inside of a field without quotes, text after a closing quote, and a quote that is never closed
 */
export const recordsOf = (path: string, delimiter: string): Records => {
  let rest = ""
  let line = 1
  const split = (text: string, isLast: boolean): ReadonlyArray<CsvRecord> => {
    const records: Array<CsvRecord> = []
    let at = 0
    while (at < text.length) {
      const found = recordAt(text, at, { path, delimiter, line, isLast })
      if (found === undefined) break
      records.push({ fields: found.fields, line })
      line += found.lines
      at = found.next
    }
    rest = text.slice(at)
    if (rest.length > longest) throw tooLong(path, line)
    return records
  }
  return { push: (text) => split(rest + text, false), end: () => split(rest, true) }
}

interface Place {
  readonly path: string
  readonly delimiter: string
  readonly line: number
  /** whether no more text comes */
  readonly isLast: boolean
}

interface Found {
  readonly fields: ReadonlyArray<Field>
  /** where the next record begins */
  readonly next: number
  /** how many lines this one took */
  readonly lines: number
}

/** The record that begins at `start`; undefined where its end has not come yet. */
const recordAt = (text: string, start: number, place: Place): Found | undefined => {
  const fields: Array<Field> = []
  let [at, lines] = [start, 0]
  for (;;) {
    const field = text[at] === '"' ? quotedAt(text, at, place) : plainAt(text, at, place)
    if (field === undefined) return undefined
    fields.push(field)
    at = field.end
    lines += field.breaks
    const after = text[at]
    if (after === undefined) return place.isLast ? { fields, next: at, lines: lines + 1 } : undefined
    if (after !== place.delimiter) {
      // whether a line feed follows is not known yet
      if (after === "\r" && at + 1 === text.length && !place.isLast) return undefined
      return { fields, next: at + (after === "\r" && text[at + 1] === "\n" ? 2 : 1), lines: lines + 1 }
    }
    at++
  }
}

interface Parsed extends Field {
  readonly end: number
  /** line breaks inside */
  readonly breaks: number
}

const plainAt = (text: string, start: number, { path, delimiter, line }: Place): Parsed => {
  let end = start
  for (; end < text.length; end++) {
    const char = text[end]
    if (char === delimiter || char === "\n" || char === "\r") break
    if (char === '"') {
      throw new DataFormat({
        path: `${path}:${line}`,
        reason: `a quote stands inside of the field ${JSON.stringify(text.slice(start, end).slice(0, 40))}`,
        advice: "Put the whole field into quotes, and write each quote in it twice."
      })
    }
  }
  return { text: text.slice(start, end), quoted: false, end, breaks: 0 }
}

const quotedAt = (text: string, start: number, { path, delimiter, line, isLast }: Place): Parsed | undefined => {
  let close = text.indexOf('"', start + 1)
  while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2)
  if (close === -1 || (close + 1 === text.length && !isLast)) {
    if (!isLast) return undefined
    throw new DataFormat({
      path: `${path}:${line}`,
      reason: "a field begins with a quote that is never closed",
      advice: "Close it; a quote that belongs to the text is written twice, inside of quotes."
    })
  }
  const after = text[close + 1]
  if (after !== undefined && after !== delimiter && after !== "\n" && after !== "\r") {
    throw new DataFormat({
      path: `${path}:${line}`,
      reason: `'${after}' follows the closing quote of a field`,
      advice: "A delimiter or the end of the line follows it; a quote that belongs to the text is written twice."
    })
  }
  const inner = text.slice(start + 1, close).replaceAll('""', '"')
  return { text: inner, quoted: true, end: close + 1, breaks: inner.match(/\r\n|\n|\r/g)?.length ?? 0 }
}

const tooLong = (path: string, line: number): DataFormat =>
  new DataFormat({
    path: `${path}:${line}`,
    reason: `a record has more than ${longest} characters`,
    advice: "Is a quote not closed, or is this no CSV file?"
  })
