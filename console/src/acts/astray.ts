import { THEATRE } from '../map/theatre'

/** West, south, east, north. */
type Box = readonly [number, number, number, number]
interface Point {
  lat: number
  lon: number
}

const FAR_KM = 100
const EARTH_KM = 6371

export interface Astray {
  where: 'outside' | 'off-map'
  /** With latitude and longitude the other way round, the point would lie in the theatre. */
  swapped: boolean
}

const inside = ({ lat, lon }: Point, [west, south, east, north]: Box) => lon >= west && lon <= east && lat >= south && lat <= north

function km(a: Point, b: Point): number {
  const rad = Math.PI / 180
  const h = Math.sin(((b.lat - a.lat) * rad) / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(((b.lon - a.lon) * rad) / 2) ** 2
  return 2 * EARTH_KM * Math.asin(Math.sqrt(h))
}

/** Whether a typed point lies where it was hardly meant to lie: out of the theatre, or far off what the map shows. */
export function astray(point: Point, view: Box | null): Astray | null {
  const swapped = inside({ lat: point.lon, lon: point.lat }, THEATRE) && !inside(point, THEATRE)
  if (!inside(point, THEATRE)) return { where: 'outside', swapped }
  if (!view || inside(point, view)) return null
  const middle = { lat: (view[1] + view[3]) / 2, lon: (view[0] + view[2]) / 2 }
  return km(point, middle) > FAR_KM ? { where: 'off-map', swapped } : null
}
