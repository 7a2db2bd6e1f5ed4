#!/usr/bin/env bash
# Builds, serves and tests Pugmark. `./build.sh help` lists the commands; each installs what it needs first, pinned and
# only if it is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

RUST=1.95.0
WASM_PACK=0.15.1
GECKODRIVER=0.37.1
CARGO_MUTANTS=27.1.0
CARGO_FUZZ=0.13.2
# The command line must be of exactly the crate's version.
WASM_BINDGEN=$(sed -n 's/^wasm-bindgen = "=\(.*\)"$/\1/p' Cargo.toml)

# Tools of these versions are kept outside the checkout, so that a second checkout need not build them again.
TOOLS=${PUGMARK_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/pugmark/tools}
export PATH="$TOOLS/bin:$PATH"

say() { printf '\033[1m== %s\033[0m\n' "$*"; }
fail() {
  printf '\033[31m%s\033[0m\n' "$*" >&2
  exit 1
}

# --- setup ------------------------------------------------------------------------------------------------------------

setup_rust() {
  command -v rustup >/dev/null || fail "Rust is missing: install rustup first, see https://rustup.rs"
  # A machine may have the same compiler under the name of its channel only; any 1.95.0 will do.
  if ! rustup run "$RUST" rustc --version >/dev/null 2>&1; then
    say "setup: Rust $RUST"
    rustup toolchain install "$RUST" --profile minimal
  fi
  local have
  have=$(rustup component list --installed --toolchain "$RUST")
  for component in clippy rust-src rustfmt rust-std-wasm32-unknown-unknown; do
    grep -q "^$component" <<<"$have" && continue
    say "setup: $component"
    case $component in
      rust-std-*) rustup target add wasm32-unknown-unknown --toolchain "$RUST" ;;
      *) rustup component add "$component" --toolchain "$RUST" ;;
    esac
  done
}

# packages... : installs Debian packages where that is allowed, and says what to type where it is not.
debian() {
  if ! command -v apt-get >/dev/null; then
    fail "Please install what these Debian packages hold, then try again: $*"
  elif [ "$(id -u)" = 0 ]; then
    say "setup: $*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  elif sudo -n true 2>/dev/null; then
    say "setup: $*"
    sudo apt-get update -qq
    sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  else
    fail "Please type this, then try again: sudo apt-get install --no-install-recommends $*"
  fi
}

# crate version binary [options...] : builds a command-line tool, without optimisation because that takes minutes.
tool() {
  local crate=$1 version=$2 binary=$3
  shift 3
  [ "$("$TOOLS/bin/$binary" --version 2>/dev/null | awk 'NR==1 {print $2}')" = "$version" ] && return
  say "setup: $crate $version (a few minutes, once)"
  cargo "+$RUST" install "$crate" --version "=$version" --root "$TOOLS" --debug --quiet "$@"
}

# folder what : installs the npm packages of a folder, as its lock file pins them.
npm_packages() {
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed" && return
  say "setup: npm packages ($2)"
  npm ci --prefix "$1" --no-audit --no-fund --silent
  cp "$1/package-lock.json" "$1/node_modules/.installed"
}

setup_build() {
  setup_rust
  command -v cc >/dev/null || debian gcc libc6-dev
  node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || fail "Node.js 20 or later is needed"
  # Its lock file asks for a crate version that not every registry has.
  tool wasm-bindgen-cli "$WASM_BINDGEN" wasm-bindgen
  tool wasm-pack "$WASM_PACK" wasm-pack --locked
  npm_packages pkg "Binaryen, esbuild, Preact"
}

