use crate::{
    inventory::{Inventory, InventoryDelta, OrderLimits},
    order::{NewOrder, OrderKind, OrderLine, OrderStatus, total_of},
    order_request::{
        Issuance, LineRefusal, LineRequest, OrderRefusal, OrderRequest, Placement, PlannedTicket, Quote,
        ShownPrice,
    },
    ticket::TicketStatus,
};
use chrono::TimeDelta;
use events::{NotOnSale, PriceRefusal, PromoCode, PromoRefusal, TicketType, TypeNotOnSale};
use kernel::{Locked, Sats, TicketTypeId, Timestamp};
use std::collections::BTreeSet;

/// Validity of a quote.
pub const QUOTE_VALIDITY: TimeDelta = TimeDelta::minutes(2);

/// Decides an order: all of it or nothing. Total and pure; the caller writes the placement and takes [`Placement::taken`] from the
/// inventory before it decides the next order of a batch.
pub fn place(
    inventory: &Locked<Inventory>,
    request: &OrderRequest,
    now: Timestamp,
) -> Result<Placement, OrderRefusal> {
    let checked = check(inventory, request, now)?;
    let priced = price(inventory, request, &checked, now)?;
    let issuance = issuance(request, priced.total)?;
    // A guest's free order is counted when its email address is confirmed.
    if let Some(promo_code) = checked.promo_code
        && request.buyer.key().is_none()
        && issuance != Issuance::EmailConfirmation
    {
        promo_code.check_buyer(None)?;
    }
    let at_once = issuance == Issuance::AtOnce;
    let status = if at_once { TicketStatus::Paid } else { TicketStatus::Pending };
    let mut taken =
        InventoryDelta { promo_code: checked.promo_code.map(|code| code.id), ..InventoryDelta::default() };
    let mut tickets = Vec::new();
    for line in &priced.lines {
        taken.add(line.ticket_type_id, line.quantity);
        let ticket = PlannedTicket { ticket_type_id: line.ticket_type_id, price: line.unit_price(), status };
        tickets.extend((0..line.quantity).map(|_| ticket));
    }
    let order = NewOrder {
        event_id: inventory.event.id,
        kind: request.kind,
        buyer: request.buyer.clone(),
        lines: priced.lines,
        total: priced.total,
        promo_code: taken.promo_code,
        status: match issuance {
            Issuance::AtOnce => OrderStatus::Paid,
            Issuance::Payment => OrderStatus::Pending,
            Issuance::EmailConfirmation => OrderStatus::AwaitingConfirmation,
        },
        hold_expires_at: (!at_once).then_some(request.hold_expires_at),
        issued_at: at_once.then_some(now),
        created_at: now,
    };
    Ok(Placement { due: priced.total.to_msats(), order, tickets, taken, issuance })
}

/// Prices an order as [`place`] would charge it now, by the same rules except those that need the buyer's contact. Takes nothing, so
/// no lock is needed, and ignores [`OrderRequest::shown`].
pub fn quote(inventory: &Inventory, request: &OrderRequest, now: Timestamp) -> Result<Quote, OrderRefusal> {
    let request = OrderRequest { shown: None, ..request.clone() };
    let checked = check(inventory, &request, now)?;
    let Priced { lines, total } = price(inventory, &request, &checked, now)?;
    Ok(Quote {
        event_id: inventory.event.id,
        promo_code: checked.promo_code.map(|code| code.id),
        lines,
        total,
        expires_at: now.checked_add_signed(QUOTE_VALIDITY).unwrap_or(now),
    })
}

/// A request of which everything but prices is checked.
struct Checked<'a> {
    lines: Vec<(&'a LineRequest, &'a TicketType)>,
    promo_code: Option<&'a PromoCode>,
}

struct Priced {
    lines: Vec<OrderLine>,
    total: Sats,
}

