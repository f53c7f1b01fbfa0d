#!/usr/bin/env bash
# usage: s3rver.sh start DIR [PORT]   a fresh s3rver (npm) in DIR, which must be empty; prints how to reach it
#        s3rver.sh stop DIR           ends it; DIR may go then
# Serves S3 on http://127.0.0.1:PORT. It answers conditional writes with 200, and ignores the condition: the store that
# lies. Its modules are installed once, into build/s3rver/.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/daemons.sh"
modules=$here/../../build/s3rver

(($# >= 2)) || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2 && exit 2; }
command=$1 dir=$(realpath -m "$2")
shift 2
daemons=(s3rver)

# installed.json comes last: where it is, all is.
install_modules() {
    cmp -s "$here/s3rver/package-lock.json" "$modules/installed.json" && return
    mkdir -p "$modules"
    cp "$here"/s3rver/package*.json "$modules"
    npm ci --prefix "$modules" --no-audit --no-fund
    cp "$modules/package-lock.json" "$modules/installed.json"
}

# The tokens of its listings are made by Blowfish, which OpenSSL 3 has only where it is asked for.
with_blowfish() { ! node --openssl-legacy-provider --eval 0 2>/dev/null || echo --openssl-legacy-provider; }

start() {
    local port=${1:-$(free_port)}
    prepare
    install_modules >"$dir/log/npm.out" 2>&1 || fail npm "npm could not install s3rver"
    mkdir "$dir/data"
    launch s3rver node $(with_blowfish) "$modules/node_modules/s3rver/bin/s3rver.js" --directory "$dir/data" \
        --address 127.0.0.1 --port "$port"
    wait_until answers "http://127.0.0.1:$port"
    publish S3_ENDPOINT="http://127.0.0.1:$port" AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER \
        AWS_REGION=us-east-1
}

case $command in
start) start "$@" ;;
stop) kill_daemons "${daemons[@]}" ;;
*) echo "no such command: $command" >&2 && exit 2 ;;
esac
