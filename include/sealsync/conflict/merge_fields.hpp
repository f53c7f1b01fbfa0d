#ifndef SEALSYNC_CONFLICT_MERGE_FIELDS_HPP
#define SEALSYNC_CONFLICT_MERGE_FIELDS_HPP

#include "conflict_policy.hpp"
#include "field_lines.hpp"
#include "field_merge.hpp"
#include "ranking.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// False: not all contents are of this form. Then, and where two sides changed a field differently, `merged` is none.
template <class Form>
[[nodiscard]] bool merge_as(std::optional<bytes_view> base, std::span<const bytes_view> contents,
                            std::optional<bytes>& merged) {
    field_document old, all;
    if (base && !Form::read(*base, old)) return false;
    list<field_document> sides;
    for (const auto content : contents) {
        sides.push_back({});
        if (!Form::read(content, sides.back())) return false;
    }
    const auto* const known = base ? &old : nullptr;
    const std::span<const field_document> of{sides.data(), sides.size()};
    if (merge_documents(known, of, all)) merged = Form::write(all, known, of);
    return true;
}

}}} // namespace sealsync::detail

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Merges contents by fields. A field that one side has added, changed or removed is merged, and one that several sides
/// have changed equally. Where two sides changed a field differently, nothing of the record is merged, and every
/// content is kept apart: no field is ever lost. Fields of a field are merged in the same way. A set keeps what no side
/// has removed, and gets what any has added. Contents that were made apart from each other are united. A merge that is
/// merged again with what it was made of, all of which is older, gives itself.
///
/// Keeps apart, too, what is of no form, or of different forms, or has over `field_document::values_max` values. Never
/// fails. Thread-safe.
///
/// Each of `Forms` reads and writes a form of content, as `field_lines` does. The first that reads the base and all
/// sides is taken. Reading must be a pure function of the content, writing of the documents; the sides come greatest
/// first. What is written must be read as what was merged.
template <class... Forms>
class basic_merge_fields {
    static_assert(sizeof...(Forms) > 0, "basic_merge_fields: name a form of content, such as sealsync::field_lines");

public:
    static constexpr policy_reads reads = policy_reads::base;

    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) const {
        SEALSYNC_ASSERT(!siblings.empty());
        return detail::merged_or_apart(siblings, base, &merge);
    }

private:
    [[nodiscard]] static std::optional<bytes> merge(std::optional<bytes_view> base,
                                                    std::span<const bytes_view> contents) {
        std::optional<bytes> merged;
        (void)(detail::merge_as<Forms>(base, contents, merged) || ...);
        return merged;
    }
};

/// Merges lines `key: value`. `merge_json_fields`, of the part on simdjson, merges JSON as well.
using merge_fields = basic_merge_fields<field_lines>;

static_assert(conflict_policy<merge_fields>);

}} // namespace sealsync

#endif
