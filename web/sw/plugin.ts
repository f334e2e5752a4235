import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

/** Screens that open without a connection. */
const SCREENS =
  /index\.html$|\/(tickets-screen|pass-screen|receipt-screen|order-screen|i18n\/ko)\.tsx?$/;

/** Emits `sw.js` with the files of the screens that open without a connection. */
export function offline(): Plugin {
  return {
    name: "offline",
    apply: "build",
    generateBundle(_options, bundle) {
      const files = new Set(["/", "/boot.js", "/favicon.svg", "/site.webmanifest"]);
      const visit = (name: string) => {
        const chunk = bundle[name];
        if (chunk.type !== "chunk" || files.has(`/${name}`)) return;
        files.add(`/${name}`);
        chunk.imports.forEach(visit);
      };
      for (const [name, chunk] of Object.entries(bundle)) {
        if (chunk.type === "chunk" && SCREENS.test(chunk.facadeModuleId ?? "")) visit(name);
        if (/\.css$|latin-wght.*\.woff2$/.test(name)) files.add(`/${name}`);
      }
      const list = JSON.stringify([...files].sort());
      const version = createHash("sha256").update(list).digest("hex").slice(0, 12);
      const source = readFileSync(new URL("./sw.js", import.meta.url), "utf8");
      this.emitFile({
        type: "asset",
        fileName: "sw.js",
        source: source.replace("__VERSION__", version).replace('"__FILES__"', list),
      });
    },
  };
}
