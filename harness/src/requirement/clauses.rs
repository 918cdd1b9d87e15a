//! The clauses: one row per normative sentence of the provider's guide, and our derived ones.
//!
//! A case names the clauses it checks; a failure shows the sentence. Ids are those of the fact
//! sheet with `G-` in front (`D-` for derived requirements), so they never clash with case ids.

use super::unchecked::{Reason, Unchecked};
use crate::terms::Level;

/// One normative sentence.
#[derive(Debug, Clone, Copy)]
pub struct Clause {
    /// Stable id, for example `G-IDEM-04` or `D-06`.
    pub id: &'static str,
    /// The guide's own strength of wording; the level of a *case* decides a verdict.
    pub level: Level,
    /// The sentence, in our words.
    pub statement: &'static str,
    /// Where the guide says it.
    pub source: &'static str,
    /// Why no case checks it, or not all of it.
    pub unchecked: Option<Unchecked>,
}

const fn clause(
    id: &'static str,
    level: Level,
    statement: &'static str,
    source: &'static str,
) -> Clause {
    Clause {
        id,
        level,
        statement,
        source,
        unchecked: None,
    }
}

impl Clause {
    /// No case can check it.
    const fn unchecked(mut self, reason: Reason, why: &'static str) -> Self {
        self.unchecked = Some(Unchecked {
            reason,
            why,
            partly: false,
        });
        self
    }

    /// Cases check a part of it, and no case can check the rest.
    const fn partly_checked(mut self, reason: Reason, why: &'static str) -> Self {
        self.unchecked = Some(Unchecked {
            reason,
            why,
            partly: true,
        });
        self
    }
}

/// The clause of that id.
pub fn clause_by_id(id: &str) -> Option<&'static Clause> {
    CLAUSES.iter().find(|clause| clause.id == id)
}

use Level::{Info as May, Must, Should};
use Reason::{
    Allowance, Configuration, Initiation, NotObservable, Operations, Platform, ReferenceOnly,
};

