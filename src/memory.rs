//! The tracker's heap: what stack and data leave of the first page of memory, and whole pages when that is used up.
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
        // What is asked for again if one time was too little.
        let more = layout.size() / PAGE + 1;
        let grown = || match memory_grow::<0>(more) {
            usize::MAX => Err(()),
            before => Ok((before + more) * PAGE),
        };
        let end = match talc.source.0 {
            Some(end) => {
                let new_end = grown()?;
                Some(unsafe { talc.extend(end, new_end as *mut u8) })
            }
            None => unsafe {
                let base = (&raw const __heap_base).cast_mut();
                match talc.claim(base, memory_size::<0>() * PAGE - base as usize) {
                    // Too little is left to begin with.
                    None => talc.claim(base, grown()? - base as usize),
                    end => end,
                }
            },
        };
        talc.source.0 = end;
        end.map(drop).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn blocks_are_given_that_are_longer_than_what_is_left_of_a_page() {
        let blocks: Vec<Vec<u8>> =
            [1, 30_000, 65_520, 65_535, 65_536, 200_000].iter().map(|size| vec![7; *size]).collect();
        assert_eq!(blocks.iter().flatten().map(|byte| u64::from(*byte)).sum::<u64>(), 7 * 426_592);
    }
}
