/** A coordinate as typed, or why it was not taken. Degrees, minutes and seconds are never read as decimals. */
export type Read = { degrees: number } | { fault: 'empty' | 'form' | 'range' }

const DECIMAL = /^[+-]?\d{1,3}(\.\d+)?$/
const SEXAGESIMAL = /^(\d{1,3})\s*[°d]\s*(\d{1,2})\s*['′m]\s*(?:(\d{1,2}(?:\.\d+)?)\s*["″s]\s*)?([NSEW])$/i

export function read(text: string, axis: 'lat' | 'lon'): Read {
  const typed = text.trim()
  if (!typed) return { fault: 'empty' }
  const degrees = DECIMAL.test(typed) ? Number(typed) : sexagesimal(typed, axis)
  if (degrees === null) return { fault: 'form' }
  return Math.abs(degrees) <= (axis === 'lat' ? 90 : 180) ? { degrees } : { fault: 'range' }
}

function sexagesimal(typed: string, axis: 'lat' | 'lon'): number | null {
  const found = SEXAGESIMAL.exec(typed)
  if (!found) return null
  const [, degrees = '', minutes = '', seconds = '0', hemisphere = ''] = found
  const letter = hemisphere.toUpperCase()
  if (!(axis === 'lat' ? 'NS' : 'EW').includes(letter)) return null
  if (Number(minutes) >= 60 || Number(seconds) >= 60) return null
  const size = Number(degrees) + Number(minutes) / 60 + Number(seconds) / 3600
  return 'SW'.includes(letter) ? -size : size
}

/** Six decimals are about a tenth of a metre: enough for any measure, and short enough to read aloud. */
export const written = (degrees: number): string => degrees.toFixed(6).replace(/0{1,4}$/, '')
