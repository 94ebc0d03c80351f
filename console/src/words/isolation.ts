/** A name or a measure keeps its own direction inside a sentence of another. */
export const isolated = (text: string): string => `\u2068${text}\u2069`

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** Isolate what is filled into a sentence: always where `apart` is asked for, else where its letters run the other way. */
export const within = (text: string, apart: boolean): string => (apart || RIGHT_TO_LEFT.test(text) ? isolated(text) : text)
