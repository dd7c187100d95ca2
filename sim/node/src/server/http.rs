//! HTTP: one request or batch a body, CORS, and the door to WebSocket.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use futures_util::StreamExt;
use tokio::sync::OwnedSemaphorePermit;

use super::{Shared, socket};
use crate::rpc::{Id, RpcError, answer};

/// Bytes of a body that are read although they are too many.
const MOST_DROPPED: usize = 64 << 20;
const GREETING: &str = "This is a JSON-RPC endpoint: send requests by POST, or open a WebSocket.\n";

/// What the requests of one connection share.
#[derive(Clone)]
struct Connection {
    shared: Shared,
    /// Of the connections that there may be at once.
    place: Arc<OwnedSemaphorePermit>,
}

/// For one connection. Any path is the endpoint: some clients are given `/`, some `/ws`, some `/rpc`.
pub(super) fn router(shared: Shared, place: OwnedSemaphorePermit) -> Router {
    let place = Arc::new(place);
    Router::new()
        .fallback(handle)
        .with_state(Connection { shared, place })
}

async fn handle(
    State(Connection { shared, place }): State<Connection>,
    request: Request<Body>,
) -> Response<Body> {
    let origin = HeaderValue::from_str(&shared.allow_origin).unwrap_or(HeaderValue::from_static("*"));
    let mut response = match *request.method() {
        _ if !may_come(&shared.allow_origin, request.headers()) => foreign(&shared.allow_origin),
        Method::POST => post(shared, request).await,
        Method::OPTIONS => preflight(request.headers()),
        Method::GET => get(shared, place, request).await,
        _ => text(StatusCode::METHOD_NOT_ALLOWED, GREETING),
    };
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response
}

/// Whether a page of the origin of a request may use the node. Browsers say where a page is from, and send some requests, and open any
/// WebSocket, before they ask whether they may; who is no browser says nothing.
fn may_come(allowed: &str, headers: &HeaderMap) -> bool {
    allowed == "*"
        || headers
            .get_all(header::ORIGIN)
            .iter()
            .all(|origin| origin.as_bytes() == allowed.as_bytes())
}

fn foreign(allowed: &str) -> Response<Body> {
    let problem = format!("this node takes requests of pages from {allowed} only (--allow-origin)");
    refusal(StatusCode::FORBIDDEN, RpcError::server(problem))
}

async fn post(shared: Shared, request: Request<Body>) -> Response<Body> {
    let limits = shared.limits;
    let body = match tokio::time::timeout(limits.body_time, read(request, limits.body_bytes)).await {
        Ok(Ok(body)) => body,
        Ok(Err(Unread::TooLarge)) => {
            let problem = format!("the body is above {} bytes", limits.body_bytes);
            return refusal(StatusCode::PAYLOAD_TOO_LARGE, RpcError::limit(problem));
        }
        Ok(Err(Unread::Broken)) => {
            return refusal(StatusCode::BAD_REQUEST, RpcError::parse("the body ended early"));
        }
        Err(_) => {
            let problem = format!("the body did not arrive within {} s", limits.body_time.as_secs());
            return refusal(StatusCode::REQUEST_TIMEOUT, RpcError::limit(problem));
        }
    };
    match shared.service.answer(&body).await {
        Some(answer) => json(StatusCode::OK, answer),
        None => status(StatusCode::NO_CONTENT),
    }
}

enum Unread {
    TooLarge,
    Broken,
}

/// Reads a body. One that is too large is read on for a while and dropped: many clients look for an answer only when they have sent all.
async fn read(request: Request<Body>, limit: usize) -> Result<Bytes, Unread> {
    let most = limit.saturating_add(MOST_DROPPED);
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
        .unwrap_or_default();
    if announced > most {
        return Err(Unread::TooLarge);
    }
    let mut stream = request.into_body().into_data_stream();
    let mut body = Vec::with_capacity(if announced > limit { 0 } else { announced });
    let mut size = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Unread::Broken)?;
        size += chunk.len();
        if size > most {
            break;
        }
        if size.max(announced) <= limit {
            body.extend_from_slice(&chunk);
        }
    }
    if size > limit {
        return Err(Unread::TooLarge);
    }
    Ok(body.into())
}

async fn get(shared: Shared, place: Arc<OwnedSemaphorePermit>, request: Request<Body>) -> Response<Body> {
    let (mut parts, _) = request.into_parts();
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade
            // Up to twice the limit a message gets an error; above that the connection ends.
            .max_message_size(shared.limits.body_bytes.saturating_mul(2))
            .max_frame_size(shared.limits.body_bytes.saturating_mul(2))
            .on_upgrade(move |stream| socket::session(stream, shared, place)),
        Err(_) => text(StatusCode::METHOD_NOT_ALLOWED, GREETING),
    }
}

/// What browsers ask before they send a request from a page.
fn preflight(asked: &HeaderMap) -> Response<Body> {
    let mut response = status(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("POST, GET, OPTIONS"),
    );
    let wanted = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        wanted.unwrap_or(HeaderValue::from_static("content-type")),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    if asked.contains_key("access-control-request-private-network") {
        headers.insert(
            "access-control-allow-private-network",
            HeaderValue::from_static("true"),
        );
    }
    response
}

fn refusal(code: StatusCode, error: RpcError) -> Response<Body> {
    let mut response = json(code, answer(&Id::null(), &Err(error)));
    // What is left of the body is not read.
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn status(code: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = code;
    response
}

fn text(code: StatusCode, text: &'static str) -> Response<Body> {
    with_type(code, Body::from(text), "text/plain; charset=utf-8")
}

fn json(code: StatusCode, text: String) -> Response<Body> {
    with_type(code, Body::from(text), "application/json")
}

fn with_type(code: StatusCode, body: Body, kind: &'static str) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = code;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
