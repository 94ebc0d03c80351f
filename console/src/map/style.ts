import type { Feature, FeatureCollection } from 'geojson'
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl'
import type { Language } from '../words/catalogue.svelte'

const TOKENS = ['sea', 'land', 'beyond', 'border', 'river', 'place', 'halo', 'boundary', 'zone', 'area', 'presence', 'buildup', 'incident'] as const
export type Inks = Record<(typeof TOKENS)[number], string>

/** The theme's map colours as the page has them now. */
export function inks(): Inks {
  const page = getComputedStyle(document.documentElement)
  return Object.fromEntries(TOKENS.map((name) => [name, page.getPropertyValue(`--map-${name}`).trim()])) as Inks
}

const FONT = ['Noto Sans']
/** The box of the fine basemap; the coarse world is masked inside it. */
const THEATRE: Feature = {
  type: 'Feature',
  properties: {},
  geometry: { type: 'Polygon', coordinates: [[[30, 27], [49, 27], [49, 42], [30, 42], [30, 27]]] },
}

const at = (file: string) => new URL(`basemap/${file}`, document.baseURI).href
const fill = (id: string, source: string, color: string): LayerSpecification => ({ id, type: 'fill', source, paint: { 'fill-color': color, 'fill-antialias': false } })
const line = (id: string, source: string, color: string, width: number): LayerSpecification => ({ id, type: 'line', source, paint: { 'line-color': color, 'line-width': width } })

function ground(ink: Inks): LayerSpecification[] {
  return [
    { id: 'sea', type: 'background', paint: { 'background-color': ink.sea } },
    fill('world-land', 'world-land', ink.beyond),
    line('world-borders', 'world-borders', ink.border, 0.5),
    fill('theatre', 'theatre', ink.sea),
    fill('land', 'land', ink.land),
    fill('lakes', 'lakes', ink.sea),
    line('rivers', 'rivers', ink.river, 1.2),
    // Dashed throughout: the source tells no settled border from a disputed one.
    { ...line('borders', 'borders', ink.border, 1), paint: { 'line-color': ink.border, 'line-width': 1, 'line-dasharray': [4, 2] } } as LayerSpecification,
  ]
}

const kind = (name: string): ExpressionSpecification => ['==', ['get', 'kind'], name]

function surface(name: string, color: string, width: number, dash?: number[]): LayerSpecification[] {
  return [
    { id: `${name}-fill`, type: 'fill', source: 'record', filter: ['all', kind(name), ['!=', ['geometry-type'], 'Point']], paint: { 'fill-pattern': `hatch-${name}` } },
    {
      id: `${name}-line`,
      type: 'line',
      source: 'record',
      filter: ['all', kind(name), ['!=', ['geometry-type'], 'Point']],
      paint: { 'line-color': color, 'line-width': width, ...(dash ? { 'line-dasharray': dash } : {}) },
    },
  ]
}

function record(ink: Inks): LayerSpecification[] {
  return [
    ...surface('area', ink.area, 1.4, [3, 2]),
    ...surface('zone', ink.zone, 1.8),
    ...surface('post', ink.area, 1.2, [1, 1]),
    ...surface('notice', ink.zone, 1.2, [2, 2]),
    ...surface('belt', ink.boundary, 0.8, [1, 2]),
    { id: 'boundary-casing', type: 'line', source: 'record', filter: kind('boundary'), paint: { 'line-color': ink.halo, 'line-width': 5 } },
    { id: 'boundary-line', type: 'line', source: 'record', filter: kind('boundary'), paint: { 'line-color': ink.boundary, 'line-width': 2.4 } },
    { id: 'proposed-line', type: 'line', source: 'record', filter: kind('proposed'), paint: { 'line-color': ink.boundary, 'line-width': 2.4, 'line-dasharray': [2, 1.6] } },
    ...surface('presence', ink.presence, 1, [1, 1]),
    ...surface('build-up', ink.buildup, 1.6, [2, 1]),
    ...surface('step-back', ink.area, 1.6, [1, 1]),
    { id: 'incident-line', type: 'line', source: 'record', filter: ['all', kind('incident'), ['!=', ['geometry-type'], 'Point']], paint: { 'line-color': ink.incident, 'line-width': 1.4 } },
    {
      id: 'incident-ring',
      type: 'circle',
      source: 'record',
      filter: ['all', kind('incident'), ['==', ['geometry-type'], 'Point']],
      paint: { 'circle-radius': 6, 'circle-opacity': 0, 'circle-stroke-color': ink.incident, 'circle-stroke-width': 1.6 },
    },
    {
      id: 'post',
      type: 'circle',
      source: 'record',
      filter: ['all', kind('post'), ['==', ['geometry-type'], 'Point']],
      paint: { 'circle-radius': 4, 'circle-color': ink.halo, 'circle-stroke-color': ink.area, 'circle-stroke-width': 2 },
    },
    { id: 'in-hand', type: 'line', source: 'in-hand', paint: { 'line-color': ink.incident, 'line-width': 7, 'line-opacity': 0.45, 'line-blur': 1 } },
    { id: 'pick', type: 'circle', source: 'pick', paint: { 'circle-radius': 6, 'circle-opacity': 0, 'circle-stroke-color': ink.incident, 'circle-stroke-width': 2 } },
  ]
}

