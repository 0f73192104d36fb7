//! Strings that break things.

/// The Big List of Naughty Strings: what people, machines and attackers type into fields.
pub fn naughty_strings() -> Vec<String> {
    serde_json::from_str(include_str!("../vectors/blns.json")).expect("the file is a list of strings")
}
