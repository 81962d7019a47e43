import { defineConfig } from 'vite';

export default defineConfig({
  // Relative addresses: the page stands at /graphql, its parts at /explorer/…, and both may stand behind a prefix.
  base: './',
  build: {
    outDir: 'built',
    assetsDir: 'explorer',
    // Monaco is one big part whatever is done; the size is known.
    chunkSizeWarningLimit: 5000,
  },
  // `npm run dev` beside a running server.
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:8000', ws: true }, '/files': 'http://127.0.0.1:8000' } },
});
