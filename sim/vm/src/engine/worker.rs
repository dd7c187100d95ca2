//! A thread that compiles in the background, so that no call waits for Cranelift.

use std::sync::{
    OnceLock, Weak,
    mpsc::{Receiver, Sender, channel},
};

use super::{Inner, Key, Source};

enum Job {
    /// A program to compile anew.
    Improve {
        engine: Weak<Inner>,
        key: Key,
        source: Source,
    },
    /// Tells that everything before it is done.
    Mark(Sender<()>),
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
            let _ = jobs.send(Job::Improve { engine, key, source });
        }
    }

    /// Waits until everything that was asked for is done.
    pub(super) fn finish(&self) {
        let Some(Some(jobs)) = self.jobs.get() else { return };
        let (done, wait) = channel();
        if jobs.send(Job::Mark(done)).is_ok() {
            // A thread that died has nothing left to do either.
            let _ = wait.recv();
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
    for job in jobs {
        match job {
            Job::Improve { engine, key, source } => {
                if let Some(engine) = engine.upgrade() {
                    engine.improve(key, &source);
                }
            }
            Job::Mark(done) => {
                // Who waited may have gone.
                let _ = done.send(());
            }
        }
    }
}
