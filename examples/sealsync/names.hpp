#ifndef SEALSYNC_CLI_NAMES_HPP
#define SEALSYNC_CLI_NAMES_HPP

#include <algorithm>
#include <string>
#include <string_view>

namespace cli {

/// Where a device keeps what is its own, keys among it: never synced, wherever it is.
inline constexpr std::string_view state_folder = ".sealsync";
inline constexpr std::size_t name_bytes_max = 255;

/// A record's id is its file's path below the folder, with a slash before it: never one of the ids beginning with a
/// tilde that the engine gives to versions in conflict.
[[nodiscard]] inline std::string record_id(std::string_view path) { return "/" + std::string{path}; }
[[nodiscard]] inline bool is_record_id(std::string_view id) noexcept { return id.starts_with('/'); }

/// Why a path from another device must not be written here; null if it may.
[[nodiscard]] inline const char* fault_of_path(std::string_view path) noexcept {
    if (path.empty()) return "no name";
    if (path.find('\0') != path.npos) return "NUL in the name";
    while (true) {
        const auto part = path.substr(0, path.find('/'));
        if (part.empty()) return "absolute, or an empty part";
        if (part == "." || part == "..") return "leads out of the folder";
        if (part.size() > name_bytes_max) return "a name over 255 bytes";
        if (part == state_folder) return "inside a device's own state";
        if (part.size() == path.size()) return nullptr;
        path.remove_prefix(part.size() + 1);
    }
}

/// The part of a path before its name; empty at the top.
[[nodiscard]] inline std::string_view folder_of(std::string_view path) noexcept {
    const auto slash = path.rfind('/');
    return slash == path.npos ? std::string_view{} : path.substr(0, slash);
}
/// The part of a path after its folder.
[[nodiscard]] inline std::string_view name_of(std::string_view path) noexcept {
    return path.substr(path.rfind('/') + 1);
}

/// For terminals and logs: control characters, backslashes and what is not ASCII-or-UTF-8-looking cannot play tricks.
[[nodiscard]] inline std::string printable(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (code >= 0x20 && code != 0x7f && c != '\\') {
            out += c;
        } else if (c == '\\') {
            out += "\\\\";
        } else {
            out.append("\\x") += digits[code >> 4U];
            out += digits[code & 15U];
        }
    }
    return out;
}

/// A device's name as a part of a file name.
[[nodiscard]] inline std::string plain_name(std::string_view name) {
    std::string out{name.substr(0, 32)};
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '/' || c == 0x7f; },
        '_');
    return out.empty() ? "unknown" : out;
}

/// `dir/report.txt` becomes `dir/report (conflict laptop 1a2b3c4d).txt`: the same on every device, and never too long.
[[nodiscard]] inline std::string conflict_path(std::string_view path, std::string_view device, std::string_view mark) {
    const auto slash = path.rfind('/');
    const auto folder = slash == path.npos ? std::string_view{} : path.substr(0, slash + 1);
    auto stem = path.substr(folder.size());
    auto ending =
        stem.rfind('.') == stem.npos || stem.rfind('.') == 0 ? std::string_view{} : stem.substr(stem.rfind('.'));
    if (ending.size() > 16) ending = {};
    stem.remove_suffix(ending.size());
    const auto note = " (conflict " + plain_name(device) + " " + std::string{mark} + ")";
    const auto room = name_bytes_max - note.size() - ending.size();
    if (stem.size() > room) {
        stem = stem.substr(0, room);
        while (!stem.empty() && (static_cast<unsigned char>(stem.back()) & 0x80U) != 0) stem.remove_suffix(1);
    }
    return std::string{folder}.append(stem).append(note).append(ending);
}

} // namespace cli

#endif
