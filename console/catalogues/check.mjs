// Holds the three catalogues together: same keys, same blanks to fill, every plural form of every language.
import { readFileSync } from 'node:fs'

const languages = ['en', 'ru', 'ar']
const FORMS = new Set(['zero', 'one', 'two', 'few', 'many', 'other'])
const read = (code) => JSON.parse(readFileSync(new URL(`./${code}.json`, import.meta.url), 'utf8'))
const catalogues = Object.fromEntries(languages.map((code) => [code, read(code)]))
const faults = []

const pluralBase = (key) => {
  const cut = key.lastIndexOf('.')
  return FORMS.has(key.slice(cut + 1)) && `${key.slice(0, cut)}.other` in catalogues.en ? key.slice(0, cut) : null
}
const blanks = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort().join()

function expectedKeys(code) {
  const forms = new Intl.PluralRules(code).resolvedOptions().pluralCategories
  return new Set(
    Object.keys(catalogues.en).flatMap((key) => {
      const base = pluralBase(key)
      return base ? forms.map((form) => `${base}.${form}`) : [key]
    }),
  )
}

for (const code of languages) {
  const expected = expectedKeys(code)
  for (const key of expected) {
    if (typeof catalogues[code][key] !== 'string' || !catalogues[code][key]) faults.push(`${code}: "${key}" is missing`)
  }
  for (const [key, text] of Object.entries(catalogues[code])) {
    if (!expected.has(key)) faults.push(`${code}: "${key}" stands in no English catalogue`)
    const base = pluralBase(key)
    const english = catalogues.en[base ? `${base}.other` : key]
    if (!base && english && blanks(english) !== blanks(text)) faults.push(`${code}: "${key}" fills other blanks than English`)
  }
}

for (const fault of faults) console.error(`catalogues: ${fault}`)
if (faults.length) process.exit(1)
console.log(`catalogues: ${Object.keys(catalogues.en).length} English keys, each in ${languages.length} languages`)
