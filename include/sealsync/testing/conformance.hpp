#ifndef SEALSYNC_TESTING_CONFORMANCE_HPP
#define SEALSYNC_TESTING_CONFORMANCE_HPP

#include "../result.hpp"

#include <string>
#include <vector>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// What a conformance suite found, in any test framework: require `failures` to be empty, and `checks` not to be 0.
struct conformance_report {
    std::size_t checks = 0;
    std::vector<std::string> failures;

    void check(bool holds, std::string statement) {
        ++checks;
        if (!holds) failures.push_back(std::move(statement));
    }
    /// The same, for a result that should have a value; the failure says why it has none.
    template <class T>
    bool check_ok(const result<T>& outcome, std::string statement) {
        check(outcome.has_value(), outcome ? std::move(statement) : statement + ": " + outcome.error().message());
        return outcome.has_value();
    }
    template <class T>
    void check_fails(const result<T>& outcome, errc expected, std::string statement) {
        if (outcome) return check(false, statement + ": succeeded");
        check(outcome.error() == expected, statement + ": " + outcome.error().message());
    }
    [[nodiscard]] bool ok() const noexcept { return checks > 0 && failures.empty(); }
    [[nodiscard]] std::string text() const {
        std::string all;
        for (const auto& failure : failures) all += failure + '\n';
        return all;
    }
};

}}} // namespace sealsync::testing

#endif
