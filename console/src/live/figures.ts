import { label, t } from '../words/catalogue.svelte'

/** Metres as said on the air: whole below ten kilometres, kilometres beyond. */
export const metres = (value: number): string => (value >= 10_000 ? `${(value / 1000).toFixed(1)} km` : `${value < 10 ? value.toFixed(1) : Math.round(value)} m`)

/** Speed over the ground in the two units that crews use. */
export const speed = (mps: number): string => `${Math.round(mps * 3.6)} km/h (${Math.round(mps / 0.514444)} kn)`

export const course = (degrees: number): string => `${String(Math.round(degrees) % 360).padStart(3, '0')}°`

/** Upward or downward, in metres a second. */
export const climb = (mps: number): string => `${mps > 0 ? '+' : ''}${mps.toFixed(1)} m/s`

export const place = (lon: number, lat: number): string => `${Math.abs(lat).toFixed(5)}° ${lat < 0 ? 'S' : 'N'}, ${Math.abs(lon).toFixed(5)}° ${lon < 0 ? 'W' : 'E'}`

/** A clock to the second, in UTC. */
export const second = (at: string | number): string => `${new Date(at).toISOString().slice(11, 19)}Z`

export const unsaid = (): string => t('live.not-said')

/** Whose a thing is, in words; "other" is the name of a plural form, so its words stand under another key. */
export const standingOf = (standing: string): string => label('track-standing', standing === 'other' ? 'another' : standing)
