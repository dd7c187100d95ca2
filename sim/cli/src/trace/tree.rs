//! The call tree as lines, the way forge shows one.

use super::{
    abi::Names,
    hostio,
    text::{Item, Style},
};
use crate::text::grouped;
use mintage_chain::U256;
use mintage_vm::trace::{Frame, FrameCode, FrameKind, Hostio, Outcome, Request, RequestKind, Step};

/// Events from this level on.
const EVENTS: u8 = 2;
/// Host calls and storage.
const HOSTIOS: u8 = 3;
/// Everything, nothing shortened.
const FULL: u8 = 4;

/// The frame and all below it, in the detail of `level`.
pub(super) fn render(frame: &Frame, level: u8, names: &Names, style: Style) -> String {
    let printer = Printer { level, names, style };
    printer.frame(frame).render()
}

struct Printer<'a> {
    level: u8,
    names: &'a Names,
    style: Style,
}

impl Printer<'_> {
    fn full(&self) -> bool {
        self.level >= FULL
    }

    fn frame(&self, frame: &Frame) -> Item {
        let mut item = Item::line(self.head(frame));
        if let Some(run) = frame.run.as_deref().filter(|_| self.level >= HOSTIOS)
            && let Some(entry) = run.entry
        {
            let how = if entry.cached { "cached" } else { "uncached" };
            let text = format!(
                "enter ({how}): {} gas, then {} ink",
                grouped(entry.total),
                grouped(run.ink_in)
            );
            item.below.push(Item::line(self.style.faint(&text)));
        }
        for step in &frame.steps {
            let shown = match step {
                Step::Frame(below) => Some(self.frame(below)),
                Step::Hostio(hostio) => self.hostio(hostio),
                Step::Request(request) => self.request(frame, request),
            };
            item.below.extend(shown);
        }
        item.below.push(self.end(frame));
        item
    }

    fn head(&self, frame: &Frame) -> String {
        let gas = self.style.faint(&format!("[{}]", grouped(frame.gas_used)));
        let to = frame
            .to
            .map_or_else(|| "new contract".to_owned(), |to| self.names.address(to));
        let what = match frame.kind {
            FrameKind::Create | FrameKind::Create2 => {
                format!("new {to} ({} bytes of init code)", frame.input.len())
            }
            FrameKind::SelfDestruct => format!("self-destruct, the balance to {to}"),
            _ => format!("{to}::{}", self.call(frame)),
        };
        let mut notes = Vec::new();
        match frame.kind {
            FrameKind::StaticCall => notes.push("static"),
            FrameKind::DelegateCall => notes.push("delegate"),
            FrameKind::CallCode => notes.push("callcode"),
            _ => {}
        }
        match frame.code {
            FrameCode::Stylus => notes.push("stylus"),
            FrameCode::Precompile => notes.push("precompile"),
            FrameCode::Evm | FrameCode::None => {}
        }
        let value = if frame.value.is_zero() || frame.kind == FrameKind::DelegateCall {
            String::new()
        } else {
            format!(" {{value: {}}}", frame.value)
        };
        let notes = if notes.is_empty() {
            String::new()
        } else {
            self.style.faint(&format!(" [{}]", notes.join(", ")))
        };
        let what = if frame.is_success() {
            self.style.good(&what)
        } else {
            self.style.bad(&what)
        };
        format!("{gas} {what}{value}{notes}")
    }

    fn call(&self, frame: &Frame) -> String {
        let known = frame.to.and_then(|to| self.names.call(to, &frame.input));
        known.unwrap_or_else(|| match frame.input.split_at_checked(4) {
            None if frame.input.is_empty() => "fallback()".to_owned(),
            None => format!("fallback({})", hostio::bytes_text(&frame.input, self.full())),
            Some((selector, data)) => {
                let (selector, data) = (
                    hostio::bytes_text(selector, true),
                    hostio::bytes_text(data, self.full()),
                );
                format!("{}({})", &selector[2..], &data[2..])
            }
        })
    }

    fn hostio(&self, hostio: &Hostio) -> Option<Item> {
        if self.level < HOSTIOS || (hostio.is_mark() && !self.full()) {
            return None;
        }
        let text = hostio::describe(hostio, self.names, self.full());
        if hostio.is_mark() {
            return Some(Item::line(self.style.faint(&text)));
        }
        let mut ink = format!("{} ink", grouped(hostio.ink()));
        if self.full() {
            ink += &format!(", {} left", grouped(hostio.end_ink));
        }
        Some(Item::line(format!("{text}  {}", self.style.faint(&ink))))
    }

    fn request(&self, frame: &Frame, request: &Request) -> Option<Item> {
        let word = |value: U256| hostio::word(value, self.full());
        // Host calls already show what programs read; what they write is seen at the flush only.
        let of_program = frame.code == FrameCode::Stylus;
        let text = match &request.kind {
            RequestKind::Log(log) if self.level >= EVENTS => {
                let text = self.names.event(frame.acting, log).unwrap_or_else(|| {
                    let topics: Vec<_> = log.topics().iter().map(|topic| word((*topic).into())).collect();
                    format!(
                        "log([{}], {})",
                        topics.join(", "),
                        hostio::bytes_text(&log.data, self.full())
                    )
                });
                return Some(Item::line(self.style.event(&format!("emit {text}"))));
            }
            _ if self.level < HOSTIOS => return None,
            RequestKind::StorageFlush { writes, .. } => {
                let lines = writes.iter().map(|(key, value, gas)| {
                    let line = format!("slot {} := {}", word(*key), word(*value));
                    Item::line(format!(
                        "{line}  {}",
                        self.style.faint(&format!("{} gas", grouped(*gas)))
                    ))
                });
                return Some(Item {
                    text: "storage".to_owned(),
                    below: lines.collect(),
                });
            }
            RequestKind::StorageLoad { key, value } if !of_program || self.full() => {
                format!("slot {} is {}", word(*key), word(*value))
            }
            RequestKind::StorageStore { key, before, value } => {
                format!("slot {} := {} (was {})", word(*key), word(*value), word(*before))
            }
            RequestKind::TransientLoad { key, value } if !of_program => {
                format!("transient {} is {}", word(*key), word(*value))
            }
            RequestKind::TransientStore { key, value } if !of_program => {
                format!("transient {} := {}", word(*key), word(*value))
            }
            RequestKind::AddPages { new, open, .. } if self.full() => {
                format!("memory: {new} pages onto {open}")
            }
            _ => return None,
        };
        let gas = self.style.faint(&format!("{} gas", grouped(request.gas)));
        Some(Item::line(format!("{text}  {gas}")))
    }

    fn end(&self, frame: &Frame) -> Item {
        let to = frame.to.unwrap_or_default();
        let output = hostio::bytes_text(&frame.output, self.full());
        if frame.is_success() {
            let text = match frame.kind {
                FrameKind::Create | FrameKind::Create2 => format!("{} bytes of code", frame.output.len()),
                FrameKind::SelfDestruct => format!("{} wei", frame.value),
                _ if frame.output.is_empty() => "()".to_owned(),
                _ => self
                    .names
                    .output(to, &frame.input, &frame.output)
                    .unwrap_or(output),
            };
            return Item::line(self.style.good(&format!("← {text}")));
        }
        let broke_off = frame
            .run
            .as_deref()
            .filter(|run| !matches!(run.outcome, Outcome::Success | Outcome::Revert));
        if let Some(run) = broke_off {
            let reason = match (&run.reason, run.outcome) {
                (Some(reason), _) => reason.clone(),
                (None, Outcome::OutOfInk) => "out of ink".to_owned(),
                (None, Outcome::OutOfStack) => "out of stack".to_owned(),
                (None, Outcome::TooDear) => "out of gas: it does not pay for entering the program".to_owned(),
                (None, _) => "the program failed".to_owned(),
            };
            let within = run.hostio.map(|name| format!(", in {name}")).unwrap_or_default();
            return Item {
                text: self.style.bad(&format!("← broke off: {reason}{within}")),
                below: run
                    .backtrace
                    .iter()
                    .map(|function| Item::line(format!("at {function}")))
                    .collect(),
            };
        }
        let text = match mintage_vm::trace::call_tracer::error(frame) {
            Some(error) if error != "execution reverted" => format!("broke off: {error}"),
            _ if frame.output.is_empty() => "revert, without data".to_owned(),
            _ => format!(
                "revert: {}",
                self.names.error(to, &frame.output).unwrap_or(output)
            ),
        };
        Item::line(self.style.bad(&format!("← {text}")))
    }
}
