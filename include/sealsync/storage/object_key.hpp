#ifndef SEALSYNC_STORAGE_OBJECT_KEY_HPP
#define SEALSYNC_STORAGE_OBJECT_KEY_HPP

#include "../result.hpp"

#include <compare>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The name of an object in a store: parts joined by `/`, without a leading or trailing one. 1 to 1024 bytes (the
/// limit of S3), no empty, `.` or `..` part, no control character, no backslash, no part over 255 bytes: so that
/// it can neither leave a folder nor mean two things.
class object_key {
public:
    static constexpr std::size_t size_max = 1024;
    static constexpr std::size_t part_size_max = 255;

    object_key() = default; ///< empty: not a valid key

    /// Fails with `errc::invalid_key`.
    [[nodiscard]] static result<object_key> make(std::string text) {
        if (const char* why = fault_of(text)) return failure{errc::invalid_key, std::move(text), why};
        return object_key{std::move(text)};
    }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    [[nodiscard]] friend bool operator==(const object_key&, const object_key&) = default;
    [[nodiscard]] friend auto operator<=>(const object_key&, const object_key&) = default;

private:
    explicit object_key(std::string text) : text_{std::move(text)} {}

    [[nodiscard]] static const char* fault_of(std::string_view text) noexcept {
        if (text.empty()) return "empty";
        if (text.size() > size_max) return "over 1024 bytes";
        for (const char c : text) {
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\') return "control character or backslash";
        }
        while (true) {
            const auto slash = text.find('/');
            const auto part = text.substr(0, slash);
            if (part.empty()) return "empty part";
            if (part == "." || part == "..") return "relative part";
            if (part.size() > part_size_max) return "part over 255 bytes";
            if (slash == std::string_view::npos) return nullptr;
            text.remove_prefix(slash + 1);
        }
    }

    std::string text_;
};

}} // namespace sealsync

#endif
