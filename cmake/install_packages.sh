#!/usr/bin/env bash
# usage: cmake/install_packages.sh build|tests|servers|benchmarks...
# Makes sure that what these need is on the machine: by apt on Debian as root, else by saying what is missing.
# Quiet, and without touching apt, when nothing is missing.
set -euo pipefail

has_command() { command -v "$1" >/dev/null; }
has_header() {
    has_command g++ && printf '#if !__has_include(<%s>)\n#error\n#endif\n' "$1" | g++ -x c++ -E - >/dev/null 2>&1
}

is_there() {
    case $1 in
    ninja-build) has_command ninja ;;
    clang-14) has_command clang++-14 ;;
    libclang-rt-14-dev) compgen -G '/usr/lib/llvm-14/lib/clang/*/lib/*/libclang_rt.fuzzer*' >/dev/null ;;
    libcurl4-openssl-dev) has_header curl/curl.h ;;
    libpugixml-dev) has_header pugixml.hpp ;;
    libbotan-2-dev) has_header botan-2/botan/version.h || has_header botan-3/botan/version.h ;;
    libsimdjson-dev) has_header simdjson.h ;;
    libsqlite3-dev) has_header sqlite3.h ;;
    libcli11-dev) has_header CLI/CLI.hpp ;;
    nginx-light) has_command nginx ;;
    doctest-dev) has_header doctest/doctest.h ;;
    libbenchmark-dev) has_header benchmark/benchmark.h ;;
    nlohmann-json3-dev) has_header nlohmann/json.hpp ;;
    rapidjson-dev) has_header rapidjson/document.h ;;
    libssl-dev) has_header openssl/evp.h ;;
    gnuplot-nox) has_command gnuplot ;;
    python3-jsonschema) has_command /usr/bin/python3 && /usr/bin/python3 -c 'import jsonschema' 2>/dev/null ;;
    python3-boto3) has_command /usr/bin/python3 && /usr/bin/python3 -c 'import boto3' 2>/dev/null ;;
    awscli) has_command /usr/bin/aws ;;
    ceph-common) has_command ceph ;;
    swift-*) has_command "$1-server" ;;
    nginx-light) has_command nginx ;;
    nodejs) has_command node ;;
    *) has_command "$1" ;;
    esac
}

packages_for() {
    case $1 in
    build) echo g++ cmake ninja-build pkg-config libbotan-2-dev libcurl4-openssl-dev libpugixml-dev \
        libsimdjson-dev libsqlite3-dev libcli11-dev ;;
    tests) echo doctest-dev python3 python3-jsonschema clang-14 libclang-rt-14-dev clang-format-14 ccache strace \
        nginx-light openssl ;;
    servers) echo radosgw ceph-mon ceph-osd ceph-common swift-proxy swift-account swift-container swift-object \
        memcached nodejs npm curl openssl awscli python3-boto3 ;;
    benchmarks) echo rclone restic s3cmd wrk nginx-light libbenchmark-dev nlohmann-json3-dev rapidjson-dev libssl-dev \
        gnuplot-nox python3 strace $(packages_for servers) ;;
    *) echo "no such group of packages: $1" >&2 && return 1 ;;
    esac
}

missing=()
for group in "$@"; do
    packages=$(packages_for "$group")
    for package in $packages; do
        is_there "$package" || missing+=("$package")
    done
done
((${#missing[@]} == 0)) && exit 0

if [[ $(id -u) != 0 ]] || ! has_command apt-get; then
    echo "Missing packages (by their Debian 12 names): ${missing[*]}" >&2
    echo "Install them, then run this again. As root on Debian: apt-get install --yes ${missing[*]}" >&2
    exit 1
fi

# Daemons among the packages are for the tests to start: none starts now or, where there is systemd, at boot.
policy=/usr/sbin/policy-rc.d
unit_files() { find /lib/systemd/system -maxdepth 1 -type f -printf '%f\n' 2>/dev/null | sort; }
disable_new_units() {
    local new
    new=$(comm -13 <(echo "$units_before") <(unit_files))
    [[ -z $new ]] || ! has_command systemctl || xargs systemctl --quiet disable <<<"$new"
}
install_missing() {
    apt-get update && apt-get install --yes --no-install-recommends "${missing[@]}" && disable_new_units
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [[ ! -e $policy ]]; then
    trap 'rm -f "$log" "$policy"' EXIT
    install -m 755 <(printf '#!/bin/sh\nexit 101\n') "$policy"
fi
units_before=$(unit_files)
export DEBIAN_FRONTEND=noninteractive
if ! install_missing >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    echo "apt-get could not install: ${missing[*]}" >&2
    exit 1
fi
