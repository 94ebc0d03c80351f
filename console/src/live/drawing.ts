// The live picture on the map: symbols, names at close zoom, and of the thing in hand its accuracy and its trail.
import type { Feature, FeatureCollection, Position } from 'geojson'
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl'
import type { Place } from '../api/live'
import { roughly } from '../times/format'
import { t } from '../words/catalogue.svelte'
import type { Drawn, LivePicture } from './picture.svelte'
import { shade, Symbols } from './symbols'
import type { Row } from './things'

const EARTH_M = 6_371_008.8
const CORNERS = 64
const NOTHING: FeatureCollection = { type: 'FeatureCollection', features: [] }
const rgb = ([red, green, blue]: number[]): string => `rgb(${[red, green, blue].map((each = 0) => Math.round(each * 255)).join()})`

/** A circle on the earth; for a drawing a sphere will do. */
function circle(lon: number, lat: number, radius: number): Position[] {
  const [far, north] = [radius / EARTH_M, (lat * Math.PI) / 180]
  return Array.from({ length: CORNERS + 1 }, (_, n) => {
    const way = (2 * Math.PI * n) / CORNERS
    const there = Math.asin(Math.sin(north) * Math.cos(far) + Math.cos(north) * Math.sin(far) * Math.cos(way))
    const east = Math.atan2(Math.sin(way) * Math.sin(far) * Math.cos(north), Math.cos(far) - Math.sin(north) * Math.sin(there))
    return [lon + (east * 180) / Math.PI, (there * 180) / Math.PI]
  })
}

const point = (lon: number, lat: number, properties: Record<string, unknown>): Feature => ({ type: 'Feature', properties, geometry: { type: 'Point', coordinates: [lon, lat] } })
const features = (all: Feature[]): FeatureCollection => ({ type: 'FeatureCollection', features: all })

export class LiveDrawing implements Drawn {
  private readonly symbols: Symbols
  private readonly anew = () => this.begin()
  private rows: Row[] = []
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

  /** Put sources and layers in; a theme takes them away with its style, and this puts them back. */
  begin(): void {
    if (this.map.getSource('live-hand')) return
    for (const name of ['live-hand', 'live-names']) this.map.addSource(name, { type: 'geojson', data: NOTHING })
    for (const layer of layers().slice(0, -1)) this.map.addLayer(layer)
    this.map.addLayer(this.symbols)
    for (const layer of layers().slice(-1)) this.map.addLayer(layer)
    this.label(this.rows)
    this.hand()
  }

  end(): void {
    this.map.off('style.load', this.anew)
    if (!this.map.style) return // the map itself is gone
    for (const name of ['live-circle', 'live-circle-edge', 'live-trail', 'live-fixes', 'live-ring', 'live-things', 'live-names']) if (this.map.getLayer(name)) this.map.removeLayer(name)
    for (const name of ['live-hand', 'live-names']) if (this.map.getSource(name)) this.map.removeSource(name)
  }

  renew(): void {
    this.symbols.renew()
  }

  label(rows: Row[]): void {
    this.rows = rows
    const now = this.picture.now
    this.give('live-names', rows.map((row) => point(row.lon, row.lat, { name: nameOf(row, now), stale: row.stale })))
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
    const { row } = this
    if (!row) return this.give('live-hand', [])
    const way = [...this.places.map(({ lon, lat }) => [lon, lat]), [row.lon, row.lat]]
    const circled = row.accuracy ? [circle(row.lon, row.lat, row.accuracy)] : []
    this.give('live-hand', [
      ...circled.map((ring): Feature => ({ type: 'Feature', properties: { part: 'circle' }, geometry: { type: 'Polygon', coordinates: [ring] } })),
      { type: 'Feature', properties: { part: 'trail' }, geometry: { type: 'LineString', coordinates: way } },
      ...this.places.map(({ lon, lat }) => point(lon, lat, { part: 'fix' })),
      point(row.lon, row.lat, { part: 'ring' }),
    ])
  }

  private give(name: string, all: Feature[]): void {
    ;(this.map.getSource(name) as GeoJSONSource | undefined)?.setData(features(all))
  }
}

function nameOf(row: Row, now: number): string {
  const words = [row.name]
  if (row.stale) words.push(t('live.label-old', { age: roughly((now - row.at) / 1000) }))
  if (row.invented) words.push(t('live.invented'))
  return words.join('\n')
}

function layers(): LayerSpecification[] {
  const [ink, halo] = [rgb(shade('--map-incident')), rgb(shade('--map-halo'))]
  const part = (name: string): ['==', ['get', string], string] => ['==', ['get', 'part'], name]
  const source = 'live-hand'
  return [
    { id: 'live-circle', type: 'fill', source, filter: part('circle'), paint: { 'fill-color': ink, 'fill-opacity': 0.12 } },
    { id: 'live-circle-edge', type: 'line', source, filter: part('circle'), paint: { 'line-color': ink, 'line-width': 1.2, 'line-dasharray': [3, 2] } },
    { id: 'live-trail', type: 'line', source, filter: part('trail'), paint: { 'line-color': ink, 'line-width': 1.4 } },
    { id: 'live-fixes', type: 'circle', source, filter: part('fix'), paint: { 'circle-radius': 2, 'circle-color': halo, 'circle-stroke-color': ink, 'circle-stroke-width': 1 } },
    { id: 'live-ring', type: 'circle', source, filter: part('ring'), paint: { 'circle-radius': 15, 'circle-opacity': 0, 'circle-stroke-color': ink, 'circle-stroke-width': 2 } },
    {
      id: 'live-names',
      type: 'symbol',
      source: 'live-names',
      layout: { 'text-font': ['Noto Sans'], 'text-field': ['get', 'name'], 'text-size': 11.5, 'text-variable-anchor': ['left', 'right', 'top', 'bottom'], 'text-radial-offset': 1.2, 'text-justify': 'auto', 'text-max-width': 16, 'text-allow-overlap': true },
      paint: { 'text-color': ink, 'text-halo-color': halo, 'text-halo-width': 1.8 },
    },
  ]
}
