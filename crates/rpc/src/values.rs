//! Values of the contracts that several parts read or write.

use chrono::{DateTime, Utc};
use docket_identity::Jwk;
use docket_proto::auth::v1::PublicKey;
use prost_types::Timestamp;

/// A time as the contracts have it. A leap second is told as the last moment before it.
pub fn timestamp(time: DateTime<Utc>) -> Timestamp {
    let nanos = time.timestamp_subsec_nanos().min(999_999_999).cast_signed();
    Timestamp { seconds: time.timestamp(), nanos }
}

/// A time of the contracts; `None` where it is out of range.
pub fn time(timestamp: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(timestamp.seconds, timestamp.nanos.try_into().ok()?)
}

/// A listed key as a JWK. Anybody may have sent it: it is judged when a verifier takes it.
pub fn jwk(PublicKey { kid, alg, kty, crv, x, y }: PublicKey) -> Jwk {
    Jwk { kid, alg, kty, crv, x, y: Some(y).filter(|y| !y.is_empty()), key_use: None, key_ops: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_and_one_out_of_range_is_none() {
        let now = DateTime::from_timestamp(1_795_262_400, 123_456_000).unwrap();
        assert_eq!(time(timestamp(now)), Some(now));
        let leap_second = DateTime::from_timestamp(1_483_228_799, 1_500_000_000).unwrap();
        assert_eq!(timestamp(leap_second), Timestamp { seconds: 1_483_228_799, nanos: 999_999_999 });
        assert_eq!(time(Timestamp { seconds: 0, nanos: -1 }), None);
        assert_eq!(time(Timestamp { seconds: i64::MAX, nanos: 0 }), None);
    }
}
