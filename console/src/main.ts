import { mount } from 'svelte'
import './look/fonts.css'
import './look/themes.css'
import './look/base.css'
import App from './App.svelte'

const place = document.getElementById('console')
if (!place) throw new Error('index.html has no element with the id "console"')
mount(App, { target: place })
