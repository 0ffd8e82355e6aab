//! Waiting for what happens in its own time: by looking again until a deadline, never by hoping a pause is long enough.

use std::time::{Duration, Instant};

/// How long anything in these tests may take before it counts as never: generous, for debug builds on a busy machine.
pub const DEADLINE: Duration = Duration::from_mins(2);
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// Looks until `look` finds something; panics with `what` and the deadline otherwise.
pub async fn eventually<T, F>(what: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            begun.elapsed() < DEADLINE,
            "within {DEADLINE:?} there was never {what}"
        );
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
