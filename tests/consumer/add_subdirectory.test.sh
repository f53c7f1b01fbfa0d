source "$(dirname "$0")/common.sh"
build_and_run add_subdirectory
