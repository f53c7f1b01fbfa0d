#ifndef SEALSYNC_CLI_NAMES_HPP
#define SEALSYNC_CLI_NAMES_HPP

#include "characters.hpp"

namespace cli {

/// Where a device keeps what is its own, keys among it: never synced, wherever it is.
inline constexpr std::string_view state_folder = ".sealsync";
inline constexpr std::size_t name_bytes_max = 255;

/// A record's id is its file's path below the folder, with a slash before it: never one of the ids beginning with a
/// tilde that the engine gives to versions in conflict.
[[nodiscard]] inline std::string record_id(std::string_view path) { return "/" + std::string{path}; }
[[nodiscard]] inline bool is_record_id(std::string_view id) noexcept { return id.starts_with('/'); }
/// The record of a file's changed facts has the id of the file's own record, with an `@` before it.
[[nodiscard]] inline std::string facts_id(std::string_view id) { return "@" + std::string{id}; }
[[nodiscard]] inline bool is_facts_id(std::string_view id) noexcept { return id.starts_with("@/"); }
/// A record's id as a person knows it: the path of its file.
[[nodiscard]] inline std::string_view path_of_id(std::string_view id) noexcept {
    return id.substr(is_facts_id(id) ? 2 : is_record_id(id) ? 1 : 0);
}

namespace detail {

/// A name as a file system may see it that ignores some characters and the difference between capitals: lower case,
/// without what is ignorable, and without what Windows drops at the end (dots, spaces, a stream after a colon).
[[nodiscard]] inline std::string folded_name(std::string_view name) {
    constexpr char32_t long_s = 0x17f; // its capital is S
    std::string out;
    while (!name.empty()) {
        const auto next = character::first_of(name);
        const auto bytes = name.substr(0, next.size);
        name.remove_prefix(next.size);
        if (is_ignorable(next.code)) continue;
        if (next.code == ':') break;
        const bool is_capital = next.code >= 'A' && next.code <= 'Z';
        if (is_capital) {
            out += static_cast<char>(next.code - 'A' + 'a');
        } else if (next.code == long_s) {
            out += 's';
        } else {
            out += bytes;
        }
    }
    while (!out.empty() && (out.back() == '.' || out.back() == ' ')) out.pop_back();
    return out;
}

} // namespace detail

/// Whether any file system may take a name for `state_folder`, with the keys in it: also by the short name that Windows
/// makes of it.
[[nodiscard]] inline bool is_state_name(std::string_view name) {
    constexpr std::string_view short_name = "sealsy~";
    const auto folded = detail::folded_name(name);
    if (folded == state_folder) return true;
    return folded.size() == short_name.size() + 1 && folded.starts_with(short_name) && folded.back() >= '1' &&
           folded.back() <= '9';
}

/// Why a path from another device must not be written here; null if it may.
[[nodiscard]] inline const char* fault_of_path(std::string_view path) {
    if (path.empty()) return "no name";
    if (path.find('\0') != path.npos) return "NUL in the name";
    while (true) {
        const auto part = path.substr(0, path.find('/'));
        if (part.empty()) return "absolute, or an empty part";
        if (part == "." || part == "..") return "leads out of the folder";
        if (part.size() > name_bytes_max) return "a name over 255 bytes";
        if (is_state_name(part)) return "inside a device's own state";
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

/// Escapes text for terminals and logs: no name can play tricks, and a backslash is always one of ours or doubled.
[[nodiscard]] inline std::string printable(std::string_view text) {
    std::string doubled;
    for (const char c : text) doubled.append(c == '\\' ? 2 : 1, c);
    return harmless(doubled);
}

/// A device's name as a part of a file name.
[[nodiscard]] inline std::string plain_name(std::string_view name) {
    constexpr std::size_t bytes_max = 32;
    std::string out;
    for (auto rest = whole_characters(name, bytes_max); !rest.empty();) {
        const auto next = character::first_of(rest);
        const bool is_plain = !commands_a_terminal(next.code) && next.code != '/';
        out += is_plain ? rest.substr(0, next.size) : std::string_view{"_"};
        rest.remove_prefix(next.size);
    }
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
    return std::string{folder}.append(whole_characters(stem, room)).append(note).append(ending);
}

} // namespace cli

#endif