setup_browsers() {
  local missing=()
  command -v chromium >/dev/null || missing+=(chromium)
  command -v chromedriver >/dev/null || missing+=(chromium-driver)
  command -v firefox-esr >/dev/null || missing+=(firefox-esr)
  command -v WebKitWebDriver >/dev/null || missing+=(webkit2gtk-driver)
  command -v xvfb-run >/dev/null || missing+=(xvfb xauth)
  [ ${#missing[@]} = 0 ] || debian "${missing[@]}"
  tool geckodriver "$GECKODRIVER" geckodriver --locked
}

# Clients that other people wrote, and what makes up requests from the description of the API.
setup_clients() {
  npm_packages tests/clients "HubSpot's client"
  if ! cmp -s tests/clients/requirements.txt "$TOOLS/clients/.installed"; then
    say "setup: Python packages (Schemathesis)"
    python3 -c 'import ensurepip' 2>/dev/null || debian python3-venv
    python3 -m venv "$TOOLS/clients"
    "$TOOLS/clients/bin/pip" install --quiet --disable-pip-version-check -r tests/clients/requirements.txt
    cp tests/clients/requirements.txt "$TOOLS/clients/.installed"
  fi
  export PUGMARK_COLLECTOR="${CARGO_TARGET_DIR:-target}/debug/pugmark-collector"
}

# --- build ------------------------------------------------------------------------------------------------------------

# folder out name : builds the wasm of a crate and its glue.
wasm() {
  # Without reference types, wasm-bindgen keeps what the page passes in an array of its glue instead of a table of the
  # wasm's own: smaller, and all that can be translated to JavaScript (docs/decisions/0011-fallback.md); several results of
  # one function cannot either.
  local flags="-Ctarget-feature=-reference-types,-multivalue"
  # std is built along, without the machinery of panics: 4 KB less. RUSTC_BOOTSTRAP lets the pinned stable compiler do
  # that; PUGMARK_PLAIN=1 builds without it.
  local std=(-Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size)
  local environment=(RUSTC_BOOTSTRAP=1 RUSTFLAGS="$flags -Zunstable-options -Cpanic=immediate-abort")
  if [ -n "${PUGMARK_PLAIN:-}" ]; then
    # The std that comes with the compiler says that it has reference types, but makes no use of them.
    local features=bulk-memory,multivalue,mutable-globals,nontrapping-fptoint,sign-ext
    std=()
    environment=(RUSTFLAGS="$flags -Clink-args=--features=$features -Clink-args=--no-check-features")
  fi
  env "${environment[@]}" wasm-pack --log-level warn build "$1" --release --target web --no-typescript --mode no-install \
    --no-pack --out-dir "$PWD/$2" --out-name "$3" -- --quiet ${std[@]+"${std[@]}"}
}

# The tracker, and the visualizer that it loads on invitation.
build_tracker() {
  setup_build
  say "tracker and visualizer: wasm-pack"
  wasm . pkg/wasm pugmark
  wasm crates/visualizer pkg/wasm/visualizer visualizer
  say "tracker and visualizer: optimise and put together (pkg/dist)"
  node pkg/build/assemble.mjs
  node pkg/build/visualizer.mjs pkg/wasm/visualizer/visualizer.js
}

build() {
  build_tracker
  say "collector"
  cargo build --quiet -p pugmark-collector
}

# One file to carry to a server: it serves library, studio and demo from within itself.
release() {
  build_tracker
  say "collector, optimised (a few minutes)"
  cargo build --quiet --profile server -p pugmark-collector
  ls -l "${CARGO_TARGET_DIR:-target}/server/pugmark-collector"
}

# Most bytes of pugmark.js, packed with brotli: it is raised only for what visitors' pages get that they did not have, said in
# docs/performance.md with its bytes. The goal is 22,000, then 16,000.
SIZE_BUDGET=41920

size() {
  build_tracker
  check_size
  node pkg/build/parts.mjs
}

check_size() {
  node -e '
    const rows = require("./pkg/dist/sizes.json");
    console.log("bytes".padEnd(32) + ["raw", "gzip 9", "brotli 11"].map((s) => s.padStart(12)).join(""));
    for (const { name, raw, gzip, brotli } of rows)
      console.log(name.padEnd(32) + [raw, gzip, brotli].map((n) => n.toLocaleString("en").padStart(12)).join(""));
    const over = rows.find(({ name }) => name.startsWith("pugmark.js")).brotli - process.argv[1];
    if (over > 0) console.error(`pugmark.js is ${over} bytes over its budget of ${process.argv[1]}`);
    process.exitCode = over > 0 ? 1 : 0;' "$SIZE_BUDGET"
}

# --- serve ------------------------------------------------------------------------------------------------------------

serve() {
  build
  say "serve"
  exec "${CARGO_TARGET_DIR:-target}/debug/pugmark-collector" "$@"
}

# Prints the events of a site, as a running collector knows them, for TypeScript. The admin token is in
# PUGMARK_ADMIN_TOKEN, where no list of processes shows it.
types() {
  node pkg/build/types.mjs "$@"
}

# --- test -------------------------------------------------------------------------------------------------------------

PASSED=()

# name command... : runs tests, prints how many passed, and stops at a failure.
tests() {
  local name=$1 log count
  shift
  say "test: $name"
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log"
    rm "$log"
    fail "test: $name failed"
  fi
  count=$(sed -n 's/^test result: ok\. \([0-9]*\) passed.*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
  rm "$log"
  [ "$count" -gt 0 ] || fail "test: $name ran no test"
  PASSED+=("$count $name")
}

check_style() {
  say "test: rustfmt and clippy"
  cargo fmt --all --check
  cargo clippy --quiet --workspace --exclude pugmark --all-targets -- -D warnings
  cargo clippy --quiet -p pugmark --all-targets --target wasm32-unknown-unknown -- -D warnings
}

# Tests beside the tracker's code, in a real browser. The runner's server forgets connections that come at the same moment
# as others until one of its threads is free again, and a browser asks for the tracker's modules over six at once and keeps
# them open: so that the tests do not wait for ever, it is knocked at every second, which frees a thread.
in_browser() {
  local port knocking result=0
  port=$(node -e 'const server = net.createServer().listen(0, () => { console.log(server.address().port); server.close(); })')
  export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner
  export WASM_BINDGEN_TEST_TIMEOUT=180 WASM_BINDGEN_TEST_DRIVER_TIMEOUT=90 WASM_BINDGEN_TEST_ADDRESS=127.0.0.1:$port
  while sleep 1; do (: >"/dev/tcp/127.0.0.1/$port") 2>/dev/null || true; done &
  knocking=$!
  in_engine "$1" timeout 600 cargo test -p pugmark --lib --target wasm32-unknown-unknown || result=$?
  kill "$knocking"
  return "$result"
}

# engine command... : runs a command with the engine's driver.
in_engine() {
  local engine=$1
  shift
  case $engine in
    chromium) CHROMEDRIVER=$(command -v chromedriver) "$@" ;;
    firefox) GECKODRIVER=$(command -v geckodriver) "$@" ;;
    webkit) SAFARIDRIVER=$(command -v WebKitWebDriver) on_screen webkit "$@" ;;
  esac
}

