//! From an effect to a sink: one delivery at a time, so that a slow one holds up no other.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::{Job, dead, failed};
use crate::call::Call;
use crate::handler::kind;
use crate::json_text;
use crate::settings::RetryPolicy;
use crate::sink::{Notice, Sink, SinkError};
use crate::store::{Conclusion, EffectRecord, Lease, Scope, Store, StoreError, Task};

/// Longer than any sink should take, which is two exchanges of 15 s; shorter than the lease.
const DELIVERY_TIME: Duration = Duration::from_secs(32);
const HOLD: Duration = Duration::from_secs(60);

pub(crate) struct Delivering {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) retry: RetryPolicy,
}

impl Job for Delivering {
    fn wants(&self) -> (Task, usize, Duration) {
        (self.sink.task(), 1, HOLD)
    }

    fn retry(&self) -> RetryPolicy {
        self.retry
    }

    async fn conclude(&self, leases: &[Lease]) -> Vec<Conclusion> {
        let mut conclusions = Vec::with_capacity(leases.len());
        for lease in leases {
            conclusions.push(self.conclude_one(lease).await);
        }
        conclusions
    }
}

impl Delivering {
    async fn conclude_one(&self, lease: &Lease) -> Conclusion {
        let later = |reason: String| failed(lease, self.retry, None, reason);
        let done = || Conclusion::Done {
            effect: None,
            next: Vec::new(),
        };
        let notice = match self.notice(lease).await {
            Ok(Some(notice)) => notice,
            Ok(None) => return done(),
            // Not the sink's failure, so it costs none of its attempts.
            Err(error) => return self.store_failed(&error),
        };
        // What cannot be noted as told would be told again and again.
        if let Err(error) = self.store.check().await {
            return self.store_failed(&error);
        }
        match timeout(DELIVERY_TIME, self.sink.deliver(&notice)).await {
            Ok(Ok(())) => done(),
            Ok(Err(SinkError::Later { reason, after })) => failed(lease, self.retry, after, reason),
            Ok(Err(SinkError::Never(reason))) => dead(lease, reason),
            Err(_) => later("no answer in time".to_owned()),
        }
    }

    fn store_failed(&self, error: &StoreError) -> Conclusion {
        tracing::error!(%error, "nothing is told while the store fails");
        Conclusion::Retry {
            after: self.retry.backoff,
        }
    }

    /// What is known now: a call that ended may have got its caller's number from an event that came later. `None` where
    /// there is nothing to tell: of several ends of a call only the one that made its record counts.
    async fn notice(&self, lease: &Lease) -> Result<Option<Notice>, StoreError> {
        let scope = Scope::Call(lease.key.call_id.clone());
        let effects = self.store.effects(scope).await?;
        let event = json_text::read(&lease.body).unwrap_or_default();
        let text = |name| event.get(name).and_then(Value::as_str).map(str::to_owned);
        let own = effects.iter().find(|effect| effect.key == lease.key);
        let is_the_end = |effect: &&EffectRecord| effect.kind == kind::CALL_ENDED;
        let told = match own {
            Some(own) if is_the_end(&own) => effects.iter().find(is_the_end),
            _ => own,
        };
        let told = told.filter(|effect| effect.key == lease.key);
        Ok(told.zip(Call::of(&effects)).map(|(effect, call)| Notice {
            effect: effect.clone(),
            agent_id: text("agentId"),
            agent_name: text("agentName"),
            call,
            idempotency_key: Notice::key_for(effect, lease.task),
            is_last_attempt: self.retry.wait_after(lease.attempt).is_none(),
        }))
    }
}
