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

TEST_CASE("folder policy: changes of facts are merged fact by fact; of one that both have changed the newest wins") {
    const auto facts = [](const cli::shared_facts& now) { return cli::encode(cli::facts_record{{0644, 1}, now}); };
    const auto both = resolve({{1, 10, facts({0755, 1})}, {2, 20, facts({0644, 7})}});
    REQUIRE(both.merged);
    CHECK(both.beside.empty());
    CHECK(cli::decode_facts_record(*both.merged)->now == cli::shared_facts{0755, 7});
    const auto newest = resolve({{1, 10, facts({0755, 5})}, {2, 20, facts({0700, 7})}});
    CHECK(newest.shown == 1);
    CHECK_FALSE(newest.merged);
    const auto again = resolve({{1, 10, *both.merged}, {2, 20, *both.merged}});
    CHECK_FALSE(again.merged);
}

TEST_CASE("facts records: of each fact the file's own record wins if it has changed it since") {
    const cli::facts_record changed{{0644, 1}, {0755, 2}};
    CHECK(changed.applied_to({0644, 1}) == cli::shared_facts{0755, 2});
    CHECK(changed.applied_to({0644, 9}) == cli::shared_facts{0755, 9});
    CHECK(changed.applied_to({0600, 1}) == cli::shared_facts{0600, 2});
    const auto content = encode(changed);
    CHECK(cli::decode_facts_record(content) == changed);
    CHECK_FALSE(cli::decode_file_record(content));
    CHECK_FALSE(cli::decode_facts_record(file("a")));
    for (std::size_t size = 0; size < content.size(); ++size) {
        CHECK_FALSE(cli::decode_facts_record(sealsync::bytes_view{content}.subview(0, size)));
    }
    CHECK_FALSE(cli::decode_facts_record(encode(cli::facts_record{{0644, 1}, {04755, 2}})));
}

TEST_CASE("folder policy: what every conflict policy promises") {
    const std::vector<sealsync::bytes> samples{file("a"),
                                               file("b"),
                                               file("a", 3),
                                               sealsync::to_bytes("no file"),
                                               cli::encode(cli::facts_record{{0644, 1}, {0755, 1}}),
                                               cli::encode(cli::facts_record{{0644, 1}, {0644, 2}}),
                                               cli::encode(cli::facts_record{{0600, 1}, {0640, 3}})};
    const auto checked = sealsync::testing::check_conflict_policy(cli::folder_policy{}, samples);
    CAPTURE(checked.text());
    CHECK(checked.ok());
}
