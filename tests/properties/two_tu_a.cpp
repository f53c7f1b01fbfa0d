// With two_tu_b.cpp: a program of two translation units, out of the core's single header and no library, in which two
// devices sync: the laptop here, the phone there.
#include <sealsync/sealsync.hpp>

#include <cstdio>

namespace ss = sealsync;

/// Syncs, reads what the laptop wrote, answers it, and syncs again.
[[nodiscard]] ss::result<std::string> phone_answers(ss::memory_storage store);
[[nodiscard]] const std::error_category& category_seen_elsewhere();

namespace {

[[nodiscard]] ss::result<std::string> exchange() {
    const ss::memory_storage store;
    auto laptop = ss::open_vault({.user = "alice", .device_name = "laptop"}, store, ss::plaintext_cipher{},
                                 ss::system_clock{}, ss::keep_both{}, ss::memory_replica{});
    if (!laptop) return std::move(laptop).error();
    auto emma = laptop->collection("emma");
    if (auto made = emma.put("question", "are you there?"); !made) return std::move(made).error();
    if (auto synced = laptop->sync(); !synced) return std::move(synced).error();

    auto heard = phone_answers(store);
    if (!heard) return heard;
    if (auto synced = laptop->sync(); !synced) return std::move(synced).error();
    auto answer = emma.get("answer");
    if (!answer) return std::move(answer).error();
    return *heard + " " + (*answer ? std::string{ss::as_text((*answer)->content)} : "(no answer)");
}

} // namespace

int main() {
    const auto said = exchange();
    std::puts(said ? said->c_str() : said.error().message().c_str());
    const bool one_category = &category_seen_elsewhere() == &ss::sealsync_category();
    if (!one_category) std::puts("each translation unit has an error category of its own");
    return said && *said == "are you there? yes" && one_category ? 0 : 1;
}
