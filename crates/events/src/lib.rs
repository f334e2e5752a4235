#![doc = include_str!("../README.md")]

mod currency;
mod default_terms;
mod default_type;
mod details;
mod draft;
mod draft_check;
mod event;
mod fields;
mod ports;
mod promo_code;
mod promo_code_draft;
mod ticket_type;
mod ticket_type_draft;
mod update;
mod watch;
mod zone;

pub use currency::{Conversion, Currency, CurrencyAmount, CurrencyError, ExchangeRate};
pub use default_terms::{DefaultTerms, EventEdit};
pub use default_type::{default_price_changed_at, default_type, mark_default_change};
pub use details::{DetailsPatch, EventDetails};
pub use draft::{EventDraft, EventPatch, NetworkLimitPatch, PatchError};
pub use event::{Event, EventStatus, NotOnSale, Seats};
pub use fields::OptionPatch;
pub use ports::{EventQuery, EventReader, EventWriter, NewEvent};
pub use promo_code::{Discount, Percent, PromoCode, PromoCodeText, PromoRefusal, PromoTextError, PromoTypes};
pub use promo_code_draft::{DiscountDraft, NewPromoCode, PromoCodeDraft, PromoCodePatch, PromoPatchError};
pub use ticket_type::{ListPrice, PriceRefusal, TicketPrice, TicketType, TypeNotOnSale, Visibility};
pub use ticket_type_draft::{NewTicketType, PriceDraft, TicketTypeDraft, TicketTypePatch, TypePatchError};
pub use update::{EventChanges, EventUpdate, KnownEvent};
pub use watch::{Media, MediaKind, WatchPhase};
pub use zone::{NoSuchZone, Zone};
