/** West, south, east, north. */
export type Box = readonly [number, number, number, number]

/** All that a map in Mercator's projection shows. */
export const EARTH: [number, number, number, number] = [-180, -85, 180, 85]

/** The part of the earth that the accounts speak of; a demo may tell of another. */
export const THEATRE: Box = [35.8, 32.9, 41.4, 36.5]
