/** Says what the first load weighs, and fails the build when it is too much. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 150_000;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const gzip = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

const first = new Set();
const visit = (key) => {
  const chunk = manifest[key];
  if (!chunk || first.has(chunk.file)) return;
  first.add(chunk.file);
  for (const next of chunk.imports ?? []) visit(next);
};
visit("index.html");
const scripts = [...first].filter((file) => file.endsWith(".js"));
const total = scripts.reduce((sum, file) => sum + gzip(file), 0);
console.log(
  `first load: ${(total / 1000).toFixed(1)} kB gzip of script in ${scripts.length} files`,
);
const rest = Object.values(manifest)
  .filter((chunk) => chunk.file.endsWith(".js") && !first.has(chunk.file))
  .map((chunk) => [gzip(chunk.file), chunk.file])
  .sort((a, b) => b[0] - a[0]);
for (const [size, file] of rest.slice(0, 8))
  console.log(`  later: ${(size / 1000).toFixed(1)} kB ${file}`);
if (total > LIMIT) {
  console.error(`more than ${LIMIT / 1000} kB`);
  process.exit(1);
}
