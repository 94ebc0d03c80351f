/** A name or a measure keeps its own direction inside a sentence of another. */
export const isolated = (text: string): string => `\u2068${text}\u2069`

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** Isolate what is filled into a sentence: always where `apart` is asked for, else where its letters run the other way. */
export const within = (text: string, apart: boolean): string => (apart || RIGHT_TO_LEFT.test(text) ? isolated(text) : text)

// What steers a terminal, turns the writing, or takes no room and leaves no ink; as src/keepclear/views/signs.py lists
// it. Line breaks stay: a text is shown with its rows.
const UNSEEN = /[\x7f-\x9f\u00ad\u180e\u200b\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu
const mark = (sign: string): string => `<U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`

/** Show what would turn or hide the writing as a mark, as the command line does: “EVIL” must not read as “LIVE”. */
export const shielded = (text: string): string => text.replace(UNSEEN, mark)

// In JSON signs below the space stand escaped; a backslash that is itself escaped is read whole, so that it starts none.
const ESCAPED = /\\(?:u00([01][0-9a-f])|([bf])|.)/gi
const pictured = (whole: string, code: string | undefined, short: string | undefined): string => {
  const of = code === undefined ? { b: 8, f: 12 }[short ?? ''] : parseInt(code, 16)
  return of === undefined || [9, 10, 13].includes(of) ? whole : String.fromCharCode(0x2400 + of)
}

/**
 * Read JSON of a node. Everything others wrote comes to the page by this way, keys too, so the marks are set here,
 * once, for every view. A node writes signs above the space as they are, and those below it escaped.
 */
export const readJson = (text: string): unknown => JSON.parse(shielded(text).replace(ESCAPED, pictured))
