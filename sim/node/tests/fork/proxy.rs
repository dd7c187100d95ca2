//! An endpoint that is as bad as real ones: it hands requests on to a node, and does otherwise when it is told to.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// What happens to a request instead of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// An HTTP status without an answer.
    Status(u16),
    /// Status 429, and to come again after this.
    Later(&'static str),
    /// A body that is this.
    Body(&'static str),
    /// Half of the answer, then the connection closes.
    Half,
    /// No answer for so long.
    Hang(Duration),
    /// The connection closes.
    Close,
}

#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    /// For the requests that come next, in order.
    faults: Mutex<VecDeque<Fault>>,
    /// Bodies that were handed on.
    seen: Mutex<Vec<Value>>,
    headers: Mutex<Vec<String>>,
    away: AtomicBool,
    ended: AtomicBool,
}

/// The proxy. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    pub(crate) fn before(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            upstream,
            faults: Mutex::default(),
            seen: Mutex::default(),
            headers: Mutex::default(),
            away: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.ended.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&serving);
                // A client that goes away ends its connection, and nothing else.
                std::thread::spawn(move || stream.and_then(|stream| shared.serve(stream)));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn do_next(&self, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.lock().unwrap().extend(faults);
    }

    /// From now on every connection is closed, or no longer.
    pub(crate) fn go_away(&self, away: bool) {
        self.shared.away.store(away, Ordering::Relaxed);
    }

    /// The methods asked for since this was last called, those of batches one by one.
    pub(crate) fn methods(&self) -> Vec<String> {
        let seen = std::mem::take(&mut *self.shared.seen.lock().unwrap());
        let calls = seen.into_iter().flat_map(|body| match body {
            Value::Array(calls) => calls,
            call => vec![call],
        });
        calls
            .map(|call| call["method"].as_str().expect("a method").to_owned())
            .collect()
    }

    /// The heads of all requests.
    pub(crate) fn heads(&self) -> String {
        self.shared.headers.lock().unwrap().join("\n")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        if self.away.load(Ordering::Relaxed) {
            return Ok(());
        }
        let (head, body) = read(&mut stream)?;
        self.headers.lock().unwrap().push(head);
        let fault = self.faults.lock().unwrap().pop_front();
        match fault {
            Some(Fault::Status(status)) => {
                let text = format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                return stream.write_all(text.as_bytes());
            }
            Some(Fault::Later(after)) => {
                let text = format!(
                    "HTTP/1.1 429 No\r\nretry-after: {after}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                return stream.write_all(text.as_bytes());
            }
            Some(Fault::Body(body)) => return stream.write_all(&answer(body.as_bytes())),
            Some(Fault::Hang(time)) => {
                std::thread::sleep(time);
                return Ok(());
            }
            Some(Fault::Close) => return Ok(()),
            Some(Fault::Half) | None => {}
        }
        if fault.is_none() {
            let json = serde_json::from_slice(&body).expect("a client of ours sends JSON");
            self.seen.lock().unwrap().push(json);
        }
        let reply = self.hand_on(&body)?;
        let whole = answer(&reply);
        let part = if fault.is_some() {
            whole.len() - reply.len() / 2 - 1
        } else {
            whole.len()
        };
        stream.write_all(&whole[..part])
    }

    fn hand_on(&self, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut upstream = TcpStream::connect(self.upstream)?;
        let head = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        upstream.write_all(head.as_bytes())?;
        upstream.write_all(body)?;
        Ok(read(&mut upstream)?.1)
    }
}

fn answer(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A message's head and body.
fn read(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut part = [0; 16_384];
    loop {
        let end = all.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&all[..end]).to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            let length: usize = length.unwrap_or_default();
            if all.len() >= end + 4 + length {
                return Ok((head, all[end + 4..end + 4 + length].to_vec()));
            }
        }
        match stream.read(&mut part)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => all.extend_from_slice(&part[..count]),
        }
    }
}
