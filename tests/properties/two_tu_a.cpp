// With two_tu_b.cpp: a program of two translation units, out of the core's single header and no library.
#include <sealsync/sealsync.hpp>

#include <cstdio>

[[nodiscard]] sealsync::result<sealsync::object_key> key_made_elsewhere(const char* text);
[[nodiscard]] const std::error_category& category_seen_elsewhere();

int main() {
    const auto made = key_made_elsewhere("users/alice/sync-manifest.json");
    const auto refused = key_made_elsewhere("../etc/passwd");
    const bool good = made && made->text() == "users/alice/sync-manifest.json" && !refused &&
                      refused.error() == sealsync::errc::invalid_key &&
                      &category_seen_elsewhere() == &sealsync::sealsync_category();
    std::puts(good ? "both translation units agree" : "the translation units disagree");
    return good ? 0 : 1;
}
