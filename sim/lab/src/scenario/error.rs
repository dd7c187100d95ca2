//! What is wrong with a scenario file, and where. Rendering (colours, source excerpts) is the command's matter.

use core::ops::Range;

/// One mistake in a scenario file: what was found, where, and what is allowed there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct ScenarioError {
    /// What is wrong, in one sentence.
    pub message: String,
    /// Byte range in the source text, when the mistake has a place.
    pub span: Option<Range<usize>>,
    /// What to write instead.
    pub help: Option<String>,
}

impl ScenarioError {
    /// A mistake at a place.
    pub fn at(span: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span: Some(span),
            help: Some(help.into()),
        }
    }

    /// A mistake of the file as a whole.
    pub fn whole(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span: None,
            help: Some(help.into()),
        }
    }

    /// Turns the TOML reader's error into ours, with a suggestion where a key was merely misspelt.
    pub(crate) fn from_toml(error: &toml::de::Error) -> Self {
        let message = error.message().trim_end().to_string();
        let help = suggestion(&message).or_else(|| missing(&message));
        Self {
            message,
            span: error.span(),
            help,
        }
    }

    /// Line and column of the mistake (both from 1, columns in characters), if it has a place.
    pub fn line_column(&self, source: &str) -> Option<(usize, usize)> {
        let start = self.span.as_ref()?.start.min(source.len());
        let before = source.get(..start)?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Some((line, column))
    }
}

/// "unknown field `hopp`, expected one of `hop`, `lot`" -> "did you mean `hop`?"
fn suggestion(message: &str) -> Option<String> {
    let rest = message
        .strip_prefix("unknown field ")
        .or_else(|| message.strip_prefix("unknown variant "))?;
    let mut names = rest.split('`').skip(1).step_by(2);
    let written = names.next()?;
    let (best, distance) = names
        .map(|n| (n, edit_distance(written, n)))
        .min_by_key(|(_, d)| *d)?;
    let near = distance <= 1 + written.chars().count() / 4;
    near.then(|| format!("did you mean `{best}`?"))
}

fn missing(message: &str) -> Option<String> {
    let field = message.strip_prefix("missing field ")?.trim_matches('`');
    Some(format!(
        "add `{field} = …` to this table; scenario.schema.json describes it"
    ))
}

/// Levenshtein distance, for suggestions only.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substitution = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substitution.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_edit_distance_known_pairs() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("hop", "hop"), 0);
    }

    #[test]
    fn test_suggestion_far_name_is_silent() {
        assert_eq!(
            suggestion("unknown field `zebra`, expected one of `hop`, `lot`"),
            None
        );
        assert_eq!(
            suggestion("unknown field `hopp`, expected `hop`").as_deref(),
            Some("did you mean `hop`?")
        );
    }

    #[test]
    fn test_line_column_counts_from_one() {
        let e = ScenarioError::at(5..6, "x", "y");
        assert_eq!(e.line_column("ab\ncdef"), Some((2, 3)));
    }
}
