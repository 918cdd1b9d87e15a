//! How people name a dead letter: the number of its event and its task, `17:crm`.

use std::fmt;
use std::str::FromStr;

use crate::store::{DeadLetter, Task};

/// Names one dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LetterId {
    pub(super) event: i64,
    pub(super) task: Task,
}

impl LetterId {
    pub(super) fn of(letter: &DeadLetter) -> Self {
        Self {
            event: letter.id,
            task: letter.task,
        }
    }
}

impl fmt::Display for LetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.event, self.task.name())
    }
}

impl FromStr for LetterId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (event, task) = text.split_once(':')?;
            Some(Self {
                event: event.parse().ok()?,
                task: Task::of_name(task)?,
            })
        };
        parse()
            .ok_or("an id is a number and a task, such as 17:crm; `dead-letters list` shows them")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_as_it_is_written() {
        let id: LetterId = "17:crm".parse().unwrap();
        assert_eq!(id.to_string(), "17:crm");
        for text in ["", "17", "x:crm", "17:fax", "17:crm:1"] {
            assert!(text.parse::<LetterId>().is_err(), "{text}");
        }
    }
}
