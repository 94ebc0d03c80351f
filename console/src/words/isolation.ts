/** A name or a measure keeps its own direction inside a sentence of another. */
export const isolated = (text: string): string => `\u2068${text}\u2069`

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** Isolate what is filled into a sentence: always where `apart` is asked for, else where its letters run the other way. */
export const within = (text: string, apart: boolean): string => (apart || RIGHT_TO_LEFT.test(text) ? isolated(text) : text)

const TURNING = /[\u202a-\u202e\u2066-\u2069]/g
const mark = (sign: string): string => `<U+${sign.charCodeAt(0).toString(16).toUpperCase()}>`

/** Show what would turn the writing as a mark, as the command line does: “EVIL” must not read as “LIVE”. */
export const shielded = (text: string): string => text.replace(TURNING, mark)

/**
 * Read JSON of a node. Everything others wrote comes to the page by this way, keys too, so the marks are set here,
 * once, for every view. A node writes these signs as they are, never escaped.
 */
export const readJson = (text: string): unknown => JSON.parse(shielded(text))
