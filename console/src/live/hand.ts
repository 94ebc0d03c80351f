// The thing in hand, drawn below the symbols: how exact its place is, where it was, and a ring around it.
import type { Place } from '../api/live'
import { type Row, squared } from './things'

const EARTH_M = 6_371_008.8
const CORNERS = 64
const RING_PX = 16

/** What is drawn of the thing in hand. */
export interface Hand {
  row: Row
  places: Place[]
}
/** Where a place on the square map of the world stands on the canvas. */
export type Project = (x: number, y: number) => [number, number]

/** A circle on the earth; for a drawing a sphere will do. */
function circle(lon: number, lat: number, radius: number): [number, number][] {
  const [far, north] = [radius / EARTH_M, (lat * Math.PI) / 180]
  return Array.from({ length: CORNERS + 1 }, (_, n) => {
    const way = (2 * Math.PI * n) / CORNERS
    const there = Math.asin(Math.sin(north) * Math.cos(far) + Math.cos(north) * Math.sin(far) * Math.cos(way))
    const east = Math.atan2(Math.sin(way) * Math.sin(far) * Math.cos(north), Math.cos(far) - Math.sin(north) * Math.sin(there))
    return [lon + (east * 180) / Math.PI, (there * 180) / Math.PI]
  })
}

export function drawHand(pen: CanvasRenderingContext2D, { row, places }: Hand, project: Project, ratio: number, ink: string, halo: string): void {
  const along = (way: [number, number][]) => {
    pen.beginPath()
    for (const [lon, lat] of way) pen.lineTo(...project(...squared(lon, lat)))
  }
  const disc = ([x, y]: [number, number], radius: number) => {
    pen.beginPath()
    pen.arc(x, y, radius * ratio, 0, 2 * Math.PI)
  }
  const stroke = (width: number, dash: number[] = []) => {
    pen.lineWidth = width * ratio
    pen.setLineDash(dash.map((each) => each * width * ratio))
    pen.stroke()
  }
  pen.save()
  pen.lineCap = 'butt'
  pen.strokeStyle = ink
  if (row.accuracy) {
    along(circle(row.lon, row.lat, row.accuracy))
    pen.globalAlpha = 0.12
    pen.fillStyle = ink
    pen.fill()
    pen.globalAlpha = 1
    stroke(1.2, [3, 2])
  }
  along([...places.map(({ lon, lat }): [number, number] => [lon, lat]), [row.lon, row.lat]])
  stroke(1.4)
  pen.fillStyle = halo
  for (const { lon, lat } of places) {
    disc(project(...squared(lon, lat)), 2.5)
    pen.fill()
    stroke(1)
  }
  disc(project(...squared(row.lon, row.lat)), RING_PX)
  stroke(2)
  pen.restore()
}
