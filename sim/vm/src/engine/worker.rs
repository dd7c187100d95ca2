//! A thread that compiles in the background, so that no call waits for Cranelift.

use std::sync::{
    OnceLock, Weak,
    mpsc::{Receiver, Sender, channel},
};

use super::{Inner, Key, Source};

/// A program to compile anew.
struct Job {
    engine: Weak<Inner>,
    key: Key,
    source: Source,
}

/// The thread, started with the first program. It ends with its engine.
#[derive(Default)]
pub(super) struct Worker {
    jobs: OnceLock<Option<Sender<Job>>>,
}

impl Worker {
    /// Has the program compiled by Cranelift and replaced, some time. Where no thread can be had it stays as it is.
    pub(super) fn improve(&self, engine: Weak<Inner>, key: Key, source: Source) {
        if let Some(jobs) = self.jobs.get_or_init(start) {
            // It fails only when the thread has died, and then the program stays as it is.
            let _ = jobs.send(Job { engine, key, source });
        }
    }
}

fn start() -> Option<Sender<Job>> {
    let (sender, receiver) = channel();
    std::thread::Builder::new()
        .name("stylus-cranelift".into())
        .stack_size(STACK)
        .spawn(move || work(&receiver))
        .ok()?;
    Some(sender)
}

/// Native stack of the thread: Cranelift walks deeply nested blocks of large functions by recursion in places.
const STACK: usize = 8 << 20;

fn work(jobs: &Receiver<Job>) {
    for Job { engine, key, source } in jobs {
        if let Some(engine) = engine.upgrade() {
            engine.improve(key, &source);
        }
    }
}
