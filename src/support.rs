//! What the browser tests share.

use gloo_timers::future::TimeoutFuture;

/// Waits until a condition holds; fails after ten seconds.
pub(crate) async fn until(mut condition: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if condition() {
            return;
        }
        TimeoutFuture::new(10).await;
    }
    panic!("what the test waits for has not come");
}
