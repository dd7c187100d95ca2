//! A row of a vector file, and the differences that checking it found. Nothing here knows what a row means.

use std::{
    fmt::{self, Display},
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

/// One JSON object of a vector file.
pub(crate) struct Row {
    /// Line in the file, from 1.
    pub(crate) line: usize,
    fields: Map<String, Value>,
    /// The line as it stands in the file, for numbers that a JSON value cannot hold.
    text: String,
    wasm_dir: PathBuf,
}

/// A field that is not what the row says, or a row that cannot be checked.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) field: String,
    pub(crate) expected: String,
    pub(crate) got: String,
}

/// The outcome of a row: no difference is a pass.
pub(crate) type Differences = Vec<Difference>;

/// A row that lacks what its kind needs, in words.
pub(crate) type RowError = String;

impl Row {
    /// The rows of a file. `wasm_dir` holds the modules that they name.
    pub(crate) fn read_file(file: &Path, wasm_dir: &Path) -> Result<Vec<Self>, String> {
        let text =
            fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        let parse = |(index, line): (usize, &str)| {
            let fields = serde_json::from_str(line)
                .map_err(|error| format!("{}:{}: not a JSON object: {error}", file.display(), index + 1))?;
            Ok(Self {
                line: index + 1,
                fields,
                text: line.to_owned(),
                wasm_dir: wasm_dir.to_owned(),
            })
        };
        lines.map(parse).collect()
    }

    /// A row made of the object under `field`, as lines of a kind may hold a row of another.
    pub(crate) fn nested(&self, field: &str) -> Result<Self, RowError> {
        let fields = self
            .get(field)?
            .as_object()
            .ok_or_else(|| format!("`{field}` is not an object"))?;
        Ok(Self {
            fields: fields.clone(),
            text: self.text.clone(),
            wasm_dir: self.wasm_dir.clone(),
            ..*self
        })
    }

    /// Whether the row has a field.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// A field.
    pub(crate) fn get(&self, field: &str) -> Result<&Value, RowError> {
        self.fields
            .get(field)
            .ok_or_else(|| format!("the row has no `{field}`"))
    }

    /// A field that is a number.
    pub(crate) fn number(&self, field: &str) -> Result<u64, RowError> {
        self.get(field)?
            .as_u64()
            .ok_or_else(|| format!("`{field}` is not a whole number"))
    }

    /// The digits of a whole number of any size, which must be the row's only field of that name.
    pub(crate) fn digits(&self, field: &str) -> Result<&str, RowError> {
        let (_, rest) = self
            .text
            .split_once(&format!("\"{field}\":"))
            .ok_or_else(|| format!("the row has no `{field}`"))?;
        let rest = rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if end == 0 {
            Err(format!("`{field}` is not a whole number"))
        } else {
            Ok(&rest[..end])
        }
    }

    /// A field that is true or false.
    pub(crate) fn flag(&self, field: &str) -> Result<bool, RowError> {
        self.get(field)?
            .as_bool()
            .ok_or_else(|| format!("`{field}` is neither true nor false"))
    }

    /// A field that is text.
    pub(crate) fn text(&self, field: &str) -> Result<&str, RowError> {
        self.get(field)?
            .as_str()
            .ok_or_else(|| format!("`{field}` is not text"))
    }

    /// The module that the row names.
    pub(crate) fn wasm(&self) -> Result<Vec<u8>, RowError> {
        self.module(self.text("wasm")?)
    }

    /// A module of the directory.
    pub(crate) fn module(&self, file: &str) -> Result<Vec<u8>, RowError> {
        let file = self.wasm_dir.join(file);
        fs::read(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))
    }

    /// Compares a value with a field of the row, if the row has it.
    pub(crate) fn compare<T: Into<Value>>(&self, differences: &mut Differences, field: &str, got: T) {
        let got = got.into();
        match self.fields.get(field) {
            Some(expected) if *expected != got => differences.push(Difference::new(field, expected, &got)),
            _ => {}
        }
    }
}

impl Difference {
    pub(crate) fn new(field: impl Display, expected: impl Display, got: impl Display) -> Self {
        Self {
            field: field.to_string(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }
}

impl Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}: expected {}, got {}",
            self.field, self.expected, self.got
        )
    }
}

/// What to call a row when it fails.
impl Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}", self.line)?;
        for field in ["group", "kind", "case", "wasm", "arbos", "note"] {
            if let Some(value) = self.fields.get(field) {
                write!(formatter, ", {field} {value}")?;
            }
        }
        Ok(())
    }
}
