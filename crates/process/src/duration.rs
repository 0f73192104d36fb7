//! Durations in flags.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_secs(1);
/// Durations are added to dates; ten years keep the sum in the range of dates.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 86_400);

/// Parses a duration such as `90s`, `10m`, `12h` or `7d`: a `value_parser` for flags.
///
/// # Errors
/// The expected form, where the text is not a duration, or not between one second and ten years.
pub fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    let duration = humantime::parse_duration(text).map_err(|_| "expected a duration such as 90s, 10m, 12h or 7d")?;
    let is_within = (SHORTEST..=LONGEST).contains(&duration);
    if is_within { Ok(duration) } else { Err("expected a duration of one second to ten years") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        let seconds = |text| parse_duration(text).map(|duration| duration.as_secs());
        assert_eq!(["90s", "10m", "12h", "7d", "1h 30m"].map(seconds), [90, 600, 43_200, 604_800, 5_400].map(Ok));
        for none in ["", "soon", "90", "-1s", "s"] {
            assert!(seconds(none).is_err_and(|error| error.contains("such as")), "{none}");
        }
    }

    #[test]
    fn durations_are_between_one_second_and_ten_years() {
        for good in ["1s", "3660d"] {
            assert!(parse_duration(good).is_ok(), "{good}");
        }
        for bad in ["0s", "999ms", "3661d", "100years", "500000000000years"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }
}
