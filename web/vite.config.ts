import { defineConfig } from "vite";

// What the page's Content-Security-Policy (src/serve/page.cpp) forbids is not made: nothing inline, no data: URLs.
export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  // `npm run dev` beside a `quarentena serve`.
  server: { proxy: { "/v1": "http://127.0.0.1:8480" } },
});
