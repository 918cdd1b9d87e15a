//! Databases that are not used, and what is said of them.

use super::*;

async fn refused(url: &str) -> StoreError {
    match PostgresStore::open(url).await {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn no_part_of_a_url_is_shown() {
    for url in [
        // What was meant to be a password became an option.
        "postgres://user:x@localhost/x?hunter2=y",
        "postgres://user:x@localhost:hunter2/x",
        "postgres://user:hunter2@localhost/x?sslmode=hunter2",
    ] {
        let error = refused(url).await;
        assert!(matches!(error, StoreError::Unfit(_)), "{error}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_role_or_database_that_may_lose_commits_is_refused() {
    let database = Database::new().await;
    let user = database.server.get_user().unwrap();
    for owner in [
        format!("DATABASE {}", database.name),
        format!("ROLE {user} IN DATABASE {}", database.name),
    ] {
        let alter = async |to: &str| {
            let alter = format!("ALTER {owner} {to}");
            database.of_server(&alter).await;
        };
        alter("SET synchronous_commit = off").await;
        let error = refused(&database.url()).await;
        assert!(matches!(error, StoreError::Unfit(_)), "{owner}: {error}");
        alter("RESET synchronous_commit").await;
        database.open().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_database_that_becomes_unfit_takes_nothing_until_it_is_fit_again() {
    let database = Database::new().await;
    let store = database.open().await;
    let alter = async |to: &str| {
        let alter = format!("ALTER DATABASE {} {to}", database.name);
        database.of_server(&alter).await;
    };
    alter("SET synchronous_commit = off").await;
    // A session that is open keeps what it had.
    assert_eq!(accept(&store, "before").await.unwrap(), Acceptance::New);
    let terminate = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
        database.name
    );
    database.of_server(&terminate).await;
    let unfit = async {
        while !matches!(accept(&store, "unfit").await, Err(StoreError::Unfit(_))) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, unfit).await.expect("it says so");
    alter("RESET synchronous_commit").await;
    let fit = async {
        loop {
            match accept(&store, "unfit").await {
                Ok(acceptance) => return acceptance,
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let acceptance = timeout(PATIENCE, fit).await.unwrap();
    assert_eq!(acceptance, Acceptance::New, "nothing was taken meanwhile");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_database_that_only_reads_is_refused() {
    let database = Database::new().await;
    let alter = format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        database.name
    );
    database.of_server(&alter).await;
    let error = refused(&database.url()).await.to_string();
    assert!(error.contains("does not allow writes"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn tables_of_another_version_are_left_alone() {
    let database = Database::new().await;
    database.open().await.close().await.unwrap();
    let client = database.client().await;
    client
        .batch_execute("UPDATE hamsa.layout SET version = 99")
        .await
        .unwrap();
    let error = refused(&database.url()).await;
    assert!(matches!(error, StoreError::Version { found: 99, .. }));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL"]
async fn a_wrong_password_is_not_shown() {
    let database = Database::new().await;
    let error = refused(&database.url_with("hunter2")).await;
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("28P01") && !shown.contains("hunter2"),
        "{shown}"
    );
}
