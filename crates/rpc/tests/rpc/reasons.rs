//! The table of reasons in the code and the published one are the same.

use std::collections::BTreeSet;

use docket_rpc::Reason;
use tonic::Code;

const PUBLISHED: &str = include_str!("../../../../specs/errors.md");

/// The name that gRPC gives a code ("gRPC status codes").
fn name(code: Code) -> String {
    format!("{code:?}")
        .char_indices()
        .flat_map(|(index, letter)| {
            let gap = (index > 0 && letter.is_uppercase()).then_some('_');
            gap.into_iter().chain(letter.to_uppercase())
        })
        .collect()
}

#[test]
fn every_reason_of_the_code_is_published_with_its_code_and_no_other_is() {
    let cell = |text: &str| Some(text.trim().strip_prefix('`')?.strip_suffix('`')?.to_owned());
    let published: Vec<(String, String)> = PUBLISHED
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|');
            Some((cell(cells.next()?)?, cell(cells.next()?)?))
        })
        .collect();
    let in_code: Vec<(String, String)> =
        Reason::ALL.iter().map(|reason| (reason.name().to_owned(), name(reason.code()))).collect();
    assert_eq!(published, in_code);
    assert_eq!(BTreeSet::from_iter(&in_code).len(), in_code.len(), "no name stands twice");
}
