// What one open map has of the live picture. It lives in the worker: the page is told what changed, and no more.
import type { Diff, LiveAnswer, ThingName } from '../api/live'

export const KINDS = ['aeroplane', 'helicopter', 'drone', 'vessel', 'vehicle', 'convoy', 'persons', 'unknown'] as const
export const STANDINGS = ['own', 'consenting', 'released', 'other'] as const

/** One thing as the list shows it. */
export interface Row {
  number: number
  name: string
  kind: string
  feed: string
  standing: string
  invented: boolean
  /** Milliseconds since 1970 UTC, by the source's clock. */
  at: number
  staleAfter: number
  stale: boolean
  lon: number
  lat: number
  accuracy: number | null
}

export interface Filter {
  kind: string
  feed: string
}

interface Thing extends ThingName {
  slot: number
  lon: number
  lat: number
  at: number
  accuracy: number | null
  course: number | null
  stale: boolean
}

/** What changed on the map: places of the picture's table, each with four numbers. */
export interface Change {
  size: number
  slots: Uint32Array
  values: Float32Array
}

export const WIDTH = 4

/** The page's own copy of the table: four numbers for each place, as the map draws them. */
export class Table {
  numbers = new Float32Array(256 * WIDTH)
  size = 0

  take({ size, slots, values }: Change): void {
    if (size * WIDTH > this.numbers.length) {
      const larger = new Float32Array(size * 2 * WIDTH)
      larger.set(this.numbers)
      this.numbers = larger
    }
    this.size = size
    slots.forEach((slot, n) => this.numbers.set(values.subarray(n * WIDTH, (n + 1) * WIDTH), slot * WIDTH))
  }
}
const EMPTY = -1
export const STALE_BIT = 32
export const STANDING_STEP = 8

const AROUND = new Intl.Collator('en', { numeric: true })

const byName = (a: Thing, b: Thing): number => AROUND.compare(a.callsign || a.id, b.callsign || b.id) || a.number - b.number

/** Where a place stands on the square map of the world, from 0 to 1. */
export function squared(lon: number, lat: number): [number, number] {
  const clipped = Math.max(-85.05, Math.min(85.05, lat))
  return [(180 + lon) / 360, (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (clipped * Math.PI) / 360))) / 360]
}

const code = (thing: Thing): number =>
  Math.max(0, (KINDS as readonly string[]).indexOf(thing.kind)) + STANDING_STEP * Math.max(0, (STANDINGS as readonly string[]).indexOf(thing.standing)) + (thing.stale ? STALE_BIT : 0)

export class Things {
  private readonly held = new Map<number, Thing>()
  private readonly names = new Map<number, ThingName>()
  /** The thing that stands at each place of the table; EMPTY where none does. */
  private readonly at: number[] = []
  private readonly free: number[] = []
  private readonly changed = new Set<number>()
  private sorted: Thing[] | null = null
  private filter: Filter = { kind: '', feed: '' }
  leftOut = 0
  /** Counts what a list of names would show anew. */
  turn = 0

  get size(): number {
    return this.held.size
  }

  /** Take an event of the stream; a whole one also takes away what it no longer names. */
  take(diff: Diff, whole: boolean, now: number): void {
    for (const name of diff.named) this.name(name)
    if (whole) {
      const there = new Set(diff.number)
      for (const number of [...this.held.keys()]) if (!there.has(number)) this.drop(number)
    }
    for (let n = 0; n < diff.number.length; n += 1) {
      this.move(diff.number[n] ?? EMPTY, diff.lon[n] ?? 0, diff.lat[n] ?? 0, (diff.at[n] ?? 0) * 1000, diff.accuracy_m[n] ?? null, diff.course_deg[n] ?? null, now)
    }
    for (const number of diff.out) this.drop(number)
    this.leftOut = diff.left_out
  }

  /** Take an answer that was asked for: where another window holds the stream. */
  takeAnswer(answer: LiveAnswer, now: number): void {
    const there = new Set(answer.moving.map(({ number }) => number))
    for (const number of [...this.held.keys()]) if (!there.has(number)) this.drop(number)
    for (const each of answer.moving) {
      this.name(each)
      this.move(each.number, each.lon, each.lat, Date.parse(each.at), each.accuracy_m, each.course_deg, now)
    }
    this.leftOut = answer.left_out
  }

  private name(name: ThingName): void {
    const known = this.names.get(name.number)
    if (known && known.id === name.id && known.callsign === name.callsign && known.kind === name.kind && known.standing === name.standing && known.invented === name.invented) return
    const { number, id, feed, kind, callsign, whose, standing, invented, stale_after_s } = name
    const fresh = { number, id, feed, kind, callsign, whose, standing, invented, stale_after_s }
    this.names.set(number, fresh)
    const held = this.held.get(number)
    if (!held) return
    Object.assign(held, fresh)
    this.changed.add(held.slot)
    this.anew()
  }

