import type { Geometry, Position } from 'geojson'
import type { MeasureView, Outline, Picture } from '../api/views'
import { shownDay } from '../times/format'

export type FeatureKind = 'boundary' | 'proposed' | 'belt' | 'zone' | 'area' | 'post' | 'presence' | 'build-up' | 'incident' | 'notice' | 'step-back'

export interface MapFeature {
  subject: string
  kind: FeatureKind
  label: string
  /** Where the label stands; a line carries its own along itself. */
  labelAt?: Position
  geometry: Geometry
}

function geometries(outline: Outline | null): Geometry[] {
  if (!outline) return []
  if (outline.type === 'FeatureCollection') return outline.features.map((each) => each.geometry)
  if (outline.type === 'Feature') return [outline.geometry]
  if (outline.type === 'GeometryCollection') return outline.geometries
  return [outline]
}

const isPoint = (geometry: Geometry) => geometry.type === 'Point' || geometry.type === 'MultiPoint'

export function positions(geometry: Geometry): Position[] {
  if (geometry.type === 'GeometryCollection') return geometry.geometries.flatMap(positions)
  const depth = { Point: 0, MultiPoint: 1, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 }[geometry.type]
  return depth === 0 ? [geometry.coordinates as Position] : ((geometry.coordinates as unknown[]).flat(depth - 1) as Position[])
}

/** The northern edge, where a name stands clear of what lies inside. */
const north = (geometry: Geometry) => positions(geometry).reduce<Position | undefined>((top, each) => (top && (top[1] ?? 0) >= (each[1] ?? 0) ? top : each), undefined)

function draw(subject: string, kind: FeatureKind, label: string, outline: Outline | null): MapFeature[] {
  const inLine = kind === 'boundary' || kind === 'proposed'
  return geometries(outline).map((geometry) => {
    const at = label && !inLine ? north(geometry) : undefined
    return { subject, kind, label, geometry, ...(at ? { labelAt: at } : {}) }
  })
}

/** Other people and vehicles stand on the map as areas with a band, never as points (LIM-08). */
function drawArea(subject: string, kind: FeatureKind, label: string, outline: Outline | null): MapFeature[] {
  return draw(subject, kind, label, outline).filter(({ geometry }) => !isPoint(geometry))
}

const KIND_OF: Record<string, FeatureKind> = { boundary: 'boundary', 'de-escalation area': 'area', 'step-back': 'step-back' }

function drawMeasure(measure: MeasureView): MapFeature[] {
  const kind = KIND_OF[measure.measure] ?? 'zone'
  const open = kind === 'boundary' && measure.standing !== 'operative'
  const label = measure.part_of ? '' : measure.name
  return [
    ...draw(measure.subject, 'belt', '', measure.belt),
    ...draw(measure.subject, open ? 'proposed' : kind, label, measure.outline),
    ...measure.posts.flatMap((post) => draw(measure.subject, 'post', post.name, post.outline)),
  ]
}

/** Everything of one desk's picture that has a place. */
export function features(picture: Picture): MapFeature[] {
  const parts = new Set(picture.measures.filter((measure) => measure.part_of && measure.outline).map((measure) => measure.part_of?.subject))
  return [
    // A boundary whose segments are told one by one is drawn by them, each in its own standing.
    ...picture.measures.flatMap((measure) => drawMeasure(parts.has(measure.subject) ? { ...measure, standing: 'proposed' } : measure)),
    ...picture.notices.flatMap((notice) => notice.outlines.flatMap((outline) => drawArea(notice.subject, 'notice', notice.what, outline))),
    ...picture.presences.flatMap((presence) => drawArea(presence.subject, 'presence', [presence.party_name, presence.strength].filter(Boolean).join(', '), presence.outline)),
    ...picture.observations.flatMap((seen) => drawArea(seen.subject, 'presence', seen.count, seen.outline)),
    ...picture.buildups.flatMap((build) => drawArea(build.subject, 'build-up', `${build.series.at(-1)?.count ?? ''} · ${build.status}`, build.outline)),
    ...picture.incidents.flatMap((incident) => draw(incident.subject, 'incident', incident.occurred ? shownDay(incident.occurred) : incident.name, incident.outline)),
  ]
}

/** Whether two values of plain data say the same. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, n) => same(each, b[n]))
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
}
