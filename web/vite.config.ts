import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { offline } from "./sw/plugin";

const api = process.env.TICKETS_URL ?? "http://localhost:8080";

export default defineConfig({
  plugins: [react(), tailwindcss(), offline()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { port: 3000, proxy: { "/api": api, "/health": api } },
  build: {
    target: "es2022",
    manifest: true,
    // Everything comes from files: `data:` and inline scripts are not in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // The wallet package writes its token answer to the console.
        minify: { compress: { dropConsole: true }, mangle: true, codegen: true },
      },
    },
  },
});
