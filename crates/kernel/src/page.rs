/// A window on a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Page {
    limit: u32,
    offset: u32,
}

impl Page {
    /// The largest page there is.
    pub const MAX_LIMIT: u32 = 100;
    /// Default page size.
    pub const DEFAULT_LIMIT: u32 = 50;

    /// Limits are brought into 1–100: a list never fails for its page size.
    pub fn new(limit: Option<u32>, offset: Option<u32>) -> Self {
        Self {
            limit: limit.unwrap_or(Self::DEFAULT_LIMIT).clamp(1, Self::MAX_LIMIT),
            offset: offset.unwrap_or(0).min(i32::MAX.unsigned_abs()),
        }
    }

    /// A page as long as one may be, from the beginning.
    pub const fn largest() -> Self {
        Self { limit: Self::MAX_LIMIT, offset: 0 }
    }

    /// Rows at most, as a length.
    pub fn size(self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }

    /// Rows at most.
    pub const fn limit(self) -> u32 {
        self.limit
    }

    /// Rows skipped.
    pub const fn offset(self) -> u32 {
        self.offset
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::new(None, None)
    }
}
