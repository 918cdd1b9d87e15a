//! After the hostile cases: a receiver may acknowledge one more event before what was done to it
//! takes it down. The last of them has no follower that would notice.

use std::time::Duration;

use super::stage::Stage;
use crate::case::{Case, Stop};
use crate::scene::Scene;
use crate::sender::NoAnswer;

/// Connections that have to fail before nobody listens any more, and the time between them: one
/// may fail for other reasons.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(250);

/// Looks once more whether anybody listens, and files a fall under the last hostile case.
pub(super) async fn look_for_a_fall(scene: &Scene, last: &'static Case, stage: &mut Stage<'_>) {
    if scene.down_after().is_some() {
        return;
    }
    if let Some(why) = nobody_listens(scene).await {
        scene.note_down(last.id);
        stage.reopen(last, Err(Stop::Gone(why)));
    }
}

async fn nobody_listens(scene: &Scene) -> Option<String> {
    let mut reason = None;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        match scene.connector.open().await {
            Err(why @ NoAnswer::NotConnected(_)) => reason = Some(why.describe()),
            // A bad certificate is a listener too.
            Ok(_) | Err(_) => return None,
        }
    }
    reason
}
