//! The tracker's heap: what stack and data leave of the first page of memory, and whole pages when that is used up. Most
//! visits need no second one.
#![allow(unsafe_code)]

use std::alloc::Layout;
use std::arch::wasm32::{memory_grow, memory_size};
use std::ptr::NonNull;

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

const PAGE: usize = 64 * 1024;

/// Where the heap ends.
#[derive(Debug)]
pub(crate) struct Pages(Option<NonNull<u8>>);

unsafe extern "C" {
    /// Set by the linker: the first byte after stack and data.
    static __heap_base: u8;
}

/// An allocator of such memory.
pub(crate) const fn allocator() -> TalcSyncCell<Pages, WasmBinning> {
    TalcSyncCell::new_wasm(Pages(None))
}

// SAFETY: `acquire` touches no other allocator. Nobody else uses what is behind the heap's base, nor grows the memory.
unsafe impl Source for Pages {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        let new_end = |pages: usize| (pages * PAGE) as *mut u8;
        talc.source.0 = match talc.source.0 {
            None => unsafe {
                let base = (&raw const __heap_base).cast_mut();
                talc.claim(base, new_end(memory_size::<0>()) as usize - base as usize)
            },
            Some(end) => {
                // A page more than is asked for leaves room for what the heap needs itself.
                let more = layout.size() / PAGE + 1;
                let before = memory_grow::<0>(more);
                if before == usize::MAX {
                    return Err(());
                }
                Some(unsafe { talc.extend(end, new_end(before + more)) })
            }
        };
        Ok(())
    }
}
