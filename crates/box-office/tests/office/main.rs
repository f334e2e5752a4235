//! Tests of the use cases with SQLite in memory, a sandbox node that signs real invoices, and scripted doubles of VASP and wallet.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod accounts;
mod address_proof;
mod check_in;
mod collecting;
mod event_cache;
mod event_updates;
mod extra_invoices;
mod give_up;
mod harness;
mod holder_notices;
mod holds;
mod invoice_checks;
mod notices;
mod order_histories;
mod order_inventory;
mod order_moves;
mod order_recount;
mod order_steps;
mod order_world;
mod orders;
mod purchases;
mod receiving;
mod recipient_limits;
mod refund_addresses;
mod refund_orders;
mod refunds;
mod settling;
mod ticket_types;
mod wallet_orders;
mod wallet_races;
mod wallets;
