//! The bound of sign-ins: Argon2id in a loop, with the memory and the threads that the server has for it.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use argon2::{Algorithm, Argon2, Block, Params, Version};

use crate::figures::Figures;

/// What the server hashes with unless it is told otherwise (OWASP).
const PARAMETERS: (u32, u32, u32) = (19_456, 2, 1);

/// Hashes for `time` on as many threads as the machine has cores, each with memory made before.
pub(crate) fn measure(time: Duration) -> anyhow::Result<Figures> {
    let (memory, iterations, lanes) = PARAMETERS;
    let parameters = Params::new(memory, iterations, lanes, None).expect("argon2 takes OWASP's parameters");
    let threads = thread::available_parallelism()?.get();
    let start = Instant::now();
    let times: Vec<Duration> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| hash_until(start + time, &parameters))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("hashing does not panic")).collect()
    });
    Figures::new(times, start.elapsed(), None).context("not one hash was made")
}

fn hash_until(end: Instant, parameters: &Params) -> Vec<Duration> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters.clone());
    let mut memory = vec![Block::new(); parameters.block_count()];
    let mut times = Vec::new();
    while Instant::now() < end {
        let start = Instant::now();
        let mut hash = [0; 32];
        argon2
            .hash_password_into_with_memory(b"violet otter canyon 7", b"sixteen bytes of", &mut hash, &mut memory)
            .expect("the lengths are argon2's own");
        times.push(start.elapsed());
    }
    times
}
