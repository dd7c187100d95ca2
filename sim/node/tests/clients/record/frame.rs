//! Messages in a stream of bytes: requests of HTTP/1.1 and frames of WebSocket, as far as JSON-RPC uses them.

const TEXT: u8 = 1;
const CONTINUATION: u8 = 0;

/// What is first in the bytes, and how many of them it takes.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) text: Option<String>,
    pub(super) upgrades: bool,
    pub(super) taken: usize,
}

/// An HTTP request, once it is complete.
pub(super) fn http(bytes: &[u8]) -> Option<Message> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let length = header(&head, "content-length").map_or(0, |length| length.parse().expect("a length"));
    assert!(
        header(&head, "transfer-encoding").is_none(),
        "no client sends chunks:\n{head}"
    );
    let body = bytes.get(end..end + length)?;
    Some(Message {
        text: (length > 0).then(|| String::from_utf8_lossy(body).into_owned()),
        upgrades: header(&head, "upgrade").is_some_and(|protocol| protocol == "websocket"),
        taken: end + length,
    })
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(str::trim)
}

/// A WebSocket frame, once it is complete. No client here cuts a message into several.
pub(super) fn websocket(bytes: &[u8]) -> Option<Message> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    let (length, mut at) = match second & 0x7f {
        126 => (u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?) as usize, 4),
        127 => (
            u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?) as usize,
            10,
        ),
        short => (short as usize, 2),
    };
    let mut mask = [0; 4];
    if second & 0x80 != 0 {
        mask = bytes.get(at..at + 4)?.try_into().ok()?;
        at += 4;
    }
    let masked = bytes.get(at..at + length)?;
    let payload: Vec<u8> = masked
        .iter()
        .zip(mask.iter().cycle())
        .map(|(byte, key)| byte ^ key)
        .collect();
    let kind = first & 0x0f;
    assert!(
        first & 0x80 != 0 && kind != CONTINUATION,
        "a message in several frames"
    );
    Some(Message {
        text: (kind == TEXT).then(|| String::from_utf8_lossy(&payload).into_owned()),
        upgrades: false,
        taken: at + length,
    })
}

/// A text as a frame of a client, with a mask that changes nothing.
pub(super) fn masked(text: &str) -> Vec<u8> {
    let mut frame = vec![0x80 | TEXT];
    match text.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        middle @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((middle as u16).to_be_bytes());
        }
        long => {
            frame.push(0x80 | 127);
            frame.extend((long as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}
