#!/usr/bin/env bash
# usage: examples/demo.sh [FOLDER] [STORE]
# The main job on a bare machine: installs what it needs, builds the command-line tool, and syncs FOLDER (default
# /usr/share/doc) between two devices through STORE: a folder (default: a new temporary one), or
# s3://BUCKET/PREFIX?endpoint=URL, see docs/cli.md. Prints what every step cost.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:-/usr/share/doc}
store=${2:-}

# Quiet unless it fails.
quietly() {
    local log=$root/build/release/demo.log
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2 && echo "failed: $*" >&2 && exit 1; }
}

"$root/cmake/install_packages.sh" build
cd "$root"
quietly cmake --preset release
quietly cmake --build --preset release --target sealsync_cli
cd - >/dev/null

exec "$root/examples/main_job.sh" "$root/build/release/bin/sealsync" "$folder" "$store"
