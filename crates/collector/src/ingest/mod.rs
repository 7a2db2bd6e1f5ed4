//! From the bytes of a request to a batch that can be appended.
//!
//! [`body`] unpacks and reads the bytes, [`scan`] makes sure beforehand that reading cannot be abused, [`accept`]
//! judges batch and events, [`budget`] bounds the memory all of them take at once, [`turns`] how many they are.
//! Nothing here writes: bytes in, decisions out.

pub mod accept;
pub mod body;
pub mod budget;
pub mod scan;
pub mod turns;

/// Why a whole request cannot be taken. Every sentence says what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Occurs when the body is larger than a batch may be, packed or unpacked. The sender halves it.
    #[error("the body is larger than {limit} bytes{unpacked}; send fewer events at once", unpacked = if *.unpacked { " when unpacked" } else { "" })]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
        /// Whether the limit is that of the unpacked body.
        unpacked: bool,
    },
    /// Occurs when there are more events, pages for them, or ranges of lost ones, than a batch may have. The sender
    /// halves it.
    #[error("the batch has more than {max} events, pages or losses; send fewer at once", max = pugmark_protocol::limits::MAX_BATCH_EVENTS)]
    TooMany,
    /// Occurs when there are more values than a batch may have. The sender halves it.
    #[error("the batch has more than {max} values; send fewer events at once", max = scan::MAX_VALUES)]
    TooManyValues,
    /// Occurs when the body starts like gzip and is not.
    #[error("the body starts like gzip and cannot be unpacked: {0}")]
    Gzip(String),
    /// Occurs when the body is not UTF-8.
    #[error("the body is not UTF-8 from byte {0} on")]
    NotUtf8(usize),
    /// Occurs when arrays and objects are nested deeper than a batch may be.
    #[error("the body is nested deeper than {max} levels at byte {0}; send flat properties", max = pugmark_protocol::limits::MAX_JSON_DEPTH)]
    TooDeep(usize),
    /// Occurs when the body is not JSON, or not of the documented form.
    #[error("the body is not a batch: {0}; docs/protocol.md has an example")]
    NotABatch(String),
    /// Occurs when too many batches are being read and written at once. The sender comes again.
    #[error("too much is being read and written at once; send it again")]
    NoRoom,
    /// Occurs when the batch is of a version this collector does not speak.
    #[error("the batch is of version {0}, this collector speaks version {speaks}", speaks = pugmark_protocol::wire::VERSION)]
    Version(u32),
}

impl Unreadable {
    /// A short code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::TooMany => "too_many_events",
            Self::TooManyValues => "too_many_values",
            Self::Gzip(_) => "bad_gzip",
            Self::NotUtf8(_) => "not_utf8",
            Self::TooDeep(_) => "too_deep",
            Self::NotABatch(_) => "not_a_batch",
            Self::NoRoom => "busy",
            Self::Version(_) => "unknown_version",
        }
    }
}
