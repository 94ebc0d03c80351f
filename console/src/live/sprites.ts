// What a moving thing looks like, worked out pixel by pixel, once for each look.
import { STALE_BIT, STANDING_STEP } from './things'

export type Shade = [number, number, number]

/** Half the side of the square that a symbol without its course stands in, in pixels. */
export const REACH_PX = 11
/** A look is kept for each quarter of a pixel each way: it stands where the thing is, and stays sharp. */
export const PARTS = 4
const KINDS_MASK = STANDING_STEP - 1
const LOOKS = 2 * STALE_BIT

/** Read a colour of the page, from 0 to 1. */
export function shade(name: string): Shade {
  const value = getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  const number = Number.parseInt(value.slice(1), 16)
  return [(number >> 16) / 255, ((number >> 8) & 255) / 255, (number & 255) / 255]
}

export const rgb = (colour: Shade): string => `rgb(${colour.map((each) => Math.round(each * 255)).join()})`

/** A value between 0 and 1. */
export const unit = (value: number): number => Math.min(1, Math.max(0, value))

function polygon(x: number, y: number, sides: number, radius: number): number {
  const angle = Math.atan2(x, y) // a flat side down, a corner up
  const part = (2 * Math.PI) / sides
  return Math.cos(Math.floor(0.5 + angle / part) * part - angle) * Math.hypot(x, y) - radius
}

/** How far a place is from the edge of a kind's shape; inside it is less than nothing. */
function body(kind: number, x: number, y: number): number {
  if (kind === 0) return polygon(x, y - 1, 3, 3.6) // aeroplane: triangle up
  if (kind === 1) return Math.max(Math.abs(x) - 1.4 - 0.7 * Math.abs(y), Math.abs(y) - 6) * 0.85 // helicopter: hourglass
  if (kind === 2) return polygon(x, -y - 1, 3, 3.2) // drone: triangle down
  if (kind === 3) return Math.max(Math.hypot(x, y + 3) - 7.2, -(y + 3)) // vessel: a hull
  if (kind === 4) return polygon(x, y, 5, 4.9) // vehicle: five sides
  if (kind === 5) return Math.hypot(x - Math.min(4.5, Math.max(-4.5, x)), y) - 3.9 // convoy: a long one
  if (kind === 6) return Math.min(Math.hypot(x + 2.9, y), Math.hypot(x - 2.9, y)) - 3.3 // persons: two discs
  return Math.hypot(x, y) - 5.4 // unknown: a disc
}

/** How much of a place is ink and how much the ground below it. Shapes tell the kind, fillings whose word lets a
 * position out, dashes that it is old. One ink: nothing by colour. */
function covered(code: number, x: number, y: number): [dark: number, ground: number] {
  const standing = (code >> 3) & 3
  const d = body(code & KINDS_MASK, x, y)
  const edge = Math.abs(d) - 0.85
  if (code & STALE_BIT) {
    const turn = (Math.atan2(y, x) / (2 * Math.PI)) * 8
    if (turn - Math.floor(turn) > 0.55) return [standing === 0 ? unit(2.1 - Math.hypot(x, y)) : 0, 0]
    return [Math.max(unit(0.5 - edge), standing === 0 ? unit(2.1 - Math.hypot(x, y)) : 0), unit(2.1 - edge) * 0.85]
  }
  // own: filled; consenting: left half; released: stripes; other: open, on the halo's ground.
  const stripe = y / 3.2 - Math.floor(y / 3.2)
  const filled = standing === 0 || (standing === 1 && x <= 0) || (standing === 2 && stripe >= 0.5)
  const inside = unit(0.5 - d)
  return [Math.max(unit(0.5 - edge), filled ? inside : 0), Math.max(unit(2.1 - Math.max(d, 0)) * 0.85, inside)]
}

/** The pixels of one look that are not empty: how far from the first of its square, and their colours. */
export interface Sprite {
  at: Int32Array
  colour: Int32Array
}

/** The looks in one size and one pair of colours, for a sheet of one width; each is made when it is first wanted. */
export class Sprites {
  /** From the first pixel of a look's square to the thing's own, across and down. */
  readonly half: number
  private readonly made: (Sprite | undefined)[] = new Array<undefined>(LOOKS * PARTS * PARTS)

  constructor(
    readonly scale: number,
    readonly width: number,
    private readonly ink: Shade,
    private readonly halo: Shade,
  ) {
    this.half = Math.ceil(REACH_PX * scale) + 1
  }

  /** The look of a thing that stands so many quarters of a pixel to the right of a whole one, and below it. */
  look(code: number, right: number, down: number): Sprite {
    return (this.made[(code * PARTS + down) * PARTS + right] ??= this.make(code, right / PARTS, down / PARTS))
  }

  private make(code: number, right: number, down: number): Sprite {
    const [at, colour]: [number[], number[]] = [[], []]
    for (let row = 0; row < 2 * this.half; row += 1) {
      for (let column = 0; column < 2 * this.half; column += 1) {
        const [dark, ground] = covered(code, (column + 0.5 - this.half - right) / this.scale, (row + 0.5 - this.half - down) / this.scale)
        const alpha = Math.max(dark, ground)
        if (alpha < 0.01) continue
        const [red, green, blue] = this.ink.map((ink, n) => 255 * ((this.halo[n] ?? 0) + (ink - (this.halo[n] ?? 0)) * (dark / alpha)))
        at.push(row * this.width + column)
        colour.push(packed(red, green, blue, 255 * alpha))
      }
    }
    return { at: Int32Array.from(at), colour: Int32Array.from(colour) }
  }
}

/** A pixel as the page's pictures hold it: one number, red in the lowest byte. */
export const packed = (red = 0, green = 0, blue = 0, alpha = 0): number => Math.round(red) | (Math.round(green) << 8) | (Math.round(blue) << 16) | (Math.round(alpha) << 24)
