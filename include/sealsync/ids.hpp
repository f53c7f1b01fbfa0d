#ifndef SEALSYNC_IDS_HPP
#define SEALSYNC_IDS_HPP

#include "bytes.hpp"
#include "result.hpp"

#include <functional>

namespace sealsync { inline namespace SEALSYNC_ABI {

namespace detail {

inline constexpr std::size_t id_size_max = 128;

/// The rule of `basic_id`, the same for ids of all kinds.
[[nodiscard]] inline bool valid_id(std::string_view text) noexcept {
    if (text.empty() || text.size() > id_size_max || text.front() == '.') return false;
    if (text.size() < 16) {
        std::array<char, 16> padded;
        padded.fill('a');
        std::memcpy(padded.data(), text.data(), text.size());
        return sixteen_of_an_id(padded.data());
    }
    const char* const last = text.data() + text.size() - 16;
    for (; text.size() > 16; text.remove_prefix(16)) {
        if (!sixteen_of_an_id(text.data())) return false;
    }
    return sixteen_of_an_id(last);
}

} // namespace detail

/// A name that is safe as one part of an object key and of a file path: 1 to 128 of `A-Z a-z 0-9 . _ ~ -`,
/// not starting with a dot. 128 so that `{record}.v{version}.{digest}.blob` fits the 255 bytes of a file name.
template <class Tag>
class basic_id {
public:
    static constexpr std::size_t size_max = detail::id_size_max;

    basic_id() = default; ///< empty: "no id"; never valid in a key

    [[nodiscard]] static bool valid(std::string_view text) noexcept { return detail::valid_id(text); }

    /// Fails with `errc::invalid_id`.
    [[nodiscard]] static result<basic_id> make(std::string_view text) {
        basic_id id;
        if (!id.assign(text)) return failure{errc::invalid_id, std::string{text.substr(0, size_max)}};
        return id;
    }
    /// Becomes the id of this text; false, and unchanged, unless it is valid.
    [[nodiscard]] bool assign(std::string_view text) {
        if (!valid(text)) return false;
        text_ = text;
        return true;
    }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    [[nodiscard]] friend bool operator==(const basic_id&, const basic_id&) = default;
    [[nodiscard]] friend auto operator<=>(const basic_id&, const basic_id&) = default;

private:
    std::string text_;
};

using user_id = basic_id<struct user_tag>;
using device_id = basic_id<struct device_tag>;
using collection_id = basic_id<struct collection_tag>;
/// A record's, or an attachment's dedupe id (64 hex digits), as it stands in keys and manifests.
using object_id = basic_id<struct object_tag>;

/// 128 random bits, written as 32 lower-case hex digits.
template <class Tag>
struct basic_id128 {
    std::array<std::byte, 16> value{};

    [[nodiscard]] std::string hex() const { return to_hex(value); }
    [[nodiscard]] static std::optional<basic_id128> parse(std::string_view hex) noexcept {
        basic_id128 parsed;
        return from_hex(hex, parsed.value) ? std::optional{parsed} : std::nullopt;
    }
    [[nodiscard]] friend bool operator==(const basic_id128&, const basic_id128&) = default;
    [[nodiscard]] friend auto operator<=>(const basic_id128&, const basic_id128&) = default;
};

using vault_id = basic_id128<struct vault_tag>; ///< fixed when the vault is created
using run_id = basic_id128<struct run_tag>;     ///< one opening of a replica by one process; never stored as "ours"
using log_id = basic_id128<struct log_tag>;     ///< one chain of segments, begun by one run

/// The identity of an edit: the n-th of a run, counted from 1. Text form `<run>:<n>`.
struct dot {
    run_id run;
    std::uint64_t n = 0;

    [[nodiscard]] std::string text() const { return run.hex() + ':' + std::to_string(n); }
    [[nodiscard]] static std::optional<dot> parse(std::string_view text) noexcept;
    [[nodiscard]] friend bool operator==(const dot&, const dot&) = default;
    [[nodiscard]] friend auto operator<=>(const dot&, const dot&) = default;
};

namespace detail {

/// Canonical decimal: digits only, no leading zero, at most 2^53 - 1 (what every JSON reader keeps exactly).
inline constexpr std::uint64_t number_max = (std::uint64_t{1} << 53U) - 1;
/// The greatest version of a record or a segment that is taken from others: each next one is greater, and must still be
/// a number.
inline constexpr std::uint64_t version_max = (std::uint64_t{1} << 53U) - (std::uint64_t{1} << 20U);

/// False, with `out` unspecified, on anything else.
[[nodiscard]] inline bool read_number(std::string_view text, std::uint64_t& out) noexcept {
    if (text.empty() || text.size() > 16 || (text.size() > 1 && text.front() == '0')) return false;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return false;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    out = value;
    return value <= number_max;
}

[[nodiscard]] inline std::optional<std::uint64_t> parse_number(std::string_view text) noexcept {
    std::uint64_t value = 0;
    return read_number(text, value) ? std::optional{value} : std::nullopt;
}

/// False, with `out` unspecified, on anything but the text form of a dot.
[[nodiscard]] inline bool read_dot(std::string_view text, dot& out) noexcept {
    if (text.size() < 34 || text[32] != ':') return false;
    return from_hex(text.substr(0, 32), out.run.value) && read_number(text.substr(33), out.n) && out.n != 0;
}

} // namespace detail

inline std::optional<dot> dot::parse(std::string_view text) noexcept {
    dot parsed;
    return detail::read_dot(text, parsed) ? std::optional{parsed} : std::nullopt;
}

}} // namespace sealsync

/// The bits are random, so eight of them are a hash; ids chosen by an attacker need a seeded hash instead.
template <class Tag>
struct std::hash<sealsync::basic_id128<Tag>> {
    [[nodiscard]] std::size_t operator()(const sealsync::basic_id128<Tag>& id) const noexcept {
        std::uint64_t bits = 0;
        std::memcpy(&bits, id.value.data(), sizeof bits);
        return static_cast<std::size_t>(bits);
    }
};

#endif
