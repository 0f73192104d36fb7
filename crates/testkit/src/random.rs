//! Randomness that is the same in every run.

use std::sync::Mutex;

use docket_identity::Random;

/// A source that gives the same bytes for the same `seed` (SplitMix64).
pub fn seeded_random(seed: u64) -> Random {
    let state = Mutex::new(seed);
    Random::new(move |bytes| {
        let mut state = state.lock().expect("no holder of the lock panics");
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = *state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.copy_from_slice(&word.to_le_bytes()[..chunk.len()]);
        }
    })
}
