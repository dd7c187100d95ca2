//! Typed data of EIP-712: what wallets sign, and what would take the node away from the others.

use mintage_node::NodeHandle;
use serde_json::{Map, Value, json};

use crate::wire::{error, result};

fn field(name: &str, kind: &str) -> Value {
    json!({ "name": name, "type": kind })
}

fn data(types: Value, primary: &str, message: Value) -> Value {
    json!({ "types": types, "primaryType": primary, "domain": { "name": "x" }, "message": message })
}

/// Struct types that hold each other, `T0` the first; each has so many fields of the next.
fn chain(length: usize, width: usize) -> Value {
    let mut types = Map::new();
    for number in 0..length {
        let next = if number + 1 == length {
            "uint8".to_owned()
        } else {
            format!("T{}", number + 1)
        };
        let fields = (0..width)
            .map(|place| field(&format!("f{place}"), &next))
            .collect();
        types.insert(format!("T{number}"), fields);
    }
    types.into()
}

/// A value of [`chain`].
fn value(length: usize) -> Value {
    (0..length).fold(json!(1), |inner, _| json!({ "f0": inner }))
}

#[test]
fn test_typed_data_that_is_too_deep_or_too_large_is_refused() {
    let node = NodeHandle::spawn().unwrap();
    let signer = node.accounts()[0].address;
    let many = |text: &str, times: usize| text.repeat(times);
    let mail = |kind: &str| json!({ "Mail": [field("a", kind)] });
    let empty = vec![json!({}); 200_000];
    let cases = [
        (
            "dimensions",
            data(
                mail(&format!("uint8{}", many("[2]", 1_000_000))),
                "Mail",
                json!({ "a": [] }),
            ),
        ),
        (
            "dimensions",
            data(
                mail(&format!("uint8{}", many("[]", 17))),
                "Mail",
                json!({ "a": [] }),
            ),
        ),
        (
            "bytes",
            data(mail(&many("(", 1_000_000)), "Mail", json!({ "a": 1 })),
        ),
        ("bytes", data(json!({ many("T", 257): [] }), "Mail", json!({}))),
        ("bytes", data(mail("uint8"), &many("Mail", 1_000), json!({}))),
        (
            "bytes",
            data(
                json!({ "Mail": [field(&many("a", 257), "uint8")] }),
                "Mail",
                json!({}),
            ),
        ),
        ("types", data(chain(60_000, 1), "T0", json!({}))),
        ("deep", data(chain(65, 1), "T0", value(65))),
        ("itself", data(mail("Mail[]"), "Mail", json!({ "a": [] }))),
        // 2^40 fields, written out.
        ("fields", data(chain(40, 2), "T0", json!({}))),
        (
            "hashed",
            data(
                json!({ "Mail": [field(&many("a", 200), "E[]")], "E": [] , "F": vec![field(&many("b", 200), "uint8"); 10] }),
                "Mail",
                json!({ many("a", 200): empty }),
            ),
        ),
    ];
    for (part, data) in cases {
        for shown in [data.clone(), data.to_string().into()] {
            let answer = error(&node, "eth_signTypedData_v4", json!([signer, shown]));
            assert_eq!(answer["code"], -32602, "{part}: {answer}");
            assert!(
                answer["message"].as_str().unwrap().contains(part),
                "{part}: {answer}"
            );
        }
    }
}

#[test]
fn test_typed_data_at_the_bounds_is_signed() {
    let node = NodeHandle::spawn().unwrap();
    let signer = node.accounts()[0].address;
    for data in [
        data(chain(64, 1), "T0", value(64)),
        data(
            json!({ "Mail": [field("a", &format!("uint8{}", "[]".repeat(16)))] }),
            "Mail",
            json!({ "a": [] }),
        ),
    ] {
        let signature = result(&node, "eth_signTypedData", json!([signer, data]));
        assert_eq!(signature.as_str().unwrap().len(), 132, "{signature}");
        let text = result(&node, "eth_signTypedData_v4", json!([signer, data.to_string()]));
        assert_eq!(text, signature);
    }
}
