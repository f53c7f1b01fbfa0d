#!/usr/bin/env bash
# usage: examples/main_job.sh SEALSYNC FOLDER [STORE]
# Two devices and one store: FOLDER is imported on the laptop and synced to the phone; both are edited, one file on
# both at once; they are synced again, and compared. Prints what every step cost. FOLDER itself is only read. STORE is
# an empty or missing folder, or s3://BUCKET/PREFIX?endpoint=URL with nothing under the prefix (credentials as for
# sealsync), kept afterwards; without it a temporary folder is used. Ends with 1 if anything is not so.
set -euo pipefail
sealsync=$(realpath "$1") folder=$(realpath "$2") store=${3:-}
work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
laptop=$work/laptop phone=$work/phone
export SEALSYNC_PASSPHRASE
SEALSYNC_PASSPHRASE=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')

broken() {
    echo "main job: $*" >&2
    exit 1
}

# title, arguments of sealsync...
step() {
    local title=$1 line
    shift
    line=$("$sealsync" "$@" | tail -n 1) || broken "$title: sealsync $* ended with $?"
    printf '%-34s %s\n' "$title" "$line"
}

# What must be equal: names, kinds, permissions, sizes, link targets, and times of all but directories.
facts_of() {
    (cd "$1" && find . -path ./.sealsync -prune -o ! -name . ! -type d -printf '%p\0%y %m %s %T@ %l\0' -o \
        ! -name . -type d -printf '%p\0%y %m\0' | sort -z | tr '\0' '\n')
}

compare() {
    diff -r --no-dereference --exclude=.sealsync "$1" "$2" >"$work/diff" || broken "$1 and $2 differ: $(head "$work/diff")"
    diff <(facts_of "$1") <(facts_of "$2") >"$work/diff" || broken "$1 and $2 differ: $(head "$work/diff")"
}

# The n-th largest file of at most 64 KiB: some that are big enough to be worth editing.
pick() {
    find "$laptop" -path "$laptop/.sealsync" -prune -o -type f -size -64k -printf '%s %P\n' | sort -k1,1nr -k2 |
        sed -n "$1s/^[0-9]* //p"
}

# The bucket's objects as files, by a tool that is not ours: aws s3 sync, which keeps their names.
mirror_bucket() {
    local place=${store#s3://} endpoint
    endpoint=$(sed -n 's/.*[?&]endpoint=\([^&]*\).*/\1/p' <<<"$store")
    aws ${endpoint:+--endpoint-url "$endpoint"} s3 sync --quiet "s3://${place%%\?*}" "$objects"
}

[[ -d $folder ]] || broken "$folder is not a folder"
if [[ $store == s3://* ]]; then
    objects=$work/objects
else
    objects=$(realpath -m "${store:-$work/store}") store=dir:$objects
    [[ -z $(ls -A "$objects" 2>/dev/null) ]] || broken "$objects is not empty"
fi
mkdir -p "$objects" "$phone"
cp -a "$folder" "$laptop" 2>/dev/null || cp -r --preserve=mode,timestamps,links "$folder" "$laptop"
echo "$(find "$laptop" | wc -l) files and folders, $(du -sh "$laptop" | cut -f 1), store $store"

step "laptop: create the vault" init "$laptop" --store "$store" --user alice --device laptop
step "laptop: import" sync "$laptop"
step "phone: join" join "$phone" --store "$store" --user alice --device phone
step "phone: sync" sync "$phone"
compare "$laptop" "$phone"
compare "$folder" "$phone"

disputed=$(pick 1) edited=$(pick 2) renamed=$(pick 3) deleted=$(pick 4) phones=$(pick 5) stripped=$(pick 6)
echo "the laptop's words" >"$laptop/$disputed"
echo "more, by the laptop" >>"$laptop/$edited"
mv "$laptop/$renamed" "$laptop/$renamed (renamed by the laptop)"
rm "$laptop/$deleted"
chmod 600 "$laptop/$stripped"
head -c 3000000 /dev/urandom >"$laptop/a new large file"
sleep 0.01 # so that the phone's words are the newer ones
echo "the phone's words" >"$phone/$disputed"
echo "more, by the phone" >>"$phone/$phones"
mkdir -p "$phone/a new folder/with an empty one"
: >"$phone/a new folder/and an empty file"

step "laptop: edits, rename, delete" sync "$laptop"
step "phone: edits, one in conflict" sync "$phone" 2>/dev/null
step "laptop: sync again" sync "$laptop" 2>/dev/null
compare "$laptop" "$phone"
[[ ! -e $phone/$deleted && ! -e $phone/$renamed && -e "$phone/$renamed (renamed by the laptop)" ]] ||
    broken "the rename or the deletion did not arrive"
grep -qx "more, by the laptop" "$phone/$edited" && grep -qx "more, by the phone" "$laptop/$phones" ||
    broken "an edit did not arrive"

copies=$(dirname "$phone/$disputed")
grep -rlx "the laptop's words" "$copies" >/dev/null && grep -rlx "the phone's words" "$copies" >/dev/null ||
    broken "the conflict has not left both versions"
! "$sealsync" conflicts "$phone" >/dev/null || broken "the conflict is not shown"
rm "$laptop/$disputed" # keeps the other
step "laptop: resolve the conflict" sync "$laptop"
step "phone: sync" sync "$phone"
compare "$laptop" "$phone"
"$sealsync" conflicts "$phone" >/dev/null || broken "the conflict is still shown"
step "laptop: nothing new" sync "$laptop"
step "laptop: verify the store" verify "$laptop"

# Names of at least eight letters, and lines of at least 24, of files that are in the store.
find "$laptop" -path "$laptop/.sealsync" -prune -o -type f -printf '%f\n' | grep -aE '^.{8,}$' | sort -u | shuf -n 200 >"$work/words"
find "$laptop" -path "$laptop/.sealsync" -prune -o -type f -size -64k -print0 | shuf -z -n 300 |
    xargs -0 -r grep -ahoE -m 1 '^[[:print:]]{24,}$' | sort -u >>"$work/words" || true
printf '%s\n' "the phone's words" "the laptop's words" laptop phone >>"$work/words"
if [[ $store == s3://* ]]; then
    command -v aws >/dev/null || { echo "both folders are equal; without aws nobody has looked into the store" && exit; }
    mirror_bucket || broken "the objects in $store could not be looked at"
    [[ -n $(ls -A "$objects") ]] || broken "aws finds nothing in $store"
fi
! grep -rqaFf "$work/words" "$objects" || broken "a name or content is in clear in the store"
! find "$objects" -printf '%P\n' | grep -qaFf "$work/words" || broken "a name is in clear among the store's names"
echo "both folders are equal; no name and no content is in clear in the store ($(wc -l <"$work/words") looked for)"