in_pages() {
  PUGMARK_BROWSERS=$1 on_screen "$1" cargo test --quiet -p pugmark-e2e
}

# The same stories where the pages' policy refuses WebAssembly, and where it allows nothing but the site's own origin.
without_wasm() {
  PUGMARK_FORCE_JS=1 in_pages "$1"
}
under_strict_csp() {
  PUGMARK_STRICT_CSP=1 in_pages "$1"
}

# engine command... : with a screen for the one that needs it.
on_screen() {
  if [ "$1" = webkit ]; then xvfb-run -a "${@:2}"; else "${@:2}"; fi
}

# Every scenario of the fault harness, a few rounds of each.
under_faults() {
  PUGMARK_BROWSERS=$1 on_screen "$1" cargo test --quiet -p pugmark-faults
}

# The events API as HubSpot's own client uses it.
with_hubspots_client() {
  # Its reporter counts in a form of its own.
  node --test --test-reporter=tap tests/clients/hubspot.test.mjs | sed 's/^# pass \([0-9]*\)/test result: ok. \1 passed/'
}

against_the_description() {
  SCHEMATHESIS="$TOOLS/clients/bin/schemathesis" node tests/clients/openapi.mjs
}

test_clients() {
  setup_clients
  tests "HubSpot's npm client" with_hubspots_client
  tests "the API's description" against_the_description
}

