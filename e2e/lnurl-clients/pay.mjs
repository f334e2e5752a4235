// Prints the invoice of the order behind a link: `pay.mjs URL LNURL SATS`.
import assert from "node:assert/strict";
import { requestInvoiceWithServiceParams, requestPayServiceParams } from "lnurl-pay";

const [, lnurl, sats] = process.argv.slice(2);
const tokens = Number(sats);
const params = await requestPayServiceParams({ lnUrlOrAddress: lnurl });
assert.deepEqual([params.min, params.max, params.fixed], [tokens, tokens, true]);
const answer = await requestInvoiceWithServiceParams({ params, tokens, validateInvoice: true });
assert.ok(answer.hasValidAmount, "amount");
assert.ok(answer.hasValidDescriptionHash, "description hash");
console.log(answer.invoice);
