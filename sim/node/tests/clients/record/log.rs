//! The log of a run as a file: a line of JSON for the chain and its long bytes, one for each request with its answer, and one for what
//! each WebSocket was told besides.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::bytes;
use super::replay::Answers;
use super::tee::Sent;

/// A request, or a batch of them.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) over: String,
    pub(super) request: Value,
    pub(super) answer: Value,
}

/// What one run asked, and what it was answered.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) chain_id: u64,
    pub(super) entries: Vec<Entry>,
    /// Of each WebSocket: what came unasked, by subscription.
    pub(super) told: BTreeMap<String, Value>,
}

impl Log {
    /// A log without answers.
    pub(super) fn of(chain_id: u64, sent: Vec<Sent>) -> Self {
        let entry = |Sent { over, text }| {
            let request = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
            let request = without_timers(request)?;
            Some(Entry {
                over,
                request,
                answer: Value::Null,
            })
        };
        Self {
            chain_id,
            entries: sent.into_iter().filter_map(entry).collect(),
            told: BTreeMap::new(),
        }
    }

    pub(super) fn answers(&mut self, answers: Answers) {
        for (entry, answer) in self.entries.iter_mut().zip(answers.answers) {
            entry.answer = answer;
        }
        self.told = answers.told;
    }

    pub(super) fn write(&self, path: &Path) {
        let mut requests: Vec<String> = self
            .entries
            .iter()
            .map(|entry| entry.request.to_string())
            .collect();
        let kept = bytes::shorten(&mut requests);
        let mut text = format!("{}\n", json!({ "chain_id": self.chain_id, "bytes": kept }));
        for (entry, request) in self.entries.iter().zip(requests) {
            let request: Value = serde_json::from_str(&request).expect("it was JSON before");
            text += &format!(
                "{}\n",
                json!({ "over": entry.over, "request": request, "answer": entry.answer })
            );
        }
        for (over, told) in &self.told {
            text += &format!("{}\n", json!({ "over": over, "told": told }));
        }
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }

    pub(super) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let (head, lines) = text.split_once('\n').expect("a first line");
        let head: Value = serde_json::from_str(head).expect("JSON");
        let kept: Vec<String> = serde_json::from_value(head["bytes"].clone()).expect("texts");
        let mut log = Self {
            chain_id: head["chain_id"].as_u64().expect("an id"),
            entries: vec![],
            told: BTreeMap::new(),
        };
        for line in lines.lines() {
            let mut row: Value = serde_json::from_str(line).expect("JSON");
            let over = row["over"].as_str().expect("a kind of connection").to_owned();
            if let Some(told) = row.get_mut("told") {
                log.told.insert(over, told.take());
                continue;
            }
            let request = bytes::lengthen(&row["request"].to_string(), &kept);
            let request = serde_json::from_str(&request).expect("JSON");
            log.entries.push(Entry {
                over,
                request,
                answer: row["answer"].take(),
            });
        }
        log
    }
}

/// The request without what lets a timer make blocks; `None` if nothing is left.
fn without_timers(request: Value) -> Option<Value> {
    let sets_a_timer = |one: &Value| {
        one["method"]
            .as_str()
            .is_some_and(|method| method.ends_with("setIntervalMining"))
    };
    match request {
        Value::Array(mut batch) => {
            batch.retain(|one| !sets_a_timer(one));
            (!batch.is_empty()).then_some(Value::Array(batch))
        }
        one => (!sets_a_timer(&one)).then_some(one),
    }
}
