#include <sealsync/sealsync.hpp>

namespace ss = sealsync;

[[nodiscard]] ss::result<std::string> phone_answers(ss::memory_storage store);
[[nodiscard]] const std::error_category& category_seen_elsewhere();

ss::result<std::string> phone_answers(ss::memory_storage store) {
    auto phone = ss::open_vault({.user = "alice", .device_name = "phone"}, std::move(store), ss::plaintext_cipher{},
                                ss::system_clock{}, ss::keep_both{}, ss::memory_replica{});
    if (!phone) return std::move(phone).error();
    if (auto synced = phone->sync(); !synced) return std::move(synced).error();
    auto emma = phone->collection("emma");
    auto question = emma.get("question");
    if (!question) return std::move(question).error();
    if (!*question) return ss::failure{ss::errc::not_found, "question"};
    if (auto made = emma.put("answer", "yes"); !made) return std::move(made).error();
    if (auto synced = phone->sync(); !synced) return std::move(synced).error();
    return std::string{ss::as_text((*question)->content)};
}

const std::error_category& category_seen_elsewhere() { return ss::sealsync_category(); }
