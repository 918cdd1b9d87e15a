//! CRM, analytics and Slack, played by a mock server.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::tempdir;
use tokio::sync::mpsc;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{dead_letters, ended, idle, started, tell, with_sinks};
use crate::support::{Receiver, event};

const CRM: &str = "[sinks.crm]\nurl = \"{url}/crm\"\ntoken_env = \"SINK_TOKEN\"";
const ANALYTICS: &str = "[sinks.analytics]\nurl = \"{url}/track\"";
const SLACK: &str = "[sinks.slack]\nurl_env = \"SINK_URL\"";

/// A server that answers the first requests as told, and all further ones with 200.
async fn server(first: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    for (answer, priority) in first.into_iter().zip(1..) {
        let mock = Mock::given(method("POST")).respond_with(answer);
        mock.up_to_n_times(1)
            .with_priority(priority)
            .mount(&server)
            .await;
    }
    let taken = Mock::given(method("POST")).respond_with(ResponseTemplate::new(200));
    taken.with_priority(9).mount(&server).await;
    server
}

async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

fn json_of(request: &Request) -> Value {
    request.body_json().unwrap()
}

fn key(request: &Request) -> &str {
    request.headers["idempotency-key"].to_str().unwrap()
}

#[tokio::test]
async fn a_crm_gets_contact_and_activity() {
    let (dir, crm) = (tempdir().unwrap(), server(Vec::new()).await);
    let settings = with_sinks(dir.path(), CRM, &crm.uri());
    tell(settings, &[started("a"), ended("a", "t2")]).await;
    let requests = requests(&crm).await;
    let paths: Vec<&str> = requests.iter().map(|request| request.url.path()).collect();
    assert_eq!(paths, ["/crm/contacts", "/crm/activities"]);
    assert_ne!(key(&requests[0]), key(&requests[1]));
    for request in &requests {
        assert_eq!(request.headers["authorization"], "Bearer t0k3n");
        assert_eq!(request.headers["content-type"], "application/json");
    }
    let contact = json_of(&requests[0]);
    assert_eq!(contact["where"], json!({"phone": "+1"}));
    assert_eq!(contact["update"]["lastCallNotes"], "hello\nhelp");
    let activity = json_of(&requests[1]);
    assert_eq!(activity["contactPhone"], "+1");
    assert_eq!(activity["outcome"], "needs_followup");
}

#[tokio::test]
async fn a_number_that_comes_late_is_waited_for() {
    let (dir, crm) = (tempdir().unwrap(), server(Vec::new()).await);
    let receiver = Receiver::start(with_sinks(
        dir.path(),
        &format!("attempts = 12\n{CRM}"),
        &crm.uri(),
    ))
    .await;
    receiver.deliver(&ended("a", "t2")).await;
    receiver.settled("a", 1).await;
    receiver.deliver(&started("a")).await;
    receiver.deliver(&event("call.started", "web", "t1")).await;
    receiver.deliver(&ended("web", "t2")).await;
    idle(&receiver).await;
    receiver.stop().await;
    let requests = requests(&crm).await;
    let told: Vec<Value> = requests.iter().map(json_of).collect();
    assert_eq!(
        told.len(),
        2,
        "nothing of the call without a number: {told:?}"
    );
    assert_eq!(told[1]["contactPhone"], "+1");
    assert!(dead_letters(dir.path()).await.is_empty());
}

#[tokio::test]
async fn failures_that_pass_are_tried_again_with_the_same_key() {
    let answers = [500, 429, 408, 503].map(ResponseTemplate::new).to_vec();
    let (dir, service) = (tempdir().unwrap(), server(answers).await);
    let settings = with_sinks(dir.path(), ANALYTICS, &service.uri());
    tell(settings, &[ended("a", "t2")]).await;
    let requests = requests(&service).await;
    assert_eq!(requests.len(), 5);
    assert!(requests.iter().all(|other| key(other) == key(&requests[0])));
    assert!(requests.iter().all(|other| other.body == requests[0].body));
    assert!(dead_letters(dir.path()).await.is_empty());
}

#[tokio::test]
async fn the_wait_that_was_asked_for_is_kept() {
    let (seen, mut times) = mpsc::unbounded_channel();
    let service = MockServer::start().await;
    let answer = move |_: &Request| {
        seen.send(Instant::now()).unwrap();
        ResponseTemplate::new(429).insert_header("retry-after", "1")
    };
    let busy = Mock::given(path("/track")).respond_with(answer);
    busy.mount(&service).await;
    let dir = tempdir().unwrap();
    let settings = with_sinks(
        dir.path(),
        &format!("attempts = 2\n{ANALYTICS}"),
        &service.uri(),
    );
    tell(settings, &[ended("a", "t2")]).await;
    let first = times.recv().await.unwrap();
    let second = times.recv().await.unwrap();
    let waited = second - first;
    // Due times are whole milliseconds.
    assert!(waited >= Duration::from_millis(990), "{waited:?}");
}

