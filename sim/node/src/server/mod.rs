//! The listener: connections, their limits, and the graceful stop. One port serves HTTP ([`http`]) and WebSocket
//! ([`socket`]).
//!
//! It knows nothing of methods: a message goes to [`Service`], an answer comes back as text.

mod http;
mod socket;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use crate::config::Limits;
use crate::dispatch::Service;

/// What every connection needs.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) service: Arc<Service>,
    pub(crate) limits: Limits,
    /// The `Origin` that browsers may come from; `*` for all.
    pub(crate) allow_origin: Arc<str>,
    /// Becomes true when the node stops.
    pub(crate) stop: watch::Receiver<bool>,
    /// Held by everything that has to end before the node has stopped.
    pub(crate) alive: mpsc::Sender<Infallible>,
}

/// Serves until `stop` becomes true, then until the requests that run have been answered, but no longer than
/// [`Limits::stop_time`].
pub(crate) async fn serve(
    listeners: Vec<TcpListener>,
    service: Arc<Service>,
    limits: Limits,
    allow_origin: Arc<str>,
    stop: watch::Receiver<bool>,
) {
    let (alive, mut all_ended) = mpsc::channel(1);
    let shared = Shared {
        service,
        limits,
        allow_origin,
        stop,
        alive,
    };
    let places = Arc::new(Semaphore::new(limits.connections));
    let mut acceptors = Vec::new();
    for listener in listeners {
        acceptors.push(tokio::spawn(accept(
            listener,
            shared.clone(),
            Arc::clone(&places),
        )));
    }
    drop(shared);
    for acceptor in acceptors {
        // It ends only by the stop; a panic inside it would have been reported by the runtime.
        let _ = acceptor.await;
    }
    let _ = tokio::time::timeout(limits.stop_time, all_ended.recv()).await;
}

async fn accept(listener: TcpListener, shared: Shared, places: Arc<Semaphore>) {
    let mut stop = shared.stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => return,
        };
        let Ok((stream, _)) = accepted else {
            // Too many open files, or a connection that was gone before it was taken: others may still come.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        match Arc::clone(&places).try_acquire_owned() {
            Ok(place) => {
                tokio::spawn(connection(stream, shared.clone(), place));
            }
            Err(_) => {
                tokio::spawn(refuse(stream, shared.limits.connections));
            }
        }
    }
}

/// Waits until the node stops.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the node is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// One connection, over all its requests. A client that opens it and sends no request in time loses it. Its place goes to the WebSocket
/// that it becomes, if it does.
async fn connection(stream: TcpStream, mut shared: Shared, place: OwnedSemaphorePermit) {
    let _alive = shared.alive.clone();
    let router = http::router(shared.clone(), place);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.limits.idle_time)
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    tokio::pin!(served);
    tokio::select! {
        // An error is a client that went away or spoke no HTTP; there is nobody to tell.
        _ = served.as_mut() => {}
        () = stopped(&mut shared.stop) => {
            served.as_mut().graceful_shutdown();
            let _ = served.await;
        }
    }
}

/// Tells a client that there are too many, without reading what it wants.
async fn refuse(mut stream: TcpStream, connections: usize) {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":null,"error":{{"code":-32005,"message":"too many connections: this node takes {connections} at once"}}}}"#
    );
    let response = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let write = async {
        stream.write_all(response.as_bytes()).await?;
        stream.shutdown().await
    };
    let _ = tokio::time::timeout(Duration::from_secs(2), write).await;
}

/// The addresses to listen on for a host: `localhost` and the loopback addresses mean both 127.0.0.1 and ::1, because
/// clients resolve `localhost` to either.
pub(crate) async fn bind(host: &str, port: u16) -> std::io::Result<Vec<TcpListener>> {
    let first = match host {
        "localhost" => "127.0.0.1",
        other => other,
    };
    let listener = TcpListener::bind((first, port)).await?;
    let address = listener.local_addr()?;
    let mut listeners = vec![listener];
    if address.ip().is_loopback() {
        let other: SocketAddr = if address.is_ipv4() {
            (std::net::Ipv6Addr::LOCALHOST, address.port()).into()
        } else {
            (std::net::Ipv4Addr::LOCALHOST, address.port()).into()
        };
        // A machine may have one family only, or another program may hold the port there: the first was asked for.
        if let Ok(listener) = TcpListener::bind(other).await {
            listeners.push(listener);
        }
    }
    Ok(listeners)
}