fn check<'a>(
    inventory: &'a Inventory,
    request: &'a OrderRequest,
    now: Timestamp,
) -> Result<Checked<'a>, OrderRefusal> {
    if request.kind == OrderKind::Complimentary {
        return check_complimentary(inventory, request, now);
    }
    inventory.event.on_sale(now)?;
    let requested = check_quantities(request, inventory.limits.tickets_per_order())?;
    let types = request.lines.iter().map(|line| line.ticket_type_id);
    let promo_code = match &request.promo_code {
        None => None,
        Some(text) => {
            let promo_code = inventory.promo_code(text).ok_or(PromoRefusal::Unknown)?;
            promo_code.check(inventory.event.id, types, now)?;
            Some(promo_code)
        }
    };
    let mut lines = Vec::with_capacity(request.lines.len());
    for (index, line) in request.lines.iter().enumerate() {
        let ticket_type = check_line(inventory, line, promo_code, now)
            .map_err(|reason| refused(index, line.ticket_type_id, reason))?;
        lines.push((line, ticket_type));
    }
    inventory.check_seats(lines.iter().map(|(line, one)| (one.id, line.quantity)))?;
    let key = request.buyer.key();
    let usage = key.as_ref().map(|key| inventory.usage(key)).unwrap_or_default();
    inventory.limits.check_buyer(usage.tickets, requested)?;
    if let Some(promo_code) = promo_code.filter(|_| key.is_some()) {
        let uses = usage.promo_uses.get(&promo_code.id).copied().unwrap_or_default();
        promo_code.check_buyer(Some(uses))?;
    }
    Ok(Checked { lines, promo_code })
}

/// See [`OrderRequest::kind`].
fn check_complimentary<'a>(
    inventory: &'a Inventory,
    request: &'a OrderRequest,
    now: Timestamp,
) -> Result<Checked<'a>, OrderRefusal> {
    match inventory.event.on_sale(now) {
        Ok(()) | Err(NotOnSale::Inactive) => {}
        Err(ended) => return Err(ended.into()),
    }
    check_quantities(request, OrderLimits::MAX_TICKETS_PER_ORDER)?;
    let quoted = matches!(request.shown, Some(ShownPrice::Quote(_)));
    if quoted || request.promo_code.is_some() || request.lines.iter().any(|line| line.chosen.is_some()) {
        return Err(OrderRefusal::NothingToPay);
    }
    let lines = request.lines.iter().enumerate().map(|(index, line)| {
        let ticket_type = inventory.ticket_type(line.ticket_type_id);
        let ticket_type =
            ticket_type.ok_or_else(|| refused(index, line.ticket_type_id, LineRefusal::UnknownType))?;
        if ticket_type.archived_at.is_some() {
            return Err(refused(index, line.ticket_type_id, TypeNotOnSale::Archived.into()));
        }
        Ok((line, ticket_type))
    });
    let lines = lines.collect::<Result<Vec<_>, OrderRefusal>>()?;
    inventory.check_seats(lines.iter().map(|(line, one)| (one.id, line.quantity)))?;
    Ok(Checked { lines, promo_code: None })
}

const fn refused(line: usize, ticket_type_id: TicketTypeId, reason: LineRefusal) -> OrderRefusal {
    OrderRefusal::Line { line, ticket_type_id, reason }
}

/// Checks that there are lines, of different types, with tickets, within the limit per order. Returns the number of tickets.
fn check_quantities(request: &OrderRequest, limit: u32) -> Result<u32, OrderRefusal> {
    if request.lines.is_empty() {
        return Err(OrderRefusal::NoLines);
    }
    let mut types = BTreeSet::new();
    let mut requested = 0_u64;
    for (index, line) in request.lines.iter().enumerate() {
        if line.quantity == 0 {
            return Err(refused(index, line.ticket_type_id, LineRefusal::NoQuantity));
        }
        if !types.insert(line.ticket_type_id) {
            return Err(refused(index, line.ticket_type_id, LineRefusal::DuplicateType));
        }
        requested = requested.saturating_add(line.quantity.into());
    }
    let within = u32::try_from(requested).ok().filter(|requested| *requested <= limit);
    within.ok_or(OrderRefusal::TooManyPerOrder { limit, requested })
}

fn check_line<'a>(
    inventory: &'a Inventory,
    line: &LineRequest,
    promo_code: Option<&PromoCode>,
    now: Timestamp,
) -> Result<&'a TicketType, LineRefusal> {
    let offered = |one: &&TicketType| {
        one.is_public() || promo_code.is_some_and(|promo_code| promo_code.unlocks(one.id))
    };
    let ticket_type =
        inventory.ticket_type(line.ticket_type_id).filter(offered).ok_or(LineRefusal::UnknownType)?;
    ticket_type.in_sale_window(now)?;
    if line.quantity < ticket_type.min_per_order {
        return Err(LineRefusal::BelowMinimum { min: ticket_type.min_per_order });
    }
    match ticket_type.max_per_order {
        Some(max) if line.quantity > max => Err(LineRefusal::AboveMaximum { max }),
        _ => Ok(ticket_type),
    }
}

