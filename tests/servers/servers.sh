#!/usr/bin/env bash
# usage: servers.sh start DIR   every server of this folder at once, each in a folder of its own in DIR; prints what
#                               the tests' environment must have. Ends with 1 if one did not start: the others do run
#        servers.sh stop DIR    ends them, and removes DIR
# A variable SEALSYNC_S3_<SERVER> is `endpoint,access key,secret key,region` and, where there is one of our own,
# `,file of the certificate authority`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
servers=(ceph_rgw swift_s3 s3rver)

(($# == 2)) || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2 && exit 2; }
command=$1 dir=$2

# describe NAME ENDPOINT [CA_FILE]
describe() {
    printf 'export SEALSYNC_S3_%s=%q\n' "$1" "$2,$AWS_ACCESS_KEY_ID,$AWS_SECRET_ACCESS_KEY,$AWS_REGION${3:+,$3}"
}

environment_of() (
    source "$dir/$1/env"
    case $1 in
    ceph_rgw)
        describe CEPH "$S3_ENDPOINT"
        describe CEPH_TLS "$S3_TLS_ENDPOINT" "$S3_CA_FILE"
        describe CEPH_VIRTUAL_HOST "$S3_VIRTUAL_HOST_ENDPOINT"
        printf 'export SEALSYNC_S3_CEPH_LOG=%q\n' "$S3_ACCESS_LOG"
        ;;
    swift_s3) describe SWIFT "$S3_ENDPOINT" ;;
    s3rver) describe S3RVER "$S3_ENDPOINT" ;;
    esac
)

start() {
    local server status=0
    local -A starting
    mkdir -p "$dir"
    for server in "${servers[@]}"; do
        "$here/$server.sh" start "$dir/$server" >"$dir/$server.out" 2>&1 &
        starting[$server]=$!
    done
    for server in "${servers[@]}"; do
        if wait "${starting[$server]}"; then
            environment_of "$server"
        else
            status=1
            cat "$dir/$server.out" >&2
        fi
    done
    return "$status"
}

stop() {
    local server
    for server in "${servers[@]}"; do "$here/$server.sh" stop "$dir/$server"; done
    rm -rf "$dir"
}

case $command in
start) start ;;
stop) stop ;;
*) echo "no such command: $command" >&2 && exit 2 ;;
esac
