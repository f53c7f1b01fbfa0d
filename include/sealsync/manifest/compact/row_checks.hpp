#ifndef SEALSYNC_MANIFEST_COMPACT_ROW_CHECKS_HPP
#define SEALSYNC_MANIFEST_COMPACT_ROW_CHECKS_HPP

#include "../validate.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Whether JSON could say it, too: one rule for both forms, so that each can be shown as the other.
[[nodiscard]] inline result<void> check_numbers(const change& c) {
    const auto over = [](const dot& edit) { return edit.n > number_max; };
    if (c.version <= number_max && c.size <= number_max && !over(c.dot) && !any_of(c.replaces, over)) {
        return {};
    }
    return malformed("change " + c.dot.text() + ": a number over 2^53 - 1");
}

[[nodiscard]] inline result<void> check_counts(const change& c, const manifest_limits& limits) {
    const auto over = [&](const char* what, std::size_t most) {
        const auto reason = ": over " + std::to_string(most) + " items";
        return failure{errc::too_large, {}, "change " + c.dot.text() + ": " + what + reason};
    };
    if (c.replaces.size() > limits.dots_max) return over("replaces", limits.dots_max);
    if (c.attachments.size() > limits.attachments_max) return over("attachments", limits.attachments_max);
    return {};
}

/// What must hold of changes before they are written as rows.
[[nodiscard]] inline result<void> check_rows(const std::vector<change>& changes, const manifest_limits& limits) {
    if (changes.size() > limits.changes_max) {
        return failure{errc::too_large, {}, "changes: over " + std::to_string(limits.changes_max) + " items"};
    }
    for (const auto& each : changes) {
        if (auto ok = check_counts(each, limits); !ok) return ok;
        if (auto ok = check_change(each, limits); !ok) return ok;
        if (auto ok = check_numbers(each); !ok) return ok;
    }
    return {};
}

}}} // namespace sealsync::detail

#endif
