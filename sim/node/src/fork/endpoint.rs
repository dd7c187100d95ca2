//! Another node, asked over HTTP: JSON-RPC with retries, in batches where it takes them.
//!
//! Blocking: the execution that needs a value waits for it. What the values are is not known here.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Uri;

use super::config::ForkConfig;
use super::trouble::{Answered, Trouble};

/// First pause before a request is sent again.
const PAUSE: Duration = Duration::from_millis(250);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// Largest answer that is read, in bytes.
const ANSWER_BYTES: u64 = 256 << 20;
/// Requests of one batch: fewer than any known endpoint refuses.
const BATCH: usize = 60;

/// A request: method and parameters.
pub(crate) type Request = (&'static str, Value);

/// An endpoint.
pub(crate) struct Endpoint {
    agent: Agent,
    url: String,
    /// The URL without what may hold a key.
    shown: String,
    headers: Vec<(String, String)>,
    retries: u32,
    timeout: Duration,
    /// Time after which no attempt begins any more that could not end within it.
    patience: Duration,
    /// It has answered a batch with something else.
    no_batches: AtomicBool,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Endpoint").field(&self.shown).finish()
    }
}

/// Why an attempt gave nothing.
enum Failed {
    /// Another attempt may do better, after the time the endpoint asks for.
    Now(String, Option<Duration>),
    /// Another attempt would not.
    ForGood(Trouble),
}

impl Endpoint {
    /// An endpoint that is not asked yet. `patience`: how long whoever asks waits at most.
    ///
    /// # Errors
    /// What is wrong with the URL or a header.
    pub(crate) fn new(config: &ForkConfig, patience: Duration) -> Result<Self, String> {
        let uri: Uri = config
            .url
            .parse()
            .map_err(|e| format!("`{}` is no URL: {e}", config.url))?;
        match uri.scheme_str() {
            Some("http" | "https") if uri.host().is_some_and(|host| !host.is_empty()) => {}
            Some("ws" | "wss") => {
                return Err("the chain to fork is read over HTTP: give its http:// or https:// URL".into());
            }
            _ => {
                return Err(format!(
                    "`{}` is no endpoint: give a URL such as https://arb1.arbitrum.io/rpc or http://127.0.0.1:8545",
                    config.url
                ));
            }
        }
        for (name, value) in &config.headers {
            let known = ureq::http::HeaderName::from_bytes(name.as_bytes()).is_ok()
                && ureq::http::HeaderValue::from_str(value).is_ok();
            if !known {
                return Err(format!("`{name}` is no header with a value that HTTP allows"));
            }
        }
        let mut settings = Agent::config_builder()
            .timeout_global(Some(config.timeout))
            .http_status_as_error(false)
            .user_agent(concat!("mintage/", env!("CARGO_PKG_VERSION")))
            .max_idle_connections_per_host(16);
        if is_local(&config.url) {
            settings = settings.proxy(None);
        }
        Ok(Self {
            agent: settings.build().into(),
            shown: origin_of(&config.url),
            url: config.url.clone(),
            headers: config.headers.clone(),
            retries: config.retries,
            timeout: config.timeout,
            patience,
            no_batches: AtomicBool::new(false),
        })
    }

    /// Whether this is its URL.
    pub(crate) fn is_at(&self, url: &str) -> bool {
        self.url.trim_end_matches('/') == url.trim_end_matches('/')
    }

