#include <sealsync/conflict/keep_both.hpp>
#include <sealsync/conflict/last_write_wins.hpp>
#include <sealsync/conflict/merge_fields.hpp>
#include <sealsync/conflict/merge_text.hpp>
#include <sealsync/conflict/merge_with.hpp>
#include <sealsync/testing/conflict_policy_conformance.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;

bytes joined(std::optional<bytes_view> base, std::span<const bytes_view> contents) {
    auto out = base ? to_bytes(*base) : bytes{};
    for (const auto content : contents) append(out, content);
    return out;
}

/// A policy made of a function, to be wrong in small ways.
template <class F>
struct policy_of {
    static constexpr policy_reads reads = policy_reads::contents;
    F function;
    result<resolution> resolve(std::span<const sibling> siblings, const merge_base&) { return function(siblings); }
};
template <class F>
testing::conformance_report check(F function) {
    return testing::check_conflict_policy(policy_of<F>{std::move(function)});
}
template <class F>
bool is_caught(F function, std::string_view statement) {
    const auto report = check(std::move(function));
    return !report.ok() && report.text().find(statement) != std::string::npos;
}

struct says_not_what_it_reads {
    result<resolution> resolve(std::span<const sibling>, const merge_base&);
};
struct returns_an_index {
    static constexpr policy_reads reads = policy_reads::order;
    std::size_t resolve(std::span<const sibling>, const merge_base&);
};
struct takes_no_base {
    static constexpr policy_reads reads = policy_reads::order;
    result<resolution> resolve(std::span<const sibling>);
};
static_assert(!conflict_policy<says_not_what_it_reads>);
static_assert(!conflict_policy<returns_an_index>);
static_assert(!conflict_policy<takes_no_base>);

TEST_CASE("conflict policy conformance: the models conform") {
    for (const auto& report :
         {testing::check_conflict_policy(last_write_wins{}), testing::check_conflict_policy(keep_both{}),
          testing::check_conflict_policy(merge_with{joined}), testing::check_conflict_policy(merge_text{}),
          testing::check_conflict_policy(merge_fields{})}) {
        CHECK_MESSAGE(report.ok(), report.text());
        CHECK(report.checks > 100);
    }
}

TEST_CASE("conflict policy conformance: merge_text and merge_fields conform over contents that they merge") {
    const std::array fields = {to_bytes("a: 1\nb: 2\n"), to_bytes("b: 2\nc: 3"), to_bytes(""), to_bytes("b: 2\n")};
    const std::array lines = {to_bytes("a\nb\nc\n"), to_bytes("b\nc\nd"), to_bytes(""), to_bytes("b\nc\n")};
    const std::array<sibling, 2> first_two = {{{{}, {}, 0, {}, fields[0]}, {{}, {}, 0, {}, fields[1]}}};
    CHECK(merge_fields{}.resolve(first_two, {})->merged);
    for (const auto& report : {testing::check_conflict_policy(merge_text{}, lines),
                               testing::check_conflict_policy(merge_fields{}, fields)}) {
        CHECK_MESSAGE(report.ok(), report.text());
        CHECK(report.checks > 100);
    }
}

TEST_CASE("conflict policy conformance: samples that the policy understands can be given") {
    const auto numbers_only = [](std::optional<bytes_view>, std::span<const bytes_view> contents) -> result<bytes> {
        int sum = 0;
        for (const auto content : contents) {
            if (content.size() != 1 || as_text(content) < "0" || as_text(content) > "9") {
                return failure{errc::malformed, {}, "not a digit"};
            }
            sum = std::max(sum, as_text(content)[0] - '0');
        }
        return to_bytes(std::to_string(sum));
    };
    const std::array digits = {to_bytes("1"), to_bytes("2"), to_bytes("3"), to_bytes("4")};
    const auto fitting = testing::check_conflict_policy(merge_with{numbers_only}, digits);
    CHECK_MESSAGE(fitting.ok(), fitting.text());
    const auto unfitting = testing::check_conflict_policy(merge_with{numbers_only});
    CHECK_FALSE(unfitting.ok());
    CHECK(unfitting.text().find("not a digit") != std::string::npos);
}

TEST_CASE("conflict policy conformance: a policy that shows what came first is caught") {
    CHECK(is_caught([](std::span<const sibling>) { return resolution{}; }, "order of the siblings"));
}

TEST_CASE("conflict policy conformance: a policy that lists the others in order of arrival is caught") {
    const auto arrival = [](std::span<const sibling> siblings) {
        resolution outcome = *keep_both{}.resolve(siblings, {});
        std::sort(outcome.beside.begin(), outcome.beside.end());
        return outcome;
    };
    CHECK(is_caught(arrival, "order of the siblings"));
}

TEST_CASE("conflict policy conformance: an index out of range is caught, and used by nobody") {
    CHECK(is_caught([](std::span<const sibling> all) { return resolution{.shown = all.size()}; }, "in range"));
    CHECK(is_caught([](std::span<const sibling> all) { return resolution{.beside = {all.size()}}; }, "in range"));
}

TEST_CASE("conflict policy conformance: presenting a sibling twice is caught") {
    CHECK(is_caught([](std::span<const sibling>) { return resolution{.shown = 0, .beside = {0}}; }, "twice"));
    CHECK(is_caught([](std::span<const sibling>) { return resolution{.shown = 0, .beside = {1, 1}}; }, "twice"));
}

TEST_CASE("conflict policy conformance: a policy that remembers is caught") {
    const auto fickle = [calls = 0](std::span<const sibling> siblings) mutable {
        auto outcome = *last_write_wins{}.resolve(siblings, {});
        if (siblings.size() > 1) outcome.merged = to_bytes(std::to_string(++calls));
        return outcome;
    };
    CHECK(is_caught(fickle, "the same outcome again"));
}

TEST_CASE("conflict policy conformance: merging one version, or equal versions, is caught") {
    const auto eager = [](std::span<const sibling> siblings) {
        auto outcome = *last_write_wins{}.resolve(siblings, {});
        outcome.merged = to_bytes("merged");
        return outcome;
    };
    CHECK(is_caught(eager, "write for ever"));
    CHECK(is_caught(eager, "merged no further"));
}

TEST_CASE("conflict policy conformance: a merge that also keeps siblings beside is caught") {
    const auto both = [](std::span<const sibling> siblings) {
        auto outcome = *keep_both{}.resolve(siblings, {});
        if (!outcome.beside.empty()) outcome.merged = bytes{};
        return outcome;
    };
    CHECK(is_caught(both, "beside a merge"));
}

} // namespace
