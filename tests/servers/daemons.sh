# Sourced by the scripts that start servers. A daemon belongs to the folder $dir, runs in a session of its own, and is
# known by its process id and start time: what took over the id of one that is gone is never mistaken for it.

started_at() { awk '{ sub(/^.*\) /, ""); if ($1 != "Z") print $20 }' "/proc/$1/stat" 2>/dev/null; }

# launch NAME COMMAND...
launch() {
    local name=$1
    shift
    setsid "$@" </dev/null >>"$dir/log/$name.out" 2>&1 &
    echo "$! $(started_at $!)" >"$dir/run/$name"
    disown
}

is_running() {
    local pid= start=
    [[ -f $dir/run/$1 ]] && read -r pid start <"$dir/run/$1" && [[ -n $start && $(started_at "$pid") == "$start" ]]
}

# kill_daemons NAME...: with SIGKILL, and with all that they started. What they hold are test data.
kill_daemons() {
    local name pid
    for name in "$@"; do
        is_running "$name" || continue
        read -r pid _ <"$dir/run/$name"
        kill -KILL -- "-$pid" 2>/dev/null || true
        while is_running "$name"; do sleep 0.02; done
    done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range from which the system takes the ports of outgoing connections.
free_port() {
    local port
    while port=$((20000 + (RANDOM << 15 | RANDOM) % 12000)) && listens "$port"; do :; done
    echo "$port"
}

# wait_until CONDITION... : for at most a minute, and only while all of $daemons live.
wait_until() {
    local deadline=$((SECONDS + 60)) name
    until "$@"; do
        for name in "${daemons[@]}"; do
            is_running "$name" || fail "$name" "$name ended"
        done
        ((SECONDS < deadline)) || fail '*' "not after a minute: $*"
        sleep 0.05
    done
}

answers() { curl --silent --insecure --noproxy '*' --max-time 5 --output /dev/null "$1"; }

# fail LOG MESSAGE: with the end of that log, or of all (*).
fail() {
    tail -n 10 "$dir"/log/$1.* >&2 || true
    echo "$(basename "$0"): $2" >&2
    exit 1
}

# Makes $dir a fresh place for daemons, which do not outlive a failure to start them all.
prepare() {
    mkdir -p "$dir"
    [[ -z $(ls -A "$dir") ]] || { echo "$(basename "$0"): $dir is not empty" >&2 && exit 1; }
    mkdir "$dir"/{run,log}
    trap '(($? == 0)) || kill_daemons "${daemons[@]}"' EXIT
}

# publish NAME=VALUE...: what a client must know, to $dir/env and the standard output, for a shell to evaluate.
publish() {
    local pair
    for pair in "$@"; do printf 'export %s=%q\n' "${pair%%=*}" "${pair#*=}"; done | tee "$dir/env"
}