/// Prices of the lines: those of a valid quote, else those of now, which must add up to the total that was shown.
fn price(
    inventory: &Inventory,
    request: &OrderRequest,
    checked: &Checked<'_>,
    now: Timestamp,
) -> Result<Priced, OrderRefusal> {
    let (quoted, shown) = match &request.shown {
        None => (None, None),
        Some(ShownPrice::Total(total)) => (None, Some(*total)),
        Some(ShownPrice::Quote(quote)) if !is_quote_of(quote, inventory, checked) => {
            return Err(OrderRefusal::QuoteMismatch);
        }
        Some(ShownPrice::Quote(quote)) => {
            (Some(&quote.lines).filter(|_| now < quote.expires_at), Some(quote.total))
        }
    };
    let lines = match quoted {
        Some(lines) => lines.clone(),
        None if request.kind == OrderKind::Complimentary => complimentary_lines(checked),
        None => lines_of_now(inventory, checked, now)?,
    };
    let total = total_of(&lines).map_err(|_| OrderRefusal::TotalTooLarge)?;
    if shown.is_some_and(|shown| shown != total) {
        return Err(OrderRefusal::PriceChanged { total, lines });
    }
    Ok(Priced { lines, total })
}

fn complimentary_lines(checked: &Checked<'_>) -> Vec<OrderLine> {
    let free = checked.lines.iter().map(|(line, ticket_type)| OrderLine {
        ticket_type_id: ticket_type.id,
        quantity: line.quantity,
        list_price: Sats::ZERO,
        discount: Sats::ZERO,
        conversion: None,
    });
    free.collect()
}

fn lines_of_now(
    inventory: &Inventory,
    checked: &Checked<'_>,
    now: Timestamp,
) -> Result<Vec<OrderLine>, OrderRefusal> {
    let priced = checked.lines.iter().enumerate().map(|(index, (line, ticket_type))| {
        let list = ticket_type.price.list_price(line.chosen, &inventory.rates, now).map_err(|refusal| {
            let reason = match refusal {
                PriceRefusal::NoRate { currency } => TypeNotOnSale::NoRate { currency }.into(),
                PriceRefusal::BelowMinimum { min } => LineRefusal::AmountTooSmall { min },
                PriceRefusal::NotChoosable => LineRefusal::AmountNotChoosable,
                PriceRefusal::TooLarge => LineRefusal::PriceTooLarge,
            };
            refused(index, ticket_type.id, reason)
        })?;
        let off = checked.promo_code.map_or(Sats::ZERO, |code| code.amount_off(ticket_type, list.sats));
        Ok(OrderLine {
            ticket_type_id: ticket_type.id,
            quantity: line.quantity,
            list_price: list.sats,
            discount: off,
            conversion: list.conversion,
        })
    });
    priced.collect()
}

/// Whether a quote prices exactly this request: event, code, lines and chosen amounts.
fn is_quote_of(quote: &Quote, inventory: &Inventory, checked: &Checked<'_>) -> bool {
    quote.event_id == inventory.event.id
        && quote.promo_code == checked.promo_code.map(|code| code.id)
        && quote.lines.len() == checked.lines.len()
        && quote.lines.iter().zip(&checked.lines).all(|(quoted, (line, _))| {
            quoted.ticket_type_id == line.ticket_type_id
                && quoted.quantity == line.quantity
                && line.chosen.is_none_or(|chosen| chosen == quoted.list_price)
        })
}

fn issuance(request: &OrderRequest, total: Sats) -> Result<Issuance, OrderRefusal> {
    let buyer = &request.buyer;
    match (buyer.user_id, &buyer.email) {
        _ if request.kind == OrderKind::Complimentary => Ok(Issuance::AtOnce),
        (Some(_), _) if !total.is_zero() => Ok(Issuance::Payment),
        (Some(_), _) if request.free_allowed => Ok(Issuance::AtOnce),
        (Some(_), _) => Err(OrderRefusal::EmailNotProved),
        (None, None) if total.is_zero() => Err(OrderRefusal::EmailMissing),
        (None, None) if buyer.payer_address.is_none() => Err(OrderRefusal::BuyerMissing),
        (None, _) if !total.is_zero() => Ok(Issuance::Payment),
        (None, Some(email)) if email.confirmed_at.is_some() => Ok(Issuance::AtOnce),
        (None, _) => Ok(Issuance::EmailConfirmation),
    }
}
