//! Ink, gas and size of every program against committed snapshots.

