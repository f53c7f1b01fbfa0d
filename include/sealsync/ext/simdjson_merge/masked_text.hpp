#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_MASKED_TEXT_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_MASKED_TEXT_HPP

#include "../../manifest/scan/portable_vector.hpp"

namespace sealsync::inline SEALSYNC_ABI::detail {

/// A short text to compare with, in whole blocks: what lies between its end and that of its last block does not count.
class masked_text {
public:
    static constexpr std::size_t size_max = 128;

    masked_text() = default;
    /// `text` is not longer than `size_max`.
    constexpr explicit masked_text(std::string_view text) noexcept : size_{static_cast<std::uint32_t>(text.size())} {
        SEALSYNC_ASSERT(text.size() <= size_max);
        while (compared_ < size_) compared_ += block;
        for (std::size_t i = 0; i < text.size(); ++i) {
            text_[i] = text[i];
            mask_[i] = '\xff';
        }
    }

    /// Where `shape` has `any`, anything may stand.
    [[nodiscard]] static constexpr masked_text of_shape(std::string_view shape, char any) noexcept {
        masked_text made{shape};
        for (std::size_t i = 0; i < shape.size(); ++i) made.mask_[i] = shape[i] == any ? '\0' : '\xff';
        return made;
    }

    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

    /// Zero if the text stands at `at`, where its blocks must be readable.
    template <class Vector>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t differs(const char* at) const noexcept {
        return Vector::differs(at, text_.data(), mask_.data(), compared_);
    }

private:
    static constexpr std::uint32_t block = 32;

    std::array<char, size_max> text_{}, mask_{};
    std::uint32_t size_ = 0, compared_ = block;
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
