// What a person writes about stays in areas, read as the node takes it (src/keepclear/service/http/stays.py).
import type { ExpectedView } from '../api/live'
import type { MeasureView, Outline } from '../api/views'
import { readInstant } from '../times/instant'

export const STAYERS = ['anyone', 'own', 'tied'] as const
const MOST_MINUTES = 30 * 24 * 60
const MOST_LATE = 24 * 60

/** What is asked of stays in one area, as it goes to the node; of nothing it is lifted. */
export interface Asking {
  about: string
  dwell_s: number | null
  whose: string
  expected: { thing: number; start: string | null; end: string | null; grace_s: number }[]
}

/** What is expected, as it goes to the node. */
export const asked = (expected: ExpectedView[]): Asking['expected'] => expected.map(({ number, start, end, grace_s }) => ({ thing: number, start, end, grace_s }))

interface Written {
  about: string
  minutes: string
  whose: string
  expected: ExpectedView[]
}

type Why = 'stays.why-area' | 'stays.why-minutes' | 'stays.why-nothing'
type WhyThing = 'stays.why-time' | 'stays.why-window' | 'stays.why-grace'

/** Minutes as written; a part of one is taken, since a setting made elsewhere may have it. */
const minutesOf = (text: string, least: number, most: number): number | null => {
  const found = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : NaN
  return found >= least && found <= most ? found : null
}

/** Read the form; where it cannot be read, the key of what would pass. */
export function read({ about, minutes, whose, expected }: Written): Asking | Why {
  const limit = minutes.trim() ? minutesOf(minutes, 1, MOST_MINUTES) : null
  if (!about) return 'stays.why-area'
  if (minutes.trim() && limit === null) return 'stays.why-minutes'
  if (limit === null && !expected.length) return 'stays.why-nothing'
  return { about, dwell_s: limit === null ? null : Math.round(limit * 60), whose, expected: asked(expected) }
}

interface WrittenThing {
  number: number
  called: string
  from: string
  until: string
  grace: string
}

/** Read from when until when a thing must be inside. */
export function readThing({ number, called, from, until, grace }: WrittenThing, now: number): ExpectedView | WhyThing {
  const [start, end] = [from, until].map((text) => (text.trim() ? readInstant(text) : null)) as [string | null, string | null]
  const late = grace.trim() ? minutesOf(grace, 0, MOST_LATE) : 0
  if ((from.trim() && !start) || (until.trim() && !end)) return 'stays.why-time'
  if (late === null) return 'stays.why-grace'
  if (end && Date.parse(end) <= (start ? Date.parse(start) : now)) return 'stays.why-window'
  return { number, called, start, end, grace_s: Math.round(late * 60) }
}

const BINDS = new Set(['declared', 'operative'])

function hasInside(outline: Outline | null): boolean {
  if (!outline) return false
  if (outline.type === 'FeatureCollection') return outline.features.some((each) => hasInside(each))
  if (outline.type === 'Feature') return hasInside(outline.geometry)
  return outline.type === 'Polygon' || outline.type === 'MultiPolygon'
}

/** The areas that stand, by name; a boundary has no inside, and what is proposed does not bind. */
export const areas = (measures: MeasureView[]): MeasureView[] =>
  measures.filter(({ standing, outline, radius_m }) => BINDS.has(standing) && (radius_m !== null || hasInside(outline))).sort((a, b) => a.name.localeCompare(b.name))
