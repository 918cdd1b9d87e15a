//! After the hostile cases: a receiver may acknowledge one more event before what was done to it
//! takes it down, or hangs only then. The last of them has no follower that would notice.

use std::time::Duration;

use super::stage::Stage;
use crate::case::{Case, Stop, expect};
use crate::scene::Scene;
use crate::sender::Request;

/// Events in a row that have to go unanswered before nobody is there any more, and the time between
/// them: one may for other reasons.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(250);

/// Looks once more whether anybody answers, and files a fall under the last hostile case.
pub(super) async fn look_for_a_fall(scene: &Scene, last: &'static Case, stage: &mut Stage<'_>) {
    if scene.down_after().is_some() {
        return;
    }
    if let Some(why) = nobody_answers(scene).await {
        scene.note_down(last.id);
        stage.reopen(last, Err(Stop::Gone(why)));
    }
}

/// Why valid events get no answer, if none of them gets any.
async fn nobody_answers(scene: &Scene) -> Option<String> {
    let request = plain_event(scene)?;
    let mut reason = None;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        scene.throttle.pause().await;
        let attempt = scene.connector.attempt(request.clone()).await;
        // A bad certificate is a listener too.
        if !attempt.never_connected() && !expect::dropped(&attempt) {
            return None;
        }
        reason = Some(attempt.describe());
    }
    reason
}

/// An event under a key of no case, of a type that was answered before.
fn plain_event(scene: &Scene) -> Option<Request> {
    let (event_type, _) = scene.observed.usual_status.last()?;
    let payloads = &scene.payloads;
    let fixture = payloads.by_id(&payloads.typical(event_type))?;
    let call_id = format!("{}aftermath-1", scene.prefix());
    let payload = payloads.mint(fixture, &call_id, &scene.timestamp(0));
    Some(Request::post(event_type.clone(), payload.bytes))
}
