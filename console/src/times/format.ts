import type { Instant, Shown } from '../api/views'
import { language, t } from '../words/catalogue.svelte'

type Fields = Intl.DateTimeFormatOptions

const formats = new Map<string, Intl.DateTimeFormat>()

/** Latin digits and a 24-hour clock in every language: an operational field is read aloud the same everywhere. */
function format(fields: Fields): Intl.DateTimeFormat {
  const key = language.code + JSON.stringify(fields)
  let made = formats.get(key)
  if (!made) {
    made = new Intl.DateTimeFormat(language.code === 'en' ? 'en-GB' : language.code, {
      timeZone: 'UTC',
      numberingSystem: 'latn',
      calendar: 'gregory',
      hourCycle: 'h23',
      ...fields,
    })
    formats.set(key, made)
  }
  return made
}

const DAY: Fields = { day: 'numeric', month: 'short', year: 'numeric' }
const CLOCK: Fields = { hour: '2-digit', minute: '2-digit' }

/** In Arabic the month is a number: its letters would turn the order of the digits around them. */
const inNumbers = () => language.direction === 'rtl'

export function day(at: Instant | Date): string {
  return inNumbers() ? new Date(at).toISOString().slice(0, 10) : format(DAY).format(new Date(at))
}

export function dayOfMonth(at: Instant | Date): string {
  return inNumbers() ? new Date(at).toISOString().slice(5, 10) : format({ day: 'numeric', month: 'short' }).format(new Date(at))
}

export function clock(at: Instant | Date): string {
  return `${format(CLOCK).format(new Date(at))}Z`
}

export function dayAndClock(at: Instant | Date): string {
  return `${day(at)} ${clock(at)}`
}

const DATE = /\d{4}-\d{2}-\d{2}/
const LOCAL = /(\d{2}(?::\d{2}| h)) ([+-]\d{2}:\d{2})$/

/** The day at the place, which the words carry; in UTC it may be the day before. */
function localDay(time: Shown): Date {
  const found = DATE.exec(time.words)
  return new Date(found ? `${found[0]}T00:00:00Z` : time.at)
}

export function shownDay(time: Shown): string {
  return DATE.test(time.words) ? (time.about ? '~' : '') + dayOfMonth(localDay(time)) : time.words
}

/** Coarser than an hour, a time is the node's words, in local days; its instant in UTC may fall into the day before. */
const COARSE = new Set(['day', 'week', 'month'])

/** A time no more exact than it was said; a clock stands in UTC with the local one beside it. */
export function shown(time: Shown, withLocal = true): string {
  if (COARSE.has(time.precision)) return time.words
  const about = time.about ? '~' : ''
  const local = LOCAL.exec(time.words)
  const there = withLocal && local && local[2] !== '+00:00' ? ` (${local[1]} ${local[2]})` : ''
  return `${about}${dayAndClock(time.at)}${there}`
}

/**
 * A span of time with its units, no finer than helps: "40 s", "2 min 05 s" below ten minutes, "25 min", "2 h 05 min",
 * and from two days on whole days, "105 d". Cut off, never rounded up: a clock shows what has passed.
 */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole >= 2 * 86_400) return t('span.days', { n: Math.floor(whole / 86_400) })
  const pad = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(whole / 60)
  if (minutes >= 60) return t('span.hours', { h: Math.floor(minutes / 60), m: pad(minutes % 60) })
  if (minutes >= 10) return t('span.minutes', { n: minutes })
  if (minutes >= 1) return t('span.minutes-seconds', { m: minutes, s: pad(whole % 60) })
  return t('span.seconds', { n: whole })
}

/** A span as one says it: "40 s", "4 min", "3 h 20 min", "5 days". */
export function roughly(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 90) return t('span.seconds', { n: whole })
  const minutes = Math.floor(whole / 60)
  if (minutes < 90) return t('span.minutes', { n: minutes })
  if (whole < 2 * 86_400) return t('span.hours', { h: Math.floor(minutes / 60), m: String(minutes % 60).padStart(2, '0') })
  return t('span.days', { n: Math.floor(whole / 86_400) })
}

export function secondsBetween(from: Instant, to: Instant): number {
  return (new Date(to).getTime() - new Date(from).getTime()) / 1000
}
