"""Lets the official Python SDK read and verify what we write.

    python -m venv venv && venv/bin/pip install uma-sdk==1.6.0 aiohttp
    cargo run -p uma-protocol --example interop -- $(date +%s) | venv/bin/python crates/uma-protocol/tests/interop/python.py
"""

import json
import sys
from datetime import datetime, timedelta, timezone

import ecies
import uma
from uma.protocol.pubkey_response import PubkeyResponse

ours = json.load(sys.stdin)
shop = PubkeyResponse.from_json(ours["shop_keys"])
vasp = PubkeyResponse.from_json(ours["vasp_keys"])
nonces = uma.InMemoryNonceCache(datetime.now(timezone.utc) - timedelta(days=1))

assert json.loads(ours["shop_keys"])["signingPubKey"] == shop.get_signing_pubkey().hex()
for version, messages in ours["versions"].items():
    request = uma.parse_lnurlp_request(messages["lnurlp_request"])
    assert request.receiver_address == ours["receiver"], request.receiver_address
    uma.verify_uma_lnurlp_query_signature(request, vasp, nonces)

    response = uma.parse_lnurlp_response(messages["lnurlp_response"])
    assert response.is_uma_response()
    uma.verify_uma_lnurlp_response_signature(response, shop, nonces)
    assert response.currencies[0].millisatoshi_per_unit == 1000

    payreq = uma.parse_pay_request(messages["payreq"])
    assert payreq.is_uma_request() and payreq.amount == 21000
    assert payreq.sending_amount_currency_code == "SAT" and payreq.receiving_currency_code == "SAT"
    uma.verify_pay_request_signature(payreq, vasp, nonces)
    compliance = uma.compliance_from_payer_data(payreq.payer_data)
    opened = ecies.decrypt(ours["shop_encryption_private"], bytes.fromhex(compliance.encrypted_travel_rule_info))
    assert opened.decode() == ours["travel_rule"]

    answer = uma.parse_pay_req_response(messages["payreq_response"])
    assert answer.is_uma_response()
    if version == "v1":
        uma.verify_pay_req_response_signature(ours["payer"], ours["receiver"], answer, shop, nonces)
        assert answer.payment_info.amount == 21000
    print(version, "read and verified")

invoice = uma.Invoice.from_bech32_string(ours["invoice"])
uma.verify_uma_invoice_signature(invoice, shop)
assert invoice.to_bech32_string() == ours["invoice"]
assert (invoice.amount, invoice.sender_uma) == (21000, ours["payer"])
callback = uma.parse_post_transaction_callback(ours["post_transaction"])
uma.verify_post_transaction_callback_signature(callback, vasp, nonces)
assert ours["error_412"]["supportedMajorVersions"] == [1, 0]
print("keys, invoice and callback read and verified by uma-sdk")
