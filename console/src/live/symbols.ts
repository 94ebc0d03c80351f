// The things of the live picture on a canvas of their own above the map's: where they move, the map is not drawn again.
// Without a graphics card one picture of a map with a thousand measures takes a second; this takes milliseconds.
import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from 'maplibre-gl'
import { drawHand, type Hand, type Project } from './hand'
import { Sheet } from './sheet'
import { rgb, type Shade, shade } from './sprites'
import { STALE_BIT, type Table, WIDTH } from './things'

/** Where many stand, strokes for their courses would cover them. */
const MANY = 1_000
/** Where thousands stand on one map they are drawn small. */
const CROWD = 4_000
const SMALL = 0.6
/** Where a press still counts as on the symbol, in pixels. */
export const BODY_PX = 9
/** As far outside the map a thing may stand and still reach into it, in pixels. */
const REACH_PX = 20

/** A layer that draws nothing into the map itself: by it the map tells, with each of its pictures, where it looks. */
export class Symbols implements CustomLayerInterface {
  readonly id = 'live-things'
  readonly type = 'custom' as const
  readonly renderingMode = '2d' as const
  private map: MapLibre | undefined
  /** Below: the thing in hand. Above: all things. */
  private below: Canvas | undefined
  private above: Canvas | undefined
  private sheet = new Sheet([0, 0, 0], [1, 1, 1])
  private matrix: Float64Array | undefined
  private asked = 0
  private hand: Hand | null = null
  private ink: Shade = [0, 0, 0]
  private halo: Shade = [1, 1, 1]

  constructor(private readonly table: Table) {}

  /** The table has changed: draw it with the page's next picture. */
  renew(): void {
    this.asked ||= requestAnimationFrame(() => this.draw())
  }

  hold(hand: Hand | null): void {
    this.hand = hand
    this.renew()
  }

  onAdd(map: MapLibre): void {
    this.onRemove() // a theme takes a layer away with its style, and says nothing of it
    this.map = map
    this.ink = shade('--map-incident')
    this.halo = shade('--map-halo')
    this.sheet = new Sheet(this.ink, this.halo)
    this.matrix = undefined
    this.below = canvas('hand')
    this.above = canvas('things')
    map.getCanvas().after(this.below.element, this.above.element)
  }

  /** The map draws itself: what lies above it follows in the same picture, so that nothing swims. */
  render(_context: WebGLRenderingContext | WebGL2RenderingContext, options: CustomRenderMethodInput): void {
    const now = options.defaultProjectionData.mainMatrix
    const { width, height } = this.map?.getCanvas() ?? {}
    const element = this.above?.element
    if (element?.width === width && element?.height === height && this.matrix?.every((each, n) => each === now[n])) return
    this.matrix = Float64Array.from(now)
    this.draw()
  }

  onRemove(): void {
    cancelAnimationFrame(this.asked)
    this.asked = 0
    this.below?.element.remove()
    this.above?.element.remove()
    this.below = this.above = this.map = undefined
  }

  private draw(): void {
    cancelAnimationFrame(this.asked)
    this.asked = 0
    const { map, matrix } = this
    if (!map || !matrix) return
    const { width, height } = map.getCanvas()
    const [m0 = 0, m1 = 0, , m3 = 0, m4 = 0, m5 = 0, , m7 = 0, , , , , m12 = 0, m13 = 0, , m15 = 1] = matrix
    const project = (x: number, y: number): [number, number] => {
      const far = m3 * x + m7 * y + m15
      return [(0.5 + (m0 * x + m4 * y + m12) / far / 2) * width, (0.5 - (m1 * x + m5 * y + m13) / far / 2) * height]
    }
    this.drawHand(map, project)
    this.drawThings(map, project)
  }

  private drawHand(map: MapLibre, project: Project): void {
    const { element, pen } = this.below ?? {}
    if (!element || !pen) return
    element.hidden = !this.hand
    if (!this.hand) return
    fit(element, map)
    pen.clearRect(0, 0, element.width, element.height)
    drawHand(pen, this.hand, project, map.getPixelRatio(), rgb(this.ink), rgb(this.halo))
  }

  private drawThings(map: MapLibre, project: Project): void {
    const { element, pen } = this.above ?? {}
    if (!element || !pen) return
    fit(element, map)
    const { width, height } = element
    const { numbers, size } = this.table
    const bare = size > MANY
    const scale = map.getPixelRatio() * (size > CROWD ? SMALL : 1)
    const reach = REACH_PX * scale
    this.sheet.clear(width, height, scale)
    for (let at = 0; at < size * WIDTH; at += WIDTH) {
      const code = numbers[at + 3] ?? -1
      if (code < 0) continue
      const [x, y] = project(numbers[at] ?? 0, numbers[at + 1] ?? 0)
      if (x > -reach && x < width + reach && y > -reach && y < height + reach) this.sheet.lay(code, x, y, bare || code & STALE_BIT ? -1 : (numbers[at + 2] ?? -1))
    }
    this.sheet.show(pen)
  }
}

interface Canvas {
  element: HTMLCanvasElement
  pen: CanvasRenderingContext2D | null
}

function canvas(name: string): Canvas {
  const element = document.createElement('canvas')
  element.dataset['canvas'] = name
  element.setAttribute('aria-hidden', 'true')
  Object.assign(element.style, { position: 'absolute', top: '0', left: '0', pointerEvents: 'none' })
  // In plain memory, where its pixels are made.
  return { element, pen: element.getContext('2d', { willReadFrequently: true }) }
}

/** Give a canvas the size of the map's. */
function fit(element: HTMLCanvasElement, map: MapLibre): void {
  const { width, height, style } = map.getCanvas()
  if (element.width !== width || element.height !== height) [element.width, element.height] = [width, height]
  element.style.width = style.width
  element.style.height = style.height
}
