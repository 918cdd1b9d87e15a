//! The effects that events have had.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{sync::mpsc, time::sleep};

use super::{event::Event, keeping::kept, store::Store, stored};
use crate::behaviour::{Behaviour, EffectRule, Keeping, Stored, TestEvent};

/// One effect.
#[derive(Debug)]
pub(super) struct Effect {
    event: Arc<Event>,
    kind: &'static str,
}

impl Effect {
    pub(super) fn call_id(&self) -> &str {
        &self.event.call_id
    }

    /// The record that a probe sees.
    pub(super) fn record(&self) -> Value {
        let Event {
            call_id,
            event_type,
            timestamp,
            data,
            ..
        } = self.event.as_ref();
        json!({
            "callId": call_id, "eventType": event_type, "timestamp": timestamp,
            "kind": self.kind, "data": data,
        })
    }
}

type Effects = Arc<Mutex<Vec<Arc<Effect>>>>;

/// All effects, in order.
#[derive(Debug)]
pub(super) struct Journal {
    rule: EffectRule,
    keeping: Keeping,
    test_event: TestEvent,
    stored: Stored,
    types: &'static [&'static str],
    kinds: &'static [&'static str],
    effects: Effects,
    store: Arc<Store>,
    calls: Mutex<Calls>,
    queue: Option<mpsc::Sender<Arc<Effect>>>,
}

/// What some faults know of calls.
#[derive(Debug, Default)]
struct Calls {
    events: HashMap<String, usize>,
    ended: HashSet<String>,
    jammed: HashSet<String>,
    /// What came last, of whichever call.
    current: Value,
}

impl Journal {
    pub(super) fn new(behaviour: &Behaviour, store: Arc<Store>) -> Self {
        let effects = Effects::default();
        let queue = match behaviour.effect {
            EffectRule::Queue(places, ms) | EffectRule::QueueFor(_, places, ms) => {
                Some(worker(Arc::clone(&effects), places, ms))
            }
            _ => None,
        };
        Self {
            rule: behaviour.effect,
            keeping: behaviour.keeping,
            test_event: behaviour.test_event,
            stored: behaviour.stored,
            types: behaviour.effect_types,
            kinds: behaviour.effect_kinds,
            effects,
            store,
            calls: Mutex::default(),
            queue,
        }
    }

    /// Records what the event does.
    pub(super) async fn record(&self, event: Event) {
        if !event.leaves_effect || !self.leaves_effect(&event.event_type) {
            return;
        }
        let event = Arc::new(stored::kept(self.stored, kept(self.keeping, event)));
        // Once this is written the effect is there, whatever happens to the process.
        self.store.finish(&event).await;
        match self.rule {
            EffectRule::Once => self.append(&event),
            EffectRule::TwiceFor(one) => {
                self.append(&event);
                if event.event_type == one {
                    self.append(&event);
                }
            }
            EffectRule::LosesNthOfCall(nth) => {
                if self.count(&event.call_id) != nth {
                    self.append(&event);
                }
            }
            EffectRule::KeepsLastOfCall(count) => {
                self.append(&event);
                self.push_out(&event.call_id, count);
            }
            EffectRule::NoneAfterEnd => {
                if !self.has_ended(&event) {
                    self.append(&event);
                }
            }
            EffectRule::LostUpdate(ms) => {
                let mut copy = self.lock().clone();
                sleep(Duration::from_millis(ms)).await;
                copy.extend(self.effects_of(&event));
                *self.lock() = copy;
            }
            EffectRule::QueueFor(one, ..) if event.event_type != one => self.append(&event),
            EffectRule::Queue(..) | EffectRule::QueueFor(..) => {
                for effect in self.effects_of(&event) {
                    // A full queue drops the effect that has already been promised.
                    let _ = self.queue.as_ref().map(|queue| queue.try_send(effect));
                }
            }
            EffectRule::JamsCall => {
                if !self.is_jammed(&event) {
                    self.append(&event);
                }
            }
            EffectRule::UntoldAfterEnd if self.has_ended(&event) => {
                self.append(&Arc::new(Event {
                    data: Value::Null,
                    ..event.as_ref().clone()
                }));
            }
            EffectRule::UntoldAfterEnd => self.append(&event),
            EffectRule::HoldsLastData(ms) => {
                self.calls().current = event.data.clone();
                sleep(Duration::from_millis(ms)).await;
                let data = self.calls().current.clone();
                self.append(&Arc::new(Event {
                    data,
                    ..event.as_ref().clone()
                }));
            }
        }
    }

    /// Puts back what the event did before the process ended.
    pub(super) fn restore(&self, event: Event) {
        self.append(&Arc::new(event));
    }

    /// The effects of the calls for which the predicate holds.
    pub(super) fn select(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<Arc<Effect>> {
        self.lock()
            .iter()
            .filter(|effect| is_wanted(effect.call_id()))
            .cloned()
            .collect()
    }

    fn leaves_effect(&self, event_type: &str) -> bool {
        let tests = matches!(
            self.test_event,
            TestEvent::LeavesEffect | TestEvent::BareLeavesEffect
        );
        self.types.contains(&event_type) || (event_type == "test" && tests)
    }

    fn append(&self, event: &Arc<Event>) {
        self.lock().extend(self.effects_of(event));
    }

    fn effects_of(&self, event: &Arc<Event>) -> Vec<Arc<Effect>> {
        let effect = |kind: &&'static str| {
            Arc::new(Effect {
                event: Arc::clone(event),
                kind,
            })
        };
        self.kinds.iter().map(effect).collect()
    }

    /// Counts one more event of the call.
    fn count(&self, call_id: &str) -> usize {
        let mut calls = self.calls();
        let count = calls.events.entry(call_id.to_owned()).or_default();
        *count += 1;
        *count
    }

    /// Whether the event's call had ended before it.
    fn has_ended(&self, event: &Event) -> bool {
        let mut calls = self.calls();
        let had_ended = calls.ended.contains(&event.call_id);
        if event.event_type == "call.ended" {
            calls.ended.insert(event.call_id.clone());
        }
        had_ended
    }

    /// Whether an event of the call, this one included, could not be read.
    fn is_jammed(&self, event: &Event) -> bool {
        let mut calls = self.calls();
        let body = &event.data["data"];
        let odd = |name: &str| body.get(name).is_some_and(|value| !value.is_string());
        if odd("toolName") || odd("text") {
            calls.jammed.insert(event.call_id.clone());
        }
        calls.jammed.contains(&event.call_id)
    }

    fn push_out(&self, call_id: &str, count: usize) {
        let mut effects = self.lock();
        let of_call = effects
            .iter()
            .filter(|effect| effect.call_id() == call_id)
            .count();
        if of_call > count
            && let Some(oldest) = effects
                .iter()
                .position(|effect| effect.call_id() == call_id)
        {
            effects.remove(oldest);
        }
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Effect>>> {
        self.effects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn worker(effects: Effects, places: usize, ms: u64) -> mpsc::Sender<Arc<Effect>> {
    let (queue, mut waiting) = mpsc::channel(places);
    tokio::spawn(async move {
        while let Some(effect) = waiting.recv().await {
            sleep(Duration::from_millis(ms)).await;
            effects
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(effect);
        }
    });
    queue
}
