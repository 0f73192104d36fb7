//! Pages of anything.

/// How many things a page may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u16);

/// The number is no page size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must not be negative")]
pub struct BadPageSize;

impl PageSize {
    const DEFAULT: u16 = 50;
    const MAX: u16 = 200;

    /// How many to read in order to know whether others follow.
    pub fn with_one_more(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl TryFrom<i32> for PageSize {
    type Error = BadPageSize;

    /// 0 is 50, and more than 200 are 200 (AIP-158).
    fn try_from(size: i32) -> Result<Self, BadPageSize> {
        match u32::try_from(size).map_err(|_| BadPageSize)? {
            0 => Ok(Self(Self::DEFAULT)),
            size => Ok(Self(u16::try_from(size).unwrap_or(Self::MAX).min(Self::MAX))),
        }
    }
}

/// What was found for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In order, at most as many as were asked for.
    pub items: Vec<T>,
    /// Whether others follow.
    pub more: bool,
}

impl<T> Page<T> {
    /// Of what was read with [`PageSize::with_one_more`] as the limit.
    pub fn of(mut found: Vec<T>, size: PageSize) -> Self {
        let more = found.len() > usize::from(size.0);
        found.truncate(size.0.into());
        Self { items: found, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_50_by_default_and_200_at_most() {
        let size = |size| PageSize::try_from(size).map(|PageSize(size)| size);
        assert_eq!([size(0), size(1), size(200)], [Ok(50), Ok(1), Ok(200)]);
        assert_eq!([size(201), size(i32::MAX)], [Ok(200), Ok(200)]);
        assert_eq!([size(-1), size(i32::MIN)], [Err(BadPageSize), Err(BadPageSize)]);
    }

    #[test]
    fn what_is_read_beyond_a_page_says_that_others_follow() {
        let size = PageSize::try_from(2).unwrap();
        let page = |found: &[u8]| Page::of(found.to_vec(), size);
        assert_eq!(size.with_one_more(), 3);
        assert_eq!(page(&[1, 2]), Page { items: vec![1, 2], more: false });
        assert_eq!(page(&[1, 2, 3]), Page { items: vec![1, 2], more: true });
    }
}
