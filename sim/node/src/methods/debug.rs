//! Traces: a transaction or a call run once more, and its call tree in the form of a tracer.

mod prestate;

use mintage_chain::trace::{Frame, Trace, call_tracer, stylus_tracer};
use mintage_chain::{CallRequest, Chain, Overrides, Replay, Touched};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Run, failure};
use crate::node::Node;
use crate::objects::{TransactionObject, overrides_of};
use crate::rpc::{Answer, BlockId, Params, RpcError, ok};

pub(super) const METHODS: &[(&str, Run)] = &[
    ("debug_traceTransaction", Run::Long(trace_transaction)),
    ("debug_traceCall", Run::Long(trace_call)),
    ("debug_traceBlockByNumber", Run::Long(trace_block)),
    ("debug_traceBlockByHash", Run::Long(trace_block)),
    (
        "debug_getRawTransaction",
        Run::Quick(super::block::raw_transaction),
    ),
];

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Options {
    tracer: Option<String>,
    tracer_config: Option<TracerConfig>,
    state_overrides: Option<Value>,
    block_overrides: Option<Value>,
}

#[derive(Clone, Copy, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct TracerConfig {
    only_top_call: bool,
    with_log: bool,
    diff_mode: bool,
    disable_code: bool,
    disable_storage: bool,
}

/// The form of a trace.
#[derive(Clone, Copy)]
enum Tracer {
    Calls(call_tracer::Config),
    Prestate { diff: bool, omit: prestate::Omit },
    Stylus,
    Nothing,
}

impl Options {
    fn tracer(&self) -> Result<Tracer, RpcError> {
        let config = self.tracer_config.unwrap_or_default();
        match self.tracer.as_deref() {
            Some("callTracer") => Ok(Tracer::Calls(call_tracer::Config {
                only_top_call: config.only_top_call,
                with_log: config.with_log,
            })),
            Some("prestateTracer") => Ok(Tracer::Prestate {
                diff: config.diff_mode,
                omit: prestate::Omit {
                    code: config.disable_code,
                    storage: config.disable_storage,
                },
            }),
            // cargo-stylus sends JavaScript with this hook unless told otherwise; its result is the same.
            Some(text)
                if text == "stylusTracer" || text.contains("\"hostio\"") || text.contains("hostio:") =>
            {
                Ok(Tracer::Stylus)
            }
            Some("noopTracer") => Ok(Tracer::Nothing),
            Some(text) if text.contains('{') => Err(RpcError::unsupported(
                "tracers in JavaScript are not run here, except that of cargo-stylus; use callTracer, prestateTracer or stylusTracer",
            )),
            Some(name) => {
                let shown: String = name.chars().take(60).collect();
                Err(RpcError::unsupported(format!(
                    "no tracer `{shown}`; there are callTracer, prestateTracer, stylusTracer and noopTracer"
                )))
            }
            None => Err(RpcError::unsupported(
                "there is no log of single opcodes; name a tracer: callTracer, prestateTracer or stylusTracer",
            )),
        }
    }
}

fn too_large(bytes: usize) -> RpcError {
    RpcError::limit(format!(
        "the trace is above {bytes} bytes; trace less: a single transaction, or a call with less gas"
    ))
}

/// What was run, and what it was like before and after.
struct Traced {
    trace: Option<Box<Trace>>,
    touched: Vec<Touched>,
    before: Chain,
    /// Of a transaction only.
    after: Option<Chain>,
    gas_limit: u64,
    gas_used: u64,
    /// Bytes that the trace may have.
    trace_bytes: usize,
}

impl Traced {
    /// Runs a past transaction; what follows it can run then.
    fn transaction(node: &Node, replay: &mut Replay) -> Result<Self, RpcError> {
        replay.chain.bound_traces(node.limits.trace_bytes);
        let before = replay.chain.clone();
        let receipt = replay.run().map_err(failure::call)?;
        Ok(Self {
            trace: receipt.trace,
            touched: std::mem::take(&mut replay.touched),
            before,
            after: Some(replay.chain.clone()),
            gas_limit: replay.transaction().gas_limit(),
            gas_used: receipt.gas_used,
            trace_bytes: node.limits.trace_bytes,
        })
    }

