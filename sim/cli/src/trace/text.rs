//! Colours and lines of a tree.

/// Whether to colour.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) color: bool,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// What succeeded.
    pub(super) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// What failed.
    pub(super) fn bad(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// An event.
    pub(super) fn event(self, text: &str) -> String {
        self.paint("36", text)
    }

    /// What is beside the point.
    pub(super) fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }
}

/// A line with lines below it.
#[derive(Default)]
pub(super) struct Item {
    pub(super) text: String,
    pub(super) below: Vec<Item>,
}

impl Item {
    pub(super) fn line(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            below: Vec::new(),
        }
    }

    /// The tree, two blanks before its first line.
    pub(super) fn render(&self) -> String {
        let mut text = format!("  {}\n", self.text);
        self.render_below("    ", &mut text);
        text
    }

    fn render_below(&self, margin: &str, text: &mut String) {
        for (place, item) in self.below.iter().enumerate() {
            let is_last = place + 1 == self.below.len();
            let (branch, next) = if is_last {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            *text += &format!("{margin}{branch}{}\n", item.text);
            item.render_below(&format!("{margin}{next}"), text);
        }
    }
}
