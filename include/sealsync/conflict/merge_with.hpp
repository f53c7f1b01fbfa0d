#ifndef SEALSYNC_CONFLICT_MERGE_WITH_HPP
#define SEALSYNC_CONFLICT_MERGE_WITH_HPP

#include "conflict_policy.hpp"
#include "ranking.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Merges concurrent edits with a function of the application:
///
///     merge_with{[](std::optional<bytes_view> base, std::span<const bytes_view> contents) -> bytes { ... }}
///
/// `base` is the content that the siblings were made on; nothing if they were made apart from each other. Where there
/// is one but this device does not have it, nothing is merged: every content is kept apart, until a device that has it
/// merges them, or a person does. `contents` are the siblings' distinct contents (two at least), ascending by
/// (timestamp, dot): the last is the one that last-write-wins would show.
/// The function must give the same bytes for the same arguments on every device, or they merge each other's merges.
/// It returns `bytes`, or `result<bytes>` to refuse: the failure is `sync()`'s to report, and no sibling is lost.
/// What it throws passes through. Thread-safe if the function is.
template <class F>
class merge_with {
    using merged_type = std::invoke_result_t<F&, std::optional<bytes_view>, std::span<const bytes_view>>;
    static_assert(std::is_same_v<merged_type, bytes> || std::is_same_v<merged_type, result<bytes>>,
                  "merge_with: the function must return sealsync::bytes or sealsync::result<sealsync::bytes>: "
                  "docs/concepts/conflict_policy.md");

public:
    static constexpr policy_reads reads = policy_reads::base;

    explicit merge_with(F merge) : merge_{std::move(merge)} {}

    /// Fails as the function does.
    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) {
        SEALSYNC_ASSERT(!siblings.empty());
        const auto ranked = detail::ranked_contents(siblings);
        resolution outcome{.shown = ranked.front()};
        if (ranked.size() == 1) return outcome;
        if (base.is == merge_base::state::unknown) return detail::kept_apart(siblings);

        std::vector<bytes_view> contents;
        for (auto index = ranked.rbegin(); index != ranked.rend(); ++index) {
            contents.push_back(siblings[*index].content);
        }
        result<bytes> merged =
            merge_(base.is == merge_base::state::known ? std::optional{base.content} : std::nullopt, contents);
        if (!merged) return merged.error().during("merge_with");
        outcome.merged = *std::move(merged);
        return outcome;
    }

private:
    [[no_unique_address]] F merge_;
};

}} // namespace sealsync

#endif