  private move(number: number, lon: number, lat: number, at: number, accuracy: number | null, course: number | null, now: number): void {
    const name = this.names.get(number)
    if (!name) return // what has no name yet cannot be told apart; it comes with one
    const stale = now - at > name.stale_after_s * 1000
    let thing = this.held.get(number)
    if (thing) Object.assign(thing, { lon, lat, at, accuracy, course, stale })
    else {
      thing = { ...name, slot: this.free.pop() ?? this.at.length, lon, lat, at, accuracy, course, stale }
      this.at[thing.slot] = number
      this.held.set(number, thing)
      this.anew()
    }
    this.changed.add(thing.slot)
  }

  private drop(number: number): void {
    const thing = this.held.get(number)
    if (!thing) return
    this.held.delete(number)
    this.names.delete(number)
    this.at[thing.slot] = EMPTY
    this.free.push(thing.slot)
    this.changed.add(thing.slot)
    this.anew()
  }

  private anew(): void {
    this.sorted = null
    this.turn += 1
  }

  /** Look again at what has grown stale since; a stale thing is drawn so and stays. */
  age(now: number): void {
    for (const thing of this.held.values()) {
      const stale = now - thing.at > thing.stale_after_s * 1000
      if (stale === thing.stale) continue
      thing.stale = stale
      this.changed.add(thing.slot)
    }
  }

  /** Give what has changed since this was last asked; null for nothing. */
  changes(): Change | null {
    if (!this.changed.size) return null
    const slots = Uint32Array.from(this.changed)
    const values = new Float32Array(slots.length * WIDTH)
    slots.forEach((slot, n) => values.set(this.values(slot), n * WIDTH))
    this.changed.clear()
    return { size: this.at.length, slots, values }
  }

  /** A place of the table: where on the square map, the course or -1, and what to draw or -1 for nothing. */
  private values(slot: number): [number, number, number, number] {
    const thing = this.held.get(this.at[slot] ?? EMPTY)
    if (!thing || !this.passes(thing)) return [0, 0, EMPTY, EMPTY]
    const [x, y] = squared(thing.lon, thing.lat)
    return [x, y, thing.course ?? EMPTY, code(thing)]
  }

  /** Show what is of one kind or feed alone, on the map and in the list. */
  choose(filter: Filter): void {
    this.filter = filter
    for (const thing of this.held.values()) this.changed.add(thing.slot)
    this.anew()
  }

  private passes(thing: Thing): boolean {
    return (!this.filter.kind || thing.kind === this.filter.kind) && (!this.filter.feed || thing.feed === this.filter.feed)
  }

  /** In the order of their names, never of a distance (LIM-10). */
  private ordered(): Thing[] {
    this.sorted ??= [...this.held.values()].filter((each) => this.passes(each)).sort(byName)
    return this.sorted
  }

  page(from: number, many: number): { total: number; rows: Row[] } {
    const all = this.ordered()
    return { total: all.length, rows: all.slice(from, from + many).map(row) }
  }

  one(number: number): Row | null {
    const thing = this.held.get(number)
    return thing ? row(thing) : null
  }

  /** Where in the list a thing stands; -1 where it is not in it. */
  placeOf(number: number): number {
    return this.ordered().findIndex((each) => each.number === number)
  }

  /** What stands inside a part of the map, by name; too many for labels give none. */
  within(west: number, south: number, east: number, north: number, most: number): Row[] {
    const found: Thing[] = []
    for (const thing of this.ordered()) {
      if (thing.lon < west || thing.lon > east || thing.lat < south || thing.lat > north) continue
      if (found.length === most) return []
      found.push(thing)
    }
    return found.map(row)
  }

  /** What a desk may expect somewhere: never another's (LIM-08). */
  ours(most: number): Row[] {
    const mine = [...this.held.values()].filter(({ standing }) => standing !== 'other' && (STANDINGS as readonly string[]).includes(standing))
    return mine.sort(byName).slice(0, most).map(row)
  }

  tally(): { shown: number; stale: number; invented: number; kinds: string[]; feeds: string[] } {
    const kinds = new Set<string>()
    const feeds = new Set<string>()
    let [shown, stale, invented] = [0, 0, 0]
    for (const thing of this.held.values()) {
      kinds.add(thing.kind)
      feeds.add(thing.feed)
      if (!this.passes(thing)) continue
      shown += 1
      stale += Number(thing.stale)
      invented += Number(thing.invented)
    }
    return { shown, stale, invented, kinds: KINDS.filter((kind) => kinds.has(kind)), feeds: [...feeds].sort() }
  }

  forget(): void {
    for (const number of [...this.held.keys()]) this.drop(number)
    this.names.clear()
    this.leftOut = 0
  }
}

const row = (thing: Thing): Row => ({
  number: thing.number,
  name: thing.callsign || thing.id,
  kind: thing.kind,
  feed: thing.feed,
  standing: thing.standing,
  invented: thing.invented,
  at: thing.at,
  staleAfter: thing.stale_after_s * 1000,
  stale: thing.stale,
  lon: thing.lon,
  lat: thing.lat,
  accuracy: thing.accuracy,
})
