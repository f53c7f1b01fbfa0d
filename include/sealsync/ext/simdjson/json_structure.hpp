#ifndef SEALSYNC_EXT_SIMDJSON_JSON_STRUCTURE_HPP
#define SEALSYNC_EXT_SIMDJSON_JSON_STRUCTURE_HPP

#include "../../bytes.hpp"

#include <simdjson.h>

#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Where the tokens of a JSON text begin, as simdjson's first stage finds them on whatever this processor has. It has
/// then also checked that the text is UTF-8, that strings end, and that no control character stands in one. Used
/// instead of ondemand, which needs a padded copy of the text, judges only what is visited, and unescapes byte by byte
/// unless compiled for this very processor. Keeps its memory from one text to the next.
class json_structure {
public:
    [[nodiscard]] simdjson::error_code find(bytes_view json) noexcept {
        if (const auto error = make_room(json.size())) return error;
        const auto* const text = reinterpret_cast<const std::uint8_t*>(json.data());
        if (const auto error = parser_->stage1(text, json.size(), simdjson::stage1_mode::regular)) return error;
        parser_->structural_indexes[parser_->n_structural_indexes] = static_cast<std::uint32_t>(json.size());
        return simdjson::SUCCESS;
    }
    /// Ascending offsets, and the size of the text after them. Of a string only the opening quote is there, of other
    /// scalars the first character.
    [[nodiscard]] std::span<const std::uint32_t> starts() const noexcept {
        return {parser_->structural_indexes.get(), parser_->n_structural_indexes + std::size_t{1}};
    }

private:
    [[nodiscard]] simdjson::error_code make_room(std::size_t size) noexcept {
        constexpr std::size_t depth_of_stage_2 = 1; // which is never run
        if (parser_ && parser_->capacity() >= size) return simdjson::SUCCESS;
        if (parser_) return parser_->set_capacity(size);
        const auto* const processor =
            static_cast<const simdjson::implementation*>(simdjson::get_active_implementation());
        return processor->create_dom_parser_implementation(size, depth_of_stage_2, parser_);
    }

    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser_;
};

}}} // namespace sealsync::detail

#endif
