#ifndef SEALSYNC_STORAGE_PATH_TEXT_HPP
#define SEALSYNC_STORAGE_PATH_TEXT_HPP

#include "../config.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Gives a path in UTF-8, in which it is kept and handed to libraries. POSIX paths are bytes: they stay as they are.
[[nodiscard]] inline std::string text_of(const std::filesystem::path& path) {
#ifdef _WIN32
    const auto text = path.u8string();
    return {text.begin(), text.end()};
#else
    return path.native();
#endif
}

/// Gives the path that `text_of` gave as text.
[[nodiscard]] inline std::filesystem::path path_of(std::string_view text) {
#ifdef _WIN32
    return std::u8string{text.begin(), text.end()};
#else
    return text;
#endif
}

}}} // namespace sealsync::detail

#endif