function places(ink: Inks): LayerSpecification[] {
  // Eight ways to stand, so that a pinned name finds room beside whatever the record draws there.
  const around = { 'text-variable-anchor': ['left', 'right', 'top', 'bottom', 'top-left', 'top-right', 'bottom-left', 'bottom-right'], 'text-radial-offset': 0.6, 'text-padding': 0 }
  const look = {
    'text-font': FONT,
    'text-field': ['get', 'name'],
    'text-size': ['case', ['==', ['get', 'capital'], 1], 13, 11.5],
    'text-anchor': 'left',
    'text-offset': [0.5, 0],
    'symbol-sort-key': ['-', 0, ['get', 'population']],
  }
  const paint = { 'text-color': ink.place, 'text-halo-color': ink.halo, 'text-halo-width': 1.4 }
  const pinned: ExpressionSpecification = ['==', ['get', 'pinned'], true]
  return [
    { id: 'place-dots', type: 'circle', source: 'places', minzoom: 4.5, filter: ['any', pinned, ['>', ['get', 'population'], 60000]], paint: { 'circle-radius': 1.8, 'circle-color': ink.place } },
    { id: 'places', type: 'symbol', source: 'places', minzoom: 4, filter: ['!', pinned], layout: look, paint } as LayerSpecification,
    // Places the record speaks of are pinned: a label that collides away at one zoom misleads at 3 a.m.
    { id: 'pinned-places', type: 'symbol', source: 'places', minzoom: 4.5, filter: pinned, layout: { ...look, 'text-size': 12.5, ...around }, paint } as LayerSpecification,
  ]
}

function labels(ink: Inks): LayerSpecification[] {
  const color = [
    'match', ['get', 'kind'], 'zone', ink.zone, 'notice', ink.zone, 'area', ink.area, 'post', ink.area, 'step-back', ink.area,
    'boundary', ink.boundary, 'proposed', ink.boundary, 'build-up', ink.buildup, ink.incident,
  ] as unknown as ExpressionSpecification
  const field = ['format', ['get', 'label'], {}, ['case', ['==', ['get', 'holder'], ''], '', ['concat', '\n', ['get', 'holder']]], { 'font-scale': 0.82 }] as unknown as ExpressionSpecification
  const look = { 'text-font': FONT, 'text-field': field, 'text-size': 12.5, 'text-max-width': 14 }
  const paint = { 'text-color': color, 'text-halo-color': ink.halo, 'text-halo-width': 2 }
  const onLine: ExpressionSpecification = ['in', ['get', 'kind'], ['literal', ['boundary', 'proposed']]]
  return [
    { id: 'line-labels', type: 'symbol', source: 'record', filter: onLine, layout: { ...look, 'symbol-placement': 'line', 'symbol-spacing': 260, 'text-offset': [0, -0.9], 'text-max-angle': 80, 'text-max-width': 40 }, paint } as LayerSpecification,
    {
      id: 'labels',
      type: 'symbol',
      source: 'labels',
      layout: { ...look, 'symbol-sort-key': ['match', ['get', 'kind'], 'build-up', 0, 'zone', 1, 'area', 2, 'incident', 3, 'post', 4, 5], 'text-variable-anchor': ['bottom', 'left', 'right', 'top'], 'text-radial-offset': 0.7, 'text-justify': 'auto' },
      paint,
    } as LayerSpecification,
  ]
}

