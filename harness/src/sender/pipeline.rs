//! Several requests in one write on one connection, and their answers in order.

use std::time::Instant;

use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use super::attempt::{Attempt, AttemptResult, NoAnswer};
use super::connection::{Channel, Connection, Connector};
use super::exchange::{cause, no_answer};
use super::reading::ReadFault;
use super::request::Request;

impl Connector {
    /// Writes all requests at once, then reads as many answers. After the first answer that is
    /// missing, or that announces the end of the connection, the others are not waited for. HTTP/2
    /// knows no such thing; there they go one after the other.
    pub async fn pipeline(
        &self,
        connection: &mut Connection,
        requests: Vec<Request>,
    ) -> Vec<Attempt> {
        let wires = requests.iter().map(|request| self.encode(request));
        let bytes = wires
            .flat_map(|wire| [wire.head, wire.body.to_vec()])
            .collect::<Vec<_>>()
            .concat();
        let mut timing = connection.begin();
        timing.upload_limit = self.limits.answer;
        timing.first_byte_written = Some(Instant::now());
        let Channel::Http1 { stream, reading } = &mut connection.channel else {
            let mut attempts = Vec::with_capacity(requests.len());
            for request in requests {
                attempts.push(self.attempt_on(connection, request).await);
            }
            return attempts;
        };
        let writing = async {
            stream.write_all(&bytes).await?;
            stream.flush().await
        };
        let mut fault = match timeout(timing.upload_limit, writing).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(NoAnswer::Broken(error.kind().to_string())),
            Err(_) => Some(NoAnswer::TimedOut),
        };
        timing.last_byte_written = fault.is_none().then(Instant::now);
        let mut attempts = Vec::with_capacity(requests.len());
        for request in requests {
            let mut timing = timing;
            let result = match fault.clone() {
                Some(why) => AttemptResult::NoAnswer { why, partial: None },
                None => {
                    let answer = reading.next_answer(stream, request.method == "HEAD");
                    let read = match timeout(self.limits.answer, answer).await {
                        Ok(read) => read,
                        Err(_) => Err(ReadFault::timed_out()),
                    };
                    timing.first_byte_read = reading.first_byte;
                    match read {
                        Ok(at) => {
                            timing.last_byte_read = Some(at);
                            AttemptResult::Answered(reading.head.take().unwrap_or_default())
                        }
                        Err(why) => no_answer(cause(why, None), reading),
                    }
                }
            };
            fault = fault.or(match &result {
                AttemptResult::Answered(answer) if answer.keeps_open => None,
                AttemptResult::Answered(_) => Some(NoAnswer::Closed),
                AttemptResult::NoAnswer { why, .. } => Some(why.clone()),
            });
            attempts.push(Attempt::new(request, timing, result));
        }
        connection.is_open = fault.is_none();
        attempts
    }
}
