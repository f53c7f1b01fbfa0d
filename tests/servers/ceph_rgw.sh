#!/usr/bin/env bash
# usage: ceph_rgw.sh start DIR [PORT]       a fresh Ceph in DIR, which must be empty; prints how to reach it
#        ceph_rgw.sh kill DIR [DAEMON...]   kill -9 of radosgw, or of these: mon osd rgw
#        ceph_rgw.sh restart DIR            starts those that do not run; with bluestore, nothing is lost
#        ceph_rgw.sh stop DIR               ends it; DIR may go then
# One monitor, one disk and radosgw, which serves S3 on 127.0.0.1: http on PORT, https on another, path style and (of
# s3.localhost) virtual-host style.
#   CEPH_STORE=memstore|bluestore   memstore is faster, and forgets when the osd dies
#   CEPH_ACCESS_LOG=1|0             whether DIR/log/rgw.log has a line per request
#   CEPH_STORE_GB=4                 its size: memory at most, or a sparse file
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/daemons.sh"
export LC_ALL=C

(($# >= 2)) || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2 && exit 2; }
command=$1 dir=$(realpath -m "$2")
shift 2
daemons=(mon osd rgw)

# Its own authority, and a certificate of that for all names by which radosgw is reached here.
make_certificate() {
    cd "$dir/tls"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=sealsync test authority" \
        -keyout ca.key -out ca.pem
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=s3.localhost" -keyout rgw.key -out rgw.csr
    openssl x509 -req -in rgw.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out rgw.pem \
        -extfile <(echo "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:s3.localhost,DNS:*.s3.localhost")
}

# Levels of logging are log/memory. By default much is gathered in memory for a crash dump: a quarter of the CPU time.
quiet_subsystems() {
    local name
    for name in ms mon monc paxos auth osd objclass objecter objectcacher rados memstore bluestore bluefs bdev rocksdb \
        filestore throttle timer finisher context asok mgrc rgw_sync; do
        echo "debug_$name = 0/0"
    done
}

# configure PORT TLS_PORT MON_PORT
configure() {
    local access_log=0/0
    ((${CEPH_ACCESS_LOG:-1})) && access_log=1/1
    cat >"$dir/ceph.conf" <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon_initial_members = a
mon_host = [v2:127.0.0.1:$3/0]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = $dir/run
crash_dir = $dir/crash
# A socket's path has at most 107 bytes, and nobody asks.
admin_socket =
log_to_stderr = false
err_to_stderr = true
mon_cluster_log_file = $dir/log/cluster.log
$(quiet_subsystems)
debug_rgw = $access_log
# One copy, on one disk.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
# These look at the disk of the machine: a full one must not make the store read-only.
mon_data_avail_warn = 1
mon_data_avail_crit = 0
mon_osd_full_ratio = .97
mon_osd_backfillfull_ratio = .96
mon_osd_nearfull_ratio = .95
# Whoever comes too early tries again after this long: 3 s and 5 s unless told.
mon_client_hunt_interval = 0.3
objecter_tick_interval = 0.25

[mon]
mon_data = $dir/mon
log_file = $dir/log/mon.log
# A pool is made by one proposal after the other: with the defaults, most of the time to start.
paxos_propose_interval = 0.02
paxos_min_wait = 0.01

[osd]
osd_data = $dir/osd
log_file = $dir/log/osd.log
osd_objectstore = ${CEPH_STORE:-memstore}
memstore_device_bytes = $((${CEPH_STORE_GB:-4} << 30))
bluestore_block_size = $((${CEPH_STORE_GB:-4} << 30))
bluestore_fsck_on_mkfs = false
bluestore_cache_autotune = false
bluestore_cache_size = 134217728
osd_mclock_skip_benchmark = true
osd_op_num_shards = 2
osd_max_object_name_len = 2048

[client]
log_file = $dir/log/\$name.log

[client.rgw]
log_file = $dir/log/rgw.log
rgw_data = $dir/rgw
# Without tcp_nodelay every answer with a body waits for a delayed acknowledgement, 40 ms.
rgw_frontends = beast endpoint=127.0.0.1:$1 ssl_endpoint=127.0.0.1:$2 ssl_certificate=$dir/tls/rgw.pem ssl_private_key=$dir/tls/rgw.key tcp_nodelay=1
rgw_dns_name = s3.localhost
# Unless told, radosgw encrypts here, which it cannot without keys.
ms_mon_client_mode = crc
rgw_thread_pool_size = 64
rgw_run_sync_thread = false
rgw_dynamic_resharding = false
rgw_override_bucket_index_max_shards = 1
rgw_num_control_oids = 1
rgw_rados_pool_pg_num_min = 4
# Room of removed objects is free soon, not after two hours.
rgw_gc_max_objs = 1
rgw_gc_obj_min_wait = 120
rgw_gc_processor_period = 60
CONF
}

setting() { sed -n "s/^$1 = //p" "$dir/ceph.conf"; }

create_mon() {
    # With an address of its own: from mon_host alone it would take the default port.
    monmaptool --create --fsid "$(setting fsid)" --addv a "$(setting mon_host)" --set-min-mon-release pacific \
        "$dir/monmap"
    ceph-mon -i a --mkfs --monmap "$dir/monmap"
}

create_osd() {
    local uuid
    uuid=$(cat /proc/sys/kernel/random/uuid)
    timeout 60 ceph osd new "$uuid" 0 </dev/null
    ceph-osd -i 0 --mkfs --osd-uuid "$uuid"
}

create_user() {
    timeout 60 radosgw-admin -n client.rgw user create --uid=tester --display-name=tester \
        --access-key=testkey --secret-key=testsecret </dev/null
}

# logged NAME COMMAND...
logged() {
    local name=$1
    shift
    "$@" >"$dir/log/$name.out" 2>&1 || fail "$name" "$1 failed"
}

run_daemon() {
    case $1 in
    mon) launch mon ceph-mon -i a -f ;;
    osd) launch osd ceph-osd -i 0 -f ;;
    rgw) launch rgw radosgw -n client.rgw -f ;;
    esac
}

start() {
    local port=${1:-$(free_port)} tls_port
    tls_port=$(free_port)
    prepare
    mkdir "$dir"/{crash,mon,osd,rgw,tls}
    logged certificate make_certificate
    configure "$port" "$tls_port" "$(free_port)"
    logged create_mon create_mon
    run_daemon mon
    logged create_osd create_osd
    run_daemon osd
    logged create_user create_user
    run_daemon rgw
    wait_until answers "http://127.0.0.1:$port"
    publish S3_ENDPOINT="http://127.0.0.1:$port" S3_TLS_ENDPOINT="https://127.0.0.1:$tls_port" \
        S3_VIRTUAL_HOST_ENDPOINT="http://s3.localhost:$port" S3_CA_FILE="$dir/tls/ca.pem" \
        S3_ACCESS_LOG="$dir/log/rgw.log" AWS_ACCESS_KEY_ID=testkey AWS_SECRET_ACCESS_KEY=testsecret \
        AWS_REGION=us-east-1
}

restart() {
    local name
    for name in "${daemons[@]}"; do
        is_running "$name" || run_daemon "$name"
    done
    source "$dir/env"
    wait_until answers "$S3_ENDPOINT"
}

export CEPH_CONF=$dir/ceph.conf CEPH_ARGS=
ulimit -n "$(ulimit -Hn)"
case $command in
start) start "$@" ;;
kill) kill_daemons "${@:-rgw}" ;;
restart) restart ;;
stop) kill_daemons "${daemons[@]}" ;;
*) echo "no such command: $command" >&2 && exit 2 ;;
esac
