"""Prints the invoice of the order behind a link: `pay.py URL LNURL SATS`."""

import asyncio
import sys

import lnurl


async def main(url: str, bech32: str, sats: int) -> None:
    for link in (url, bech32):
        terms = await (lnurl.get(link) if link == url else lnurl.handle(link))
        assert isinstance(terms, lnurl.LnurlPayResponse), terms
        assert (terms.min_sats, terms.max_sats) == (sats, sats), terms
    answer = await lnurl.execute_pay_request(terms, sats * 1000)
    print(answer.pr)


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
