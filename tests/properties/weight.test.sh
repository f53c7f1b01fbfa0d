# What including us costs, in preprocessed lines: exact, unlike seconds. Raise a limit only with a reason.
source "$(dirname "$0")/common.sh"
within() {
    local header=$1 limit=$2 lines
    lines=$(lines_of "sealsync/$header")
    echo "$header: $lines lines"
    ((lines <= limit)) || fail "$header: over its limit of $limit"
}
within fwd.hpp 300
within result.hpp 40000
within sealsync.hpp 90000