    /// Scheme, host and port.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// One request.
    pub(crate) fn call(&self, method: &str, params: &Value) -> Result<Value, Trouble> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.exchange(&body, |answer| self.result_of(answer))
    }

    /// One request that is not worth a second attempt; `None` if it is not answered.
    pub(crate) fn call_once(&self, method: &str, params: &Value) -> Option<Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = self.attempt(&body.to_string()).ok()?;
        self.result_of(answer).ok()
    }

    /// An answer as what the method gives.
    pub(crate) fn typed<T: DeserializeOwned>(
        &self,
        method: &'static str,
        answer: Value,
    ) -> Result<T, Trouble> {
        let shown: String = answer.to_string().chars().take(80).collect();
        serde_json::from_value(answer).map_err(|e| Trouble::Strange {
            endpoint: self.shown.clone(),
            method,
            problem: format!("{shown} ({e})"),
        })
    }

    /// Several requests; all succeed, or it is told of the first that does not.
    pub(crate) fn call_all(&self, requests: &[Request]) -> Result<Vec<Value>, Trouble> {
        let mut results = Vec::with_capacity(requests.len());
        for some in requests.chunks(BATCH) {
            match self.batch(some)? {
                Some(answers) => results.extend(answers),
                None => {
                    for (method, params) in some {
                        results.push(self.call(method, params)?);
                    }
                }
            }
        }
        Ok(results)
    }

    /// `None` if it takes no batches.
    fn batch(&self, requests: &[Request]) -> Result<Option<Vec<Value>>, Trouble> {
        if requests.len() < 2 || self.no_batches.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let body: Value = requests
            .iter()
            .enumerate()
            .map(|(id, (method, params))| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
            .collect();
        let refused = || self.no_batches.store(true, Ordering::Relaxed);
        let answered = self.exchange(&body, |answer| {
            let Value::Array(answers) = answer else {
                // An error of one request is told in the list; without a list the batch itself is refused, or put off.
                if let Err(later @ Failed::Now(..)) = self.result_of(answer) {
                    return Err(later);
                }
                refused();
                return Ok(None);
            };
            let mut results = vec![None; requests.len()];
            for answer in answers {
                let place = answer["id"].as_u64().and_then(|id| usize::try_from(id).ok());
                let Some(place) = place.filter(|place| *place < results.len()) else {
                    return Err(Failed::Now("it answers what was not asked".into(), None));
                };
                results[place] = Some(self.result_of(answer)?);
            }
            match results.into_iter().collect::<Option<Vec<Value>>>() {
                Some(all) => Ok(Some(all)),
                None => Err(Failed::Now("it leaves out answers of a batch".into(), None)),
            }
        });
        match answered {
            // Some refuse a batch by an HTTP status. If that is not why, a single request tells.
            Err(Trouble::Unusable { .. }) => {
                refused();
                Ok(None)
            }
            answered => answered,
        }
    }

    /// Sends a body until there is an answer, or no hope.
    fn exchange<T>(&self, body: &Value, read: impl Fn(Value) -> Result<T, Failed>) -> Result<T, Trouble> {
        let body = body.to_string();
        let begin = Instant::now();
        let mut pause = PAUSE;
        for attempt in 1.. {
            let (problem, asked_pause) = match self.attempt(&body).and_then(&read) {
                Ok(result) => return Ok(result),
                Err(Failed::ForGood(trouble)) => return Err(trouble),
                Err(Failed::Now(problem, asked_pause)) => (problem, asked_pause),
            };
            let wait = asked_pause.unwrap_or(pause);
            // An endpoint may ask for any time.
            let end = begin.elapsed().saturating_add(wait);
            let in_time = end.saturating_add(self.timeout.min(PAUSE)) <= self.patience;
            if attempt > self.retries || !in_time {
                return Err(Trouble::NoAnswer {
                    endpoint: self.shown.clone(),
                    attempts: attempt,
                    problem,
                });
            }
            std::thread::sleep(wait);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        unreachable!("there is an end to attempts")
    }

    fn attempt(&self, body: &str) -> Result<Value, Failed> {
        let mut request = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut response = request.send(body).map_err(|e| self.transport(&e))?;
        let status = response.status().as_u16();
        let wait = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let text = response
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES)
            .read_to_vec();
        let text = text.map_err(|e| self.transport(&e))?;
        let answer = serde_json::from_slice::<Value>(&text);
        match (status, answer) {
            (429 | 500.., _) => Err(Failed::Now(format!("HTTP status {status}"), wait)),
            (200..=299, Ok(answer)) => Ok(answer),
            (200..=299, Err(_)) => Err(Failed::Now("its answer is no JSON".into(), None)),
            // Some give errors of JSON-RPC with a status of their own.
            (_, Ok(answer)) if answer["error"]["message"].is_string() => Ok(answer),
            (401 | 403, _) => Err(self.for_good(format!(
                "it refuses (HTTP status {status}): is the key in the URL or in --fork-header right?"
            ))),
            _ => Err(self.for_good(format!(
                "HTTP status {status}: is this the URL of a JSON-RPC endpoint?"
            ))),
        }
    }

    fn for_good(&self, problem: String) -> Failed {
        Failed::ForGood(Trouble::Unusable {
            endpoint: self.shown.clone(),
            problem,
        })
    }

    fn transport(&self, error: &ureq::Error) -> Failed {
        match error {
            ureq::Error::Timeout(_) => Failed::Now(
                format!("no answer within {:.1} s", self.timeout.as_secs_f64()),
                None,
            ),
            ureq::Error::BodyExceedsLimit(bytes) => {
                self.for_good(format!("its answer is larger than {bytes} bytes"))
            }
            other => Failed::Now(other.to_string(), None),
        }
    }

    /// The result in an answer of JSON-RPC.
    fn result_of(&self, mut answer: Value) -> Result<Value, Failed> {
        if answer["error"].is_object() {
            let answered = Answered::read(&answer["error"]);
            return Err(if answered.asks_for_patience() {
                Failed::Now(format!("error {}: {}", answered.code, answered.message), None)
            } else {
                Failed::ForGood(Trouble::Refused {
                    endpoint: self.shown.clone(),
                    answered,
                })
            });
        }
        match answer.get_mut("result") {
            Some(result) => Ok(result.take()),
            None => Err(Failed::Now("its answer is no JSON-RPC".into(), None)),
        }
    }
}

/// Scheme, host and port of a URL: the rest may hold a key.
pub(crate) fn origin_of(url: &str) -> String {
    let Ok(uri) = url.parse::<Uri>() else {
        return "an endpoint".to_owned();
    };
    let (scheme, host) = (uri.scheme_str().unwrap_or("http"), uri.host().unwrap_or_default());
    match uri.port_u16() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    }
}

/// Whether the host of a URL is this machine.
pub(crate) fn is_local(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_what_may_hold_a_key_is_not_shown() {
        for (url, shown) in [
            (
                "https://arb1.example.org/v2/secret?key=secret",
                "https://arb1.example.org",
            ),
            (
                "https://user:secret@example.org:8443/",
                "https://example.org:8443",
            ),
            ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
            ("http://[::1]:8545/x", "http://[::1]:8545"),
        ] {
            assert_eq!(origin_of(url), shown);
        }
    }

    #[test]
    fn test_urls_that_are_no_endpoints_are_refused() {
        let patience = Duration::from_secs(1);
        for url in [
            "",
            "example",
            "ws://127.0.0.1:1",
            "ftp://example.org",
            "http://",
            "https:///x",
            "http://a b",
        ] {
            assert!(Endpoint::new(&ForkConfig::new(url), patience).is_err(), "{url}");
        }
        let mut config = ForkConfig::new("http://example.org");
        assert!(Endpoint::new(&config, patience).is_ok());
        config.headers = vec![("a b".into(), "c".into())];
        assert!(Endpoint::new(&config, patience).is_err());
    }
}
