// The live picture on the map: symbols and the thing in hand on a canvas of their own, names at close zoom in the map.
import type { Feature, FeatureCollection } from 'geojson'
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl'
import type { Place } from '../api/live'
import { roughly } from '../times/format'
import { t } from '../words/catalogue.svelte'
import type { Drawn, LivePicture } from './picture.svelte'
import { rgb, shade } from './sprites'
import { Symbols } from './symbols'
import type { Row } from './things'

const NOTHING: FeatureCollection = { type: 'FeatureCollection', features: [] }
/** A name follows its thing once it is so far from where it should stand, in pixels: each time, the map is drawn. */
const ASTRAY_PX = 1.5
/** The same for the age that a name says. */
const AGE_STEP_S = 60

/** A name on the map. */
interface Named {
  lon: number
  lat: number
  name: string
  stale: boolean
}

export class LiveDrawing implements Drawn {
  private readonly symbols: Symbols
  private readonly anew = () => this.begin()
  private rows: Row[] = []
  /** The names as the map has them. */
  private named: Named[] = []
  private row: Row | null = null
  private places: Place[] = []

  constructor(
    private readonly map: MapLibre,
    private readonly picture: LivePicture,
  ) {
    this.symbols = new Symbols(picture.table)
    map.on('style.load', this.anew)
    if (map.isStyleLoaded()) this.begin()
  }

  /** Put source and layers in; a theme takes them away with its style, and this puts them back. */
  begin(): void {
    if (this.map.getSource('live-names')) return
    this.map.addSource('live-names', { type: 'geojson', data: NOTHING })
    this.map.addLayer(this.symbols)
    this.map.addLayer(names())
    this.named = []
    this.label(this.rows)
  }

  end(): void {
    this.map.off('style.load', this.anew)
    if (!this.map.style) return this.symbols.onRemove() // the map itself is gone
    for (const name of ['live-things', 'live-names']) if (this.map.getLayer(name)) this.map.removeLayer(name)
    if (this.map.getSource('live-names')) this.map.removeSource('live-names')
  }

  renew(): void {
    this.symbols.renew()
  }

  label(rows: Row[]): void {
    this.rows = rows
    const now = this.picture.now
    const fresh = rows.map((row): Named => ({ lon: row.lon, lat: row.lat, name: nameOf(row, now), stale: row.stale }))
    const source = this.map.getSource('live-names') as GeoJSONSource | undefined
    if (!source || (fresh.length === this.named.length && fresh.every((each, n) => this.stands(each, this.named[n])))) return
    this.named = fresh
    source.setData({ type: 'FeatureCollection', features: fresh.map(({ lon, lat, ...said }): Feature => ({ type: 'Feature', properties: said, geometry: { type: 'Point', coordinates: [lon, lat] } })) })
  }

  hold(row: Row | null): void {
    this.row = row
    this.hand()
  }

  trail(places: Place[]): void {
    this.places = places
    this.hand()
  }

  private hand(): void {
    this.symbols.hold(this.row && { row: this.row, places: this.places })
  }

  /** Whether a name stands so near to its place that the map need not be drawn again for it. */
  private stands(now: Named, before: Named | undefined): boolean {
    if (!before || now.name !== before.name || now.stale !== before.stale) return false
    const [there, here] = [this.map.project([now.lon, now.lat]), this.map.project([before.lon, before.lat])]
    return there.dist(here) < ASTRAY_PX
  }
}

function nameOf(row: Row, now: number): string {
  const words = [row.name]
  // An age that ticks would have the whole map drawn every second: it goes in steps, as what it is at most.
  if (row.stale) words.push(t('live.label-old', { age: `≤ ${roughly(AGE_STEP_S * Math.ceil((now - row.at) / 1000 / AGE_STEP_S))}` }))
  if (row.invented) words.push(t('live.invented'))
  return words.join('\n')
}

/** Names lie in the map, where those of places make room for them; they stand clear of the symbol and its course above. */
function names(): LayerSpecification {
  return {
    id: 'live-names',
    type: 'symbol',
    source: 'live-names',
    layout: { 'text-font': ['Noto Sans'], 'text-field': ['get', 'name'], 'text-size': 11.5, 'text-variable-anchor': ['left', 'right', 'top', 'bottom'], 'text-radial-offset': 1.7, 'text-justify': 'auto', 'text-max-width': 16, 'text-allow-overlap': true },
    paint: { 'text-color': rgb(shade('--map-incident')), 'text-halo-color': rgb(shade('--map-halo')), 'text-halo-width': 1.8 },
  }
}
