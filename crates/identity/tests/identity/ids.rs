//! The ids of accounts and sessions.

use docket_identity::{UserId, new_uuid_v7, parse_uuid};
use docket_testkit::{FakeClock, seeded_random};

#[test]
fn new_ids_are_of_version_seven_and_sort_by_their_millisecond() {
    let (clock, random) = (FakeClock::default(), seeded_random(1));
    let mut ids = Vec::new();
    for _ in 0..100 {
        ids.push(new_uuid_v7(clock.now(), &random));
        clock.advance(chrono::TimeDelta::milliseconds(1));
    }
    assert!(ids.iter().all(|id| id.get_version_num() == 7));
    assert!(ids.is_sorted());
}

#[test]
fn one_id_has_one_text() {
    let id = UserId::new(FakeClock::default().now(), &seeded_random(1));
    let text = id.to_string();
    assert_eq!(text.parse(), Ok(id));
    assert_eq!(serde_json::to_string(&id).expect("JSON"), format!("\"{text}\""));
    for other in
        [text.replace('-', ""), format!("{{{text}}}"), format!("urn:uuid:{text}"), format!(" {text}"), String::new()]
    {
        assert!(parse_uuid(&other).is_err(), "{other}");
        assert!(serde_json::from_str::<UserId>(&format!("\"{other}\"")).is_err(), "{other}");
    }
}