    fn call(
        node: &Node,
        id: BlockId,
        request: &CallRequest,
        overrides: &Overrides,
    ) -> Result<Self, RpcError> {
        // The state that is shown is that which the call found, whatever becomes of the head meanwhile.
        let mut before = node
            .reader
            .scratch(id.into(), overrides)
            .map_err(failure::unread)?;
        before.bound_traces(node.limits.trace_bytes);
        let outcome = before.read_call(request).map_err(failure::call)?;
        Ok(Self {
            trace: outcome.trace,
            touched: outcome.touched,
            before,
            after: None,
            gas_limit: request.gas.unwrap_or(node.limits.call_gas),
            gas_used: outcome.gas_used,
            trace_bytes: node.limits.trace_bytes,
        })
    }

    fn root(&self) -> Result<&Frame, RpcError> {
        let trace = self.trace.as_deref();
        if trace.is_some_and(|trace| trace.is_too_large) {
            return Err(too_large(self.trace_bytes));
        }
        trace
            .and_then(Trace::root)
            .ok_or_else(|| RpcError::internal("the execution was not recorded"))
    }

    fn shown(&self, tracer: Tracer) -> Result<Value, RpcError> {
        Ok(match tracer {
            Tracer::Calls(config) => {
                let mut top = call_tracer::call_frame(self.root()?, config);
                top.gas = self.gas_limit;
                top.gas_used = self.gas_used;
                json!(top)
            }
            Tracer::Stylus => json!(stylus_tracer::steps(self.root()?)),
            Tracer::Prestate { diff: false, omit } => prestate::before(&self.touched, &self.before, omit),
            Tracer::Prestate { diff: true, omit } => match &self.after {
                Some(after) => prestate::changes(&self.touched, &self.before, after, omit),
                None => {
                    return Err(RpcError::unsupported(
                        "diffMode shows what a transaction changed; a call changes nothing",
                    ));
                }
            },
            Tracer::Nothing => json!({}),
        })
    }
}

fn trace_transaction(node: &Node, params: &Params) -> Answer {
    let hash = params.hash(0)?;
    let tracer = params
        .optional::<Options>(1, "options of a trace")?
        .unwrap_or_default()
        .tracer()?;
    let mut replay = node.reader.replay(hash).map_err(failure::call)?;
    ok(&Traced::transaction(node, &mut replay)?.shown(tracer)?)
}

fn trace_block(node: &Node, params: &Params) -> Answer {
    let id = params.block(0, BlockId::Latest)?;
    let tracer = params
        .optional::<Options>(1, "options of a trace")?
        .unwrap_or_default()
        .tracer()?;
    let block = node
        .reader
        .block_of(id.into())
        .ok_or_else(|| RpcError::server("block not found"))?;
    let (mut shown, mut size) = (Vec::new(), 0);
    let mut next = node.reader.replay_block(&block).map_err(failure::unread)?;
    while let Some(mut replay) = next {
        let hash = replay.transaction().hash();
        let result = Traced::transaction(node, &mut replay)?.shown(tracer)?;
        let text = json!({ "txHash": hash, "result": result }).to_string();
        size += text.len();
        if size > node.limits.trace_bytes {
            return Err(too_large(node.limits.trace_bytes));
        }
        shown.push(text);
        next = replay.following();
    }
    Ok(format!("[{}]", shown.join(",")))
}

fn trace_call(node: &Node, params: &Params) -> Answer {
    let object: TransactionObject = params.typed(0, "a call")?;
    let id = params.block(1, BlockId::Latest)?;
    let options: Options = params.optional(2, "options of a trace")?.unwrap_or_default();
    let tracer = options.tracer()?;
    let overrides = overrides_of(options.state_overrides.as_ref(), options.block_overrides.as_ref())?;
    let request = CallRequest {
        traced: true,
        ..object.call(node.limits.call_gas)?
    };
    ok(&Traced::call(node, id, &request, &overrides)?.shown(tracer)?)
}
