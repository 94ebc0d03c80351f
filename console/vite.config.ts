import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

/** Where a node listens while the console is developed; `npm run dev` passes the API through to it. */
const node = process.env['KEEPCLEAR_NODE'] ?? 'http://127.0.0.1:8642'

export default defineConfig({
  plugins: [svelte()],
  base: './',
  build: {
    outDir: '../src/keepclear/console_dist',
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page forbids data: fonts, and a worker must be a file of its own origin.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1600,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'maplibre', test: /node_modules\/maplibre-gl/ }] } },
    },
  },
  server: { proxy: { '/api': node, '/livez': node } },
})
