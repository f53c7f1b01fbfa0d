#ifndef SEALSYNC_S3_S3_PROFILE_HPP
#define SEALSYNC_S3_S3_PROFILE_HPP

#include "../result.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Gives the value of an environment variable, or nothing. May be called from several threads.
using environment_lookup = std::function<std::optional<std::string>(const char* name)>;

/// The environment of this process. Thread-safe as long as nobody changes it.
[[nodiscard]] inline std::optional<std::string> process_environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

namespace detail {

/// An empty variable is one that is not set.
[[nodiscard]] inline std::string variable(const environment_lookup& environment, const char* name) {
    return environment(name).value_or(std::string{});
}

[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view spaces = " \t\r\n\f\v";
    const auto first = text.find_first_not_of(spaces);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(spaces) - first + 1);
}

using ini_section = std::map<std::string, std::string, std::less<>>;

/// The files that AWS's tools keep settings in: `[section]`, `name = value`, comments after `#` or `;` that begin a
/// line or follow a space. Names are in lower case; of two equal ones the last counts. Settings nested below one
/// without a value are left out, and so is what is none of these.
class ini_reader {
public:
    [[nodiscard]] static ini_section section(std::string_view text, std::string_view name) {
        ini_reader reader{name};
        if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
        while (!text.empty()) {
            const auto line = text.substr(0, text.find('\n'));
            text.remove_prefix((std::min)(text.size(), line.size() + 1));
            reader.read(line);
        }
        return std::move(reader.found_);
    }

private:
    explicit ini_reader(std::string_view name) : name_{name} {}

    void read(std::string_view line) {
        const bool indented = line.starts_with(' ') || line.starts_with('\t');
        line = trimmed(without_comment(line));
        if (line.empty()) return;
        if (line.front() == '[') {
            inside_ = words_of(line.substr(1, line.find(']') - 1)) == name_;
            nested_ = false;
            return;
        }
        if (indented && nested_) return;
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) return;
        const auto value = trimmed(line.substr(equals + 1));
        nested_ = value.empty();
        if (inside_) found_.insert_or_assign(lower(trimmed(line.substr(0, equals))), std::string{value});
    }

    [[nodiscard]] static std::string_view without_comment(std::string_view line) noexcept {
        for (std::size_t i = 0; i < line.size(); ++i) {
            const bool mark = line[i] == '#' || line[i] == ';';
            if (mark && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) return line.substr(0, i);
        }
        return line;
    }
    /// `[profile  "my name"]` as `profile my name`.
    [[nodiscard]] static std::string words_of(std::string_view text) {
        std::string out;
        for (const char c : trimmed(text)) {
            if (c == '"' || c == '\'') continue;
            const bool space = c == ' ' || c == '\t';
            if (!space) out += c;
            if (space && !out.ends_with(' ')) out += ' ';
        }
        return out;
    }
    [[nodiscard]] static std::string lower(std::string_view text) {
        std::string out{text};
        for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        return out;
    }

    std::string_view name_;
    ini_section found_;
    bool inside_ = false, nested_ = false;
};

} // namespace detail

/// What AWS's files say under one name: `~/.aws/credentials`, and where that says nothing `~/.aws/config`. The
/// variables AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE say otherwise where they are set.
struct s3_profile {
    std::string name{};
    std::vector<std::string> files{}; ///< that were looked into, whether or not they are there
    std::map<std::string, std::string, std::less<>> settings{};

    [[nodiscard]] std::string setting(std::string_view key) const {
        const auto at = settings.find(key);
        return at == settings.end() ? std::string{} : at->second;
    }

    /// Profile `wanted`, or else the one that the environment names, or else `default`. A profile that is nowhere has
    /// no settings. Fails with `errc::io_error` if a file is there but cannot be read.
    [[nodiscard]] static result<s3_profile> read(const environment_lookup& environment, std::string wanted = {}) {
        s3_profile made{.name = std::move(wanted)};
        if (made.name.empty()) made.name = detail::variable(environment, "AWS_PROFILE");
        if (made.name.empty()) made.name = detail::variable(environment, "AWS_DEFAULT_PROFILE");
        if (made.name.empty()) made.name = "default";

        const auto credentials = path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
        const auto config = path_of(environment, "AWS_CONFIG_FILE", "config");
        // The first to have a setting keeps it.
        if (const auto done = made.take(credentials, {made.name}); !done) return done.error();
        if (const auto done = made.take(config, made.names_in_config()); !done) return done.error();
        return made;
    }

private:
    static constexpr std::size_t file_bytes_max = std::size_t{1} << 20U;

    [[nodiscard]] result<void> take(const std::string& path, const std::vector<std::string>& sections) {
        if (path.empty()) return {};
        files.push_back(path);
        const auto text = text_of(path);
        if (!text) return text.error();
        for (const auto& section : sections) {
            for (auto& [key, value] : detail::ini_reader::section(*text, section)) {
                if (!value.empty()) settings.try_emplace(key, value);
            }
        }
        return {};
    }
    /// Empty if there is no such file.
    [[nodiscard]] static result<std::string> text_of(const std::string& path) {
        std::error_code unknown;
        const auto there = std::filesystem::status(path, unknown);
        if (there.type() == std::filesystem::file_type::not_found) return std::string{};
        std::ifstream in{path, std::ios::binary};
        std::string text(file_bytes_max + 1, '\0');
        in.read(text.data(), static_cast<std::streamsize>(text.size()));
        if (in.bad() || !in.eof()) return failure{errc::io_error, path, "cannot be read, or is longer than 1 MiB"};
        text.resize(static_cast<std::size_t>(in.gcount()));
        return text;
    }
    [[nodiscard]] static std::string path_of(const environment_lookup& environment, const char* name,
                                             std::string_view file) {
        if (auto stated = detail::variable(environment, name); !stated.empty()) return stated;
        auto home = detail::variable(environment, "HOME");
        if (home.empty()) home = detail::variable(environment, "USERPROFILE");
        return home.empty() ? std::string{} : home + "/.aws/" + std::string{file};
    }
    [[nodiscard]] std::vector<std::string> names_in_config() const {
        return name == "default" ? std::vector<std::string>{"profile default", "default"}
                                 : std::vector<std::string>{"profile " + name};
    }
};

}} // namespace sealsync

#endif