/** What the map shows, by the names of its sources. */
export interface Layers {
  record: FeatureCollection
  /** Where the names of what is drawn stand: a zone's at its northern edge, the others' at the thing itself. */
  labels: FeatureCollection
  places: FeatureCollection
  pick: FeatureCollection
  'in-hand': FeatureCollection
}

/** The whole style: no glyphs, no sprite, no address outside this origin. */
export function style(ink: Inks, data: Layers): StyleSpecification {
  const geojson = (value: FeatureCollection | Feature | string) => ({ type: 'geojson' as const, data: value })
  return {
    version: 8,
    sources: {
      'world-land': geojson(at('world-land.json')),
      'world-borders': geojson(at('world-borders.json')),
      theatre: geojson(THEATRE),
      land: geojson(at('land.json')),
      lakes: geojson(at('lakes.json')),
      rivers: geojson(at('rivers.json')),
      borders: geojson(at('borders.json')),
      places: geojson(data.places),
      record: geojson(data.record),
      labels: geojson(data.labels),
      pick: geojson(data.pick),
      'in-hand': geojson(data['in-hand']),
    },
    layers: [...ground(ink), ...record(ink), ...places(ink), ...labels(ink)],
  }
}

type Hatch = 'rising' | 'falling' | 'cross' | 'dots' | 'upright'
const HATCHES: Record<string, [Hatch, keyof Inks, number]> = {
  'hatch-zone': ['rising', 'zone', 14],
  'hatch-area': ['dots', 'area', 10],
  'hatch-post': ['dots', 'area', 6],
  'hatch-notice': ['falling', 'zone', 10],
  'hatch-belt': ['upright', 'boundary', 5],
  'hatch-presence': ['falling', 'presence', 8],
  'hatch-build-up': ['cross', 'buildup', 11],
  'hatch-step-back': ['upright', 'area', 8],
}

/** Draw the pattern that tells one kind of surface from another where colour cannot. */
export function hatch(id: string, ink: Inks): ImageData | null {
  const found = HATCHES[id]
  if (!found) return null
  const [pattern, color, size] = found
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size * 2
  const pen = canvas.getContext('2d')
  if (!pen) return null
  pen.scale(2, 2)
  pen.strokeStyle = pen.fillStyle = ink[color]
  pen.globalAlpha = pattern === 'upright' || pattern === 'cross' ? 0.35 : 0.5
  pen.lineWidth = 1
  const stroke = (...points: [number, number, number, number][]) => {
    for (const [x1, y1, x2, y2] of points) {
      pen.beginPath()
      pen.moveTo(x1, y1)
      pen.lineTo(x2, y2)
      pen.stroke()
    }
  }
  const rising: [number, number, number, number][] = [[-1, size + 1, size + 1, -1], [-1, 1, 1, -1], [size - 1, size + 1, size + 1, size - 1]]
  const falling: typeof rising = [[-1, -1, size + 1, size + 1], [size - 1, -1, size + 1, 1], [-1, size - 1, 1, size + 1]]
  if (pattern === 'rising' || pattern === 'cross') stroke(...rising)
  if (pattern === 'falling' || pattern === 'cross') stroke(...falling)
  if (pattern === 'upright') stroke([size / 2, 0, size / 2, size])
  if (pattern === 'dots') {
    pen.beginPath()
    pen.arc(size / 2, size / 2, 1, 0, Math.PI * 2)
    pen.fill()
  }
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}

const SCRIPTS: Record<Language, number> = { en: 4, ru: 5, ar: 6 }
type Row = [number, number, number, number, string, string, string]

/** Name places in the language of the page, in Latin letters where the gazetteer has no other. */
export function placeFeatures(rows: Row[], code: Language, pinned: Set<string>): FeatureCollection {
  return {
    type: 'FeatureCollection',
    features: rows.map((row) => ({
      type: 'Feature',
      properties: {
        name: row[SCRIPTS[code]] || row[4],
        population: row[2],
        capital: row[3],
        pinned: pinned.has(row[4]),
      },
      geometry: { type: 'Point', coordinates: [row[0], row[1]] },
    })),
  }
}

export type { Row }
