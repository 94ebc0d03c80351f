const WRITTEN = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?Z?$/

/** Read a day and clock in UTC as written, such as 2018-02-07 21:00; null when it is none. */
export function readInstant(text: string): string | null {
  const found = WRITTEN.exec(text.trim())
  if (!found) return null
  const at = new Date(`${found[1]}T${found[2]}${found[3] ?? ':00'}Z`)
  return Number.isNaN(at.getTime()) ? null : at.toISOString().replace('.000Z', 'Z')
}

export const writeInstant = (at: string): string => at.slice(0, 16).replace('T', ' ')
