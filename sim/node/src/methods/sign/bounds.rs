//! How large typed data may be: the library that hashes it follows types and values by recursion, writes a type out at each place where it
//! is used, and hashes the types again for each value.
//!
//! Looked at is the JSON itself, before anything else reads it: a name alone can be too deep to be parsed.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Bytes of a type's name and of a field's.
const NAME_BYTES: usize = 256;
/// Dimensions of an array.
const DIMENSIONS: usize = 16;
/// Struct types.
const TYPES: usize = 256;
/// Struct types one inside the other.
const DEPTH: usize = 64;
/// Fields of the primary type with those of its fields' types, each as often as it stands there.
const FIELDS: usize = 10_000;
/// Bytes to be hashed for the types of all values.
const HASHED_BYTES: usize = 256 << 20;

/// Whether typed data can be hashed within bounds; if not, why not. What is wrong with it otherwise is left to others.
pub(super) fn check(data: &Value) -> Result<(), String> {
    let none = Map::new();
    let types = data["types"].as_object().unwrap_or(&none);
    if types.len() > TYPES {
        return Err(format!("{} types; at most {TYPES} are taken", types.len()));
    }
    let mut size = 0;
    for (name, fields) in types {
        size += check_name(name)?;
        for field in fields.as_array().into_iter().flatten() {
            size += check_name(field["type"].as_str().unwrap_or_default())?;
            size += check_name(field["name"].as_str().unwrap_or_default())?;
        }
    }
    let primary = data["primaryType"].as_str().unwrap_or_default();
    check_name(primary)?;
    Types {
        types,
        known: HashMap::new(),
    }
    .measure(primary, 0)?;
    let structs = objects(&data["message"]);
    if structs.saturating_mul(size) > HASHED_BYTES {
        return Err(format!(
            "{structs} structs with {size} bytes of types; at most {HASHED_BYTES} bytes of types are hashed in all"
        ));
    }
    Ok(())
}

/// Its length.
fn check_name(name: &str) -> Result<usize, String> {
    let dimensions = name.matches('[').count();
    if name.len() > NAME_BYTES || dimensions > DIMENSIONS {
        let shown: String = name.chars().take(40).collect();
        return Err(format!(
            "the name {shown}… has {} bytes and {dimensions} dimensions; at most {NAME_BYTES} and {DIMENSIONS} are taken",
            name.len()
        ));
    }
    Ok(name.len())
}

/// What a type comes to, written out.
#[derive(Clone, Copy, Default)]
struct Measure {
    /// Types one inside the other.
    depth: usize,
    fields: usize,
}

struct Types<'a> {
    types: &'a Map<String, Value>,
    known: HashMap<&'a str, Measure>,
}

impl<'a> Types<'a> {
    /// The measure of a type that stands `above` others deep.
    fn measure(&mut self, name: &'a str, above: usize) -> Result<Measure, String> {
        let root = name.split('[').next().unwrap_or_default();
        let Some((root, fields)) = self.types.get_key_value(root) else {
            return Ok(Measure::default());
        };
        let known = self.known.get(root.as_str()).copied();
        let too_deep = || {
            let shown: String = root.chars().take(40).collect();
            format!(
                "the type {shown} holds itself, or stands more than {DEPTH} types deep; circular types are not signed"
            )
        };
        if above + known.map_or(1, |measure| measure.depth) > DEPTH {
            return Err(too_deep());
        }
        if let Some(measure) = known {
            return Ok(measure);
        }
        let mut measure = Measure { depth: 1, fields: 0 };
        for field in fields.as_array().into_iter().flatten() {
            let inner = self.measure(field["type"].as_str().unwrap_or_default(), above + 1)?;
            measure.depth = measure.depth.max(inner.depth + 1);
            measure.fields += inner.fields + 1;
            if measure.fields > FIELDS {
                return Err(format!(
                    "the types have more than {FIELDS} fields, each counted as often as it is used"
                ));
            }
        }
        self.known.insert(root, measure);
        Ok(measure)
    }
}

/// The objects in a value, itself among them. The depth of JSON was bounded when it was parsed.
fn objects(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().map(objects).sum(),
        Value::Object(fields) => 1 + fields.values().map(objects).sum::<usize>(),
        _ => 0,
    }
}
