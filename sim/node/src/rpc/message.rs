//! Requests and answers on the wire.

use serde_json::{Map, Value};

use super::{Answer, Params, RpcError};

/// The id of a request as JSON text, exactly as the client wrote its value: a number, a string, or `null`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Id(String);

impl Id {
    /// The id of an answer to something whose id could not be read.
    pub(crate) fn null() -> Self {
        Self("null".to_owned())
    }
}

/// One request. Without an id it is a notification and gets no answer.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: Option<Id>,
    pub(crate) method: String,
    pub(crate) params: Params,
}

/// A request, or what to answer instead of it.
pub(crate) type Parsed = Result<Call, (Id, RpcError)>;

/// What one body or one WebSocket message holds.
#[derive(Debug)]
pub(crate) enum Incoming {
    Single(Parsed),
    Batch(Vec<Parsed>),
}

impl Incoming {
    /// Reads a message. Never fails: what is no request becomes the error to answer with.
    pub(crate) fn parse(body: &[u8], max_batch: usize) -> Self {
        match serde_json::from_slice(body) {
            Err(problem) => Self::Single(Err((Id::null(), RpcError::parse(problem)))),
            Ok(Value::Array(elements)) if elements.is_empty() => Self::refuse("an empty batch"),
            Ok(Value::Array(elements)) if elements.len() > max_batch => Self::Single(Err((
                Id::null(),
                RpcError::limit(format!(
                    "a batch of {} requests; at most {max_batch} are taken at once",
                    elements.len()
                )),
            ))),
            Ok(Value::Array(elements)) => Self::Batch(elements.into_iter().map(parse_call).collect()),
            Ok(value) => Self::Single(parse_call(value)),
        }
    }

    fn refuse(problem: &str) -> Self {
        Self::Single(Err((Id::null(), RpcError::invalid_request(problem))))
    }
}

fn parse_call(value: Value) -> Parsed {
    let Value::Object(mut fields) = value else {
        return Err((Id::null(), RpcError::invalid_request("a request is an object")));
    };
    let id = parse_id(&mut fields).map_err(|error| (Id::null(), error))?;
    let refuse = |error| (id.clone().unwrap_or_else(Id::null), error);
    // Some clients leave the version out; a wrong one is no JSON-RPC 2.0.
    if fields.get("jsonrpc").is_some_and(|version| version != "2.0") {
        return Err(refuse(RpcError::invalid_request("`jsonrpc` must be \"2.0\"")));
    }
    let Some(Value::String(method)) = fields.remove("method") else {
        return Err(refuse(RpcError::invalid_request("`method` must be a string")));
    };
    let params = match fields.remove("params") {
        None | Some(Value::Null) => Params::default(),
        Some(Value::Array(values)) => Params::new(values),
        Some(_) => return Err(refuse(RpcError::params("`params` must be an array"))),
    };
    Ok(Call { id, method, params })
}

fn parse_id(fields: &mut Map<String, Value>) -> Result<Option<Id>, RpcError> {
    match fields.remove("id") {
        None => Ok(None),
        Some(id @ (Value::Null | Value::Number(_) | Value::String(_))) => Ok(Some(Id(id.to_string()))),
        Some(_) => Err(RpcError::invalid_request(
            "`id` must be a number, a string or null",
        )),
    }
}

/// The text of one answer.
pub(crate) fn answer(id: &Id, answer: &Answer) -> String {
    let id = &id.0;
    match answer {
        Ok(result) => format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#),
        Err(error) => format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{}}}"#, error.to_json()),
    }
}

/// The text of the answers to a batch; `None` if all its requests were notifications.
pub(crate) fn batch(answers: &[String]) -> Option<String> {
    (!answers.is_empty()).then(|| format!("[{}]", answers.join(",")))
}

/// The text of what a subscription tells; `result` is JSON text.
pub(crate) fn notification(subscription: &str, result: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","method":"eth_subscription","params":{{"subscription":"{subscription}","result":{result}}}}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn single(body: &str) -> Parsed {
        match Incoming::parse(body.as_bytes(), 10) {
            Incoming::Single(parsed) => parsed,
            Incoming::Batch(_) => panic!("{body} is no batch"),
        }
    }

    fn code(body: &str) -> (String, i64) {
        let (id, error) = single(body).unwrap_err();
        (id.0, error.code)
    }

    #[test]
    fn test_ids_come_back_as_they_were_sent() {
        for id in ["1", "\"a\\\"b\"", "null", "-7", "18446744073709551615", "1.5"] {
            let call = single(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#)).unwrap();
            assert_eq!(call.id, Some(Id(id.to_owned())));
        }
        assert_eq!(single(r#"{"method":"m"}"#).unwrap().id, None, "a notification");
    }

    #[test]
    fn test_what_is_no_request_gets_its_code() {
        let cases = [
            ("", "null", -32700),
            ("{", "null", -32700),
            ("\u{0}", "null", -32700),
            ("[]", "null", -32600),
            ("1", "null", -32600),
            (r#"{"id":{},"method":"m"}"#, "null", -32600),
            (r#"{"id":1,"method":2}"#, "1", -32600),
            (r#"{"id":1}"#, "1", -32600),
            (r#"{"id":1,"jsonrpc":"1.0","method":"m"}"#, "1", -32600),
            (r#"{"id":1,"method":"m","params":{}}"#, "1", -32602),
            ("[1,2,3,4,5,6,7,8,9,10,11]", "null", -32005),
        ];
        for (body, id, expected) in cases {
            assert_eq!(code(body), (id.to_owned(), expected), "{body}");
        }
    }

    #[test]
    fn test_nesting_without_end_is_refused() {
        assert_eq!(code(&"[".repeat(100_000)).1, -32700);
        assert_eq!(code(&r#"{"id":"#.repeat(100_000)).1, -32700);
    }
}
