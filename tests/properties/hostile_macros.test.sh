# The names that windows.h, X11 and old compilers define as macros must not break the headers. The standard's and the
# third parties' headers come first: what such macros do to those is not ours.
source "$(dirname "$0")/common.sh"
parts=$(usable_parts)
{
    grep -rhoE '^ *# *include <[a-z_]+>' "$include/sealsync" --include='*.hpp' | sort -u
    for part in $parts; do
        grep -rhoE '^ *# *include <[A-Za-z0-9_/]+\.h(pp)?>' "$include/sealsync/ext/$part"* | sort -u || true
    done
    cat <<'END'
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
END
    for name in linux unix DELETE ERROR NO_ERROR None Always Success Status Bool True False TRUE FALSE near far small \
        interface IN OUT OPTIONAL CONST VOID major minor; do
        printf '#undef %s\n#define %s a macro of that name\n' $name $name
    done
    echo '#include <sealsync/sealsync.hpp>'
    for part in $parts; do echo "#include <sealsync/sealsync_$part.hpp>"; done
} >"$scratch/unit.cpp"
# Headers of another system's includes are behind its own #if in ours; here they are not to be had.
sed -i -E '/<(windows|io|fcntl|sys_.*)\.h>/d' "$scratch/unit.cpp"
"$CXX" -std=c++20 $(third_party_flags) -I "$include" -fsyntax-only "$scratch/unit.cpp"
