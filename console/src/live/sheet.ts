// A sheet of pixels for what moves. The page's own pen takes seventeen millionths of a second for each symbol where the
// processor draws, ten times as long as this: of the small squares only what is not empty is laid, straight into memory.
import { packed, PARTS, type Shade, Sprites, unit } from './sprites'

/** A course begins and ends so far from its thing; half its width, and how far its halo reaches beyond, in pixels. */
const STROKE = { from: 8, to: 17, half: 0.8, halo: 1.6, glow: 0.85 }
const STROKE_REACH_PX = 20

export class Sheet {
  private pixels: ImageData | undefined
  private words = new Int32Array(0)
  private sprites: Sprites
  /** So much stands over each side of the canvas, so that what lies across its edge needs no looking at. */
  private margin = 0
  private readonly light: number
  private readonly dark: number

  constructor(
    private readonly ink: Shade,
    private readonly halo: Shade,
  ) {
    this.sprites = new Sprites(1, 1, ink, halo)
    const [dark = 0, light = 0] = [ink, halo].map((each) => packed(...each.map((part) => 255 * part)))
    this.dark = dark
    this.light = light
  }

  /** Empty the sheet, for a canvas and a scale of the symbols on it. */
  clear(width: number, height: number, scale: number): void {
    const margin = 2 * Math.ceil(STROKE_REACH_PX * scale + 2)
    const [wide, high] = [width + 2 * margin, height + 2 * margin]
    if (this.pixels?.width !== wide || this.pixels.height !== high) {
      this.pixels = new ImageData(wide, high)
      this.words = new Int32Array(this.pixels.data.buffer)
    } else this.words.fill(0)
    this.margin = margin
    if (this.sprites.scale !== scale || this.sprites.width !== wide) this.sprites = new Sprites(scale, wide, this.ink, this.halo)
  }

  show(pen: CanvasRenderingContext2D): void {
    if (this.pixels) pen.putImageData(this.pixels, -this.margin, -this.margin)
  }

  /** Lay a symbol where its thing stands, which is at most half the margin outside; of a course below 0 no stroke. */
  lay(code: number, x: number, y: number, course: number): void {
    const stroked = course >= 0
    if (stroked) this.stroke(x, y, course, this.light, STROKE.half + STROKE.halo, STROKE.glow)
    const { half, width } = this.sprites
    const [column, row] = [Math.round(x * PARTS), Math.round(y * PARTS)]
    const [right, down] = [column & (PARTS - 1), row & (PARTS - 1)]
    const { at, colour } = this.sprites.look(code, right, down)
    lay(this.words, at, colour, ((row - down) / PARTS + this.margin - half) * width + (column - right) / PARTS + this.margin - half)
    if (stroked) this.stroke(x, y, course, this.dark, STROKE.half, 1)
  }

  /** Draw a course as one line with round ends. */
  private stroke(x: number, y: number, course: number, colour: number, half: number, strength: number): void {
    const { scale, width } = this.sprites
    const [east, south] = [Math.sin((course * Math.PI) / 180), -Math.cos((course * Math.PI) / 180)]
    const reach = (half + 0.5) * scale
    const [left, right] = [x + east * STROKE.from * scale, x + east * STROKE.to * scale].sort((a, b) => a - b) as [number, number]
    const [top, bottom] = [y + south * STROKE.from * scale, y + south * STROKE.to * scale].sort((a, b) => a - b) as [number, number]
    for (let row = Math.floor(top - reach); row <= bottom + reach; row += 1) {
      for (let column = Math.floor(left - reach); column <= right + reach; column += 1) {
        const [dx, dy] = [(column + 0.5 - x) / scale, (row + 0.5 - y) / scale]
        const along = Math.min(STROKE.to, Math.max(STROKE.from, dx * east + dy * south))
        const alpha = Math.round(255 * strength * unit(0.5 + half - Math.hypot(dx - along * east, dy - along * south)))
        const at = (row + this.margin) * width + column + this.margin
        if (alpha) this.words[at] = over(this.words[at] ?? 0, colour | (alpha << 24))
      }
    }
  }
}

/** One pixel over another; neither has its colour multiplied by what it covers. */
function over(below: number, above: number): number {
  const alpha = above >>> 24
  if (below === 0 || alpha === 255) return above
  const both = alpha + (((below >>> 24) * (255 - alpha) + 128) >> 8)
  const part = ((alpha << 8) / both) | 0
  const rest = 256 - part
  const [ends, middle] = [0xff00ff, 0x00ff00]
  return (((Math.imul(above & ends, part) + Math.imul(below & ends, rest)) >>> 8) & ends) | (((Math.imul(above & middle, part) + Math.imul(below & middle, rest)) >>> 8) & middle) | (both << 24)
}

function lay(words: Int32Array, at: Int32Array, colour: Int32Array, first: number): void {
  for (let n = 0; n < at.length; n += 1) {
    const place = first + (at[n] ?? 0)
    words[place] = over(words[place] ?? 0, colour[n] ?? 0)
  }
}
