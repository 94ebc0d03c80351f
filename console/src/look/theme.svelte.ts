export const THEMES = ['day', 'dusk', 'night'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'keepclear.theme'

function remembered(): Theme {
  const asked = new URLSearchParams(location.search).get('theme')
  const kept = localStorage.getItem(KEY)
  return THEMES.find((theme) => theme === asked) ?? THEMES.find((theme) => theme === kept) ?? 'dusk'
}

class Look {
  theme = $state<Theme>(remembered())

  choose(theme: Theme): void {
    document.documentElement.dataset['theme'] = theme
    localStorage.setItem(KEY, theme)
    this.theme = theme
  }
}

export const look = new Look()
document.documentElement.dataset['theme'] = look.theme
