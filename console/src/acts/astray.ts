import type { Box } from '../map/theatre'

interface Point {
  lat: number
  lon: number
}

const FAR_KM = 100
const EARTH_KM = 6371.0088

export interface Astray {
  where: 'outside' | 'off-map'
  /** With latitude and longitude the other way round, the point would lie where the desk looks at first. */
  swapped: boolean
}

const inside = ({ lat, lon }: Point, [west, south, east, north]: Box) => lon >= west && lon <= east && lat >= south && lat <= north

/** How far apart two points are on a sphere: near enough to say so in words. */
export function km(a: Point, b: Point): number {
  const rad = Math.PI / 180
  const h = Math.sin(((b.lat - a.lat) * rad) / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(((b.lon - a.lon) * rad) / 2) ** 2
  return 2 * EARTH_KM * Math.asin(Math.sqrt(h))
}

/** Whether a typed point lies where it was hardly meant to lie: out of what the map shows at first, or far off what it shows. */
export function astray(point: Point, view: Box | null, home: Box): Astray | null {
  const swapped = inside({ lat: point.lon, lon: point.lat }, home) && !inside(point, home)
  if (!inside(point, home)) return { where: 'outside', swapped }
  if (!view || inside(point, view)) return null
  const middle = { lat: (view[1] + view[3]) / 2, lon: (view[0] + view[2]) / 2 }
  return km(point, middle) > FAR_KM ? { where: 'off-map', swapped } : null
}
