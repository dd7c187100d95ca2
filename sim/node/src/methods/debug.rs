//! Traces: `debug_*`.

use super::Run;

pub(super) const METHODS: &[(&str, Run)] = &[(
    "debug_getRawTransaction",
    Run::Quick(super::block::raw_transaction),
)];
