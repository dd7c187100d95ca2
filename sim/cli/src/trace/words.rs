//! Splits a string of arguments as a shell would: blanks between words, quotes around what has blanks, brackets kept together.

/// The words of `text`.
pub(super) fn split(text: &str) -> miette::Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut is_quoted = false;
    let mut depth = 0_usize;
    for letter in text.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => word.push(letter),
            (None, '\'' | '"') => {
                quote = Some(letter);
                is_quoted = true;
            }
            (None, _) if letter.is_whitespace() && depth == 0 => {
                if !word.is_empty() || is_quoted {
                    words.push(std::mem::take(&mut word));
                }
                is_quoted = false;
            }
            (None, _) => {
                match letter {
                    '(' | '[' => depth += 1,
                    ')' | ']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                word.push(letter);
            }
        }
    }
    miette::ensure!(quote.is_none(), "in `{text}` a quote is not closed");
    if !word.is_empty() || is_quoted {
        words.push(word);
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn test_words_are_split_at_blanks_outside_of_quotes_and_brackets() {
        let cases: [(&str, &[&str]); 5] = [
            ("", &[]),
            ("a  b", &["a", "b"]),
            ("\"US Dollar\" USD ''", &["US Dollar", "USD", ""]),
            ("f(uint256, bool) [1, 2]", &["f(uint256, bool)", "[1, 2]"]),
            ("it\"'\"s", &["it's"]),
        ];
        for (text, words) in cases {
            assert_eq!(split(text).unwrap(), words, "{text}");
        }
        assert!(split("'open").unwrap_err().to_string().contains("not closed"));
    }
}
