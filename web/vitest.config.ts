import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  // A test compares the catalogues with the codes that the API's description lists.
  server: { fs: { allow: [".", "../docs"] } },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://localhost:3000/" } },
    setupFiles: ["src/test/setup.ts"],
    css: false,
    testTimeout: 30_000,
    env: { TZ: "UTC" },
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
