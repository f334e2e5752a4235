use super::env::Reader;
use box_office::HoldLimits;

/// Quotas on outstanding seats; none with `RATE_LIMITS=off`.
pub(super) fn read(reader: &mut Reader<'_>) -> HoldLimits {
    let bounds = (0, 1_000_000);
    let limits = HoldLimits {
        account: reader.number("HOLDS_PER_ACCOUNT", bounds, 10),
        payer: reader.number("HOLDS_PER_PAYER", bounds, 10),
        network: reader.number("HOLDS_PER_NETWORK", bounds, 40),
        network_percent: reader.number("HOLDS_PER_NETWORK_PERCENT", (0, 100), 20),
        site_factor: reader.number("HOLDS_PER_SITE_FACTOR", (0, 1_000), 2),
    };
    if reader.boolean("RATE_LIMITS", true) { limits } else { HoldLimits::NONE }
}
