//! Faults between requests and in odd wrappings, seen from outside; the plain receiver beside each.

use crate::support::{CREDENTIAL, Subject, event, head, post};

/// What comes back for these bytes on a connection of their own.
async fn said(name: &str, request: &[u8]) -> u16 {
    let subject = Subject::start(name).await;
    subject.connect().await.exchange(request).await.status
}

fn with_headers(headers: &str, body: &[u8]) -> Vec<u8> {
    let length = format!("{headers}Content-Length: {}\r\n", body.len());
    [head("POST", Some(CREDENTIAL), &length), body.to_vec()].concat()
}

#[tokio::test]
async fn each_fault_shows_in_its_own_stimulus_only() {
    let good = event("call.ended", "c1");
    let lengths = [
        head(
            "POST",
            Some(CREDENTIAL),
            &format!("Content-Length: 1\r\nContent-Length: {}\r\n", good.len()),
        ),
        good.clone(),
    ]
    .concat();
    let table = [
        (
            "negotiates-content",
            with_headers("Accept: text/html\r\n", &good),
            200,
            406,
        ),
        (
            "non-ascii-header-fails",
            with_headers("X-Name: é\r\n", &good),
            200,
            500,
        ),
        ("last-length-wins", lengths, 400, 200),
        (
            "guarded",
            with_headers(&format!("X-Long: {}\r\n", "a".repeat(5000)), &good),
            200,
            431,
        ),
        (
            "guarded",
            with_headers("Expect: 100-continue\r\n", &good),
            100,
            417,
        ),
    ];
    for (name, stimulus, plain, faulty) in table {
        assert_eq!(said("plain", &stimulus).await, plain, "plain on {name}'s");
        assert_eq!(said(name, &stimulus).await, faulty, "{name}");
        assert_eq!(
            said(name, &post(Some(CREDENTIAL), &good)).await,
            200,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_worn_out_connection_is_refused_and_a_new_one_is_not() {
    let subject = Subject::start("connection-worn-out").await;
    let mut connection = subject.connect().await;
    for number in 1..=65 {
        let body = event("call.ended", &format!("c{number}"));
        let answer = connection.exchange(&post(Some(CREDENTIAL), &body)).await;
        assert_eq!(answer.status, if number <= 64 { 200 } else { 503 });
    }
    assert_eq!(
        subject.deliver(&event("call.ended", "new")).await.status,
        200
    );
}
