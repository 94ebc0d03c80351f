import { mount } from 'svelte'
import './look/fonts.css'
import './look/themes.css'
import './look/base.css'
import App from './App.svelte'
import { Session } from './desk/session.svelte'
import Door from './signin/Door.svelte'

async function open(target: HTMLElement): Promise<void> {
  // While the console is developed, two desks from a file stand in for a node; the built console has no such way.
  if (import.meta.env.DEV && new URLSearchParams(location.search).has('fixtures')) {
    const { FixtureNode } = await import('./fixtures/node')
    mount(App, { target, props: { session: new Session(new FixtureNode()) } })
    return
  }
  mount(Door, { target })
}

const place = document.getElementById('console')
if (!place) throw new Error('index.html has no element with the id "console"')
void open(place)
