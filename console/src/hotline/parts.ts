// The structured parts of a message, as an officer types them and as the node takes them.
import { read, written } from '../acts/coordinates'
import { readInstant, writeInstant } from '../times/instant'

export const SORTS = ['place', 'time', 'count', 'distance', 'bank', 'height', 'call-sign'] as const
export type Sort = (typeof SORTS)[number]
export const BANKS = ['east', 'west', 'north', 'south', 'left', 'right'] as const
export const DATUMS = ['AMSL', 'WGS84', 'AGL'] as const

export type RawPart = Record<string, unknown> & { part: string; name: string }

/** One row of the form. `raw` keeps a part that the form does not speak, such as a route: it goes on as it stands. */
export interface Row {
  sort: Sort | 'kept'
  name: string
  a: string
  b: string
  unit: string
  raw: RawPart | null
}

const NAMES: Record<Sort, string> = { place: 'place', time: 'from', count: 'vehicles', distance: 'distance', bank: 'bank', height: 'height', 'call-sign': 'call sign' }
const UNITS: Partial<Record<Sort, string>> = { count: 'vehicles', height: 'AMSL' }

/** A new row; its name is one that no other row has. */
export function fresh(sort: Sort, taken: Row[]): Row {
  const base = NAMES[sort]
  let name = base
  for (let n = 2; taken.some((row) => row.name === name); n += 1) name = `${base} ${n}`
  return { sort, name, a: sort === 'bank' ? 'east' : '', b: '', unit: UNITS[sort] ?? '', raw: null }
}

interface Spot {
  shape: string
  at?: { lon: number; lat: number }
  center?: { lon: number; lat: number }
}

/** Where a place part lies, for the plot. */
export function pointOf(part: RawPart | undefined): { lon: number; lat: number } | null {
  const place = part?.['place'] as Spot | undefined
  return place?.at ?? place?.center ?? null
}

/** A stated part as a row to be corrected. */
export function rowOf(part: RawPart): Row {
  const row = { name: part.name, a: '', b: '', unit: '', raw: part }
  const place = part['place'] as Spot | undefined
  if (part.part === 'place' && place?.shape === 'spot' && place.at) return { ...row, sort: 'place', a: written(place.at.lat), b: written(place.at.lon) }
  if (part.part === 'time') return { ...row, sort: 'time', a: writeInstant((part['at'] as { at: string }).at) }
  if (part.part === 'count') return { ...row, sort: 'count', a: String(part['low']), b: String(part['high'] ?? ''), unit: String(part['unit']) }
  if (part.part === 'distance') return { ...row, sort: 'distance', a: String(part['distance_m']) }
  if (part.part === 'bank') return { ...row, sort: 'bank', a: String(part['bank']) }
  if (part.part === 'call-sign') return { ...row, sort: 'call-sign', a: String(part['call_sign']) }
  const height = part['height'] as { value_m: number; datum: string } | undefined
  if (part.part === 'height' && height) return { ...row, sort: 'height', a: String(height.value_m), unit: height.datum }
  return { ...row, sort: 'kept' }
}

/** A row as the node takes it, or null where what was typed is none. */
export function partOf(row: Row): RawPart | null {
  const head = { part: row.sort, name: row.name.trim() }
  const number = Number(row.a)
  switch (row.sort) {
    case 'kept':
      return row.raw
    case 'place': {
      const lat = read(row.a, 'lat')
      const lon = read(row.b, 'lon')
      if (!('degrees' in lat) || !('degrees' in lon)) return null
      const was = (row.raw?.['place'] as { accuracy_m?: number } | undefined)?.accuracy_m
      const more = row.raw?.['of_party'] ? { of_party: row.raw['of_party'] } : {}
      return { ...head, place: { shape: 'spot', at: { lon: lon.degrees, lat: lat.degrees }, accuracy_m: was ?? 10 }, ...more }
    }
    case 'time': {
      const at = readInstant(row.a)
      return at ? { ...head, at: { at } } : null
    }
    case 'count':
      if (!row.a || !Number.isInteger(number) || number < 0 || !row.unit.trim()) return null
      return { ...head, low: number, unit: row.unit.trim(), ...(row.b ? { high: Number(row.b) } : {}), ...(row.raw?.['of_party'] ? { of_party: row.raw['of_party'] } : {}) }
    case 'distance':
      return number > 0 ? { ...head, distance_m: number } : null
    case 'bank':
      return { ...head, bank: row.a }
    case 'height':
      return row.a && Number.isFinite(number) ? { ...head, height: { value_m: number, datum: row.unit } } : null
    case 'call-sign':
      return row.a.trim() ? { ...head, call_sign: row.a.trim() } : null
  }
}
