#include "../../examples/sealsync/folder_policy.hpp"

#include <sealsync/testing/conflict_policy_conformance.hpp>

#include <doctest/doctest.h>

using cli::file_kind;

namespace {

sealsync::bytes file(std::string_view content, std::int64_t mtime = 0) {
    return cli::encode({file_kind::file, 0644, mtime, content.size(), content, {}});
}

struct version {
    std::uint64_t n;
    std::int64_t time;
    sealsync::bytes content;
};

sealsync::resolution resolve(const std::vector<version>& versions) {
    std::vector<sealsync::sibling> siblings;
    for (const auto& one : versions) {
        siblings.push_back({sealsync::dot{{}, one.n}, sealsync::stamp{one.time}, one.n, "device", one.content});
    }
    auto resolved = cli::folder_policy{}.resolve(siblings, {});
    REQUIRE(resolved);
    return *resolved;
}

} // namespace

TEST_CASE("folder policy: the newest is shown, the other stands beside it") {
    const auto seen = resolve({{1, 10, file("a")}, {2, 20, file("b")}});
    CHECK(seen.shown == 1);
    CHECK(seen.beside == std::vector<std::size_t>{0});
}

TEST_CASE("folder policy: equal contents with other times are one, the newest") {
    const auto seen = resolve({{1, 10, file("a", 7)}, {2, 20, file("a", 8)}});
    CHECK(seen.shown == 1);
    CHECK(seen.beside.empty());
}

TEST_CASE("folder policy: of three versions the equal two are one") {
    const auto seen = resolve({{1, 10, file("a", 1)}, {2, 20, file("b")}, {3, 30, file("a", 2)}});
    CHECK(seen.shown == 2);
    CHECK(seen.beside == std::vector<std::size_t>{1});
}

TEST_CASE("folder policy: a directory is shown before a newer file") {
    const auto directory = cli::encode({file_kind::directory, 0755, 0, 0, {}, {}});
    const auto seen = resolve({{1, 10, directory}, {2, 20, file("b")}});
    CHECK(seen.shown == 0);
    CHECK(seen.beside == std::vector<std::size_t>{1});
}

TEST_CASE("folder policy: contents that are no files are kept apart") {
    const auto seen = resolve({{1, 10, sealsync::to_bytes("x")}, {2, 20, sealsync::to_bytes("y")}});
    CHECK(seen.beside.size() == 1);
}

TEST_CASE("folder policy: two contents of one edit have one order, whatever the order they are met in") {
    const auto one = resolve({{1, 10, file("a")}, {1, 10, file("b")}});
    const auto other = resolve({{1, 10, file("b")}, {1, 10, file("a")}});
    CHECK(one.shown != other.shown);
}

TEST_CASE("folder policy: what every conflict policy promises") {
    const std::vector<sealsync::bytes> samples{file("a"), file("b"), file("a", 3), sealsync::to_bytes("no file")};
    const auto checked = sealsync::testing::check_conflict_policy(cli::folder_policy{}, samples);
    CAPTURE(checked.text());
    CHECK(checked.ok());
}
