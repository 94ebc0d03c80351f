import ar from '../../catalogues/ar.json'
import en from '../../catalogues/en.json'
import ru from '../../catalogues/ru.json'
import { within } from './isolation'

export type Language = 'en' | 'ru' | 'ar'
export type Key = keyof typeof en

const catalogues: Record<Language, Record<string, string>> = { en, ru, ar }
const rtl: Language[] = ['ar']

export const LANGUAGES: Language[] = ['en', 'ru', 'ar']

const KEY = 'keepclear.language'

function remembered(): Language {
  const asked = new URLSearchParams(location.search).get('lang')
  const kept = localStorage.getItem(KEY)
  return LANGUAGES.find((code) => code === asked) ?? LANGUAGES.find((code) => code === kept) ?? 'en'
}

class Chosen {
  code = $state<Language>(remembered())
  direction = $derived<'ltr' | 'rtl'>(rtl.includes(this.code) ? 'rtl' : 'ltr')

  choose(code: Language): void {
    localStorage.setItem(KEY, code)
    this.code = code
  }
}

export const language = new Chosen()

function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    return typeof value === 'string' ? within(value, language.code !== 'en') : String(value ?? whole)
  })
}

/** Give a text of the catalogue in the chosen language. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = catalogues[language.code][key] ?? catalogues.en[key] ?? key
  return fill(text, values)
}

type Plural<K> = K extends `${infer Base}.other` ? Base : never

/** Give the plural form that CLDR asks for; the catalogue test holds every form of every language present. */
export function count(key: Plural<Key>, n: number): string {
  const form = new Intl.PluralRules(language.code).select(n)
  const own = catalogues[language.code]
  const text = own[`${key}.${form}`] ?? own[`${key}.other`] ?? catalogues.en[`${key}.other`] ?? key
  return fill(text, { n })
}

/** Give the label of one value of a closed set ("stance", "rung" …); an unknown value stands as it came. */
export function label(set: string, value: string): string {
  const key = `${set}.${value.replaceAll(' ', '-')}`
  return catalogues[language.code][key] ?? catalogues.en[key as Key] ?? value
}
