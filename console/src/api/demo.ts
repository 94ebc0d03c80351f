// What the demo plays, field for field as the node gives it; compared by tests/console/test_views.py.
import type { Feature, FeatureCollection } from 'geojson'
import type { PartyId } from './views'

/** What a scene or caption points at; what it does not point at is left out. */
export interface Focus {
  desk?: PartyId
  view?: string
  subject?: string
  statement?: string
  lon?: number
  lat?: number
  zoom?: number
}

export interface Caption {
  n: number
  at_s: number
  step: string
  acc: string[]
  account: string
  speaker: string
  text: string
  mark: string
  desk: PartyId
  when: string
  focus: Focus
}

export interface Scene {
  n: number
  title: string
  from_s: number
  to_s: number
  focus: Focus
}

export interface Persona {
  party: PartyId
  name: string
  role: string
  token: string
}

export interface Side {
  party: PartyId
  name: string
}

/** What of a demo is recorded and not invented: all that comes by one feed, and on whose word. */
export interface Recorded {
  feed: string
  aircraft: number
  began: string
  ended: string
  speed: number
  credit: string
  licence: string
  address: string
}

export interface Demo {
  scenario: string
  caption: string
  duration_s: number
  elapsed_s: number
  state: 'waiting' | 'playing' | 'done'
  desks: PartyId[]
  sides: Side[]
  personas: Persona[]
  scenes: Scene[]
  captions: Caption[]
  sample_plan: FeatureCollection | Feature
  shown: number[]
  fault: string
  /** What the map shows at first: west, south, east, north; null for the page's own. */
  view: [number, number, number, number] | null
  recorded: Recorded | null
}
