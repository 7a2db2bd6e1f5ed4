#!/usr/bin/env bash
# Breaks the outbox in the ways that outboxes are broken, one patch beside this file each, and demands that the
# simulation of tests/delivery finds every one. Run from anywhere; works on a copy of the tree.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../../.." && pwd)
# A place of its own: cargo takes the copy and the original for the same package.
export CARGO_TARGET_DIR=$root/target/mutants
export PROPTEST_MAX_SHRINK_ITERS=0 PROPTEST_MAX_SHRINK_TIME=0 RUST_BACKTRACE=0
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

simulate() {
  (cd "$copy" && cargo test --quiet -p pugmark-engine --test delivery) > "$copy.log" 2>&1
}

cd "$root"
git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$copy"
simulate || { cat "$copy.log"; echo "mutants: the simulation fails without any"; exit 1; }

survivors=0
for patch in "$here"/*.patch; do
  name=$(basename "$patch" .patch)
  # A patch that no longer applies proves nothing.
  patch --quiet --directory="$copy" --strip=0 --input="$patch" || { echo "mutants: $name no longer applies"; exit 1; }
  (cd "$copy" && cargo check --quiet -p pugmark-engine) || { echo "mutants: $name no longer compiles"; exit 1; }
  if simulate; then
    echo "mutants: $name SURVIVES"
    survivors=$((survivors + 1))
  else
    echo "mutants: $name is found: $(grep -m1 'Test failed' "$copy.log" | cut -c1-120)"
  fi
  patch --quiet --directory="$copy" --strip=0 --reverse --input="$patch"
done
rm -f "$copy.log"
exit "$survivors"
