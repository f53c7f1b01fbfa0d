#ifndef SEALSYNC_TESTING_CONFLICT_POLICY_CONFORMANCE_HPP
#define SEALSYNC_TESTING_CONFLICT_POLICY_CONFORMANCE_HPP

#include "../conflict/conflict_policy.hpp"
#include "conformance.hpp"

#include <algorithm>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A resolution without the order of its input: what two devices must agree on.
struct agreed_resolution {
    sibling shown;
    std::vector<sibling> beside{};
    std::optional<bytes> merged{};

    [[nodiscard]] friend bool operator==(const agreed_resolution& left, const agreed_resolution& right) {
        return same(left.shown, right.shown) && left.merged == right.merged &&
               std::equal(left.beside.begin(), left.beside.end(), right.beside.begin(), right.beside.end(), same);
    }
    [[nodiscard]] static bool same(const sibling& left, const sibling& right) {
        return left.dot == right.dot && left.timestamp == right.timestamp && left.content == right.content;
    }
};

template <class Policy>
class conflict_policy_suite {
public:
    conflict_policy_suite(Policy& policy, std::span<const bytes> samples) : policy_{policy}, samples_{samples} {}

    [[nodiscard]] testing::conformance_report run() && {
        check_alone();
        const auto some = std::min<std::size_t>(samples_.size(), 4);
        std::vector<sibling> all;
        for (std::size_t i = 0; i < some; ++i) all.push_back(make(i, samples_[i]));
        for (std::size_t count = 2; count <= some; ++count) {
            check_set({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)}, "distinct contents");
        }
        check_set({make(0, samples_[0]), make(1, samples_[0]), make(2, samples_[0])}, "equal contents");
        check_set({make(0, samples_[0]), make(1, samples_[1]), make(2, samples_[0]), make(3, samples_[1])},
                  "contents equal in pairs");
        check_set({at_time(make(0, samples_[0]), 7), at_time(make(1, samples_[1]), 7)}, "equal timestamps");
        if (Policy::reads != policy_reads::order) {
            auto twin = make(0, samples_[1]);
            check_set({make(0, samples_[0]), twin}, "one dot with two contents");
        }
        check_settles();
        return std::move(report_);
    }

private:
    [[nodiscard]] static sibling at_time(sibling one, std::int64_t nanoseconds) {
        one.timestamp.nanoseconds = nanoseconds;
        return one;
    }

    /// Later siblings have greater dots but neither the greater timestamps nor the greater versions.
    [[nodiscard]] sibling make(std::size_t number, const bytes& content) const {
        constexpr std::array<std::int64_t, 4> times = {3'000, 1'000, 4'000, 2'000};
        sibling one;
        one.dot.run.value[0] = static_cast<std::byte>(number + 1);
        one.dot.n = 10 - number;
        one.timestamp.nanoseconds = times[number % times.size()];
        one.version = 2 + number % 2;
        one.device = number % 2 == 0 ? "laptop" : "phone";
        if (Policy::reads != policy_reads::order) one.content = content;
        return one;
    }

    void check_alone() {
        for (const auto& content : samples_) {
            const std::array one = {make(0, content)};
            const auto outcome = policy_.resolve(one, {});
            if (!report_.check_ok(outcome, "one sibling is resolved")) continue;
            report_.check(outcome->shown == 0, "one sibling alone is shown");
            report_.check(outcome->beside.empty(), "one sibling alone has none beside");
            report_.check(!outcome->merged, "one sibling alone is never merged, or devices would write for ever");
        }
    }

    void check_set(std::vector<sibling> siblings, const std::string& kind) {
        using state = merge_base::state;
        for (const auto is : {state::none, state::known, state::unknown}) {
            const merge_base base{is, is == state::known ? bytes_view{samples_.back()} : bytes_view{}};
            const auto where = kind + (is == state::none    ? ", without a base: "
                                       : is == state::known ? ", base known: "
                                                            : ", base unknown: ");
            std::optional<agreed_resolution> first;
            std::vector<std::size_t> order(siblings.size());
            for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
            do {
                std::vector<sibling> permuted;
                for (const auto i : order) permuted.push_back(siblings[i]);
                check_once(permuted, base, first, where);
            } while (std::next_permutation(order.begin(), order.end()));
        }
    }

    void check_once(const std::vector<sibling>& siblings, const merge_base& base,
                    std::optional<agreed_resolution>& first, const std::string& where) {
        const auto outcome = policy_.resolve(siblings, base);
        if (!report_.check_ok(outcome, where + "resolved")) return;
        if (!check_indices(*outcome, siblings.size(), where)) return;
        const auto agreed = agree(*outcome, siblings);
        if (!first) first = agreed;
        report_.check(agreed == *first, where + "the outcome does not depend on the order of the siblings");
        const auto again = policy_.resolve(siblings, base);
        report_.check(again && check_indices(*again, siblings.size(), where) && agree(*again, siblings) == agreed,
                      where + "the same siblings give the same outcome again");
    }

    bool check_indices(const resolution& outcome, std::size_t count, const std::string& where) {
        auto used = outcome.beside;
        used.push_back(outcome.shown);
        std::sort(used.begin(), used.end());
        const bool inside = used.back() < count;
        report_.check(inside, where + "the indices are in range");
        report_.check(std::adjacent_find(used.begin(), used.end()) == used.end(),
                      where + "no sibling is presented twice");
        report_.check(!outcome.merged || outcome.beside.empty(), where + "nothing is beside a merge");
        return inside;
    }

    [[nodiscard]] static agreed_resolution agree(const resolution& outcome, const std::vector<sibling>& siblings) {
        agreed_resolution agreed{.shown = siblings[outcome.shown], .merged = outcome.merged};
        for (const auto i : outcome.beside) agreed.beside.push_back(siblings[i]);
        return agreed;
    }

    /// Two devices merge the same siblings at once: their two merges must not need another.
    void check_settles() {
        const auto left = make(0, samples_[0]), right = make(1, samples_[1]);
        const std::array both = {left, right};
        const auto outcome = policy_.resolve(both, {});
        if (!outcome || !outcome->merged) return;
        const std::array merges = {make(2, *outcome->merged), make(3, *outcome->merged)};
        const auto next = policy_.resolve(merges, {});
        if (!report_.check_ok(next, "two equal merges are resolved")) return;
        report_.check(!next->merged && next->beside.empty(), "two equal merges are one, and merged no further");
    }

    Policy& policy_;
    std::span<const bytes> samples_;
    testing::conformance_report report_;
};

}}} // namespace sealsync::detail

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// Runs the conformance suite of docs/concepts/conflict_policy.md: `resolve` must be a pure function of the *set* of
/// siblings. `samples` are four different contents that the policy understands.
template <class Policy>
[[nodiscard]] conformance_report check_conflict_policy(Policy policy, std::span<const bytes> samples) {
    static_assert(conflict_policy<Policy>, "not a conflict policy: docs/concepts/conflict_policy.md");
    SEALSYNC_ASSERT(samples.size() >= 2);
    return detail::conflict_policy_suite<Policy>{policy, samples}.run();
}

/// The same for a policy that takes any bytes as content.
template <class Policy>
[[nodiscard]] conformance_report check_conflict_policy(Policy policy) {
    const std::array samples = {to_bytes("milk"), to_bytes(""), to_bytes("milk and honey"), to_bytes("bread")};
    return check_conflict_policy(std::move(policy), samples);
}

}}} // namespace sealsync::testing

#endif
