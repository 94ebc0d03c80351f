const WRITTEN = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?\s*(Z|UTC|[+-]\d{2}:\d{2})?$/

/** Tell whether the calendar has the day: the browser would read 30 February as 2 March. */
export function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day)
}

/** Read a day and clock as written, in UTC or at a named offset ("2018-02-07 21:00 +02:00"); null when it is none. */
export function readInstant(text: string): string | null {
  const found = WRITTEN.exec(text.trim())
  if (!found) return null
  if (!isDay(found[1] ?? '')) return null
  const offset = found[4] && found[4] !== 'UTC' ? found[4] : 'Z'
  const at = new Date(`${found[1]}T${found[2]}${found[3] ?? ':00'}${offset}`)
  return Number.isNaN(at.getTime()) ? null : at.toISOString().replace('.000Z', 'Z')
}

export const writeInstant = (at: string): string => at.slice(0, 16).replace('T', ' ')

/** The clock that people at the place went by; the accounts' times are in it. */
const PLACE = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Damascus', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'longOffset' })

/** The clock at the place and its offset from UTC: 21:00 and +02:00. */
export function local(at: string): { clock: string; offset: string } {
  const parts = PLACE.formatToParts(new Date(at))
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? ''
  return { clock: `${part('hour')}:${part('minute')}`, offset: part('timeZoneName').replace('GMT', '') || '+00:00' }
}
