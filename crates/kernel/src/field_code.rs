/// Declares the codes once: their variants, their words and the list of all.
macro_rules! field_codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)+) => {
        /// What is wrong with a field of a request: a stable word for programs, from a closed list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FieldCode {
            $($(#[$doc])* $variant,)+
        }

        impl FieldCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word in the API.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}

field_codes! {
    /// Nothing visible in it.
    Empty = "empty",
    /// Left out.
    Missing = "missing",
    /// Given more than once.
    Duplicate = "duplicate",
    /// Too many characters or bytes.
    TooLong = "too_long",
    /// Too few characters.
    TooShort = "too_short",
    /// Control characters, or such as cannot be seen or change the direction of text.
    InvisibleCharacters = "invisible_characters",
    /// One of the most common passwords.
    CommonPassword = "common_password",
    /// Not the account's current password.
    WrongPassword = "wrong_password",
    /// Not an email address.
    NotAnEmailAddress = "not_an_email_address",
    /// Not a UMA or Lightning address.
    NotAPaymentAddress = "not_a_payment_address",
    /// Not a payment hash.
    NotAPaymentHash = "not_a_payment_hash",
    /// Not a web address of an allowed scheme.
    NotAUrl = "not_a_url",
    /// Not a time, or one outside the supported years.
    NotATime = "not_a_time",
    /// Not later than now.
    NotInFuture = "not_in_future",
    /// Not later than the start.
    NotAfterStart = "not_after_start",
    /// Not later than the end.
    NotAfterEnd = "not_after_end",
    /// Not a time zone of the IANA database.
    UnknownTimeZone = "unknown_time_zone",
    /// Not a number of the documented kind.
    NotANumber = "not_a_number",
    /// Neither true nor false.
    NotABoolean = "not_a_boolean",
    /// Not a string.
    NotAText = "not_a_text",
    /// Not a list.
    NotAList = "not_a_list",
    /// Outside the allowed range.
    OutOfRange = "out_of_range",
    /// Below the smallest allowed number.
    TooSmall = "too_small",
    /// Above the largest allowed number.
    TooLarge = "too_large",
    /// Not one of the documented values.
    UnknownValue = "unknown_value",
    /// Fewer seats than are sold or held.
    CapacityBelowSold = "capacity_below_sold",
    /// A link's token that is used, expired or unknown.
    ExpiredLink = "expired_link",
    /// A wallet connection that cannot pay here.
    UnusableWallet = "unusable_wallet",
    /// A wallet that does not answer.
    UnreachableWallet = "unreachable_wallet",
    /// Anything else.
    Invalid = "invalid",
}
