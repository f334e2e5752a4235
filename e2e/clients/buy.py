"""Buys a ticket with the client that openapi-python-client generates: `buy.py URL UMA_ADDRESS`.

Uses nothing but generated calls and models; a call that is not described well enough fails here.
"""
import sys
import time

from shop.api.events import list_events
from shop.api.tickets import get_ticket_status, purchase_ticket
from shop.api.users import login, register_user
from shop.client import AuthenticatedClient, Client
from shop.models import Login, NewPurchase, NewUser, PaymentState, Problem, TicketState

PATIENCE_SECONDS = 60

url, payer = sys.argv[1:]
visitor = Client(base_url=url)
person = {"email": "generated@tickets.example", "password": "a password of tests"}

registered = register_user.sync(client=visitor, body=NewUser(name="Generated", **person))
assert not isinstance(registered, Problem), registered
again = register_user.sync(client=visitor, body=NewUser(name="Generated", **person))
assert isinstance(again, Problem) and again.code == 409, again
session = login.sync(client=visitor, body=Login(**person))
assert not isinstance(session, Problem), session
buyer = AuthenticatedClient(base_url=url, token=session.data.token)

events = list_events.sync(client=visitor)
event = next(event for event in events.data if event.price_sats > 0)
order = NewPurchase(
    event_id=event.id, user_id=session.data.user.id, uma_address=payer, price_sats=event.price_sats
)
bought = purchase_ticket.sync(client=buyer, body=order, idempotency_key="generated-1")
assert not isinstance(bought, Problem), bought
assert bought.data.ticket.payment_status == TicketState.PENDING, bought
repeated = purchase_ticket.sync(client=buyer, body=order, idempotency_key="generated-1")
assert repeated.data.ticket.id == bought.data.ticket.id, repeated

end = time.monotonic() + PATIENCE_SECONDS
while True:
    seen = get_ticket_status.sync(bought.data.ticket.id, client=buyer).data
    if seen.ticket.payment_status == TicketState.PAID:
        break
    assert time.monotonic() < end, seen
    time.sleep(0.2)
assert seen.payment.status == PaymentState.PAID, seen
assert seen.ticket.ticket_code == bought.data.ticket.ticket_code, seen
print(f"a generated client bought ticket {bought.data.ticket.id} for {event.price_sats} sats")
