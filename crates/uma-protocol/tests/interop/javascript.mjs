// Lets the official JavaScript SDK read and verify what we write.
//
//   npm install --no-save @uma-sdk/core@1.5.0
//   cargo run -p uma-protocol --example interop -- $(date +%s) | node crates/uma-protocol/tests/interop/javascript.mjs
//
// Invoices are only read: this SDK puts the records of an invoice in an order of its own before it verifies, and so
// cannot verify anybody's, its own included.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const uma = createRequire(`${process.cwd()}/`)("@uma-sdk/core");
const ours = JSON.parse(readFileSync(0, "utf8"));
const shop = uma.PubKeyResponse.fromJson(ours.shop_keys);
const vasp = uma.PubKeyResponse.fromJson(ours.vasp_keys);
const nonces = new uma.InMemoryNonceValidator(Math.floor(Date.now() / 1000) - 86_400);

for (const [version, messages] of Object.entries(ours.versions)) {
  const request = uma.parseLnurlpRequest(new URL(messages.lnurlp_request));
  assert(uma.isLnurlpRequestForUma(request));
  assert(await uma.verifyUmaLnurlpQuerySignature(request, vasp, nonces));

  const response = uma.LnurlpResponse.fromJson(messages.lnurlp_response);
  assert(response.isUma());
  assert(await uma.verifyUmaLnurlpResponseSignature(response, shop, nonces));

  const payreq = uma.PayRequest.fromJson(messages.payreq);
  assert(payreq.isUma());
  assert.equal(payreq.umaMajorVersion, version === "v1" ? 1 : 0);
  assert(await uma.verifyPayReqSignature(payreq, vasp, nonces));

  const answer = uma.PayReqResponse.fromJson(messages.payreq_response);
  assert.equal(answer.umaMajorVersion, version === "v1" ? 1 : 0);
  if (version === "v1") {
    assert(answer.isUma());
    assert(await uma.verifyPayReqResponseSignature(answer, ours.payer, ours.receiver, shop, nonces));
  }
  console.log(version, "read and verified");
}
const invoice = uma.InvoiceSerializer.fromBech32(ours.invoice);
assert.equal(invoice.amount, 21000);
assert.equal(invoice.receiverUma, ours.receiver);
assert.equal(invoice.invoiceUUID, "47f58e51-67ae-4f45-9293-fb8b32a2e320");
const callback = uma.parsePostTransactionCallback(ours.post_transaction);
assert(await uma.verifyPostTransactionCallbackSignature(callback, vasp, nonces));
console.log("keys, invoice and callback read by @uma-sdk/core");
