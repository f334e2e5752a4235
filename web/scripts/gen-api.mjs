/**
 * Writes the API's types from the server's OpenAPI document: `npm run gen:api [-- document]`. With `--check` it
 * only says whether the types are those of the document.
 */
import { readFileSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const args = process.argv.slice(2);
const source = args.find((arg) => !arg.startsWith("--"));
const input = new URL(source ? `file://${source}` : "../../docs/openapi.json", import.meta.url);
const output = new URL("../src/api/schema.d.ts", import.meta.url);

const document = JSON.parse(readFileSync(input, "utf8"));
const types = astToString(await openapiTS(document));
const text = `/** Generated from the server's OpenAPI document by \`npm run gen:api\`. */\n\n${types}`;
if (args.includes("--check")) {
  if (readFileSync(output, "utf8") !== text) {
    console.error("src/api/schema.d.ts is not what the server serves: run `npm run gen:api`");
    process.exit(1);
  }
} else {
  writeFileSync(output, text);
}