#[tokio::test]
async fn what_is_refused_becomes_a_dead_letter_at_once() {
    let (dir, service) = (tempdir().unwrap(), MockServer::start().await);
    for (place, status) in [
        ("/track", 400),
        ("/crm/contacts", 200),
        ("/crm/activities", 200),
    ] {
        let answer = ResponseTemplate::new(status).set_body_string("t0k3n");
        Mock::given(path(place))
            .respond_with(answer)
            .expect(1)
            .mount(&service)
            .await;
    }
    let settings = with_sinks(dir.path(), &format!("{ANALYTICS}\n{CRM}"), &service.uri());
    tell(settings, &[started("a"), ended("a", "t2")]).await;
    service.verify().await;
    let dead = dead_letters(dir.path()).await;
    let dead: Vec<_> = dead
        .iter()
        .map(|dead| (dead.task.name(), dead.attempts, dead.reason.as_str()))
        .collect();
    assert_eq!(dead, [("analytics", 1, "127.0.0.1 answered 400")]);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (dir, service) = (tempdir().unwrap(), MockServer::start().await);
    let elsewhere = ResponseTemplate::new(307).insert_header("location", "/elsewhere");
    Mock::given(path("/track"))
        .respond_with(elsewhere)
        .expect(1)
        .mount(&service)
        .await;
    Mock::given(path("/elsewhere"))
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&service)
        .await;
    let settings = with_sinks(dir.path(), ANALYTICS, &service.uri());
    tell(settings, &[ended("a", "t2")]).await;
    service.verify().await;
    assert_eq!(
        dead_letters(dir.path()).await[0].reason,
        "127.0.0.1 answered 307"
    );
}

#[tokio::test]
async fn who_does_not_answer_in_time_is_asked_again() {
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    let (dir, service) = (tempdir().unwrap(), server(vec![slow]).await);
    let settings = with_sinks(
        dir.path(),
        &format!("timeout_ms = 200\n{ANALYTICS}"),
        &service.uri(),
    );
    tell(settings, &[ended("a", "t2")]).await;
    let requests = requests(&service).await;
    assert_eq!(requests.len(), 2);
    assert_eq!(key(&requests[0]), key(&requests[1]));
}

#[tokio::test]
async fn who_is_not_there_is_given_up_and_no_secret_is_told() {
    let dir = tempdir().unwrap();
    // A port that nobody listens on any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let settings = with_sinks(
        dir.path(),
        &format!("attempts = 3\n{SLACK}"),
        &format!("http://{gone}/services/t0k3n"),
    );
    tell(settings, &[ended("a", "t2")]).await;
    let dead = dead_letters(dir.path()).await;
    assert_eq!(dead[0].attempts, 3);
    let reason = "no connection to 127.0.0.1: Connection refused (os error 111)";
    assert_eq!(dead[0].reason, reason);
}

#[tokio::test]
async fn people_are_alerted_of_what_is_urgent_alone() {
    let (dir, slack) = (tempdir().unwrap(), server(Vec::new()).await);
    let settings = with_sinks(dir.path(), SLACK, &slack.uri());
    let mut calm = ended("calm", "t2");
    calm["data"]["data"]["outcomeResult"] = json!({"resolved": null});
    let said = |call_id: &str, text: &str| {
        let mut event = event("transcription.update", call_id, "t1");
        event["data"]["data"] = json!({"speaker": "user", "text": text});
        event
    };
    let events = [
        calm,
        ended("angry", "t2"),
        said("loud", "This is Urgent"),
        said("quiet", "fine"),
        started("angry"),
    ];
    tell(settings, &events).await;
    let mut told: Vec<String> = requests(&slack)
        .await
        .iter()
        .map(|r| json_of(r).to_string())
        .collect();
    told.sort_by_key(|message| message.contains("loud"));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("*Call ID:* angry") && told[0].contains("Urgent call"));
    assert!(told[1].contains("*Call ID:* loud") && told[1].contains("This is Urgent"));
}

#[tokio::test]
async fn order_and_repetition_change_nothing() {
    let mut told = Vec::new();
    let events = [
        started("a"),
        ended("a", "t2"),
        ended("a", "t2"),
        ended("a", "t3"),
        started("a"),
    ];
    for turn in 0..events.len() {
        let (dir, service) = (tempdir().unwrap(), server(Vec::new()).await);
        let settings = with_sinks(
            dir.path(),
            &format!("attempts = 12\n{ANALYTICS}\n{CRM}"),
            &service.uri(),
        );
        // Two workers may handle two ends of a call at the same moment, and then both are told, with one key.
        let mut settings = settings;
        settings.workers = 1;
        let mut events = events.clone();
        events.rotate_left(turn);
        // The first end of a call counts, whichever comes first of its copies.
        let first_end = events
            .iter()
            .position(|event| event["eventType"] == "call.ended");
        if events[first_end.unwrap()]["timestamp"] == "t3" {
            continue;
        }
        tell(settings, &events).await;
        let mut messages: Vec<(String, String)> = requests(&service)
            .await
            .iter()
            .map(|request| (key(request).to_owned(), json_of(request).to_string()))
            .collect();
        messages.sort();
        told.push(messages);
    }
    assert_eq!((told.len(), told[0].len()), (4, 3));
    assert!(told.iter().all(|messages| *messages == told[0]), "{told:?}");
}
