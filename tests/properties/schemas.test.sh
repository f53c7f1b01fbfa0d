# Everything that is written is what docs/schema/ says, by Debian's python3-jsonschema.
source "$(dirname "$0")/common.sh"
python=/usr/bin/python3
"$python" -c 'import jsonschema' 2>/dev/null || {
    echo "python3-jsonschema is missing"
    exit 77
}
here=$SEALSYNC_SOURCE_DIR/tests/properties
"$CXX" -std=c++20 -I "$include" "$here/written_manifests.cpp" -o "$scratch/written_manifests"
"$scratch/written_manifests" >"$scratch/manifests"
PYTHONDONTWRITEBYTECODE=1 "$python" "$here/schemas.py" <"$scratch/manifests"
