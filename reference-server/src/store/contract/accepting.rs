//! Accepts: one winner per key, whatever comes at once.

use super::*;

pub(crate) async fn the_first_copy_is_new_and_every_other_a_duplicate(store: Shared) {
    let key = || key("c", "call.ended", "t");
    assert_eq!(
        store.accept(key(), body("{}")).await.unwrap(),
        Acceptance::New
    );
    let same = store.accept(key(), body("{}")).await.unwrap();
    assert_eq!(same, Acceptance::Duplicate { altered: false });
    let other = store.accept(key(), body("{ }")).await.unwrap();
    assert_eq!(other, Acceptance::Duplicate { altered: true });
    let lease = lease_one(&store, HOLD).await;
    assert_eq!(
        (lease.attempt, lease.key, lease.body),
        (1, key(), body("{}"))
    );
}

pub(crate) async fn concurrent_copies_have_one_winner(store: Shared) {
    for round in 0..20 {
        let mut copies = JoinSet::new();
        for _ in 0..16 {
            let store = Arc::clone(&store);
            copies.spawn(async move { accept(&store, &format!("c{round}")).await });
        }
        let answers = copies.join_all().await;
        let winners = answers
            .iter()
            .filter(|answer| **answer == Acceptance::New)
            .count();
        assert_eq!(winners, 1, "{answers:?}");
    }
    assert_eq!(store.depth().await.unwrap().pending, 20);
}

pub(crate) async fn keys_differ_by_every_byte_of_every_part(store: Shared) {
    for (call_id, event_type, timestamp) in [
        ("a", "b", "c"),
        ("A", "b", "c"),
        ("a ", "b", "c"),
        ("a\0", "b", "c"),
        ("a:b", "c", "d"),
        ("a", "b:c", "d"),
        ("é", "b", "c"),
        ("e\u{301}", "b", "c"),
        ("a", "B", "c"),
        ("a", "b", "c0"),
        ("'; DROP TABLE event; --", "%", "_"),
    ] {
        let key = key(call_id, event_type, timestamp);
        assert_eq!(
            store.accept(key.clone(), body("x")).await.unwrap(),
            Acceptance::New,
            "{key:?}"
        );
        let lease = lease_one(&store, HOLD).await;
        assert_eq!(lease.key, key);
        assert_eq!(conclude(&store, &lease, done("k")).await, 1);
        let found = store
            .effects(Scope::Call(call_id.to_owned()))
            .await
            .unwrap();
        assert!(found.iter().any(|effect| effect.key == key), "{key:?}");
    }
    assert_eq!(all_effects(&store).await.len(), 11);
}
