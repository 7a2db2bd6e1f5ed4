//! Wires the collector: settings in, a running server out.
