//! Keys, bodies and effects that other databases would not take.

use super::*;
use crate::store::{Depth, PAGE_BYTES, Scope};

/// Accepts, handles and concludes one event each.
async fn handle(store: &PostgresStore, call_ids: &[String], conclusion: &Conclusion) {
    for call_id in call_ids {
        assert_eq!(accept(store, call_id).await.unwrap(), Acceptance::New);
    }
    let leases = lease(store, call_ids.len(), HOLD).await;
    let concluded: Vec<_> = leases
        .into_iter()
        .map(|l| (l, conclusion.clone()))
        .collect();
    assert_eq!(store.conclude(concluded).await.unwrap(), call_ids.len());
}

async fn call_ids(store: &PostgresStore, scope: Scope) -> Vec<String> {
    let effects = store.effects(scope).await.unwrap();
    effects
        .into_iter()
        .map(|effect| effect.key.call_id)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn keys_of_any_length_are_told_apart_found_and_ordered() {
    let database = Database::new().await;
    let store = database.open().await;
    let long = "x".repeat(100_000);
    // In order: behind the longest prefix that an index takes, and before it.
    let ids = ["w", &long, &format!("{long}a"), &format!("{long}b"), "y"].map(str::to_owned);
    let mut shuffled = ids.clone();
    shuffled.swap(0, 3);
    handle(&store, &shuffled, &done()).await;
    assert_eq!(call_ids(&store, Scope::Prefix(String::new())).await, ids);
    assert_eq!(
        call_ids(&store, Scope::Prefix(long.clone())).await,
        ids[1..4]
    );
    assert_eq!(
        call_ids(&store, Scope::Call(ids[2].clone())).await,
        ids[2..3]
    );
    assert_eq!(store.forget(long).await.unwrap(), 1);
    assert_eq!(
        call_ids(&store, Scope::Prefix("x".to_owned())).await,
        ids[2..4]
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_page_ends_with_the_record_that_fills_it() {
    let database = Database::new().await;
    let store = database.open().await;
    let conclusion = Conclusion::Done {
        effect: Some(Effect {
            kind: "k",
            data: json!("x".repeat(PAGE_BYTES / 3)),
        }),
        next: Vec::new(),
    };
    let ids: Vec<String> = (0..7).map(|number| number.to_string()).collect();
    handle(&store, &ids, &conclusion).await;
    let page = async |after| {
        let scope = Scope::Prefix(String::new());
        store.effects_after(scope, after).await.unwrap()
    };
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let records = page(after).await;
        let Some(last) = records.last() else { break };
        after = Some(last.key.clone());
        pages.push(records.len());
    }
    assert_eq!(pages, [3, 3, 1]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn zero_bytes_are_kept_where_they_are_data() {
    let database = Database::new().await;
    let store = database.open().await;
    let data = json!({"text": "a\u{0}b", "\u{0}": ["\u{ffff}\u{10ffff}"]});
    let conclusion = Conclusion::Done {
        effect: Some(Effect {
            kind: "k",
            data: data.clone(),
        }),
        next: vec![Task::Crm],
    };
    handle(&store, &["c".to_owned()], &conclusion).await;
    let effects = store.effects(Scope::Call("c".to_owned())).await.unwrap();
    assert_eq!(effects[0].data, data);

    let sink = store.lease(Task::Crm, 1, HOLD).await.unwrap().remove(0);
    let reason = "said a\u{0}b".to_owned();
    let dead = (sink, Conclusion::Dead { reason });
    assert_eq!(store.conclude(vec![dead]).await.unwrap(), 1);
    let letters = store.dead_letters(9).await.unwrap();
    assert_eq!(letters[0].reason, "said a\u{fffd}b");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn of_a_forgotten_call_only_hash_and_time_are_left() {
    let database = Database::new().await;
    let store = database.open().await;
    handle(&store, &["secret".to_owned()], &done()).await;
    accept(&store, "secret-too").await.unwrap();
    assert_eq!(store.forget("secret".to_owned()).await.unwrap(), 1);
    let rows = database
        .client()
        .await
        .query(
            "SELECT coalesce(event.*::text, '') || coalesce(effect.*::text, '') AS row, body IS NULL
             FROM hamsa.event FULL JOIN hamsa.effect ON id = event_id ORDER BY id",
            &[],
        )
        .await
        .unwrap();
    let secret = "secret".bytes().map(|byte| format!("{byte:02x}"));
    let secret: String = secret.collect();
    let holds = |index: usize| rows[index].get::<_, String>(0).contains(&secret);
    assert!(rows[0].get::<_, bool>(1) && !holds(0), "erased");
    assert!(!rows[1].get::<_, bool>(1) && holds(1), "kept");
    assert_eq!(rows.len(), 2);
    assert_eq!(store.depth().await.unwrap().pending, 1);
    assert_ne!(store.depth().await.unwrap(), Depth::default());
}