# What the overlay decides in JavaScript, without a page.
overlay_alone() {
  node --test --test-reporter=tap crates/visualizer/overlay/test/*.test.mjs |
    sed 's/^# pass \([0-9]*\)/test result: ok. \1 passed/'
}

check_package() {
  say "test: the npm package's types, its import where there is no page, and what debug mode compares"
  (cd pkg && node_modules/.bin/tsc --noEmit --strict --lib es2022,dom test/types.ts && node_modules/.bin/tsc -p test)
  node --input-type=module -e 'await import("./pkg/server.mjs")'
  node --test --test-reporter=dot pkg/test/schema.test.mjs
}

run_tests() {
  # A test run says the same twice; whoever looks for more lets chance choose (see CONTRIBUTING.md).
  export PROPTEST_RNG_SEED=20261123
  build
  setup_browsers
  check_style
  say "test: the size of the tracker"
  check_size
  check_package
  tests "native" cargo test --quiet --workspace --exclude pugmark --exclude pugmark-e2e \
    --exclude pugmark-faults --all-features
  tests "the overlay without a page" overlay_alone
  test_clients
  for engine in chromium firefox webkit; do
    tests "tracker in $engine" in_browser "$engine"
  done
  for engine in chromium firefox; do
    tests "end to end in $engine" in_pages "$engine"
    tests "faults in $engine" under_faults "$engine"
  done
  under_policies chromium
  told
}

# What ./build.sh test leaves out: stories and faults in WebKit, and the stories under each policy in every browser
# (Chromium's it tells as well).
policies() {
  build
  setup_browsers
  tests "end to end in webkit" in_pages webkit
  tests "faults in webkit" under_faults webkit
  for engine in chromium firefox webkit; do under_policies "$engine"; done
  told
}

under_policies() {
  tests "end to end without WebAssembly, in $1" without_wasm "$1"
  tests "end to end under default-src 'self', in $1" under_strict_csp "$1"
}

# Prints what has passed.
told() {
  say "passed"
  printf '%s\n' "${PASSED[@]}"
  local total=0 line
  for line in "${PASSED[@]}"; do total=$((total + ${line%% *})); done
  echo "$total passed, 0 failed"
}

# The pictures in docs/images, of what the visualizer and the studio show.
pictures() {
  build
  setup_browsers
  say "pictures"
  cargo run --quiet -p pugmark-e2e --bin pictures -- docs/images
}

# --- proofs and figures -----------------------------------------------------------------------------------------------

setup_peers() {
  npm_packages benches/peers "the trackers to compare with"
  node benches/peers/build.mjs
}

# With options, plays only what they ask for: `./build.sh faults --only killed --browsers chromium`.
faults() {
  build
  setup_browsers
  setup_peers
  say "faults"
  xvfb-run -a cargo run --quiet -p pugmark-faults -- "$@"
}

load() {
  build_tracker
  say "collector and generator, optimised (a few minutes)"
  cargo build --quiet --profile server -p pugmark-collector -p pugmark-load
  say "load"
  "${CARGO_TARGET_DIR:-target}/server/pugmark-load" "$@"
}

# Without a word, what the engine's parts cost, natively. `bench peers` sets Pugmark beside other trackers, and with options measures only what they ask for:
# `./build.sh bench peers --short --only pugmark,floor`.
bench() {
  case ${1:-} in
    "" | -*) bench_engine "$@" ;;
    peers) shift && bench_peers "$@" ;;
    selectors) shift && bench_selectors "$@" ;;
    *) fail "say what to measure: ./build.sh bench, bench peers or bench selectors" ;;
  esac
}

bench_engine() {
  setup_rust
  say "bench: the engine's parts"
  cargo bench --quiet -p pugmark-engine --bench engine -- --quiet "$@"
}

bench_peers() {
  build
  setup_browsers
  setup_peers
  say "bench: Pugmark beside other trackers"
  node benches/peers/bench/main.mjs "$@"
}

# The visualizer's model runs in the page; its wasm is built for speed.
bench_selectors() {
  setup_build
  setup_browsers
  npm_packages benches/selectors "the generators to compare with"
  say "the visualizer's model"
  cargo build --quiet --profile server --target wasm32-unknown-unknown -p pugmark-visualizer
  wasm-bindgen --target no-modules --no-typescript --out-dir benches/selectors/dist \
    "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/server/pugmark_visualizer.wasm"
  say "bench: fingerprints beside selector generators"
  node benches/selectors/main.mjs "$@"
}

# The delivery's tests must notice when it is broken: in four known ways, then in every small one.
mutants() {
  setup_rust
  command -v patch >/dev/null || debian patch
  # It tells its version only by way of cargo.
  cargo mutants --version 2>/dev/null | grep -qx "cargo-mutants $CARGO_MUTANTS" ||
    tool cargo-mutants "$CARGO_MUTANTS" cargo-mutants --locked
  say "mutants: known mistakes"
  crates/engine/tests/mutants/run.sh
  say "mutants: every small one"
  # Its answer is 3 where the tests of some never ended, which is noticed as well.
  cargo mutants -p pugmark-engine "$@" || [ $? = 3 ]
}

# Throws bytes at the decoder of batches for so many seconds. Without a sanitizer: the decoder has no unsafe code of its
# own. RUSTC_BOOTSTRAP lets the pinned stable compiler instrument it.
fuzz() {
  setup_rust
  command -v c++ >/dev/null || debian g++
  tool cargo-fuzz "$CARGO_FUZZ" cargo-fuzz --locked
  say "fuzz: the decoder of batches (building it takes some minutes)"
  cd crates/collector
  mkdir -p fuzz/corpus/batch
  RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none batch fuzz/corpus/batch fuzz/seeds -- \
    "-max_total_time=${1:-600}" -dict=fuzz/batch.dict -max_len=65536 -rss_limit_mb=1024 -print_final_stats=1
}

help() {
  cat <<'HELP'
./build.sh setup   installs what building and testing need
./build.sh build   builds the tracker (pkg/dist) and the collector
./build.sh serve   builds, then runs the collector with the demo shop and the studio
                   PUGMARK_LISTEN, PUGMARK_DATA, PUGMARK_ADMIN_TOKEN and all further settings pass through
./build.sh types   prints a TypeScript declaration of a site's events, from a running collector:
                   ./build.sh types --site demo --address http://127.0.0.1:8787 > pugmark-events.d.ts
./build.sh test    builds, then runs every test
./build.sh release builds the collector to carry to a server: target/server/pugmark-collector
./build.sh clients builds, then runs other people's clients against the collector
./build.sh policies   tells the stories without WebAssembly and under a strict policy, in three browsers, and plays the
                   faults in WebKit (half an hour)
./build.sh size    builds the tracker and prints its size, part by part
./build.sh faults  plays every fault between real browsers and the collector: what was made, stored, doubled, lost
./build.sh mutants breaks the tracker's delivery in every small way, and demands that a test notices
./build.sh fuzz    throws bytes at the decoder of batches, for ten minutes or so many seconds as you say
./build.sh bench   measures what the engine's parts cost, natively
./build.sh bench peers   measures the tracker beside others, in real browsers (an hour)
./build.sh bench selectors   measures fingerprints beside selector generators, on real pages and their later versions
./build.sh pictures   takes the pictures of the documentation anew
./build.sh load    drives the collector until it refuses, and kills it under load
HELP
}

case ${1:-help} in
  setup) setup_build && setup_browsers ;;
  build) build ;;
  serve) shift && serve "$@" ;;
  types) shift && types "$@" ;;
  test) run_tests ;;
  release) release ;;
  clients) build && test_clients ;;
  policies) policies ;;
  size) size ;;
  faults) shift && faults "$@" ;;
  bench) shift && bench "$@" ;;
  mutants) shift && mutants "$@" ;;
  fuzz) shift && fuzz "$@" ;;
  load) shift && load "$@" ;;
  pictures) pictures ;;
  help | -h | --help) help ;;
  *)
    help >&2
    fail "there is no command \"$1\""
    ;;
esac
