#ifndef SEALSYNC_CLI_FOLDER_POLICY_HPP
#define SEALSYNC_CLI_FOLDER_POLICY_HPP

#include "facts_record.hpp"

#include <sealsync/concepts.hpp>

#include <algorithm>
#include <numeric>

namespace cli {

/// What a folder shows of concurrent edits: both contents, the newest under the file's own name. Edits that differ in
/// times and permissions alone are none: the newest wins. A directory goes first, because others may be in it. Changes
/// of facts, which are records of their own, are merged fact by fact.
class folder_policy {
public:
    static constexpr ss::policy_reads reads = ss::policy_reads::contents;

    [[nodiscard]] ss::result<ss::resolution> resolve(std::span<const ss::sibling> siblings,
                                                     const ss::merge_base& /*base*/) const {
        if (auto merged = merge_facts(siblings)) return *std::move(merged);
        std::vector<std::size_t> ranked(siblings.size());
        std::iota(ranked.begin(), ranked.end(), std::size_t{0});
        std::sort(ranked.begin(), ranked.end(),
                  [&](std::size_t left, std::size_t right) { return ranks_before(siblings[left], siblings[right]); });

        ss::resolution outcome{ranked.front(), {}, {}};
        for (auto candidate = ranked.begin() + 1; candidate != ranked.end(); ++candidate) {
            const bool repeated = std::any_of(ranked.begin(), candidate, [&](std::size_t kept) {
                return same_content(siblings[kept].content, siblings[*candidate].content);
            });
            if (!repeated) outcome.beside.push_back(*candidate);
        }
        return outcome;
    }

private:
    /// Nothing if not all of them are changes of facts. Of a fact that several have changed the newest wins.
    [[nodiscard]] static std::optional<ss::resolution> merge_facts(std::span<const ss::sibling> siblings) {
        std::size_t newest = 0;
        for (std::size_t i = 0; i < siblings.size(); ++i) {
            if (!decode_facts_record(siblings[i].content)) return std::nullopt;
            if (ranks_before(siblings[i], siblings[newest])) newest = i;
        }
        const auto shown = *decode_facts_record(siblings[newest].content);
        auto merged = shown;
        std::vector<const ss::sibling*> others;
        for (const auto& one : siblings) others.push_back(&one);
        std::sort(others.begin(), others.end(),
                  [](const auto* left, const auto* right) { return ranks_before(*left, *right); });
        for (const auto* one : others) {
            const auto other = *decode_facts_record(one->content);
            const auto changed = changed_or(other.base, other.now, merged.base);
            merged.now = changed_or(merged.base, merged.now, changed);
        }
        ss::resolution outcome{newest, {}, {}};
        if (merged != shown) outcome.merged = encode(merged);
        return outcome;
    }

    [[nodiscard]] static bool is_directory(ss::bytes_view content) {
        const auto record = decode_file_record(content);
        return record && record->kind == file_kind::directory;
    }
    /// Total, so that every device agrees, even on two contents of one edit.
    [[nodiscard]] static bool ranks_before(const ss::sibling& left, const ss::sibling& right) {
        const bool left_goes_first = is_directory(left.content);
        if (left_goes_first != is_directory(right.content)) return left_goes_first;
        if (ss::shown_before(left, right)) return true;
        if (ss::shown_before(right, left)) return false;
        return ss::as_text(left.content) > ss::as_text(right.content);
    }
    [[nodiscard]] static bool same_content(ss::bytes_view left, ss::bytes_view right) {
        const auto one = decode_file_record(left), other = decode_file_record(right);
        return one && other ? one->same_content(*other) : left == right;
    }
};

static_assert(ss::conflict_policy<folder_policy>);

} // namespace cli

#endif
