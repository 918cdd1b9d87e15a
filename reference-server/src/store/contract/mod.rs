//! What every backend must keep: one suite, run over each of them.

pub(super) mod accepting;
pub(super) mod keeping;
pub(super) mod reading;
pub(super) mod working;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::*;

const HOLD: Duration = Duration::from_secs(60);
const EXPIRED: Duration = Duration::ZERO;

type Shared = Arc<dyn Store>;

/// One test per check, each over a new and empty store: `$open` is an async function that returns the store and whatever
/// must live as long. Attributes before it go to each test.
macro_rules! contract_suite {
    ($(#[$attribute:meta])* $open:path) => {
        crate::store::contract::contract_suite! { @all [$(#[$attribute])*] $open;
            accepting::the_first_copy_is_new_and_every_other_a_duplicate,
            accepting::concurrent_copies_have_one_winner,
            accepting::keys_differ_by_every_byte_of_every_part,
            working::events_are_leased_in_order_of_arrival_and_only_once,
            working::an_expired_lease_gives_the_event_back_and_loses_its_right,
            working::two_conclusions_of_one_lease_leave_one_effect,
            working::a_retry_comes_back_after_its_wait,
            working::an_event_without_effect_is_done,
            working::waiting_for_work_ends_when_work_comes,
            working::a_follow_up_is_queued_with_the_effect,
            working::each_task_has_a_queue_and_a_fence_of_its_own,
            reading::effects_are_found_by_call_and_prefix_and_ordered_by_key,
            reading::depth_counts_what_is_not_finished,
            reading::the_latest_calls_come_first_and_once,
            reading::the_oldest_waiting_event_has_a_time,
            keeping::a_dead_letter_is_kept_and_not_leased_again,
            keeping::a_closed_store_says_so,
            keeping::what_comes_after_the_newest_was_removed_is_handled,
            keeping::a_batch_ends_with_the_body_that_fills_it,
            keeping::a_dead_letter_is_shown_and_revived,
            keeping::what_is_finished_and_old_is_pruned,
            keeping::a_forgotten_call_leaves_only_hashes,
        }
    };
    (@all $attributes:tt $open:path; $($group:ident :: $check:ident,)*) => {
        $(crate::store::contract::contract_suite! { @one $attributes $open; $group :: $check })*
    };
    (@one [$($attribute:tt)*] $open:path; $group:ident :: $check:ident) => {
        #[tokio::test(flavor = "multi_thread")]
        $($attribute)*
        async fn $check() {
            let (store, _guard) = $open().await;
            crate::store::contract::$group::$check(store).await;
        }
    };
}
pub(super) use contract_suite;

mod memory {
    use std::sync::Arc;

    async fn open() -> (Arc<dyn super::Store>, ()) {
        (Arc::new(super::MemoryStore::default()), ())
    }

    super::contract_suite!(open);
}

fn key(call_id: &str, event_type: &str, timestamp: &str) -> IdempotencyKey {
    IdempotencyKey {
        call_id: call_id.to_owned(),
        event_type: event_type.to_owned(),
        timestamp: timestamp.to_owned(),
    }
}

fn body(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

fn effect(kind: &'static str) -> Effect {
    Effect {
        kind,
        data: json!({"null": null, "n": 1}),
    }
}

fn nothing() -> Conclusion {
    Conclusion::Done {
        effect: None,
        next: Vec::new(),
    }
}

fn done(kind: &'static str) -> Conclusion {
    Conclusion::Done {
        effect: Some(effect(kind)),
        next: Vec::new(),
    }
}

async fn accept(store: &Shared, call_id: &str) -> Acceptance {
    store
        .accept(key(call_id, "call.ended", "t"), body("{}"))
        .await
        .unwrap()
}

async fn lease_one(store: &Shared, hold: Duration) -> Lease {
    store.lease(Task::Handle, 1, hold).await.unwrap().remove(0)
}

async fn conclude(store: &Shared, lease: &Lease, conclusion: Conclusion) -> usize {
    store
        .conclude(vec![(lease.clone(), conclusion)])
        .await
        .unwrap()
}

async fn all_effects(store: &Shared) -> Vec<EffectRecord> {
    store.effects(Scope::Prefix(String::new())).await.unwrap()
}

async fn is_idle(store: &Shared) -> bool {
    timeout(
        Duration::from_millis(50),
        store.lease(Task::Handle, 1, HOLD),
    )
    .await
    .is_err()
}
