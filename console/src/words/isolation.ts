/** A name or a measure keeps its own direction inside a sentence of another. */
export const isolated = (text: string): string => `\u2068${text}\u2069`

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/

/** Isolate what is filled into a sentence where the two may run in different directions. */
export const within = (text: string, direction: 'ltr' | 'rtl'): string => (direction === 'rtl' || RIGHT_TO_LEFT.test(text) ? isolated(text) : text)
