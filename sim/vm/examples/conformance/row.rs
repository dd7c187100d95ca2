//! A row of a vector file, and the differences that checking it found. Nothing here knows what a row means.
//!
//! A row remembers which of its fields were asked for, so that a field that no check looks at is an error and never
//! passes unseen.

use std::{
    cell::RefCell,
    collections::BTreeSet,
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
    /// Fields that were asked for.
    seen: RefCell<BTreeSet<String>>,
    /// The line as it stands in the file, for numbers that a JSON value cannot hold.
    text: String,
    wasm_dir: PathBuf,
}

/// A field that is not what the row says.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) field: String,
    pub(crate) expected: String,
    pub(crate) got: String,
}

/// The outcome of a row: no difference is a pass.
pub(crate) type Differences = Vec<Difference>;

/// What is wrong with a row that cannot be checked: which field, and how.
pub(crate) type RowError = String;

/// Characters of a value that a message shows.
const SHOWN: usize = 300;

impl Row {
    /// The rows of a file, each with what is wrong if it is not one. `wasm_dir` holds the modules that they name.
    pub(crate) fn read_file(file: &Path, wasm_dir: &Path) -> Result<Vec<Result<Self, String>>, String> {
        let text =
            fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        let lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        let parse = |(index, line): (usize, &str)| {
            Self::parse(index + 1, line, wasm_dir).map_err(|error| format!("line {}: {error}", index + 1))
        };
        Ok(lines.map(parse).collect())
    }

    /// The row that a line holds.
    pub(crate) fn parse(line: usize, text: &str, wasm_dir: &Path) -> Result<Self, RowError> {
        let fields = serde_json::from_str(text).map_err(|error| format!("not a JSON object: {error}"))?;
        Ok(Self {
            line,
            fields,
            seen: RefCell::default(),
            text: text.to_owned(),
            wasm_dir: wasm_dir.to_owned(),
        })
    }

    /// A row made of the object under `field`, as lines of a kind may hold a row of another.
    pub(crate) fn nested(&self, field: &str) -> Result<Self, RowError> {
        let value = self.get(field)?;
        self.inner(field, value)
    }

    /// A row made of each object in the list under `field`.
    pub(crate) fn nested_list(&self, field: &str) -> Result<Vec<Self>, RowError> {
        let list = self.list(field)?;
        list.iter().map(|value| self.inner(field, value)).collect()
    }

    fn inner(&self, field: &str, value: &Value) -> Result<Self, RowError> {
        let fields = value
            .as_object()
            .ok_or_else(|| format!("`{field}` is not an object"))?;
        Ok(Self {
            fields: fields.clone(),
            seen: RefCell::default(),
            text: self.text.clone(),
            wasm_dir: self.wasm_dir.clone(),
            ..*self
        })
    }

    /// Names of all fields.
    #[allow(dead_code)] // for the test that changes them one by one
    pub(crate) fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Whether the row has a field.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// Looks at fields that tell where a row comes from, or that its outcome does not depend on.
    pub(crate) fn pass_over(&self, fields: &[&str]) {
        self.seen
            .borrow_mut()
            .extend(fields.iter().map(|field| (*field).to_owned()));
    }

    /// An error if there is a field that nothing has looked at.
    pub(crate) fn demand_all_seen(&self) -> Result<(), RowError> {
        let seen = self.seen.borrow();
        match self.fields.keys().find(|field| !seen.contains(*field)) {
            Some(field) => Err(format!(
                "`{field}` is not a field that a row of this kind can be checked for"
            )),
            None => Ok(()),
        }
    }

    /// A field.
    pub(crate) fn get(&self, field: &str) -> Result<&Value, RowError> {
        self.pass_over(&[field]);
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

    /// A field that is a number of fewer bits.
    pub(crate) fn small<T: TryFrom<u64>>(&self, field: &str) -> Result<T, RowError> {
        T::try_from(self.number(field)?)
            .map_err(|_| format!("`{field}` does not fit {} bits", 8 * size_of::<T>()))
    }

    /// The digits of a whole number of any size, which must be the row's only field of that name.
    pub(crate) fn digits(&self, field: &str) -> Result<&str, RowError> {
        self.pass_over(&[field]);
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

    /// A field that is a list.
    pub(crate) fn list(&self, field: &str) -> Result<&Vec<Value>, RowError> {
        self.get(field)?
            .as_array()
            .ok_or_else(|| format!("`{field}` is not a list"))
    }

    /// The module that the row names.
    pub(crate) fn wasm(&self) -> Result<Vec<u8>, RowError> {
        self.module(self.text("wasm")?)
            .map_err(|error| format!("`wasm`: {error}"))
    }

    /// A module of the directory.
    pub(crate) fn module(&self, file: &str) -> Result<Vec<u8>, RowError> {
        let file = self.wasm_dir.join(file);
        fs::read(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))
    }

    /// Compares a value with a field of the row, if the row has it.
    pub(crate) fn compare<T: Into<Value>>(&self, differences: &mut Differences, field: &str, got: T) {
        let got = got.into();
        match self.get(field) {
            Ok(expected) if *expected != got => differences.push(Difference::new(field, expected, &got)),
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
        let Self { field, expected, got } = self;
        write!(
            formatter,
            "{field}: expected {}, got {}",
            short(expected),
            short(got)
        )
    }
}

/// A value on one line, cut where it is too long to read.
fn short(value: &str) -> String {
    let line = value.replace('\n', " ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} characters)", &line[..end], line.chars().count()),
        None => line,
    }
}

/// What to call a row when it fails.
impl Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}", self.line)?;
        let labels = [
            "group", "kind", "case", "call", "wasm", "source", "block", "arbos", "note",
        ];
        let texts = labels
            .iter()
            .filter_map(|label| self.fields.get(*label))
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .filter(|text| !text.is_empty());
        let labels = texts.collect::<Vec<_>>().join(", ");
        if labels.is_empty() {
            Ok(())
        } else {
            write!(formatter, " ({})", short(&labels))
        }
    }
}
