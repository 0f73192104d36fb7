import { defineConfig } from "vite";
import solid from "vite-plugin-solid";
import { compress } from "./build/compress.ts";

/** Where `npm run dev` finds the server. */
const server = process.env.DOCKET_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [
    solid(),
    compress({
      entry: "index.html",
      views: [
        ["src/routes/sign-in.tsx"],
        ["src/routes/sign-up.tsx"],
        ["src/workspace/shell.tsx", "src/tasks/tasks-view.tsx"],
      ],
      firstLoadBytes: 70_000,
    }),
  ],
  build: {
    target: "baseline-widely-available",
    // A data: address would need an exception in the content security policy for every kind of asset.
    assetsInlineLimit: 0,
    manifest: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Every view needs all of these libraries, and one file of them compresses better than several.
        codeSplitting: { groups: [{ name: "libraries", test: /node_modules/ }] },
      },
    },
  },
  server: {
    proxy: {
      // The server refuses writes from a foreign origin, and the dev page's own origin is one.
      "^/docket\\.": { target: server, changeOrigin: true, headers: { origin: server } },
    },
  },
});
