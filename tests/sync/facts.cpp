#include <sealsync/sync/facts.hpp>

#include <doctest/doctest.h>

#include <array>
#include <type_traits>

namespace {

using namespace sealsync::detail;

// The names as replicas on disk have them: to change one is to change the replica's format.

constexpr std::array names{
    facts::format.name,    facts::user.name,        facts::vault.name,        facts::sealed.name,
    facts::device.name,    facts::device_name.name, facts::capabilities.name, facts::head_etag.name,
    facts::polls.name,     facts::pull_live.name,   facts::pull_deleted.name, facts::reads_content.name,
    facts::unfetched.name, facts::unmerged.name,    facts::pending.name,      facts::state.name,
    facts::run.name,       facts::taken.name,       facts::listed.name,
};
constexpr std::array prefixes{
    facts::collection_names.prefix, facts::device_names.prefix, facts::sent.prefix,
    facts::promised.prefix,         facts::waiting.prefix,
};

/// Whether no name is another's, and none could be a prefix with an id: a scan of a prefix meets its own facts only.
[[nodiscard]] constexpr bool are_apart() {
    for (std::size_t i = 0; i < names.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            if (names[i] == names[k]) return false;
        }
        for (const auto prefix : prefixes) {
            if (names[i].starts_with(prefix)) return false;
        }
    }
    for (const auto one : prefixes) {
        std::size_t begun = 0; // with itself
        for (const auto other : prefixes) begun += one.starts_with(other) ? 1 : 0;
        if (begun != 1 || !one.ends_with('/')) return false;
    }
    return true;
}
static_assert(are_apart());

TEST_CASE("facts: their names are those of the replica's format") {
    const std::array<std::string_view, 19> expected{
        "format",    "user",  "vault",     "sealed",       "device",        "device_name", "capabilities",
        "head_etag", "polls", "pull_live", "pull_deleted", "reads_content", "unfetched",   "unmerged",
        "pending",   "state", "run",       "taken",        "listed"};
    CHECK(names == expected);
    CHECK(prefixes == std::array<std::string_view, 5>{"collection/", "device/", "sent/", "promised/", "waiting/"});
}

// A text cannot be read as a number, a row as neither, and one of many not as a fact of its own.
static_assert(!std::is_convertible_v<fact<std::string>, fact<std::uint64_t>>);
static_assert(!std::is_convertible_v<fact<facts::row>, fact<std::string>>);
static_assert(!std::is_convertible_v<fact_of_each<std::string>, fact<std::string>>);
static_assert(!std::is_convertible_v<fact_of_each<std::uint64_t>, fact_of_each<std::string>>);

} // namespace
