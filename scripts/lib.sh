# Shared by the scripts: sourced, never run. It moves to the top of the checkout and puts the
# tools that were built for Headroom on PATH.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

wasm_bindgen_version=0.2.130
trunk_version=0.21.14
wasm_split_version=0.2.4
geckodriver_version=0.36.0
# Built once for a machine and kept by version, so that a fresh clone finds them.
cache="${XDG_CACHE_HOME:-$HOME/.cache}/headroom"
wasm_bindgen_dir="$cache/wasm-bindgen-cli-$wasm_bindgen_version"
trunk_dir="$cache/trunk-$trunk_version"
wasm_split_dir="$cache/wasm-split-$wasm_split_version"
geckodriver_dir="$cache/geckodriver-$geckodriver_version"
export PATH="$PWD/node_modules/.bin:$wasm_bindgen_dir/bin:$trunk_dir/bin:$wasm_split_dir/bin:$geckodriver_dir/bin:$PATH"
# cargo puts what it builds here.
target="${CARGO_TARGET_DIR:-target}"

say() { printf '== %s\n' "$*"; }

die() {
    printf 'headroom: %s\n' "$*" >&2
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# need COMMAND WHERE_TO_GET_IT
need() { has "$1" || die "$1 is missing: $2"; }
