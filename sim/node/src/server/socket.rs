//! One WebSocket: requests in order, long ones beside the others, and what its subscriptions tell.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast::error::RecvError, mpsc};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{Shared, stopped};
use crate::rpc::{Id, RpcError, answer};
use crate::subscribe::Subscriptions;

/// How often a silent client is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// A client that takes nothing for so long is gone.
const SEND_TIME: Duration = Duration::from_secs(10);
/// Requests of one connection that may run at once.
const AT_ONCE: usize = 16;

enum End {
    /// The other side closed, or broke.
    Gone,
    /// It did not take what it subscribed to.
    TooSlow,
    /// The node stops.
    Stop,
}

/// Serves a WebSocket to its end. Until then it keeps the `place` of its connection.
pub(super) async fn session(socket: WebSocket, shared: Shared, place: Arc<OwnedSemaphorePermit>) {
    let alive = shared.alive.clone();
    let mut session = Session::new(socket, shared);
    let end = session.run().await;
    session.close(end).await;
    drop((alive, place));
}

struct Session {
    socket: WebSocket,
    shared: Shared,
    subscriptions: Arc<Subscriptions>,
    answers: mpsc::Receiver<String>,
    to_answers: mpsc::Sender<String>,
    places: Arc<Semaphore>,
}

impl Session {
    fn new(socket: WebSocket, shared: Shared) -> Self {
        let (to_answers, answers) = mpsc::channel(AT_ONCE);
        Self {
            socket,
            shared,
            subscriptions: Arc::default(),
            answers,
            to_answers,
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    async fn run(&mut self) -> End {
        let mut events = self.shared.service.events();
        let mut stop = self.shared.stop.clone();
        let mut ping = interval(PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            let sent = tokio::select! {
                message = self.socket.recv() => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(Message::Text(text))) => self.request(text.as_bytes()).await,
                        Some(Ok(Message::Binary(bytes))) => self.request(&bytes).await,
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Gone,
                    }
                }
                Some(answer) = self.answers.recv() => self.send(answer).await,
                event = events.recv() => match event {
                    Ok(event) => {
                        let mut sent = Ok(());
                        for text in self.subscriptions.texts(&self.shared.service, &event) {
                            sent = self.send(text).await;
                            if sent.is_err() { break; }
                        }
                        sent
                    }
                    Err(RecvError::Lagged(_)) if self.subscriptions.is_empty() => Ok(()),
                    Err(RecvError::Lagged(_)) => return End::TooSlow,
                    Err(RecvError::Closed) => return End::Stop,
                },
                _ = ping.tick() => {
                    if heard.elapsed() > 3 * PING_EVERY { return End::Gone; }
                    self.send_message(Message::Ping(Default::default())).await
                }
                () = stopped(&mut stop) => return End::Stop,
            };
            if let Err(end) = sent {
                return end;
            }
        }
    }

    /// Answers a message: in its turn, unless it may take long, so that a subscription or a block number does not wait
    /// for a trace.
    async fn request(&mut self, message: &[u8]) -> Result<(), End> {
        let limit = self.shared.limits.body_bytes;
        if message.len() > limit {
            let error = RpcError::limit(format!("the message is above {limit} bytes"));
            return self.send(answer(&Id::null(), &Err(error))).await;
        }
        let incoming = self.shared.service.parse(message);
        if !self.shared.service.may_take_long(&incoming) {
            let answer = self
                .shared
                .service
                .answer_all(incoming, Some(&self.subscriptions))
                .await;
            return match answer {
                Some(answer) => self.send(answer).await,
                None => Ok(()),
            };
        }
        let place = loop {
            // While all places are taken, answers have to flow, or both sides would wait.
            tokio::select! {
                place = Arc::clone(&self.places).acquire_owned() => break place,
                Some(answer) = self.answers.recv() => self.send(answer).await?,
            }
        };
        let (service, subscriptions) = (Arc::clone(&self.shared.service), Arc::clone(&self.subscriptions));
        let to_answers = self.to_answers.clone();
        tokio::spawn(async move {
            let answer = service.answer_all(incoming, Some(&subscriptions)).await;
            if let Some(answer) = answer {
                // The session may have ended meanwhile.
                let _ = to_answers.send(answer).await;
            }
            drop(place);
        });
        Ok(())
    }

    async fn send(&mut self, text: String) -> Result<(), End> {
        self.send_message(Message::Text(Utf8Bytes::from(text))).await
    }

    async fn send_message(&mut self, message: Message) -> Result<(), End> {
        match timeout(SEND_TIME, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(End::Gone),
        }
    }

    async fn close(&mut self, end: End) {
        let (code, reason) = match end {
            End::Gone => return,
            End::TooSlow => (close_code::POLICY, "subscriptions were not read fast enough"),
            End::Stop => {
                self.last_answers().await;
                (close_code::AWAY, "the node stops")
            }
        };
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::from_static(reason),
        };
        let _ = self.send_message(Message::Close(Some(frame))).await;
    }

    /// Waits for the requests that run and sends their answers.
    async fn last_answers(&mut self) {
        let places = Arc::clone(&self.places);
        loop {
            tokio::select! {
                biased;
                Some(answer) = self.answers.recv() => {
                    if self.send(answer).await.is_err() { return; }
                }
                _ = places.acquire_many(AT_ONCE as u32) => break,
            }
        }
        while let Ok(answer) = self.answers.try_recv() {
            if self.send(answer).await.is_err() {
                return;
            }
        }
    }
}
