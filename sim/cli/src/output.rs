//! Where output goes: the result to stdout, notes, progress and errors to stderr. No other file of the command prints.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::{
    io::{self, IsTerminal as _, Write as _},
    process,
    time::Duration,
};

/// Flags that every subcommand has.
#[derive(clap::Args)]
pub(crate) struct OutputArgs {
    /// Print the result as JSON.
    #[arg(long, global = true)]
    json: bool,
    /// No progress and no notes; errors and the result remain.
    #[arg(short, long, global = true)]
    quiet: bool,
}

/// Errors hold commands to copy and the words of other tools: their lines are left as they are.
pub(crate) fn set_error_style() {
    let hook = |_: &_| -> Box<dyn miette::ReportHandler> {
        Box::new(
            miette::MietteHandlerOpts::new()
                .wrap_lines(false)
                .break_words(false)
                .build(),
        )
    };
    // It fails only when a hook is set already, and then that one is as good.
    let _ = miette::set_hook(Box::new(hook));
}

/// How this run of the command prints.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    pub(crate) fn new(args: &OutputArgs) -> Self {
        Self {
            json: args.json,
            quiet: args.quiet,
        }
    }

    /// Prints the result: `value` with `--json`, otherwise what `text` returns.
    pub(crate) fn result<T: Serialize>(&self, value: &T, text: impl FnOnce() -> String) {
        let text = if self.json {
            serde_json::to_string_pretty(value).expect("results are plain data")
        } else {
            text()
        };
        let mut stdout = io::stdout().lock();
        if let Err(error) = writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
            // The reader has enough (`mintage build | head -1`): that is no failure.
            if error.kind() == io::ErrorKind::BrokenPipe {
                process::exit(0);
            }
            self.error(&miette::miette!("cannot write the result to stdout: {error}"));
            process::exit(super::EXIT_BAD_INPUT.into());
        }
    }

    /// Whether the result may be coloured: only on a terminal, and not where NO_COLOR is set.
    pub(crate) fn color(&self) -> bool {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        !unwanted && io::stdout().is_terminal()
    }

    /// A line for the person in front of the terminal.
    pub(crate) fn note(&self, text: impl AsRef<str>) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{}", text.as_ref());
        }
    }

    /// What went wrong, with its help.
    pub(crate) fn error(&self, report: &miette::Report) {
        let _ = writeln!(io::stderr(), "{report:?}");
    }

    /// A bar over `length` steps with rate and time left, on a terminal; nothing elsewhere or with `--quiet`. It is gone when it
    /// is dropped.
    pub(crate) fn progress(&self, length: u64) -> ProgressLine {
        let bar = if self.quiet || !io::stderr().is_terminal() {
            ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden())
        } else {
            let template = "{bar:32} {percent:>3} %  step {pos}/{len}  {msg}  {eta} left";
            let bar = ProgressBar::new(length);
            bar.set_style(ProgressStyle::with_template(template).expect("a valid template"));
            bar
        };
        ProgressLine(bar)
    }

    /// A spinner with a message on a terminal; nothing elsewhere or with `--quiet`. It is gone when it is dropped.
    pub(crate) fn spinner(&self) -> Spinner {
        let bar = if self.quiet || !io::stderr().is_terminal() {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
        } else {
            let bar = ProgressBar::new_spinner();
            bar.set_style(
                ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}").expect("a valid template"),
            );
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        };
        Spinner(bar)
    }
}

/// See [`Output::progress`].
pub(crate) struct ProgressLine(ProgressBar);

impl ProgressLine {
    /// Moves the bar; the message is made only when it will be seen.
    pub(crate) fn at(&self, position: u64, message: impl FnOnce() -> String) {
        if !self.0.is_hidden() {
            self.0.set_position(position);
            self.0.set_message(message());
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// See [`Output::spinner`].
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    pub(crate) fn message(&self, text: String) {
        self.0.set_message(text);
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
