#include "extern_template.hpp"

#include <cstdio>

namespace ss = sealsync;

namespace {

[[nodiscard]] ss::result<vault> open_device(const ss::memory_storage& store, const char* name) {
    return vault::open({.user = "alice", .device_name = name}, store, ss::plaintext_cipher{}, ss::system_clock{},
                       ss::keep_both{}, ss::memory_replica{});
}

/// From one device to another, which then takes the place of the first.
[[nodiscard]] ss::result<std::string> exchange() {
    const ss::memory_storage store;
    auto laptop = open_device(store, "laptop");
    if (!laptop) return std::move(laptop).error();
    if (auto made = laptop->collection("emma").put("r", "kept"); !made) return std::move(made).error();
    if (auto synced = laptop->sync(); !synced) return std::move(synced).error();

    auto opened = open_device(store, "phone");
    if (!opened) return std::move(opened).error();
    vault phone = *std::move(opened);
    if (auto synced = phone.sync(); !synced) return std::move(synced).error();
    *laptop = std::move(phone);
    auto got = laptop->collection("emma").get("r");
    if (!got) return std::move(got).error();
    if (!*got) return ss::failure{ss::errc::not_found, "r"};
    return std::string{ss::as_text((*got)->content)};
}

} // namespace

int main() {
    const auto got = exchange();
    std::puts(got ? got->c_str() : got.error().message().c_str());
    return got && *got == "kept" ? 0 : 1;
}
