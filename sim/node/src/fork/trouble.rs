//! Why another node gave no result, in words for the user.

use serde_json::Value;

use crate::rpc::RpcError;

/// No result.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// There was no answer, or none of JSON-RPC.
    #[error("{endpoint} does not answer ({} attempt{}): {problem}", .attempts, if *.attempts == 1 { "" } else { "s" })]
    NoAnswer {
        endpoint: String,
        attempts: u32,
        problem: String,
    },
    /// The other side is no endpoint, or lets nobody in.
    #[error("{endpoint}: {problem}")]
    Unusable { endpoint: String, problem: String },
    /// The answer is an error.
    #[error("{endpoint} answers with error {}: {}{}", .answered.code, .answered.message, .answered.hint())]
    Refused { endpoint: String, answered: Answered },
    /// The answer is of another kind than the method gives.
    #[error("{endpoint} answers {method} with what it never gives: {problem}")]
    Strange {
        endpoint: String,
        method: &'static str,
        problem: String,
    },
}

/// An error object of JSON-RPC.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) code: i64,
    pub(crate) message: String,
    pub(crate) data: Option<Value>,
}

impl Answered {
    pub(crate) fn read(error: &Value) -> Self {
        Self {
            code: error["code"].as_i64().unwrap_or(-32000),
            message: error["message"].as_str().unwrap_or("without words").to_owned(),
            data: error.get("data").filter(|data| !data.is_null()).cloned(),
        }
    }

    /// Whether the same request later may be answered: providers count requests.
    pub(crate) fn asks_for_patience(&self) -> bool {
        let said = self.message.to_lowercase();
        let counted = [
            "rate limit",
            "too many requests",
            "compute units",
            "request limit",
        ];
        self.code == 429 || counted.iter().any(|words| said.contains(words))
    }

    /// What to do where the endpoint has dropped the state.
    fn hint(&self) -> &'static str {
        let said = self.message.to_lowercase();
        let gone = [
            "missing trie node",
            "state is not available",
            "state not available",
            "historical state",
            "pruned",
            "archive",
        ];
        if gone.iter().any(|words| said.contains(words)) {
            "; it no longer keeps the state of that block: use an archive endpoint, or a newer --fork-block"
        } else {
            ""
        }
    }
}

impl From<Trouble> for RpcError {
    /// What the other node refuses is told in its own words.
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused { answered, .. } => Self {
                code: answered.code,
                message: answered.message,
                data: answered.data,
            },
            other => Self::server(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(message: &str) -> Trouble {
        let answered = Answered::read(&json!({ "code": -32000, "message": message }));
        Trouble::Refused {
            endpoint: "https://example.org".into(),
            answered,
        }
    }

    #[test]
    fn test_pruned_state_is_explained() {
        for message in [
            "missing trie node 0xabc (path ) state 0xdef is not available",
            "historical state 0x1 is not available",
            "required historical state unavailable: pruned",
        ] {
            assert!(
                refused(message).to_string().contains("archive endpoint"),
                "{message}"
            );
        }
        assert!(!refused("execution reverted").to_string().contains("archive"));
    }

    #[test]
    fn test_only_counted_requests_are_worth_waiting_for() {
        let patience = |error: Value| Answered::read(&error).asks_for_patience();
        assert!(patience(json!({ "code": 429, "message": "slow down" })));
        assert!(patience(
            json!({ "code": -32005, "message": "daily Rate Limit reached" })
        ));
        assert!(!patience(
            json!({ "code": -32005, "message": "query returned more than 10000 results" })
        ));
        assert!(!patience(json!({ "message": 1 })));
    }
}
