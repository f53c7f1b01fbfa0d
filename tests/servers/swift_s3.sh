#!/usr/bin/env bash
# usage: swift_s3.sh start DIR [PORT]   a fresh OpenStack Swift in DIR, which must be empty; prints how to reach it
#        swift_s3.sh stop DIR           ends it; DIR may go then
# Serves S3 on http://127.0.0.1:PORT. It answers conditional writes with 501 NotImplemented: the store that refuses.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/daemons.sh"

(($# >= 2)) || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2 && exit 2; }
command=$1 dir=$(realpath -m "$2")
shift 2
daemons=(memcached account container object proxy)

# configure_storage SERVER PORT
configure_storage() {
    cat >"$dir/$1.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $2
workers = 1
user = $(id -un)
swift_dir = $dir
devices = $dir/node
mount_check = false
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
CONF
}

# configure_proxy PORT MEMCACHED_PORT
configure_proxy() {
    local filter
    cat >"$dir/proxy.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $1
workers = 2
user = $(id -un)
swift_dir = $dir
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$2
CONF
    for filter in catch_errors gatekeeper healthcheck listing_formats bulk copy slo dlo; do
        printf '[filter:%s]\nuse = egg:swift#%s\n' "$filter" "$filter" >>"$dir/proxy.conf"
    done
}

# make_rings SERVER=PORT... : of one device each, without loading Python nine times for swift-ring-builder.
make_rings() {
    cd "$dir"
    /usr/bin/python3 - "$@" <<'PYTHON'
import sys
from swift.common.ring import RingBuilder

for pair in sys.argv[1:]:
    name, port = pair.split("=")
    builder = RingBuilder(part_power=4, replicas=1, min_part_hours=1)
    builder.add_dev(dict(region=1, zone=1, ip="127.0.0.1", port=int(port), device="d1", weight=1))
    builder.rebalance()
    builder.get_ring().save(f"{name}.ring.gz")
PYTHON
}

start() {
    local port=${1:-$(free_port)} memcached_port name
    local -A ports
    memcached_port=$(free_port)
    prepare
    mkdir -p "$dir/node/d1"
    for name in account container object; do
        ports[$name]=$(free_port)
        configure_storage "$name" "${ports[$name]}"
    done
    configure_proxy "$port" "$memcached_port"
    printf '%s\n' '[swift-hash]' 'swift_hash_path_suffix = test' '[storage-policy:0]' 'name = one' 'default = yes' \
        >"$dir/swift.conf"
    (make_rings "account=${ports[account]}" "container=${ports[container]}" "object=${ports[object]}") \
        >"$dir/log/rings.out" 2>&1 || fail rings "the rings could not be made"

    launch memcached memcached -u "$(id -un)" -l 127.0.0.1 -p "$memcached_port" -m 64
    for name in account container object proxy; do
        launch "$name" /usr/bin/python3 "$(command -v "swift-$name-server")" "$dir/$name.conf"
    done
    for name in "${ports[@]}"; do wait_until listens "$name"; done
    wait_until answers "http://127.0.0.1:$port/healthcheck"
    publish S3_ENDPOINT="http://127.0.0.1:$port" AWS_ACCESS_KEY_ID=test:tester AWS_SECRET_ACCESS_KEY=testing \
        AWS_REGION=us-east-1
}

case $command in
start) start "$@" ;;
stop) kill_daemons "${daemons[@]}" ;;
*) echo "no such command: $command" >&2 && exit 2 ;;
esac
