//! What the disk may do to the store.
