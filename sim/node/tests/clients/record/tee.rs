//! A proxy before a node, which notes what clients send. Bytes pass as they are, in both directions.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::frame;

/// A message of a client: over which kind of connection, and its text.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// `http`, or the name of one WebSocket.
    pub(super) over: String,
    pub(super) text: String,
}

type Notes = Arc<Mutex<Vec<Sent>>>;

/// The proxy. It ends with the process of the test.
pub(crate) struct Tee {
    address: SocketAddr,
    notes: Notes,
}

impl Tee {
    pub(crate) fn before(node: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let notes = Notes::default();
        let theirs = Arc::clone(&notes);
        thread::spawn(move || {
            for (number, client) in listener.incoming().map_while(Result::ok).enumerate() {
                // A node that has stopped takes no more connections.
                let Ok(server) = TcpStream::connect(node) else {
                    return;
                };
                pass(client, server, number, Arc::clone(&theirs));
            }
        });
        Self { address, notes }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything so far, in the order in which it arrived.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.notes.lock().expect("whole").clone()
    }
}

fn pass(client: TcpStream, server: TcpStream, number: usize, notes: Notes) {
    let (mut answers, mut back) = (
        server.try_clone().expect("a handle"),
        client.try_clone().expect("a handle"),
    );
    thread::spawn(move || {
        let _ = std::io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
    thread::spawn(move || {
        note(client, &server, number, &notes);
        let _ = server.shutdown(Shutdown::Write);
    });
}

/// A message is noted before the node has all of it: what a client sends after an answer stands after what was answered.
fn note(mut client: TcpStream, mut server: &TcpStream, number: usize, notes: &Notes) {
    let (mut chunk, mut unread, mut upgraded) = ([0; 1 << 16], Vec::new(), false);
    while let Ok(length @ 1..) = client.read(&mut chunk) {
        unread.extend_from_slice(&chunk[..length]);
        while let Some(message) = if upgraded {
            frame::websocket(&unread)
        } else {
            frame::http(&unread)
        } {
            let over = if upgraded {
                format!("ws-{number}")
            } else {
                "http".to_owned()
            };
            if let Some(text) = message.text {
                notes.lock().expect("whole").push(Sent { over, text });
            }
            upgraded |= message.upgrades;
            unread.drain(..message.taken);
        }
        if server.write_all(&chunk[..length]).is_err() {
            return;
        }
    }
}