/// Every clause, in the order of the guide, derived ones last.
#[rustfmt::skip]
pub const CLAUSES: &[Clause] = &[
    clause("G-URL-01", Must, "The configured webhook URL uses the https scheme; a plain-http URL is refused by the platform.", "stage 2 URL requirements; stage 2 prerequisites; stage 5 checklist; stage 6 checklist"),
    clause("G-URL-02", Must, "The URL is reachable from the public internet (not behind a firewall that blocks POST).", "stage 2 prerequisites; stage 6 not receiving data").partly_checked(Configuration, "the harness sees the URL from where it runs only; `lint` refuses hosts that no outsider can reach"),
    clause("G-URL-03", Must, "The URL host is not a loopback name or address.", "stage 2 valid/invalid examples"),
    clause("G-URL-04", Must, "The URL host is not a local/private network address.", "stage 2 valid/invalid examples"),
    clause("G-URL-05", Must, "The endpoint's certificate chains to a public CA (self-signed is unsupported).", "stage 2 URL requirements"),
    clause("G-URL-06", Must, "The endpoint's certificate is currently valid (not expired, right name).", "stage 2 URL requirements; stage 6 not receiving data"),
    clause("G-URL-07", Should, "Local development goes through an HTTPS tunnel such as ngrok; the tunnel URL is what gets configured.", "stage 2 local development").partly_checked(Configuration, "`lint` knows the hosts of tunnels, and whether production is meant"),
    clause("G-URL-08", Must, "The URL is set in the agent's Call Webhook section and the agent is saved (otherwise nothing is sent).", "stage 2 adding webhook; stage 6 not receiving data").unchecked(Configuration, "`lint` looks for the URL in an exported agent"),
    clause("G-URL-09", May, "Each agent may have its own URL and authentication settings.", "stage 2 adding webhook (note)").unchecked(Allowance, "nothing breaks it; `lint` takes several agents"),
    clause("G-CFG-01", Must, "webhookAuth.authKey names one of the two documented modes: noAuth or bearer.", "stage 2 authentication options").unchecked(Configuration, "`lint` knows the two modes"),
    clause("G-CFG-02", Must, "In bearer mode authSecret is present and consists of the word Bearer, a space, then the token.", "stage 2 token format; stage 6 401 section").unchecked(Configuration, "`lint` reads authSecret"),
    clause("G-CFG-03", Must, "The Bearer word in authSecret is capitalised; lower-case is listed as a mistake.", "stage 6 401 section").unchecked(Configuration, "`lint` reads authSecret"),
    clause("G-CFG-04", Must, "noAuth is not combined with an authSecret (conflicting settings).", "stage 6 401 section").unchecked(Configuration, "`lint` compares authKey and authSecret"),
    clause("G-CFG-05", Should, "noAuth is for development/testing only, not production.", "stage 2 option 1").unchecked(Configuration, "`lint` is told whether production is meant"),
    clause("G-CFG-06", Should, "Production uses bearer-token authentication.", "stage 2 prerequisites; stage 2 option 2; stage 6 checklist").unchecked(Configuration, "`lint` is told whether production is meant"),
    clause("G-CFG-07", Should, "The token is long and randomly generated (the guide's generators give 32 random bytes).", "stage 2 token format; stage 5 checklist; stage 6 checklist").unchecked(Configuration, "`lint` judges length and variety of the token"),
    clause("G-CFG-08", Must, "Tokens are never committed to source control.", "stage 2 token format").unchecked(Operations, "a repository and its history are not the receiver; scanners for secrets look there"),
    clause("G-CFG-09", Must, "Tokens are not hard-coded; they come from the environment or a secret store.", "stage 5 token management").unchecked(Configuration, "`lint` warns of a literal secret in a configuration"),
    clause("G-CFG-10", Should, "Tokens are rotated periodically.", "stage 5 checklist; stage 5 token management").unchecked(Operations, "only the calendar shows it"),
    clause("G-CFG-11", Should, "Rotation updates the receiver's secret store and the agent's webhookAuth together.", "stage 5 token management"),
    clause("G-CFG-12", Must, "The receiver's expected value equals the value configured at Hamsa (changing one side only causes 401).", "stage 6 401 section").unchecked(Configuration, "`lint` compares both sides; a run whose secret is refused ends with exit 4"),
    clause("G-CFG-13", Should, "The token format is validated when loaded: present, starts with Bearer , longer than 20 characters.", "stage 5 token management").unchecked(ReferenceOnly, "it shows when a receiver starts, which the harness does not see of a stranger; ours refuses to start"),
    clause("G-AUTH-01", Must, "In bearer mode the endpoint verifies the Authorization header; a request with the exact configured value is accepted.", "stage 4 handlers; stage 5 checklist; stage 6 checklist"),
    clause("G-AUTH-02", Must, "A request without an Authorization header gets 401.", "stage 4 handlers; stage 4 error handling"),
    clause("G-AUTH-03", Must, "A request with a different token gets 401.", "stage 4 handlers; stage 6 401 section"),
    clause("G-AUTH-04", Should, "The 401 body is JSON with an error text.", "stage 4 handlers (sample code)"),
    clause("G-AUTH-05", Must, "Authentication is the first step: nothing is validated or processed for an unauthenticated request.", "stage 4 error handling step 1 (sample code)"),
    clause("G-AUTH-06", Should, "Authentication failures are logged.", "stage 4 error handling; stage 5 checklist"),
    clause("G-AUTH-07", Must, "Authentication failures are handled explicitly (no crash, no 5xx).", "stage 6 checklist, error handling"),
    clause("G-ACK-01", Must, "A valid, authenticated event is answered 200 OK.", "stage 4; stage 6 checklist; Summary"),
    clause("G-ACK-02", Must, "The answer arrives within 5 seconds, every time.", "stage 6 missing events; stage 6 checklist; Summary"),
    clause("G-ACK-03", Should, "The event is acknowledged at once, before time-consuming work.", "stage 5 async; stage 6 missing events; Summary"),
    clause("G-ACK-04", Must, "The endpoint accepts HTTP POST carrying a JSON body.", "stage 1; stage 2 prerequisites; stage 6 checklist"),
    clause("G-ACK-05", Must, "An unknown event type is still acknowledged with 200.", "stage 4 error handling step 3"),
    clause("G-ACK-06", May, "The answer to an unknown type carries a warning, and the type is logged.", "stage 4 error handling step 3 (sample code)"),
    clause("G-ACK-07", Should, "The acknowledgement body is JSON {received: true}.", "stage 4, stage 5 samples (sample code)"),
    clause("G-ACK-08", Should, "A processing error after receipt is still answered 200, to avoid a pointless redelivery, and the error is logged.", "stage 4 error handling; stage 6 monitoring"),
    clause("G-ACK-09", May, "A processing-error acknowledgement carries processing_error: true and an error id usable for investigation.", "stage 4 error handling (sample code)"),
    clause("G-ACK-10", Should, "If the event cannot be queued (not durably accepted), the answer is 500 rather than 200.", "stage 5 Bull sample (sample code)"),
    clause("G-ACK-11", Should, "Synchronous processing is bounded by a timeout below 5 s (4 s in the sample).", "stage 4 error handling step 4; stage 6 checklist (sample code)"),
    clause("G-ACK-12", Should, "A well-formed connectivity test event (eventType: test with callId and timestamp) is answered 200.", "stage 6 not receiving data"),
    clause("G-ACK-13", May, "A bare {\"test\": true} body may be used as a connectivity check; the guide states no expected status.", "stage 6 testing"),
    clause("G-VAL-01", Must, "The incoming payload's structure is validated.", "stage 4 error handling step 2; stage 6 checklist"),
    clause("G-VAL-02", Must, "An event without callId is refused with 400.", "stage 4 error handling step 2 (sample code)"),
    clause("G-VAL-03", Must, "An event without eventType is refused with 400.", "stage 4 error handling step 2 (sample code)"),
    clause("G-VAL-04", Should, "All seven envelope fields are required: eventType, callId, timestamp, projectId, agentId, agentName, data.", "stage 4 validation helper (sample code)"),
    clause("G-VAL-05", Should, "timestamp is an ISO 8601 date-time string.", "stage 3 field table; stage 4 validation helper"),
    clause("G-VAL-06", May, "callId may be checked as a UUID (the sample does; every example in the guide contradicts it).", "stage 4 validation helper (sample code)"),
    clause("G-VAL-07", Should, "data is a JSON object.", "stage 4 validation helper (sample code)"),
    clause("G-VAL-08", May, "The 400 body names the problem (error, optional details).", "stage 4 validation helper (sample code)"),
    clause("G-VAL-09", Must, "Invalid data is handled without a server error (error scenarios are tested).", "stage 6 checklist, error handling and testing"),
    clause("G-VAL-10", Should, "All incoming data is treated as untrusted and validated.", "stage 5 checklist; Summary"),
    clause("G-VAL-11", Should, "Invalid payloads are logged.", "stage 4 error handling; stage 6 matching (sample code)"),
    clause("G-EVT-01", Must, "The receiver handles the five documented event types.", "stage 3 event types; stage 6 checklist; Summary"),
    clause("G-EVT-02", Must, "Processing is selected by eventType.", "stage 4 handlers; stage 6 checklist"),
    clause("G-EVT-03", Should, "call.started creates a call record: direction, from/to numbers, custom params, start time, in-progress state.", "stage 4 processing events (sample code)"),
    clause("G-EVT-04", Should, "transcription.update stores speaker, text, confidence and the event's timestamp.", "stage 4 processing events (sample code)"),
    clause("G-EVT-05", May, "transcription.update may trigger real-time action on user speech content.", "stage 4 processing events (sample code)").unchecked(Allowance, "what the reaction would be is the user's own"),
    clause("G-EVT-06", Should, "tool.executed is recorded: tool name, input, output, duration in milliseconds.", "stage 4 processing events (sample code)"),
    clause("G-EVT-07", Must, "call.ended conversation fields are read from the nested data.data object.", "stage 3 call ended; stage 4 call-ended handler"),
    clause("G-EVT-08", Should, "The completion time comes from data.timestamp.", "stage 4 call-ended handler (sample code)"),
    clause("G-EVT-09", Must, "The transcript is an ordered list of turns, each keyed Agent or User; order is kept when it is flattened.", "stage 3 field descriptions; stage 4 call-ended handler; stage 6 checklist"),
    clause("G-EVT-10", Should, "Empty turns (neither speaker present) are skipped, not treated as an error.", "stage 4 call-ended handler (sample code)"),
    clause("G-EVT-11", Must, "The recording URL is stored/handled.", "stage 6 checklist, implementation"),
    clause("G-EVT-12", Must, "Missing or null outcome fields are handled without failure.", "stage 6 missing fields; stage 6 checklist; Summary"),
    clause("G-EVT-13", Should, "Null (asked, not given) and absent (not configured) outcome fields are kept distinct.", "stage 6 missing fields"),
    clause("G-EVT-14", Should, "Complex params that were sent as JSON strings are parsed back by the receiver.", "stage 6 complex data"),
    clause("G-EVT-15", Must, "Field names are compared case-sensitively (application_id is not applicationId).", "stage 6 matching"),
    clause("G-EVT-16", Must, "Every custom param comes back unchanged in outcomeResult of call.ended.", "stage 1; stage 3 echoed parameters; Summary").partly_checked(Platform, "the provider echoes the params; that they are kept unchanged is judged by G-EVT-14 and its like"),
    clause("G-EVT-17", Must, "Echoed identifiers are used to match the event to the receiver's record.", "stage 1 echo pattern; stage 6 matching"),
    clause("G-EVT-18", Must, "The presence of the expected identifier is checked before matching; a missing one is logged and not processed.", "stage 6 matching; Summary"),
    clause("G-EVT-19", Should, "number_of_speakers is accepted as a string or a number.", "stage 3 outcome table"),
    clause("G-EVT-20", May, "Outcome fields vary with the agent's outcome schema; unlisted fields are legal.", "stage 3 outcome table (note)"),
    clause("G-EVT-21", Should, "A failure in one event type's logic does not make other events fail.", "stage 6 missing events"),
    clause("G-EVT-22", May, "Only some types may carry effects; types the receiver does not use are ignored but acknowledged.", "stage 4 handlers (default branch) (sample code)"),
    clause("G-IDEM-01", Must, "Duplicate deliveries are detected.", "stage 5 idempotency; stage 6 duplicates; stage 6 checklist; Summary"),
    clause("G-IDEM-02", Must, "An event's identity is callId + eventType + timestamp (the envelope's).", "stage 5 idempotency; Summary"),
    clause("G-IDEM-03", Must, "A duplicate is not processed again (no second record, notification or metric).", "stage 5 idempotency; stage 6 duplicates"),
    clause("G-IDEM-04", Must, "A duplicate is answered 200.", "stage 5 idempotency; stage 6 duplicates (sample code)"),
    clause("G-IDEM-05", Should, "The answer to a duplicate says so (duplicate: true).", "stage 5 idempotency; stage 6 duplicates (sample code)"),
    clause("G-IDEM-06", Should, "Identity records are kept at least 24 hours.", "stage 5 Redis sample (sample code)").partly_checked(NotObservable, "a day outlasts a run, and a case sees a window of seconds; how long keys are kept is a setting"),
    clause("G-IDEM-07", Should, "Uniqueness is enforced by the store itself (unique constraint) so that concurrent copies cannot both win.", "stage 5 database sample (sample code)"),
    clause("G-IDEM-08", Should, "Processing state is tracked (processing, completed).", "stage 5 database sample (sample code)"),
    clause("G-ASYNC-01", Must, "Production receivers process events asynchronously, outside the request.", "stage 5 async processing"),
    clause("G-ASYNC-02", Should, "A queue carries the time-consuming work.", "stage 5 async; stage 6 checklist; Summary"),
    clause("G-ASYNC-03", Should, "Failed jobs are retried a bounded number of times (3) with exponential backoff.", "stage 5 Bull and Celery samples; stage 6 checklist (sample code)").partly_checked(ReferenceOnly, "no event makes a stranger's worker fail a given number of times; ours is made to"),
    clause("G-ASYNC-04", Should, "Permanently failed jobs are kept for inspection; completed ones may be dropped.", "stage 5 Bull sample (sample code)").unchecked(ReferenceOnly, "no event makes a stranger's worker fail for good, and where it keeps such events is its own; ours is made to"),
    clause("G-ASYNC-05", Should, "Queue completion and failure are monitored.", "stage 5 Bull sample (sample code)").unchecked(Operations, "what watches a queue stands outside of the receiver"),
    clause("G-SEC-01", Must, "The receiver is only served over HTTPS.", "stage 5 checklist; stage 6 checklist; Summary"),
    clause("G-SEC-02", Should, "The endpoint is rate limited.", "stage 5 checklist; stage 6 checklist"),
    clause("G-SEC-03", May, "Sample limit: 100 requests per minute per IP, 429-style refusal with standard rate-limit headers.", "stage 5 rate limiting (sample code)"),
    clause("G-SEC-04", Should, "Requests that carry a valid token are exempt from the limit.", "stage 5 rate limiting (skip) (sample code)"),
    clause("G-SEC-05", May, "Source IPs may additionally be allow-listed; refusal is 403. The two addresses shown are samples.", "stage 5 IP allow-listing (optional)").unchecked(Allowance, "a run comes from one address; where that is refused no verdict is possible (exit 4)"),
    clause("G-SEC-06", Should, "Suspicious patterns are monitored.", "stage 5 checklist").unchecked(Operations, "what watches for patterns stands outside of the receiver"),
    clause("G-OPS-01", Should, "Each received event is logged with type, callId, timestamp and source IP.", "stage 6 monitoring; stage 6 checklist"),
    clause("G-OPS-02", Should, "Processing success and failure (message, stack/cause) are logged.", "stage 6 monitoring; stage 6 checklist").unchecked(NotObservable, "a log has no agreed form for success and failure; that events and refusals are logged at all is judged by G-OPS-01 and G-VAL-11"),
    clause("G-OPS-03", May, "Errors go to a separate log.", "stage 6 monitoring (sample code)").unchecked(Operations, "where logs go is set up around the receiver"),
    clause("G-OPS-04", Should, "Monitoring and alerting are set up, with error alerts.", "stage 6 checklist").unchecked(Operations, "alerts go to people, not to senders"),
    clause("G-OPS-05", Should, "Counts per event type are tracked to notice missing types.", "stage 6 missing events").unchecked(ReferenceOnly, "counters have no agreed place to be read; ours are at `/metrics` and tested there"),
    clause("G-OPS-06", Should, "The endpoint is load tested with concurrent webhooks.", "stage 6 checklist, testing"),
    clause("G-OPS-07", Should, "Tests cover sample initiation data, echo of all params, transcript parsing, recording access, missing/null fields and error cases.", "stage 6 checklist, testing").unchecked(Operations, "running this harness is how it is done"),
    clause("G-OPS-08", Should, "The params structure and the integration are documented and the team is trained.", "stage 6 checklist").unchecked(Operations, "documents and training are no behaviour of a receiver"),
    clause("G-OPS-09", Should, "What was sent at initiation and what came back are both logged while debugging.", "stage 6 matching").unchecked(Operations, "it is about debugging, and about both ends"),
    clause("G-INIT-01", Must, "agentId is present.", "stage 3 initiation").unchecked(Initiation, "`lint` looks for it"),
    clause("G-INIT-02", May, "params is optional and may hold any fields.", "stage 3 initiation").unchecked(Allowance, "nothing breaks it; `lint` takes any fields"),
    clause("G-INIT-03", Must, "params carries at least one unique identifier (application/user/session id).", "stage 3 recommended pattern (highly recommended); stage 6 matching; Summary (always)").unchecked(Initiation, "`lint` looks for an identifier among the params"),
    clause("G-INIT-04", Must, "Identifiers are unique and persistent.", "stage 6 checklist, planning").unchecked(Operations, "that an identifier lasts shows in the user's own records only"),
    clause("G-INIT-05", Should, "Identifiers are sent as strings.", "stage 3 recommended pattern; stage 6 matching").unchecked(Initiation, "`lint` checks the types of identifiers"),
    clause("G-INIT-06", Must, "Param values are strings, numbers, booleans or null.", "stage 3 supported types").unchecked(Initiation, "`lint` checks the types of values"),
    clause("G-INIT-07", Must, "Arrays and objects are converted to JSON strings before being put in params.", "stage 3 supported types; stage 6 complex data").unchecked(Initiation, "`lint` refuses arrays and objects"),
    clause("G-INIT-08", May, "userId is an optional string.", "stage 3 fields table").unchecked(Initiation, "`lint` checks the type"),
    clause("G-INIT-09", May, "voiceEnablement is an optional boolean, true when absent.", "stage 3 fields table").unchecked(Initiation, "`lint` checks the type"),
    clause("G-INIT-10", May, "preferHeadphonesForIosDevices is an optional boolean.", "stage 3 fields table").unchecked(Initiation, "`lint` checks the type"),
    clause("G-INIT-11", May, "connectionDelay is an optional object of optional numbers android, ios, default.", "stage 3 initiation").unchecked(Initiation, "`lint` checks the types"),
    clause("G-INIT-12", Should, "The names the receiver reads equal the names sent (exact case).", "stage 6 matching; stage 6 missing fields").unchecked(Initiation, "`lint` compares the names sent with the names read"),
    clause("G-INIT-13", Should, "The agent's outcome configuration extracts every field the receiver expects.", "stage 3 outcome note; stage 6 missing fields; stage 6 checklist, planning").unchecked(Configuration, "`lint` compares the outcome configuration with the names read"),
    clause("G-INIT-14", Should, "Custom params, their matching use and the expected outcomes are planned before building.", "stage 6 checklist, planning").unchecked(Operations, "a plan is no behaviour of a receiver"),
    clause("D-01", Must, "Fail closed: with no expected secret configured, refuse to start (or answer 401) unless noAuth was chosen explicitly.", "derived from gaps in the samples"),
    clause("D-02", Should, "Compare secrets in constant time.", "derived from gaps in the samples"),
    clause("D-03", Should, "Authenticate before parsing the body.", "derived from gaps in the samples"),
    clause("D-04", Should, "Accept request bodies of at least 1 MiB.", "derived from gaps in the samples"),
    clause("D-05", Must, "Never log the Authorization value or the expected secret; treat transcripts, numbers and params as personal data.", "derived from gaps in the samples"),
    clause("D-06", Must, "Deduplicate atomically, and make the claim and the durable hand-off one step (or release/expire the claim when hand-off fails).", "derived from gaps in the samples"),
    clause("D-07", Should, "Encode the identity key unambiguously (length-prefixed or hashed), not with : or - joins.", "derived from gaps in the samples"),
    clause("D-08", Should, "Do not assume order or completeness: call.ended may come without, before, or twice around other events.", "derived from gaps in the samples"),
    clause("D-09", Should, "Unknown envelope and data members are preserved and never cause refusal.", "derived from gaps in the samples"),
    clause("D-10", Should, "During rotation accept current and previous secret for a short overlap.", "derived from gaps in the samples"),
    clause("D-11", Should, "Methods other than POST get 405 (or 404); no effect.", "derived from gaps in the samples"),
    clause("D-12", Should, "A transcript, outcomeResult, recording or the whole inner data may be missing on call.ended (unanswered/failed calls) and is still acknowledged.", "derived from gaps in the samples"),
    clause("D-13", May, "Optionally accept the flat, snake_case payload seen in the wild (see section 3.3) behind a compatibility switch.", "derived from gaps in the samples").unchecked(Allowance, "a receiver that takes only the documented form breaks nothing"),
    clause("D-14", Should, "Treat the recording URL as expiring: fetch or copy it soon, re-fetch through the conversation API if needed.", "derived from gaps in the samples").unchecked(NotObservable, "when a recording is fetched, and from where, shows in no answer and no effect"),
];
