// SPDX-License-Identifier: MIT
// Generated from include/sealsync/ by cmake/amalgamate.py: change that, not this.
#ifndef SEALSYNC_SINGLE_HPP
#define SEALSYNC_SINGLE_HPP

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <compare>
#include <concepts>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#ifndef SEALSYNC_VERSION_HPP
#define SEALSYNC_VERSION_HPP

#define SEALSYNC_VERSION_MAJOR 0
#define SEALSYNC_VERSION_MINOR 1
#define SEALSYNC_VERSION_PATCH 0

#endif

#ifndef SEALSYNC_CONFIG_HPP
#define SEALSYNC_CONFIG_HPP

/// The inline namespace that every name lives in, so that two incompatible versions in one program
/// are a link error instead of a crash. Every macro that changes code must become part of it.
#ifndef SEALSYNC_ABI
#define SEALSYNC_ABI v0
#endif

/// Checks what only a bug in the program can break. Bad input never reaches it: that is a `failure`.
#ifndef SEALSYNC_ASSERT
#define SEALSYNC_ASSERT(condition) assert(condition)
#endif

#endif

#ifndef SEALSYNC_DETAIL_EIGHT_CHARACTERS_HPP
#define SEALSYNC_DETAIL_EIGHT_CHARACTERS_HPP

#if defined(__SSE2__) || defined(_M_X64)
#include <emmintrin.h>
#endif

/// Eight characters in one word, judged at once on any processor: ids, digests and times are most of a manifest, and
/// character by character they cost more than all else of it.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

inline constexpr std::uint64_t every_byte = 0x0101010101010101;

[[nodiscard]] constexpr std::uint64_t reversed_bytes(std::uint64_t word) noexcept {
    word = (word >> 8U & 0x00ff00ff00ff00ff) | (word & 0x00ff00ff00ff00ff) << 8U;
    word = (word >> 16U & 0x0000ffff0000ffff) | (word & 0x0000ffff0000ffff) << 16U;
    return word >> 32U | word << 32U;
}

/// The first character is the lowest byte, whatever the machine's order.
[[nodiscard]] inline std::uint64_t eight_characters(const char* text) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, text, sizeof word);
    return std::endian::native == std::endian::big ? reversed_bytes(word) : word;
}

/// The highest bit of each byte whose lower seven are from `first` to `last`.
[[nodiscard]] constexpr std::uint64_t bytes_within(std::uint64_t word, unsigned first, unsigned last) noexcept {
    const auto seven = word & every_byte * 0x7f;
    return (seven + every_byte * (0x80 - first)) & ~(seven + every_byte * (0x7f - last)) & every_byte * 0x80;
}

/// Whether all eight are of `A-Z a-z 0-9 . _ ~ -`.
[[nodiscard]] constexpr bool eight_of_an_id(std::uint64_t word) noexcept {
    const auto good = bytes_within(word | every_byte * 0x20, 'a', 'z') | bytes_within(word, '0', '9') |
                      bytes_within(word, '-', '.') | bytes_within(word, '_', '_') | bytes_within(word, '~', '~');
    return (good & ~word & every_byte * 0x80) == every_byte * 0x80;
}

/// The values of eight lower-case hex digits, each in its byte; sets a bit of `wrong` if one is none.
[[nodiscard]] constexpr std::uint64_t hex_digits(std::uint64_t word, std::uint64_t& wrong) noexcept {
    // Letters are moved to follow the digits, as ':' to '?'. What arrives there must have been a letter.
    const auto letters = word >> 6U & every_byte;
    const auto moved = word - letters * ('a' - ':');
    const auto values = moved & every_byte * 0x0f;
    wrong |= (moved & every_byte * 0xf0) ^ every_byte * '0';
    wrong |= ((values + every_byte * 6) >> 4U & every_byte) ^ letters;
    return values;
}

/// Joins each pair of `hex_digits` to a byte: four bytes, the first the lowest.
[[nodiscard]] constexpr std::uint32_t joined_digits(std::uint64_t values) noexcept {
    auto word = (values << 4U | values >> 8U) & 0x00ff00ff00ff00ff;
    word = (word | word >> 8U) & 0x0000ffff0000ffff;
    return static_cast<std::uint32_t>(word | word >> 16U);
}

#if defined(__SSE2__) || defined(_M_X64)
/// The bytes that are from `first` to `last`, with all their bits set.
[[nodiscard]] inline __m128i bytes_within(__m128i characters, char first, char last) noexcept {
    const auto above = _mm_sub_epi8(characters, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(static_cast<char>(last - first))), above);
}

/// Whether all sixteen are of `A-Z a-z 0-9 . _ ~ -`.
[[nodiscard]] inline bool sixteen_of_an_id(const char* text) noexcept {
    const auto characters = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
    const auto folded = _mm_or_si128(characters, _mm_set1_epi8(0x20));
    const auto plain = _mm_or_si128(bytes_within(folded, 'a', 'z'), bytes_within(characters, '0', '9'));
    const auto marks =
        _mm_or_si128(_mm_cmpeq_epi8(characters, _mm_set1_epi8('_')), _mm_cmpeq_epi8(characters, _mm_set1_epi8('~')));
    const auto good = _mm_or_si128(_mm_or_si128(plain, marks), bytes_within(characters, '-', '.'));
    return _mm_movemask_epi8(good) == 0xffff;
}

/// The same for sixteen digits at once; a bit of `wrong` is set if one is none.
[[nodiscard]] inline std::uint64_t sixteen_digits(const char* text, __m128i& wrong) noexcept {
    const auto characters = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
    const auto is_decimal = bytes_within(characters, '0', '9'), is_letter = bytes_within(characters, 'a', 'f');
    wrong = _mm_or_si128(wrong, _mm_cmpeq_epi8(_mm_or_si128(is_decimal, is_letter), _mm_setzero_si128()));
    // The low half of a letter is one less than it counts above nine.
    const auto values =
        _mm_add_epi8(_mm_and_si128(characters, _mm_set1_epi8(0x0f)), _mm_and_si128(is_letter, _mm_set1_epi8(9)));
    const auto joined = _mm_or_si128(_mm_slli_epi16(values, 4), _mm_srli_epi16(values, 8));
    const auto packed = _mm_packus_epi16(_mm_and_si128(joined, _mm_set1_epi16(0xff)), _mm_setzero_si128());
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(packed));
}

/// Reads `count` pairs of digits, a multiple of 8; false if one is no digit.
[[nodiscard]] inline bool read_hex(const char* text, std::byte* out, std::size_t count) noexcept {
    auto wrong = _mm_setzero_si128();
    for (; count > 0; count -= 8, text += 16, out += 8) {
        const auto eight = sixteen_digits(text, wrong);
        std::memcpy(out, &eight, sizeof eight);
    }
    return _mm_movemask_epi8(wrong) == 0;
}
#else
[[nodiscard]] inline bool sixteen_of_an_id(const char* text) noexcept {
    return eight_of_an_id(eight_characters(text)) && eight_of_an_id(eight_characters(text + 8));
}

/// Reads `count` pairs of digits, a multiple of 8; false if one is no digit.
[[nodiscard]] inline bool read_hex(const char* text, std::byte* out, std::size_t count) noexcept {
    std::uint64_t wrong = 0;
    for (; count > 0; count -= 4, text += 8, out += 4) {
        const auto four = joined_digits(hex_digits(eight_characters(text), wrong));
        out[0] = static_cast<std::byte>(four);
        out[1] = static_cast<std::byte>(four >> 8U);
        out[2] = static_cast<std::byte>(four >> 16U);
        out[3] = static_cast<std::byte>(four >> 24U);
    }
    return wrong == 0;
}
#endif

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_BYTES_HPP
#define SEALSYNC_BYTES_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

using bytes = std::vector<std::byte>;

/// Any contiguous bytes, read-only and not owned: `bytes`, text, spans and vectors of byte-sized types convert.
class bytes_view : public std::span<const std::byte> {
public:
    using std::span<const std::byte>::span;
    bytes_view() = default;
    bytes_view(std::span<const std::byte> view) noexcept : span{view} {}
    bytes_view(const bytes& owner) noexcept : span{owner.data(), owner.size()} {}
    bytes_view(std::string_view text) noexcept : span{reinterpret_cast<const std::byte*>(text.data()), text.size()} {}
    bytes_view(const std::string& text) noexcept : bytes_view{std::string_view{text}} {}
    bytes_view(const char* text) noexcept : bytes_view{std::string_view{text}} {}
    bytes_view(std::span<const unsigned char> view) noexcept : span{std::as_bytes(view)} {}

    [[nodiscard]] bytes_view subview(std::size_t offset, std::size_t count = std::dynamic_extent) const noexcept {
        return subspan(offset, count);
    }
    [[nodiscard]] friend bool operator==(bytes_view left, bytes_view right) noexcept {
        return left.size() == right.size() &&
               (left.empty() || std::memcmp(left.data(), right.data(), left.size()) == 0);
    }
};

/// The same bytes seen as characters; valid as long as they are.
[[nodiscard]] inline std::string_view as_text(bytes_view view) noexcept {
    return {reinterpret_cast<const char*>(view.data()), view.size()};
}

/// Byte by byte, for ordered containers. (g++ 12 warns about `std::less<bytes>` where it inlines it.)
struct bytes_less {
    using is_transparent = void;
    [[nodiscard]] bool operator()(bytes_view left, bytes_view right) const noexcept {
        return as_text(left) < as_text(right);
    }
};

[[nodiscard]] inline bytes to_bytes(bytes_view view) { return {view.data(), view.data() + view.size()}; }

inline void append(bytes& out, bytes_view more) { out.insert(out.end(), more.data(), more.data() + more.size()); }

[[nodiscard]] inline std::string to_hex(bytes_view view) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(view.size() * 2, '0');
    for (std::size_t i = 0; i < view.size(); ++i) {
        text[2 * i] = digits[std::to_integer<unsigned>(view[i]) >> 4U];
        text[2 * i + 1] = digits[std::to_integer<unsigned>(view[i]) & 15U];
    }
    return text;
}

/// Reads exactly `out.size()` bytes of lower-case hex; false, with `out` unspecified, on anything else.
[[nodiscard]] inline bool from_hex(std::string_view text, std::span<std::byte> out) noexcept {
    if (text.size() != out.size() * 2) return false;
    const auto whole = out.size() / 8 * 8;
    if (!detail::read_hex(text.data(), out.data(), whole)) return false;
    if (whole == out.size()) return true;
    std::array<char, 16> rest;
    std::array<std::byte, 8> last;
    rest.fill('0');
    std::memcpy(rest.data(), text.data() + 2 * whole, text.size() - 2 * whole);
    const bool read = detail::read_hex(rest.data(), last.data(), last.size());
    std::memcpy(out.data() + whole, last.data(), out.size() - whole);
    return read;
}

/// A SHA-256 or HMAC-SHA-256 value.
struct digest256 {
    std::array<std::byte, 32> value{};

    [[nodiscard]] std::string hex() const { return to_hex(value); }
    [[nodiscard]] static std::optional<digest256> parse(std::string_view hex) noexcept {
        digest256 parsed;
        return from_hex(hex, parsed.value) ? std::optional{parsed} : std::nullopt;
    }
    [[nodiscard]] friend bool operator==(const digest256&, const digest256&) = default;
    [[nodiscard]] friend auto operator<=>(const digest256&, const digest256&) = default;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_DETAIL_OWNER_HPP
#define SEALSYNC_DETAIL_OWNER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Owns what it points to, or nothing; moves. Instead of `std::unique_ptr` for the engine's own types: see `list`.
template <class T>
class owner {
public:
    owner() = default;
    /// Takes what `new` made.
    explicit owner(T* made) noexcept : made_{made} {}
    owner(owner&& other) noexcept : made_{std::exchange(other.made_, nullptr)} {}
    owner& operator=(owner&& other) noexcept {
        owner gone{std::move(other)};
        std::swap(made_, gone.made_);
        return *this;
    }
    ~owner() { delete made_; }

    [[nodiscard]] T* get() const noexcept { return made_; }
    [[nodiscard]] T* operator->() const noexcept { return made_; }
    [[nodiscard]] T& operator*() const noexcept { return *made_; }
    [[nodiscard]] explicit operator bool() const noexcept { return made_ != nullptr; }

private:
    T* made_ = nullptr;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_ERROR_HPP
#define SEALSYNC_ERROR_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What the caller must do about a failure. Program against this; show `failure::message()`.
enum class error_kind {
    retry,    ///< nothing is wrong with the request: try again later
    conflict, ///< somebody else was faster: look again, then decide
    invalid,  ///< the caller's input is refused: repeating it cannot help
    data,     ///< what is stored cannot be used: a person must look
    security, ///< what is stored contradicts what was promised: a person must decide
    closed,   ///< this object, device or store cannot serve any longer
};

/// Every way to fail. Numbers are fixed for ever; the hundreds digit is the kind.
enum class errc {
    unavailable = 100,     ///< the store answered that it cannot now (5xx)
    timed_out = 101,       ///< no answer in time
    connection_lost = 102, ///< the connection broke; the request may have been applied
    outcome_unknown = 103, ///< the store cannot say whether a write was applied
    throttled = 104,       ///< too many requests (429)
    busy = 105,            ///< another sync, or another process, holds what is needed
    cancelled = 106,       ///< stopped on request; `sync()` reports this as a value instead
    io_error = 107,        ///< the operating system failed a read or a write

    precondition_failed = 200, ///< a conditional write lost (412)
    not_current = 201,         ///< `if_current` named a version that is no longer shown
    already_exists = 202,      ///< create-once found something else in its place
    source_changed = 203,      ///< a file changed between two readings

    invalid_argument = 300,
    invalid_id = 301,     ///< an id or key part breaks the rules of `basic_id`
    invalid_key = 302,    ///< an object key breaks the rules of `object_key`
    too_large = 303,      ///< over a stated limit
    unsupported = 304,    ///< the store or policy cannot do this
    not_found = 305,      ///< no such object
    already_joined = 306, ///< the replica belongs to another user, vault or device

    malformed = 400,        ///< not what the format says; position and reason in `detail()`
    missing_object = 401,   ///< a segment names an object that the store does not have
    unknown_format = 402,   ///< written by a newer version
    unknown_critical = 403, ///< needs an extension that this version lacks
    replica_corrupt = 404,  ///< the local replica holds what this library never wrote
    no_vault = 405,         ///< nothing under this prefix

    wrong_key = 500,     ///< passphrase or key does not open this
    other_vault = 501,   ///< another vault lives under this prefix
    tampered = 502,      ///< digest, chain or authentication does not match
    rolled_back = 503,   ///< a log or a key slot is older than what this device has seen
    forked = 504,        ///< one slot of a log has held two different segments
    withheld = 505,      ///< a segment relies on another that the store will not give
    mass_delete = 506,   ///< the pull would delete more than half of everything
    access_denied = 507, ///< the store refuses the credentials or the permissions

    closed = 600,
    read_only = 601, ///< the store takes no writes
    no_space = 602,  ///< disk or quota is full
};

[[nodiscard]] constexpr error_kind kind_of(errc code) noexcept {
    switch (static_cast<int>(code) / 100) {
    case 1:
        return error_kind::retry;
    case 2:
        return error_kind::conflict;
    case 3:
        return error_kind::invalid;
    case 4:
        return error_kind::data;
    case 5:
        return error_kind::security;
    default:
        return error_kind::closed;
    }
}

namespace detail {

struct errc_text {
    const char* what;
    const char* advice;
};

[[nodiscard]] constexpr errc_text text_of(errc code) noexcept {
    switch (code) {
    case errc::unavailable:
        return {"the store is unavailable", "try again later"};
    case errc::timed_out:
        return {"no answer in time", "check the connection, then try again"};
    case errc::connection_lost:
        return {"the connection broke", "try again; what was applied is found out then"};
    case errc::outcome_unknown:
        return {"the store cannot say whether it was applied", "sync again"};
    case errc::throttled:
        return {"the store asks for fewer requests", "try again later"};
    case errc::busy:
        return {"in use by another sync or process", "wait for it to end, then try again"};
    case errc::cancelled:
        return {"stopped on request", "sync again to go on"};
    case errc::io_error:
        return {"the operating system failed", "check disk and permissions, then try again"};
    case errc::precondition_failed:
        return {"somebody else wrote first", "read again, then decide"};
    case errc::not_current:
        return {"no longer the current version", "get the record again, then decide"};
    case errc::already_exists:
        return {"already exists", "open it instead of creating it"};
    case errc::source_changed:
        return {"changed while it was read", "sync again when it is no longer written to"};
    case errc::invalid_argument:
        return {"invalid argument", "correct the call"};
    case errc::invalid_id:
        return {"invalid id", "use 1 to 128 of A-Z a-z 0-9 . _ ~ - not starting with a dot"};
    case errc::invalid_key:
        return {"invalid object key", "use at most 1024 bytes, no empty, '.' or '..' part"};
    case errc::too_large:
        return {"over the limit", "make it smaller or raise the limit"};
    case errc::unsupported:
        return {"not supported here", "use another store or policy"};
    case errc::not_found:
        return {"not found", "check the name"};
    case errc::already_joined:
        return {"the replica belongs elsewhere", "use a new replica for this vault"};
    case errc::malformed:
        return {"malformed", "run verify; restore the object from a backup"};
    case errc::missing_object:
        return {"named by a segment but missing", "run verify; restore the object from a backup"};
    case errc::unknown_format:
        return {"written in an unknown format", "update this application"};
    case errc::unknown_critical:
        return {"needs an unknown extension", "update this application"};
    case errc::replica_corrupt:
        return {"the local replica is damaged", "move it away and join again"};
    case errc::no_vault:
        return {"no vault here", "check the path, or create a vault with init"};
    case errc::wrong_key:
        return {"the key does not open this", "check the passphrase"};
    case errc::other_vault:
        return {"another vault is here", "check path and user; use a new replica to join it"};
    case errc::tampered:
        return {"not what its author wrote", "run verify; restore the object from a backup"};
    case errc::rolled_back:
        return {"older than what this device has seen", "find out who restored the store"};
    case errc::forked:
        return {"written twice with different content", "check for devices copied while running"};
    case errc::withheld:
        return {"the store withholds a segment", "check that the store is complete"};
    case errc::mass_delete:
        return {"would delete more than half of all objects", "if meant, sync with the deletion allowed"};
    case errc::access_denied:
        return {"access denied", "check credentials and permissions"};
    case errc::closed:
        return {"closed", "open it again"};
    case errc::read_only:
        return {"takes no writes", "make it writable, or use another store"};
    case errc::no_space:
        return {"no space left", "free some space, then sync again"};
    }
    return {"unknown error", "report this"};
}

class error_category final : public std::error_category {
    [[nodiscard]] const char* name() const noexcept override { return "sealsync"; }
    [[nodiscard]] std::string message(int value) const override { return text_of(static_cast<errc>(value)).what; }
};

} // namespace detail

[[nodiscard]] inline const std::error_category& sealsync_category() noexcept {
    static const detail::error_category category;
    return category;
}

[[nodiscard]] inline std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), sealsync_category()};
}

/// What went wrong, on which object, what came back and what to do. Holds no plaintext and no keys.
class failure {
public:
    explicit failure(errc code, std::string object = {}, std::string detail = {})
        : code_{code}, object_{std::move(object)}, detail_{std::move(detail)} {}

    [[nodiscard]] errc code() const noexcept { return code_; }
    [[nodiscard]] error_kind kind() const noexcept { return kind_of(code_); }
    /// The object key, path or id it happened on; may be empty.
    [[nodiscard]] const std::string& object() const noexcept { return object_; }
    /// What came back: the HTTP status, the position, the operating system's words; may be empty.
    [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
    /// What was being done, from further out to further in, as `during()` was told; may be empty.
    [[nodiscard]] const std::string& attempted() const noexcept { return attempted_; }
    [[nodiscard]] std::string_view advice() const noexcept { return detail::text_of(code_).advice; }

    /// The same failure, seen from further out: "pull: GET head: ...".
    [[nodiscard]] failure during(std::string_view attempted) const {
        auto copy = *this;
        copy.attempted_ = attempted_.empty() ? std::string{attempted} : std::string{attempted} + ": " + attempted_;
        return copy;
    }

    /// One line for a person: "attempted: object: what (what came back); advice".
    [[nodiscard]] std::string message() const {
        std::string text;
        if (!attempted_.empty()) text += attempted_ + ": ";
        if (!object_.empty()) text += object_ + ": ";
        text += detail::text_of(code_).what;
        if (!detail_.empty()) text += " (" + detail_ + ")";
        return text + "; " + std::string{advice()};
    }

    [[nodiscard]] friend bool operator==(const failure& left, errc right) noexcept { return left.code_ == right; }

private:
    errc code_;
    std::string object_, detail_, attempted_;
};

}} // namespace sealsync

template <>
struct std::is_error_code_enum<sealsync::errc> : std::true_type {};

#endif

#ifndef SEALSYNC_RESULT_HPP
#define SEALSYNC_RESULT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

template <class T>
class result;

namespace detail {

template <class U, class T>
concept value_for = !std::is_same_v<std::remove_cvref_t<U>, result<T>> &&
                    !std::is_same_v<std::remove_cvref_t<U>, failure> && std::is_constructible_v<T, U>;

} // namespace detail

/// A value or the failure to get it: a deliberate subset of `std::expected<T, failure>`, which clang 14 lacks.
/// Ask with `if (r)` and use `*r` / `r.error()`, or call `value()`, which throws `std::system_error`.
/// A union instead of a variant: measured, one compiler error for a wrong policy where a variant gives six.
template <class T>
class [[nodiscard]] result {
    static_assert(!std::is_same_v<std::remove_cv_t<T>, failure>, "result<failure> would be ambiguous");

public:
    using value_type = T;
    using error_type = failure;

    // `has_value_` is set last: what is written through pointers before could change it for all that g++ knows, and it
    // would warn of the other member.
    result(failure error) {
        ::new (place()) failure(std::move(error));
        has_value_ = false;
    }

    template <detail::value_for<T> U = T>
    result(U&& value) {
        ::new (place()) T(static_cast<U&&>(value));
        has_value_ = true;
    }

    result(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) {
        const bool succeeded = other.has_value_;
        if (succeeded) {
            ::new (place()) T(static_cast<T&&>(other.value_));
        } else {
            ::new (place()) failure(std::move(other.error_));
        }
        has_value_ = succeeded;
    }

    result(const result& other) {
        const bool succeeded = other.has_value_;
        if (succeeded) {
            ::new (place()) T(other.value_);
        } else {
            ::new (place()) failure(other.error_);
        }
        has_value_ = succeeded;
    }

    /// One assignment for copy and move: destroying and rebuilding is safe because the right side is a copy.
    result& operator=(result other) noexcept {
        this->~result();
        return *::new (static_cast<void*>(this)) result(static_cast<result&&>(other));
    }

    ~result() {
        if (has_value_) {
            value_.~T();
        } else {
            error_.~failure();
        }
    }

    [[nodiscard]] bool has_value() const noexcept { return has_value_; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value_; }

    [[nodiscard]] T& operator*() & noexcept {
        SEALSYNC_ASSERT(has_value_);
        return value_;
    }
    [[nodiscard]] const T& operator*() const& noexcept {
        SEALSYNC_ASSERT(has_value_);
        return value_;
    }
    /// By value: `for (auto& x : *f())` must not outlive its result.
    [[nodiscard]] T operator*() && noexcept(std::is_nothrow_move_constructible_v<T>) {
        SEALSYNC_ASSERT(has_value_);
        return static_cast<T&&>(value_);
    }
    [[nodiscard]] T* operator->() noexcept {
        SEALSYNC_ASSERT(has_value_);
        return static_cast<T*>(place());
    }
    [[nodiscard]] const T* operator->() const noexcept {
        SEALSYNC_ASSERT(has_value_);
        return static_cast<const T*>(place());
    }

    T& value() & {
        throw_if_failed();
        return value_;
    }
    const T& value() const& {
        throw_if_failed();
        return value_;
    }
    T value() && {
        throw_if_failed();
        return static_cast<T&&>(value_);
    }
    template <class U>
    [[nodiscard]] T value_or(U&& other) const& {
        return has_value_ ? value_ : static_cast<T>(std::forward<U>(other));
    }

    [[nodiscard]] const failure& error() const& noexcept {
        SEALSYNC_ASSERT(!has_value_);
        return error_;
    }
    [[nodiscard]] failure&& error() && noexcept {
        SEALSYNC_ASSERT(!has_value_);
        return static_cast<failure&&>(error_);
    }

private:
    // Both members are there. Of `failure` the address can be asked by `&`, which `T` may have overloaded.
    [[nodiscard]] void* place() noexcept { return &error_; }
    [[nodiscard]] const void* place() const noexcept { return &error_; }
    void throw_if_failed() const {
        if (!has_value_) throw std::system_error{make_error_code(error_.code()), error_.message()};
    }
    union {
        T value_;
        failure error_;
    };
    bool has_value_;
};

/// Success without a value, or a failure. Default constructed it is success.
template <>
class [[nodiscard]] result<void> {
public:
    using value_type = void;
    using error_type = failure;

    result() = default;
    result(failure error) : error_{new failure{std::move(error)}} {}
    result(result&&) noexcept = default;
    result(const result& other) : error_{other.error_ ? new failure{*other.error_} : nullptr} {}
    result& operator=(result other) noexcept {
        error_ = std::move(other.error_);
        return *this;
    }
    ~result() = default;

    [[nodiscard]] bool has_value() const noexcept { return !error_; }
    [[nodiscard]] explicit operator bool() const noexcept { return !error_; }
    void value() const {
        if (error_) throw std::system_error{make_error_code(error_->code()), error_->message()};
    }
    [[nodiscard]] const failure& error() const& noexcept {
        SEALSYNC_ASSERT(error_.get() != nullptr);
        return *error_;
    }
    [[nodiscard]] failure&& error() && noexcept {
        SEALSYNC_ASSERT(error_.get() != nullptr);
        return std::move(*error_);
    }

private:
    detail::owner<failure> error_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_IDS_HPP
#define SEALSYNC_IDS_HPP

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

#ifndef SEALSYNC_CLOCK_STAMP_HPP
#define SEALSYNC_CLOCK_STAMP_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What a clock policy returns: UTC, nanoseconds since 1970. May be wrong, jump and stand still.
using wall_time = std::chrono::sys_time<std::chrono::nanoseconds>;

/// A hybrid timestamp: UTC nanoseconds, but always later than every stamp its author knew.
/// It orders siblings for display and last-write-wins; it never decides what to fetch and never beats `replaces`.
struct stamp {
    std::int64_t nanoseconds = 0; ///< since 1970, never negative; the greatest is 2262-04-11T23:47:16.854775807Z

    /// `2025-01-20T14:30:00.123456789Z`, always nine decimals.
    [[nodiscard]] std::string text() const;
    /// RFC 3339 in UTC with `Z` and 0 to 9 decimals; nothing on anything else or outside 1970..2262.
    [[nodiscard]] static std::optional<stamp> parse(std::string_view text) noexcept;

    [[nodiscard]] friend bool operator==(const stamp&, const stamp&) = default;
    [[nodiscard]] friend auto operator<=>(const stamp&, const stamp&) = default;
};

/// Kulkarni et al., "Logical Physical Clocks" (2014), folded into one number: `max(wall, last + 1)`, saturating.
class hybrid_clock {
public:
    hybrid_clock() = default;
    explicit hybrid_clock(stamp last) noexcept : last_{last} {}

    [[nodiscard]] stamp tick(wall_time now) noexcept {
        constexpr auto top = (std::numeric_limits<std::int64_t>::max)();
        const auto next = last_.nanoseconds == top ? top : last_.nanoseconds + 1;
        last_.nanoseconds = (std::max<std::int64_t>)({next, now.time_since_epoch().count(), 0});
        return last_;
    }
    void observe(stamp remote) noexcept { last_ = (std::max)(last_, remote); }
    [[nodiscard]] stamp last() const noexcept { return last_; }

private:
    stamp last_;
};

namespace detail {

inline void put_digits(std::string& out, std::uint64_t value, int width) {
    const auto start = out.size();
    out.append(static_cast<std::size_t>(width), '0');
    for (int i = width - 1; i >= 0; --i, value /= 10) {
        out[start + static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
    }
}

/// -1 unless all are digits.
[[nodiscard]] inline std::int64_t read_digits(std::string_view text) noexcept {
    std::int64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

inline constexpr std::string_view stamp_shape = "0000-00-00T00:00:00.000000000Z";

/// Eight characters of a time as they should be from `at` on: digits where the shape has a zero.
class stamp_part {
public:
    stamp_part(const char* time, std::size_t at) noexcept {
        const auto shape = eight_characters(stamp_shape.data() + at);
        digits_ = eight_characters(time + at) ^ shape;
        // What carries into the highest bit of a byte: a digit over 9, or any difference from another character.
        const auto zeros = bytes_within(shape, '0', '0') >> 7U;
        wrong_ = (digits_ | (digits_ + every_byte * 0x7f - zeros * 9)) & every_byte * 0x80;
        pairs_ = digits_ * 10 + (digits_ >> 8U);
    }
    [[nodiscard]] bool wrong() const noexcept { return wrong_ != 0; }
    [[nodiscard]] unsigned digit(unsigned i) const noexcept { return static_cast<unsigned>(digits_ >> 8 * i & 0xff); }
    /// The number that the digits at `i` and after it make.
    [[nodiscard]] unsigned pair(unsigned i) const noexcept { return static_cast<unsigned>(pairs_ >> 8 * i & 0xff); }

private:
    std::uint64_t digits_, wrong_, pairs_;
};

/// Reads a text as long as the shape; gives -1 unless it is a time.
[[nodiscard]] inline std::int64_t read_stamp(const char* text) noexcept {
    const stamp_part first{text, 0}, second{text, 8}, third{text, 16}, last{text, 22};
    if (first.wrong() || second.wrong() || third.wrong() || last.wrong()) return -1;
    const auto y = first.pair(0) * 100 + first.pair(2), h = second.pair(3), mi = second.pair(6), s = third.pair(1);
    const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(y)}, std::chrono::month{first.pair(5)},
                                           std::chrono::day{second.pair(0)}};
    if (y < 1970 || y > 2262 || h > 23 || mi > 59 || s > 59 || !date.ok()) return -1;

    const auto thousands = third.pair(4) * 100 + third.pair(6);
    const std::int64_t fraction = ((thousands * 100 + last.pair(2)) * 100 + last.pair(4)) * 10 + last.digit(6);
    const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
    const std::int64_t whole = days * 86'400 + h * 3'600 + mi * 60 + s;
    constexpr auto top = (std::numeric_limits<std::int64_t>::max)();
    if (whole > top / 1'000'000'000 || (whole == top / 1'000'000'000 && fraction > top % 1'000'000'000)) return -1;
    return whole * 1'000'000'000 + fraction;
}

/// False, and `out` unchanged, unless the text is what `stamp::parse` takes.
[[nodiscard]] inline bool read_stamp(std::string_view text, stamp& out) noexcept {
    constexpr auto shape = stamp_shape;
    constexpr std::size_t seconds_size = 19;
    std::array<char, shape.size()> whole;
    if (text.size() != shape.size()) {
        // Decimals that are not there are zeros.
        if (text.size() <= seconds_size || text.size() > shape.size() || text.size() == seconds_size + 2) return false;
        if (text.back() != 'Z') return false;
        std::memcpy(whole.data(), shape.data(), shape.size());
        std::memcpy(whole.data(), text.data(), text.size() - 1);
        text = {whole.data(), whole.size()};
    }
    const auto nanoseconds = read_stamp(text.data());
    if (nanoseconds < 0) return false;
    out.nanoseconds = nanoseconds;
    return true;
}

} // namespace detail

inline std::string stamp::text() const {
    const auto seconds = static_cast<std::uint64_t>(nanoseconds / 1'000'000'000);
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{seconds / 86'400}}};
    const auto seconds_of_day = seconds % 86'400;
    std::string out;
    out.reserve(30);
    detail::put_digits(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
    detail::put_digits(out += '-', static_cast<unsigned>(date.month()), 2);
    detail::put_digits(out += '-', static_cast<unsigned>(date.day()), 2);
    detail::put_digits(out += 'T', seconds_of_day / 3600, 2);
    detail::put_digits(out += ':', seconds_of_day / 60 % 60, 2);
    detail::put_digits(out += ':', seconds_of_day % 60, 2);
    detail::put_digits(out += '.', static_cast<std::uint64_t>(nanoseconds % 1'000'000'000), 9);
    return out += 'Z';
}

inline std::optional<stamp> stamp::parse(std::string_view text) noexcept {
    stamp parsed;
    return detail::read_stamp(text, parsed) ? std::optional{parsed} : std::nullopt;
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_FUNCTION_REF_HPP
#define SEALSYNC_FUNCTION_REF_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

template <class Signature>
class function_ref;

/// A callable borrowed for the length of a call (the shape of P0792's `std::function_ref`): never store one.
/// A function is passed as `&f`.
template <class R, class... Args>
class function_ref<R(Args...)> {
public:
    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, function_ref> && std::is_object_v<std::remove_reference_t<F>> &&
             std::is_invocable_r_v<R, F&, Args...>) function_ref(F&& callable)
    noexcept
        : object_{const_cast<char*>(&reinterpret_cast<const volatile char&>(callable))},
          call_{&call<std::remove_reference_t<F>>} {}

    R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

private:
    template <class F>
    static R call(void* object, Args... args) {
        return (*static_cast<F*>(object))(std::forward<Args>(args)...);
    }

    void* object_; ///< its address as `std::addressof` gives it, without two functions for each callable
    R (*call_)(void*, Args...);
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_STORAGE_OBJECT_KEY_HPP
#define SEALSYNC_STORAGE_OBJECT_KEY_HPP

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

#ifndef SEALSYNC_STORAGE_OPERATIONS_HPP
#define SEALSYNC_STORAGE_OPERATIONS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What every storage call is given: when to give up. A cancelled call fails with `errc::cancelled`.
struct call_context {
    std::stop_token stop{};
    std::chrono::milliseconds timeout{0}; ///< the longest the whole call may take; 0: as the store is configured
};

/// What a storage was asked for, one by one: a repetition, or one request for many, is its own affair.
struct request_counts {
    std::uint64_t get = 0;
    std::uint64_t head = 0; ///< details of an object, without its bytes
    std::uint64_t put = 0;
    std::uint64_t list = 0;
    std::uint64_t remove = 0;
    [[nodiscard]] std::uint64_t total() const noexcept { return get + head + put + list + remove; }
    request_counts& operator+=(const request_counts& more) noexcept {
        get += more.get;
        head += more.head;
        put += more.put;
        list += more.list;
        remove += more.remove;
        return *this;
    }
    [[nodiscard]] friend request_counts operator-(const request_counts& a, const request_counts& b) noexcept {
        return {a.get - b.get, a.head - b.head, a.put - b.put, a.list - b.list, a.remove - b.remove};
    }
    [[nodiscard]] friend bool operator==(const request_counts&, const request_counts&) = default;
};

struct byte_range {
    std::uint64_t offset = 0;
    std::uint64_t length = 0; ///< at least 1; a range that reaches past the end is answered with what is there
};

enum class get_part {
    body,    ///< the bytes, or `range` of them
    details, ///< everything but the bytes (HTTP HEAD)
};

struct get_op {
    object_key key;
    get_part part = get_part::body;
    std::optional<byte_range> range{};
    std::string if_none_match{};                       ///< an etag seen before; empty: unconditional
    std::uint64_t size_max = std::uint64_t{64} << 20U; ///< more bytes than this are `errc::too_large`, and not kept
};

struct get_reply {
    bool not_modified = false; ///< `if_none_match` still names the object: no body
    bytes body{};
    std::string etag{};     ///< opaque; empty if the store has none
    std::uint64_t size = 0; ///< of the whole object; 0 if `not_modified`
    std::optional<wall_time> last_modified{};
    std::optional<wall_time> date{}; ///< the store's own clock
};

enum class write_condition {
    unconditional,
    if_absent, ///< If-None-Match: *
    if_match,  ///< If-Match: etag
};

/// Bytes that can be read more than once and from anywhere, so that a store may retry and upload in parts.
class byte_source {
public:
    virtual ~byte_source() = default;
    [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
    /// Fills `out` completely from `offset`; `offset + out.size()` is at most `size()`.
    [[nodiscard]] virtual result<void> read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

struct put_op {
    object_key key;
    bytes_view body{};             ///< borrowed until the call returns
    byte_source* source = nullptr; ///< if set, instead of `body`; borrowed until the call returns
    write_condition condition = write_condition::unconditional;
    std::string etag{}; ///< for `if_match`
};

struct put_reply {
    std::string etag{};
    std::optional<wall_time> date{};
};

struct list_query {
    std::string prefix;
    std::string after{};      ///< only keys greater than this, byte by byte; how a listing is continued
    std::size_t limit = 1000; ///< a store may answer with fewer
};

struct list_entry {
    std::string key; ///< not validated: others may write into the same store
    std::uint64_t size = 0;
    std::optional<wall_time> last_modified{};
};

struct list_page {
    std::vector<list_entry> entries; ///< ascending by key, byte by byte
    bool more = false; ///< ask again with `after` the last key; a page may be short without being the last
    std::optional<wall_time> date{};
};

enum class conditional_writes {
    none,        ///< refused
    create_only, ///< `if_absent` holds; `if_match` is refused
    full,        ///< both hold, also under a race
    untrusted,   ///< accepted, but not known to hold: used as if they were not there
};

struct storage_capabilities {
    conditional_writes writes = conditional_writes::none;
    bool eventual = false;       ///< "missing" may mean "not yet arrived" (a folder that another program copies)
    bool unquoted_etags = false; ///< `if_match` holds only without the quotes of the etag (Ceph)
    /// Whether `if_absent` holds.
    [[nodiscard]] bool creates_once() const noexcept {
        return writes == conditional_writes::full || writes == conditional_writes::create_only;
    }
    [[nodiscard]] friend bool operator==(const storage_capabilities&, const storage_capabilities&) = default;
};

/// Called once per operation, on the caller's thread, in order of completion, with the operation's index.
using get_sink = function_ref<void(std::size_t, result<get_reply>)>;
using put_sink = function_ref<void(std::size_t, result<put_reply>)>;
using remove_sink = function_ref<void(std::size_t, result<void>)>;

}} // namespace sealsync

#endif

#ifndef SEALSYNC_STORAGE_PATH_TEXT_HPP
#define SEALSYNC_STORAGE_PATH_TEXT_HPP

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

#ifndef SEALSYNC_ATTACHMENT_HPP
#define SEALSYNC_ATTACHMENT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The dedupe id of an attachment's bytes: 64 hex digits, a keyed hash. Equal bytes in one collection have one id.
using attachment_id = object_id;

/// What is said of an attachment where it is attached; the same bytes may be attached under several names.
struct attachment_info {
    std::string filename{};   ///< UTF-8, may be empty
    std::string media_type{}; ///< may be empty
};

/// Bytes in memory as a source.
class memory_source final : public byte_source {
public:
    explicit memory_source(bytes content) noexcept : content_{std::move(content)} {}
    [[nodiscard]] std::uint64_t size() const noexcept override { return content_.size(); }
    [[nodiscard]] result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        if (!out.empty()) std::memcpy(out.data(), content_.data() + offset, out.size());
        return {};
    }

private:
    bytes content_;
};

/// A file, read when asked and never held. Fails with `errc::source_changed` where it is shorter than it was.
class file_source final : public byte_source {
public:
    /// Fails with `errc::not_found` if there is no file, `errc::io_error` if it cannot be opened.
    [[nodiscard]] static result<std::unique_ptr<file_source>> open(const std::filesystem::path& path) {
        std::error_code unknown;
        const auto there = std::filesystem::status(path, unknown).type();
        if (there == std::filesystem::file_type::not_found) {
            return failure{errc::not_found, path.string(), "no such file"};
        }
        if (there != std::filesystem::file_type::regular && !unknown) { // opening a pipe would wait for its writer
            return failure{errc::not_found, path.string(), "no such file: a folder, a pipe or a device has its name"};
        }
        std::unique_ptr<file_source> source{new file_source};
        source->path_ = path;
        source->file_.open(path, std::ios::binary | std::ios::ate);
        if (!source->file_) return failure{errc::io_error, path.string(), "cannot be opened for reading"};
        const auto end = source->file_.tellg();
        if (end < 0) return failure{errc::io_error, path.string(), "has no size: not a regular file?"};
        source->size_ = static_cast<std::uint64_t>(end);
        return source;
    }
    [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }
    [[nodiscard]] result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        file_.clear();
        file_.seekg(static_cast<std::streamoff>(offset));
        file_.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
        if (file_.gcount() == static_cast<std::streamsize>(out.size())) return {};
        if (file_.bad()) return failure{errc::io_error, path_.string(), "reading at " + std::to_string(offset)};
        return failure{errc::source_changed, path_.string(), "ends before byte " + std::to_string(offset + out.size())};
    }

private:
    file_source() = default;
    std::filesystem::path path_;
    std::ifstream file_;
    std::uint64_t size_ = 0;
};

/// Where an attachment's bytes come from until they are uploaded.
class attachment_source {
public:
    static constexpr std::size_t inline_bytes_max = std::size_t{64} << 20U;

    /// Copied into the replica until uploaded; at most 64 MiB.
    [[nodiscard]] static attachment_source from_bytes(bytes_view content) {
        return {place::inlined, to_bytes(content)};
    }
    /// Remembered by its path and read again at the upload. If it has changed by then, the change that attaches it is
    /// kept back (`sync_report::deferred`) until it is replaced or the file is as it was. An attachment that no edit
    /// lists is forgotten if its file is changed or gone when it is to be uploaded.
    [[nodiscard]] static attachment_source from_file(const std::filesystem::path& path) {
        return {place::file, to_bytes(detail::text_of(std::filesystem::absolute(path)))};
    }

    /// Fails with `errc::not_found` or `errc::io_error`.
    [[nodiscard]] result<std::unique_ptr<byte_source>> open() const {
        if (place_ == place::inlined) return std::unique_ptr<byte_source>{std::make_unique<memory_source>(data_)};
        auto file = file_source::open(detail::path_of(as_text(data_)));
        if (!file) return std::move(file).error();
        return std::unique_ptr<byte_source>{*std::move(file)};
    }

    /// The row that a replica keeps.
    [[nodiscard]] bytes encode() const {
        bytes row{static_cast<std::byte>(place_)};
        append(row, data_);
        return row;
    }
    /// Fails with `errc::replica_corrupt`.
    [[nodiscard]] static result<attachment_source> decode(bytes_view row) {
        if (row.empty() || (row[0] != std::byte{0} && row[0] != std::byte{1})) {
            return failure{errc::replica_corrupt, "replica", "an attachment's source does not decode"};
        }
        return attachment_source{static_cast<place>(row[0]), to_bytes(row.subview(1))};
    }

private:
    enum class place : std::uint8_t { inlined = 0, file = 1 };
    attachment_source(place where, bytes data) : place_{where}, data_{std::move(data)} {}

    place place_;
    bytes data_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CIPHER_SEALING_CONTEXT_HPP
#define SEALSYNC_CIPHER_SEALING_CONTEXT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What an object is. Numbers are part of the sealing format.
enum class object_kind : std::uint8_t {
    record = 1,
    profile = 2,
    attachment = 3,
    attachment_metadata = 4,
    segment = 5,
    head = 6,
    checkpoint = 7, ///< reserved
    card = 8,       ///< reserved
};

/// The logical identity of an object, bound to its bytes by the seal: bytes that belong elsewhere do not open.
/// Never the object's key, so that objects can be packed and moved.
struct sealing_context {
    object_kind kind = object_kind::record;
    vault_id vault;
    std::string_view collection{}; ///< the collection's id; empty for objects of the account
    std::string_view id{};         ///< record id, dedupe id or log id; empty for heads and profiles
    std::string_view edit{};       ///< a dot's text, a segment's number; empty for heads and attachments

    /// Appends an unambiguous byte string: kind, vault, then every other part with its length before it.
    void encode_to(bytes& out) const {
        out.push_back(static_cast<std::byte>(kind));
        append(out, bytes_view{std::span{vault.value}});
        for (const auto part : {collection, id, edit}) {
            for (int shift = 24; shift >= 0; shift -= 8) {
                out.push_back(static_cast<std::byte>(part.size() >> static_cast<unsigned>(shift)));
            }
            append(out, part);
        }
    }
    [[nodiscard]] bytes encode() const {
        bytes out;
        encode_to(out);
        return out;
    }
};

/// What a keyed id names: each purpose has its own key, so that equal names give unrelated ids.
enum class id_purpose : std::uint8_t {
    collection = 1,
    record = 2,
    attachment = 3, ///< the dedupe id: a keyed hash of the attachment's bytes
};

/// How a streamed object is cut, so that any chunk can be sealed, fetched and opened alone.
struct stream_layout {
    std::uint64_t header_bytes = 0;
    std::uint64_t chunk_bytes = 0;    ///< plaintext per chunk, but for the last
    std::uint64_t overhead_bytes = 0; ///< added to each chunk

    /// At least one: an empty stream is one empty chunk.
    [[nodiscard]] constexpr std::uint64_t chunks(std::uint64_t plain_bytes) const noexcept {
        return plain_bytes == 0 ? 1 : (plain_bytes - 1) / chunk_bytes + 1;
    }
    [[nodiscard]] constexpr std::uint64_t sealed_bytes(std::uint64_t plain_bytes) const noexcept {
        return header_bytes + plain_bytes + chunks(plain_bytes) * overhead_bytes;
    }
    /// Where the sealed chunk begins.
    [[nodiscard]] constexpr std::uint64_t offset_of(std::uint64_t chunk) const noexcept {
        return header_bytes + chunk * (chunk_bytes + overhead_bytes);
    }
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CIPHER_CIPHER_HPP
#define SEALSYNC_CIPHER_CIPHER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// An incremental hash.
template <class H>
concept hasher = std::move_constructible<H> && requires(H h, bytes_view data) {
    { h.update(data) } -> std::same_as<void>;
    { h.finish() } -> std::same_as<digest256>;
};

/// Seals or opens the chunks of one streamed object, in any order.
template <class S>
concept stream_sealer = std::move_constructible<S> &&
    requires(S s, std::uint64_t index, bool last, bytes_view in, bytes& out) {
    { s.header() } -> std::convertible_to<bytes_view>;
    { s.seal_chunk(index, last, in, out) } -> std::same_as<result<void>>;
};
template <class S>
concept stream_opener = std::move_constructible<S> &&
    requires(S s, std::uint64_t index, bool last, bytes_view in, bytes& out) {
    { s.open_chunk(index, last, in, out) } -> std::same_as<result<void>>;
};

/// Keys, seals, hashes and randomness. docs/concepts/cipher.md
template <class C>
concept cipher = std::copy_constructible<C> &&
    requires(C c, const sealing_context& context, bytes_view in, bytes& out, std::string_view collection,
             id_purpose purpose, std::span<std::byte> random) {
    { C::sealing } -> std::convertible_to<bool>;
    { c.vault() } -> std::same_as<std::optional<vault_id>>;
    { c.seal(context, in, out) } -> std::same_as<result<void>>;
    { c.open(context, in, out) } -> std::same_as<result<void>>;
    { c.layout() } -> std::same_as<stream_layout>;
    requires stream_sealer<typename decltype(c.start_seal(context))::value_type>;
    requires stream_opener<typename decltype(c.start_open(context, in))::value_type>;
    { c.digest(in) } -> std::same_as<digest256>;
    { c.start_digest() } -> hasher;
    { c.keyed_id(purpose, collection, in) } -> std::same_as<std::string>;
    { c.start_keyed_id(purpose, collection) } -> hasher;
    { c.random(random) } -> std::same_as<result<void>>;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_DETAIL_ENTROPY_HPP
#define SEALSYNC_DETAIL_ENTROPY_HPP

#if __has_include(<sys/random.h>)
#include <system_error>

#include <sys/random.h>
#else
#include <random>
#endif

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Fills `out` from a device that yields 32 bits a call. Processors are known whose generator answers all ones after
/// a suspend: a device that repeats itself four times is refused rather than trusted with ids that must be unique.
template <class Device>
[[nodiscard]] result<void> fill_random_from(Device& device, std::span<std::byte> out) {
    const auto draw = [&] { return static_cast<std::uint32_t>(device()); };
    const std::array<std::uint32_t, 4> probe{draw(), draw(), draw(), draw()};
    if (std::equal(probe.begin() + 1, probe.end(), probe.begin())) {
        return failure{errc::io_error, "random device", "it repeats one number"};
    }
    for (std::size_t i = 0; i < out.size(); i += sizeof(std::uint32_t)) {
        const auto word = draw();
        std::memcpy(out.data() + i, &word, (std::min)(sizeof word, out.size() - i));
    }
    return {};
}

#if __has_include(<sys/random.h>)
/// The operating system's randomness, by the block. Throws `std::system_error` if there is none.
class random_device {
public:
    [[nodiscard]] std::uint32_t operator()() {
        if (used_ == block_.size()) refill();
        return block_[used_++];
    }

private:
    void refill() {
        if (::getentropy(block_.data(), sizeof block_) != 0) throw std::system_error{errno, std::generic_category()};
        used_ = 0;
    }

    std::array<std::uint32_t, 64> block_{}; // 256 bytes, the most that one call gives
    std::size_t used_ = block_.size();
};
#else
using std::random_device;
#endif

/// The only place of the core that reads the operating system's randomness. `errc::io_error` if there is none.
/// Thread-safe.
[[nodiscard]] inline result<void> fill_random(std::span<std::byte> out) {
    try {
        random_device device;
        return fill_random_from(device, out);
    } catch (const std::exception& e) {
        return failure{errc::io_error, "random device", e.what()};
    }
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_DETAIL_SHA256_HPP
#define SEALSYNC_DETAIL_SHA256_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// SHA-256 (FIPS 180-4), for the core alone: it has no library to ask. Everywhere else hashing is the library's,
/// which is several times faster. Not for secrets: nothing is wiped.
class sha256 {
public:
    void update(bytes_view data) noexcept {
        total_ += data.size();
        if (held_ != 0) {
            const auto taken = (std::min)(data.size(), block_.size() - held_);
            hold(data.subview(0, taken));
            data = data.subview(taken);
            if (held_ < block_.size()) return;
            compress(block_.data());
            held_ = 0;
        }
        for (; data.size() >= block_.size(); data = data.subview(block_.size())) compress(data.data());
        hold(data);
    }

    /// The hash of everything so far; the object is then as new.
    [[nodiscard]] digest256 finish() noexcept {
        const auto bits = total_ * 8;
        constexpr std::byte mark{0x80}, zero{0};
        update({&mark, 1});
        while (held_ != length_at) update({&zero, 1});
        for (std::size_t i = 0; i < 8; ++i) block_[length_at + i] = static_cast<std::byte>(bits >> (56 - 8 * i));
        compress(block_.data());

        digest256 digest;
        for (std::size_t i = 0; i < digest.value.size(); ++i) {
            digest.value[i] = static_cast<std::byte>(state_[i / 4] >> (24 - 8 * (i % 4)));
        }
        *this = {};
        return digest;
    }

private:
    static constexpr std::size_t length_at = 56; ///< where the last block holds the length in bits

    // Fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2).
    static constexpr std::array<std::uint32_t, 64> round_constants{
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

    void hold(bytes_view data) noexcept {
        std::copy(data.begin(), data.end(), block_.begin() + static_cast<std::ptrdiff_t>(held_));
        held_ += data.size();
    }

    void compress(const std::byte* block) noexcept {
        std::array<std::uint32_t, 64> w;
        for (std::size_t i = 0; i < 16; ++i) {
            w[i] = 0;
            for (std::size_t j = 0; j < 4; ++j) w[i] = w[i] << 8U | std::to_integer<std::uint32_t>(block[4 * i + j]);
        }
        for (std::size_t i = 16; i < w.size(); ++i) {
            const auto s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3U);
            const auto s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10U);
            w[i] = w[i - 16] + s0 + w[i - 7] + s1;
        }
        auto [a, b, c, d, e, f, g, h] = state_;
        for (std::size_t i = 0; i < w.size(); ++i) {
            const auto s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
            const auto t1 = h + s1 + ((e & f) ^ (~e & g)) + round_constants[i] + w[i];
            const auto s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
            const auto t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
        }
        const std::array<std::uint32_t, 8> worked{a, b, c, d, e, f, g, h};
        for (std::size_t i = 0; i < worked.size(); ++i) state_[i] += worked[i];
    }

    // Fractional parts of the square roots of the first 8 primes (FIPS 180-4, 5.3.3).
    std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::byte, 64> block_{};
    std::size_t held_ = 0;
    std::uint64_t total_ = 0;
};

[[nodiscard]] inline digest256 sha256_of(bytes_view data) noexcept {
    sha256 hash;
    hash.update(data);
    return hash.finish();
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_CIPHER_PLAINTEXT_CIPHER_HPP
#define SEALSYNC_CIPHER_PLAINTEXT_CIPHER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// No secrecy and no authenticity: bytes are stored as they are, names stay readable wherever they fit into a key.
/// For stores that are trusted, for debugging and for simulation. Digests still catch what was damaged by accident.
/// Copies share the randomness and may be used on different threads at once; so may one object.
class plaintext_cipher {
public:
    static constexpr bool sealing = false;

    plaintext_cipher() = default;
    /// Deterministic "randomness", for simulation: equal seeds give equal bytes.
    explicit plaintext_cipher(std::uint64_t seed) : simulated_{new simulated{seed}} {}

    /// A plaintext vault's id is in the store, not in a key.
    [[nodiscard]] std::optional<vault_id> vault() const noexcept { return std::nullopt; }

    [[nodiscard]] result<void> seal(const sealing_context&, bytes_view in, bytes& out) const { return copy(in, out); }
    [[nodiscard]] result<void> open(const sealing_context&, bytes_view in, bytes& out) const { return copy(in, out); }

    [[nodiscard]] stream_layout layout() const noexcept { return {0, std::uint64_t{1} << 20U, 0}; }

    class stream {
    public:
        [[nodiscard]] bytes_view header() const noexcept { return {}; }
        [[nodiscard]] result<void> seal_chunk(std::uint64_t, bool, bytes_view in, bytes& out) const {
            return copy(in, out);
        }
        [[nodiscard]] result<void> open_chunk(std::uint64_t, bool, bytes_view in, bytes& out) const {
            return copy(in, out);
        }
    };
    [[nodiscard]] result<stream> start_seal(const sealing_context&) const { return stream{}; }
    [[nodiscard]] result<stream> start_open(const sealing_context&, bytes_view) const { return stream{}; }

    [[nodiscard]] digest256 digest(bytes_view in) const noexcept { return detail::sha256_of(in); }
    [[nodiscard]] detail::sha256 start_digest() const noexcept { return {}; }

    /// The name itself where it can stand in a key, else `~` and 32 hex digits: valid names that begin with `~` are
    /// hashed too, so that no two names share an id. An attachment's id is always the SHA-256 of its bytes.
    [[nodiscard]] std::string keyed_id(id_purpose purpose, std::string_view collection, bytes_view name) const {
        auto hash = start_keyed_id(purpose, collection);
        if (purpose == id_purpose::attachment) {
            hash.update(name);
            return hash.finish().hex();
        }
        if (object_id::valid(as_text(name)) && name.front() != std::byte{'~'}) return std::string{as_text(name)};
        hash.update(name);
        return '~' + hash.finish().hex().substr(0, 32);
    }

    /// For attachments, whose bytes are streamed: the digest's hex is `keyed_id`.
    [[nodiscard]] detail::sha256 start_keyed_id(id_purpose purpose, std::string_view collection) const noexcept {
        detail::sha256 hash;
        if (purpose == id_purpose::attachment) return hash;
        std::array<std::byte, 9> prefix{static_cast<std::byte>(purpose)};
        for (std::size_t i = 0; i < 8; ++i) {
            prefix[i + 1] = static_cast<std::byte>(std::uint64_t{collection.size()} >> (56 - 8 * i));
        }
        hash.update(prefix);
        hash.update(collection);
        return hash;
    }

    /// Fails with `errc::io_error` if the operating system has no randomness.
    [[nodiscard]] result<void> random(std::span<std::byte> out) const {
        if (!simulated_) return detail::fill_random(out);
        simulated_->fill(out);
        return {};
    }

private:
    /// SHA-256 of (seed, counter). The counter alone is shared, so that threads never draw the same block.
    class simulated {
    public:
        explicit simulated(std::uint64_t seed) noexcept : seed_{seed} {}
        void fill(std::span<std::byte> out) noexcept {
            while (!out.empty()) {
                const std::array<std::uint64_t, 2> input{seed_, next_.fetch_add(1, std::memory_order_relaxed)};
                const auto block = detail::sha256_of(std::as_bytes(std::span{input}));
                const auto taken = (std::min)(out.size(), block.value.size());
                std::memcpy(out.data(), block.value.data(), taken);
                out = out.subspan(taken);
            }
        }

    private:
        std::uint64_t seed_;
        std::atomic<std::uint64_t> next_{0};
    };

    [[nodiscard]] static result<void> copy(bytes_view in, bytes& out) {
        out.assign(in.begin(), in.end());
        return {};
    }

    std::shared_ptr<simulated> simulated_;
};

static_assert(cipher<plaintext_cipher>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CLOCK_CLOCK_HPP
#define SEALSYNC_CLOCK_CLOCK_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The wall clock. docs/concepts/clock.md
template <class K>
concept clock = std::move_constructible<K> && requires(K k) {
    { k.now() } -> std::same_as<wall_time>;
    requires noexcept(k.now());
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CLOCK_MANUAL_CLOCK_HPP
#define SEALSYNC_CLOCK_MANUAL_CLOCK_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A clock for tests and simulations: it stands still until told otherwise. Copies are handles to one clock, so that
/// a test moves the time of an engine that owns its copy. Thread-safe.
class manual_clock {
public:
    explicit manual_clock(wall_time start = {})
        : nanoseconds_{std::make_shared<std::atomic<std::int64_t>>(start.time_since_epoch().count())} {}

    [[nodiscard]] wall_time now() const noexcept { return wall_time{std::chrono::nanoseconds{nanoseconds_->load()}}; }
    /// To any time, also an earlier one.
    void set(wall_time time) noexcept { nanoseconds_->store(time.time_since_epoch().count()); }
    /// By any duration, also a negative one.
    void advance(std::chrono::nanoseconds by) noexcept { nanoseconds_->fetch_add(by.count()); }

private:
    std::shared_ptr<std::atomic<std::int64_t>> nanoseconds_;
};

static_assert(clock<manual_clock>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CLOCK_SYSTEM_CLOCK_HPP
#define SEALSYNC_CLOCK_SYSTEM_CLOCK_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The operating system's wall clock. The only place of the library that reads it, so that everything else runs in
/// simulated time. Thread-safe.
class system_clock {
public:
    [[nodiscard]] wall_time now() const noexcept {
        return std::chrono::time_point_cast<wall_time::duration>(std::chrono::system_clock::now());
    }
};

static_assert(clock<system_clock>);

/// A time that never goes back, from a beginning that means nothing: for timeouts and backoff. Thread-safe.
[[nodiscard]] inline std::chrono::milliseconds monotonic_now() noexcept {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CLOCK_THREAD_WAITER_HPP
#define SEALSYNC_CLOCK_THREAD_WAITER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Passes time between two syncs: `wait` returns after the time, when woken, or when stopped; `wake` may come from any
/// thread and is remembered if nobody waits.
template <class W>
concept waiter = requires(W w, std::chrono::milliseconds time, std::stop_token stop) {
    w.wait(time, stop);
    w.wake();
};

/// Blocks the calling thread. Thread-safe.
class thread_waiter {
public:
    void wait(std::chrono::milliseconds time, const std::stop_token& stop) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, stop, time, [this] { return woken_; });
        woken_ = false;
    }
    void wake() {
        {
            const std::scoped_lock lock{mutex_};
            woken_ = true;
        }
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool woken_ = false;
};

static_assert(waiter<thread_waiter>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_DETAIL_LIST_HPP
#define SEALSYNC_DETAIL_LIST_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A growing array with the few operations that the engine needs of one, for what it keeps to itself. Growing moves the
/// elements. Instead of `std::vector`, because it costs a compiler a fourth of the functions for each type of element:
/// `benchmarks/compile_time/containers.py`.
template <class T>
class list {
    static_assert(std::is_nothrow_move_constructible_v<T>, "growing must not fail half way");

public:
    using value_type = T;

    list() = default;
    explicit list(std::size_t size) {
        reserve(size);
        while (size_ < size) push_back(T{});
    }
    list(list&& other) noexcept { swap(other); }
    list& operator=(list&& other) noexcept {
        list gone{std::move(other)};
        swap(gone);
        return *this;
    }
    ~list() {
        truncate(0);
        ::operator delete (items_, std::align_val_t{alignof(T)});
    }

    void push_back(T item) {
        if (size_ == capacity_) reserve(size_ == 0 ? 4 : 2 * size_);
        ::new (static_cast<void*>(items_ + size_)) T(std::move(item));
        ++size_;
    }
    void reserve(std::size_t capacity) {
        if (capacity <= capacity_) return;
        T* const moved = static_cast<T*>(::operator new (capacity * sizeof(T), std::align_val_t{alignof(T)}));
        for (std::size_t i = 0; i < size_; ++i) {
            ::new (static_cast<void*>(moved + i)) T(std::move(items_[i]));
            items_[i].~T();
        }
        ::operator delete (items_, std::align_val_t{alignof(T)});
        items_ = moved;
        capacity_ = capacity;
    }
    /// Drops the elements from `size` on.
    void truncate(std::size_t size) noexcept {
        while (size_ > size) items_[--size_].~T();
    }
    void pop_back() noexcept { truncate(size_ - 1); }
    /// Moves the elements behind `at` down by one.
    void erase(std::size_t at) noexcept {
        for (; at + 1 < size_; ++at) items_[at] = std::move(items_[at + 1]);
        pop_back();
    }
    void clear() noexcept { truncate(0); }
    void swap(list& other) noexcept {
        std::swap(items_, other.items_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T* data() noexcept { return items_; }
    [[nodiscard]] const T* data() const noexcept { return items_; }
    [[nodiscard]] T* begin() noexcept { return items_; }
    [[nodiscard]] T* end() noexcept { return items_ + size_; }
    [[nodiscard]] const T* begin() const noexcept { return items_; }
    [[nodiscard]] const T* end() const noexcept { return items_ + size_; }
    [[nodiscard]] T& operator[](std::size_t i) noexcept { return items_[i]; }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return items_[i]; }
    [[nodiscard]] T& front() noexcept { return items_[0]; }
    [[nodiscard]] const T& front() const noexcept { return items_[0]; }
    [[nodiscard]] T& back() noexcept { return items_[size_ - 1]; }
    [[nodiscard]] const T& back() const noexcept { return items_[size_ - 1]; }

private:
    T* items_ = nullptr;
    std::size_t size_ = 0, capacity_ = 0;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_DETAIL_RANGES_HPP
#define SEALSYNC_DETAIL_RANGES_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

// Algorithms over whole ranges, for the engine. Instead of the standard's, because they cost a compiler fewer functions
// for each call: `benchmarks/compile_time/containers.py`.

template <class Range, class Predicate>
[[nodiscard]] bool any_of(const Range& range, Predicate&& holds) {
    for (const auto& each : range) {
        if (holds(each)) return true;
    }
    return false;
}

template <class Range, class Predicate>
[[nodiscard]] bool all_of(const Range& range, Predicate&& holds) {
    for (const auto& each : range) {
        if (!holds(each)) return false;
    }
    return true;
}

template <class Range, class T>
[[nodiscard]] bool contains(const Range& range, const T& value) {
    for (const auto& each : range) {
        if (each == value) return true;
    }
    return false;
}

/// Gives the first place of which `is_before` is false; it is true of all before that, and of none behind.
template <class Sequence, class Predicate>
[[nodiscard]] std::size_t partition_place(const Sequence& sequence, Predicate&& is_before) {
    std::size_t from = 0, to = sequence.size();
    while (from < to) {
        const auto middle = from + (to - from) / 2;
        if (is_before(sequence[middle])) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

/// Finds a value in an ascending sequence.
template <class Sequence, class T>
[[nodiscard]] bool contains_sorted(const Sequence& sorted, const T& value) {
    const auto at = partition_place(sorted, [&](const auto& each) { return each < value; });
    return at < sorted.size() && sorted[at] == value;
}

template <class Sequence, class Range>
void add_all(Sequence& to, const Range& more) {
    for (const auto& each : more) to.push_back(each);
}

/// Keeps the elements for which `drop` is false, in their order.
template <class Sequence, class Predicate>
void drop_if(Sequence& values, Predicate&& drop) {
    std::size_t kept = 0;
    for (auto& each : values) {
        if (drop(std::as_const(each))) continue;
        if (&values[kept] != &each) values[kept] = std::move(each);
        ++kept;
    }
    while (values.size() > kept) values.pop_back();
}

/// Gives the indices below `count` in the order of what they stand for; equal ones stay in their order.
[[nodiscard]] inline list<std::size_t> sorted_indices(std::size_t count,
                                                      function_ref<bool(std::size_t, std::size_t)> before) {
    list<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), before);
    return order;
}

/// Sorts by `before(left, right)`; equal elements stay in their order.
template <class Sequence, class Before>
void sort_stably(Sequence& values, Before&& before) {
    const auto order = sorted_indices(
        values.size(), [&](std::size_t left, std::size_t right) { return before(values[left], values[right]); });
    Sequence sorted;
    sorted.reserve(values.size());
    for (const auto i : order) sorted.push_back(std::move(values[i]));
    values = std::move(sorted);
}

/// Sorts, and keeps one of equal elements.
template <class Sequence>
void sort_unique(Sequence& values) {
    sort_stably(values, [](const auto& left, const auto& right) { return left < right; });
    std::size_t kept = 0;
    for (auto& each : values) {
        if (kept > 0 && values[kept - 1] == each) continue;
        if (&values[kept] != &each) values[kept] = std::move(each);
        ++kept;
    }
    while (values.size() > kept) values.pop_back();
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_DETAIL_UTF8_HPP
#define SEALSYNC_DETAIL_UTF8_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The length of the well-formed sequence that `text` begins with (RFC 3629: no overlong form, no surrogate, nothing
/// above U+10FFFF); 0 if there is none.
[[nodiscard]] inline std::size_t utf8_sequence(std::string_view text) noexcept {
    const auto at = [&](std::size_t i) -> unsigned { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80) return 1;
    const std::size_t size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (size == 0 || text.size() < size) return 0;
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (at(1) < low || at(1) > high) return 0;
    for (std::size_t i = 2; i < size; ++i) {
        if ((at(i) & 0xc0U) != 0x80) return 0;
    }
    return size;
}

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto size = utf8_sequence(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_CHANGE_HPP
#define SEALSYNC_MANIFEST_CHANGE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

enum class change_type : std::uint8_t { record = 1, profile = 2, attachment = 3 };
enum class change_action : std::uint8_t { insert = 1, update = 2, erase = 3 };

/// Whether a version is what a conflict policy made of concurrent ones. No person made it.
enum class merge_kind : std::uint8_t {
    none = 0,
    based = 1, ///< on what they were made on, or it was known that they were made apart
    blind = 2, ///< without that
};

/// Where a change's bytes are if they share a stored object with others. Reserved: written by nobody yet.
struct packed_place {
    std::string object;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    [[nodiscard]] friend bool operator==(const packed_place&, const packed_place&) = default;
};

/// One edit as a manifest names it. In a plain manifest (format 0, of the first application's design) everything
/// from `edit` on is absent.
struct change {
    change_type type = change_type::record;
    collection_id collection;
    object_id id;              ///< record id or dedupe id; empty for a profile
    std::uint64_t version = 0; ///< one more than the greatest it replaces; 0: absent (plain attachments)
    stamp timestamp;
    device_id device;
    change_action action = change_action::insert;

    sealsync::dot dot;
    std::vector<sealsync::dot> replaces; ///< ascending, without repeats
    std::uint64_t size = 0;              ///< of the stored object, in bytes; 0 for an erase
    std::optional<digest256> stored;     ///< SHA-256 of the stored object; absent for an erase
    std::vector<object_id> attachments;  ///< that a record lists; ascending, without repeats
    merge_kind merge = merge_kind::none; ///< of a record or profile; it replaces several
    std::string filename;                ///< of an attachment, as attached, UTF-8; may be empty
    std::string media_type;              ///< of an attachment, as attached; may be empty
    std::optional<packed_place> packed;

    [[nodiscard]] friend bool operator==(const change&, const change&) = default;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_CHANGE_NAMES_HPP
#define SEALSYNC_MANIFEST_CHANGE_NAMES_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// As manifests write it; empty if `type` is no enumerator.
[[nodiscard]] constexpr std::string_view name_of(change_type type) noexcept {
    switch (type) {
    case change_type::record:
        return "record";
    case change_type::profile:
        return "profile";
    case change_type::attachment:
        return "attachment";
    }
    return {};
}

/// As manifests write it; empty if `action` is no enumerator.
[[nodiscard]] constexpr std::string_view name_of(change_action action) noexcept {
    switch (action) {
    case change_action::insert:
        return "insert";
    case change_action::update:
        return "update";
    case change_action::erase:
        return "delete";
    }
    return {};
}

/// As manifests write it, if it is one; empty if not.
[[nodiscard]] constexpr std::string_view name_of(merge_kind merge) noexcept {
    switch (merge) {
    case merge_kind::none:
        break;
    case merge_kind::based:
        return "based";
    case merge_kind::blind:
        return "blind";
    }
    return {};
}

namespace detail {

/// Finds which of the enumerators 1 to 3 manifests write as `name`; false, and `out` unspecified, if none.
template <class Enum>
[[nodiscard]] constexpr bool read_name(std::string_view name, Enum& out) noexcept {
    for (int value = 1; value <= 3; ++value) {
        out = static_cast<Enum>(value);
        if (!name.empty() && name == name_of(out)) return true;
    }
    return false;
}

} // namespace detail

[[nodiscard]] constexpr std::optional<change_type> parse_change_type(std::string_view name) noexcept {
    change_type type{};
    return detail::read_name(name, type) ? std::optional{type} : std::nullopt;
}

[[nodiscard]] constexpr std::optional<change_action> parse_change_action(std::string_view name) noexcept {
    change_action action{};
    return detail::read_name(name, action) ? std::optional{action} : std::nullopt;
}

namespace detail {

/// Whether a layout may call its collections so in manifests: a plain name that no other field of a change has.
[[nodiscard]] constexpr bool is_collection_field(std::string_view name) noexcept {
    for (const std::string_view taken :
         {"", "type", "record_id", "attachment_hmac", "version", "timestamp", "device_id", "action", "dot", "replaces",
          "size", "digest", "attachments", "merge", "filename", "media_type", "packed"}) {
        if (name == taken) return false;
    }
    for (const char c : name) {
        if (c != '_' && (c < 'a' || c > 'z')) return false;
    }
    return true;
}

} // namespace detail

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_CHANGE_VIEW_HPP
#define SEALSYNC_MANIFEST_CHANGE_VIEW_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// `packed_place`, borrowed.
struct packed_view {
    std::string_view object{};
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    [[nodiscard]] friend bool operator==(const packed_view&, const packed_view&) = default;
};

/// A `change` that owns nothing, field by field the same: what readers hand on without allocating. Whoever makes one
/// has seen that its ids are valid ids. Valid as long as the text that it was read from, or as its maker says.
struct change_view {
    change_type type = change_type::record;
    std::string_view collection{};
    std::string_view id{};
    std::uint64_t version = 0;
    stamp timestamp{};
    std::string_view device{};
    change_action action = change_action::insert;

    sealsync::dot dot{};
    std::span<const sealsync::dot> replaces{};
    std::uint64_t size = 0;
    std::optional<digest256> stored{};
    std::span<const std::string_view> attachments{};
    merge_kind merge = merge_kind::none;
    std::string_view filename{};
    std::string_view media_type{};
    std::optional<packed_view> packed{};
};

/// What `view` shows, owned. Fails with `errc::invalid_id` if an id is not valid.
[[nodiscard]] inline result<change> to_change(const change_view& view);

/// Shows changes as views. A change owns its list of attachments in another form than a view borrows it, so this holds
/// the view's; nothing is allocated once it has grown. Each view is valid until the next.
class change_viewer {
public:
    [[nodiscard]] change_view operator()(const change& c) {
        attachments_.clear();
        for (const auto& each : c.attachments) attachments_.push_back(each.text());
        change_view view{.type = c.type,
                         .collection = c.collection.text(),
                         .id = c.id.text(),
                         .version = c.version,
                         .timestamp = c.timestamp,
                         .device = c.device.text(),
                         .action = c.action,
                         .dot = c.dot,
                         .replaces = c.replaces,
                         .size = c.size,
                         .stored = c.stored,
                         .attachments = {attachments_.data(), attachments_.size()},
                         .merge = c.merge,
                         .filename = c.filename,
                         .media_type = c.media_type};
        if (c.packed) view.packed = packed_view{c.packed->object, c.packed->offset, c.packed->length};
        return view;
    }

private:
    detail::list<std::string_view> attachments_;
};

namespace detail {

/// The id of a profile is empty: no other field of a change may be.
template <class Id>
[[nodiscard]] bool own_id(std::string_view text, Id& out) {
    if (!text.empty()) return out.assign(text);
    out = {};
    return true;
}

[[nodiscard]] inline bool own_ids(const change_view& view, change& c) {
    c.attachments.resize(view.attachments.size());
    for (std::size_t i = 0; i < c.attachments.size(); ++i) {
        if (!own_id(view.attachments[i], c.attachments[i])) return false;
    }
    return own_id(view.collection, c.collection) && own_id(view.id, c.id) && own_id(view.device, c.device);
}

/// As `to_change` does, into a blank change.
[[nodiscard]] inline result<void> own_change(const change_view& view, change& c) {
    if (!own_ids(view, c)) return failure{errc::invalid_id, {}, "an id of change " + view.dot.text()};
    c.type = view.type;
    c.version = view.version;
    c.timestamp = view.timestamp;
    c.action = view.action;
    c.dot = view.dot;
    c.replaces.assign(view.replaces.data(), view.replaces.data() + view.replaces.size());
    c.size = view.size;
    c.stored = view.stored;
    c.merge = view.merge;
    c.filename = view.filename;
    c.media_type = view.media_type;
    if (view.packed)
        c.packed = packed_place{std::string{view.packed->object}, view.packed->offset, view.packed->length};
    return {};
}

} // namespace detail

inline result<change> to_change(const change_view& view) {
    change c;
    if (auto ok = detail::own_change(view, c); !ok) return std::move(ok).error();
    return c;
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_SEGMENT_HPP
#define SEALSYNC_MANIFEST_SEGMENT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A place in a log that a segment's author had merged.
struct log_position {
    log_id log;
    std::uint64_t seq = 0;
    [[nodiscard]] friend bool operator==(const log_position&, const log_position&) = default;
    [[nodiscard]] friend auto operator<=>(const log_position&, const log_position&) = default;
};

/// An immutable manifest: the changes of one push. Plain manifests (format 0) have `format`, `version`,
/// `last_updated` and `changes` only.
struct segment {
    std::uint64_t format = 1;
    std::vector<std::string> critical; ///< extensions that a reader must know; none are defined yet
    vault_id vault;
    std::string scope; ///< prefix of the scope: `users/{user}`
    device_id device;
    std::string device_name; ///< for people; in the first segment of a log, else empty
    log_id log;
    std::uint64_t seq = 0;             ///< its number in the log, from 1; `version` in JSON
    std::optional<digest256> previous; ///< SHA-256 of the stored segment before; absent in the first
    stamp last_updated;
    std::vector<log_position> seen; ///< ascending by log; what is new since the log's previous segment
    std::vector<change> changes;

    [[nodiscard]] friend bool operator==(const segment&, const segment&) = default;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_HEAD_HPP
#define SEALSYNC_MANIFEST_HEAD_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The newest segment of a log that the head's authors knew.
struct head_entry {
    log_id log;
    device_id device;
    std::uint64_t seq = 0;
    digest256 stored; ///< SHA-256 of that segment's stored object
    [[nodiscard]] friend bool operator==(const head_entry&, const head_entry&) = default;
};

/// The scope's announcement. A hint: it may be missing, stale or behind, and heals.
struct head {
    std::uint64_t format = 1;
    std::vector<std::string> critical;
    vault_id vault;
    std::string scope;
    std::vector<head_entry> logs; ///< ascending by log
    std::string checkpoint;       ///< key prefix of the newest checkpoint; empty: none. Reserved

    [[nodiscard]] friend bool operator==(const head&, const head&) = default;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_LIMITS_HPP
#define SEALSYNC_MANIFEST_LIMITS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What a manifest may hold. Checked before writing and after reading; over it is `errc::too_large`.
struct manifest_limits {
    std::size_t bytes_max = std::size_t{64} << 20U; ///< of one manifest, unsealed
    std::size_t changes_max = 100'000;
    std::size_t logs_max = 100'000; ///< in `seen` and in a head
    std::size_t dots_max = 4'096;   ///< in one `replaces`
    std::size_t attachments_max = 4'096;
    std::size_t text_bytes_max = 4'096; ///< of one file name, media type, device name or key
    std::size_t depth_max = 8;          ///< nested arrays and objects, unknown fields included
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_VALIDATE_HPP
#define SEALSYNC_MANIFEST_VALIDATE_HPP

/// What a manifest must mean, whoever wrote it and in whatever JSON: every reader and the writer ask here. Counts are
/// checked where the arrays are read, before they are kept. A `Change` is a `change` or a `change_view`.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

inline constexpr std::uint64_t manifest_format = 1;
inline constexpr std::size_t critical_max = 64;

[[nodiscard]] inline failure malformed(std::string reason) { return failure{errc::malformed, {}, std::move(reason)}; }

/// Somebody else's text, cut and cleaned so that it can stand in a message.
[[nodiscard]] inline std::string printable(std::string_view text) {
    constexpr std::size_t shown_max = 64;
    std::string shown{text.substr(0, shown_max)};
    for (char& c : shown) c = c < ' ' || c > '~' ? '?' : c;
    return text.size() > shown_max ? shown + "..." : shown;
}

[[nodiscard]] inline result<void> check_size(bytes_view json, const manifest_limits& limits) {
    if (json.size() <= limits.bytes_max) return {};
    const auto most = std::to_string(limits.bytes_max);
    return failure{errc::too_large, {}, std::to_string(json.size()) + " bytes, at most " + most};
}

[[nodiscard]] inline result<void> check_format(std::uint64_t format) {
    if (format == manifest_format) return {};
    return failure{errc::unknown_format, {}, "format " + std::to_string(format)};
}

/// No extension is defined yet, so that every name here is an unknown one.
[[nodiscard]] inline result<void> check_critical(const std::vector<std::string>& critical) {
    if (critical.empty()) return {};
    constexpr std::size_t named_max = 8;
    std::string names;
    for (std::size_t i = 0; i < (std::min)(critical.size(), named_max); ++i) {
        names += (i == 0 ? "" : ", ") + printable(critical[i]);
    }
    if (critical.size() > named_max) names += " and " + std::to_string(critical.size() - named_max) + " more";
    return failure{errc::unknown_critical, {}, "critical: " + names};
}

[[nodiscard]] inline result<void> check_text(std::string_view what, std::string_view text,
                                             const manifest_limits& limits) {
    if (text.size() > limits.text_bytes_max) {
        const auto most = std::to_string(limits.text_bytes_max);
        return failure{errc::too_large, {}, std::string{what} + ": over " + most + " bytes"};
    }
    if (!is_utf8(text)) return malformed(std::string{what} + ": not UTF-8");
    if (text.find('\0') != std::string_view::npos) return malformed(std::string{what} + ": holds a NUL");
    return {};
}

[[nodiscard]] inline result<void> check_key(std::string_view what, std::string_view key,
                                            const manifest_limits& limits) {
    if (auto ok = check_text(what, key, limits); !ok) return ok;
    if (const auto made = object_key::make(std::string{key}); !made)
        return malformed(std::string{what} + ": " + made.error().detail());
    return {};
}

template <class Items>
[[nodiscard]] bool strictly_ascending(const Items& items) {
    for (std::size_t i = 1; i < items.size(); ++i) {
        if (!(items[i - 1] < items[i])) return false;
    }
    return true;
}

[[nodiscard]] inline bool is_dedupe_id(std::string_view id) {
    digest256 digest;
    return from_hex(id, digest.value);
}
[[nodiscard]] inline bool is_dedupe_id(const object_id& id) { return is_dedupe_id(id.text()); }

template <class Change>
[[nodiscard]] result<void> check_identity(const Change& c) {
    if (name_of(c.type).empty() || name_of(c.action).empty()) return malformed("type or action: unknown");
    if (c.collection.empty() || c.device.empty()) return malformed("collection or device_id: absent");
    if (c.id.empty() != (c.type == change_type::profile)) return malformed("id: absent, or of a profile");
    if (c.type == change_type::attachment && !is_dedupe_id(c.id)) {
        return malformed("attachment_hmac: not 64 lower-case hex digits");
    }
    if (c.version == 0 && c.type != change_type::attachment) return malformed("version: 0");
    if (c.timestamp.nanoseconds < 0) return malformed("timestamp: before 1970");
    return {};
}

template <class Change>
[[nodiscard]] result<void> check_replaces(const Change& c) {
    if (c.dot.n == 0) return malformed("dot: not numbered from 1");
    if (!strictly_ascending(c.replaces)) return malformed("replaces: not ascending, or repeated");
    for (const auto& replaced : c.replaces) {
        if (replaced.n == 0) return malformed("replaces: not numbered from 1");
        if (replaced == c.dot) return malformed("replaces: itself");
    }
    return {};
}

template <class Change>
[[nodiscard]] result<void> check_packed(const Change& c, const manifest_limits& limits) {
    if (!c.packed) return {};
    if (c.action == change_action::erase) return malformed("packed: of a delete");
    if (c.packed->length == 0) return malformed("packed: length 0");
    if (c.packed->offset > number_max || c.packed->length > number_max - c.packed->offset) {
        return malformed("packed: ends above 2^53 - 1");
    }
    return check_key("packed object", c.packed->object, limits);
}

template <class Change>
[[nodiscard]] result<void> check_content(const Change& c, const manifest_limits& limits) {
    const bool erased = c.action == change_action::erase, attachment = c.type == change_type::attachment;
    if (erased == c.stored.has_value()) return malformed("digest: absent, or of a delete");
    if (erased && c.size != 0) return malformed("size: of a delete");
    if (attachment && !c.attachments.empty()) return malformed("attachments: of an attachment");
    if (erased && !c.attachments.empty()) return malformed("attachments: of a delete");
    if (!strictly_ascending(c.attachments)) return malformed("attachments: not ascending, or repeated");
    const auto dedupes = [](const auto& id) { return is_dedupe_id(id); };
    if (!all_of(c.attachments, dedupes)) {
        return malformed("attachments: not 64 lower-case hex digits");
    }
    if (!attachment && !(c.filename.empty() && c.media_type.empty())) {
        return malformed("filename or media_type: not of an attachment");
    }
    const bool known_merge = c.merge == merge_kind::none || !name_of(c.merge).empty();
    if (!known_merge) return malformed("merge: unknown");
    if (c.merge != merge_kind::none && (attachment || erased || c.replaces.size() < 2)) {
        return malformed("merge: of an attachment or a delete, or replaces fewer than two");
    }
    if (auto ok = check_text("filename", c.filename, limits); !ok) return ok;
    if (auto ok = check_text("media_type", c.media_type, limits); !ok) return ok;
    return check_packed(c, limits);
}

/// Of format 1. Fails with `errc::malformed` or `errc::too_large`, naming the change by its dot.
template <class Change>
[[nodiscard]] result<void> check_change(const Change& c, const manifest_limits& limits) {
    auto ok = check_identity(c);
    if (ok) ok = check_replaces(c);
    if (ok) ok = check_content(c, limits);
    if (ok) return {};
    return failure{ok.error().code(), {}, "change " + c.dot.text() + ": " + ok.error().detail()};
}

/// Of whatever names a log and how far it goes.
template <class Position>
[[nodiscard]] result<void> check_positions(std::string what, const std::vector<Position>& positions) {
    for (std::size_t i = 0; i < positions.size(); ++i) {
        if (positions[i].seq == 0) return malformed(what + ": " + positions[i].log.hex() + ": not numbered from 1");
        if (i > 0 && positions[i].log <= positions[i - 1].log) {
            return malformed(what + ": " + positions[i].log.hex() + ": not ascending, or repeated");
        }
    }
    return {};
}

/// Everything before the changes, of format 1.
[[nodiscard]] inline result<void> check_segment(const segment& s, const manifest_limits& limits) {
    if (auto ok = check_key("scope", s.scope, limits); !ok) return ok;
    if (s.device.empty()) return malformed("device_id: absent");
    if (auto ok = check_text("device_name", s.device_name, limits); !ok) return ok;
    if (s.seq == 0) return malformed("version: 0");
    if ((s.seq == 1) == s.previous.has_value()) return malformed("previous: absent, or in the first segment");
    if (s.last_updated.nanoseconds < 0) return malformed("last_updated: before 1970");
    return check_positions("seen", s.seen);
}

/// An edit is in a segment once. Edits of a run mostly come in order: only otherwise are they sorted to see.
[[nodiscard]] inline result<void> check_distinct(const std::vector<dot>& edits) {
    const auto not_after = [](const dot& left, const dot& right) {
        return !(left.run == right.run && left.n < right.n) && left >= right;
    };
    bool in_order = true;
    for (std::size_t i = 1; in_order && i < edits.size(); ++i) in_order = !not_after(edits[i - 1], edits[i]);
    if (in_order) return {};
    const auto before = [&](std::size_t left, std::size_t right) { return edits[left] < edits[right]; };
    const auto order = sorted_indices(edits.size(), before);
    for (std::size_t i = 1; i < edits.size(); ++i) {
        const auto& edit = edits[order[i]];
        if (edits[order[i - 1]] == edit) return malformed("change " + edit.text() + ": twice in a segment");
    }
    return {};
}
[[nodiscard]] inline result<void> check_distinct(const std::vector<change>& changes) {
    std::vector<dot> edits;
    edits.reserve(changes.size());
    for (const auto& each : changes) edits.push_back(each.dot);
    return check_distinct(edits);
}

[[nodiscard]] inline result<void> check_head(const head& h, const manifest_limits& limits) {
    if (auto ok = check_key("scope", h.scope, limits); !ok) return ok;
    if (!h.checkpoint.empty()) {
        if (auto ok = check_key("checkpoint", h.checkpoint, limits); !ok) return ok;
    }
    for (const auto& each : h.logs) {
        if (each.device.empty()) return malformed("logs: " + each.log.hex() + ": device_id absent");
    }
    return check_positions("logs", h.logs);
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_RECORD_HPP
#define SEALSYNC_RECORD_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A version of a record, as its edit returned it or a read showed it.
struct version {
    sealsync::dot dot;        ///< its identity
    std::uint64_t number = 0; ///< one more than the greatest it replaced
    stamp timestamp;
    device_id device; ///< the author's
    bool erased = false;
    bool committed = false; ///< in the store; else it waits for a sync
    [[nodiscard]] friend bool operator==(const version& left, const version& right) noexcept {
        return left.dot == right.dot;
    }
};

/// A version that stands beside the shown one. Get, put and erase it under its own `id`; an edit of it leaves the
/// shown one alone.
struct conflict_version {
    std::string id;
    sealsync::version version;
};

struct record {
    std::string id; ///< the application's
    sealsync::version version;
    bytes content;
    std::vector<attachment_id> attachments;
    std::vector<conflict_version> conflicts; ///< empty unless the conflict policy shows several
};

/// An entry of a listing: a record without its content.
struct record_entry {
    std::string id; ///< empty of the profile; or if `unfetched`, and no content of the record ever came here
    sealsync::version version;
    std::vector<attachment_id> attachments;
    std::vector<conflict_version> conflicts;
    bool unfetched = false; ///< the store has lost or damaged the content: `get` fails, each sync looks for it again
};

/// An edit of a record, or its deletion, that waits for a sync.
struct pending_edit {
    std::string id; ///< the record's, also if a version beside the shown one was edited; empty of the profile
    sealsync::version version;
};

struct attachment_entry {
    attachment_id id;
    std::uint64_t size = 0; ///< of the plaintext, in bytes
    bool committed = false;
    std::vector<attachment_info> names; ///< as attached; the same bytes may have several
};

/// Which attachments a record lists after an edit: `{scan, photo}`, or `std::vector<attachment_id>{}` for none. Nothing
/// (`{}`) keeps those that the edited version lists.
class attachment_list {
public:
    attachment_list() = default;
    attachment_list(std::vector<attachment_id> ids) : ids_{std::move(ids)}, given_{true} {}
    attachment_list(std::initializer_list<attachment_id> ids) : ids_{ids}, given_{true} {}

    [[nodiscard]] explicit operator bool() const noexcept { return given_; }
    [[nodiscard]] const std::vector<attachment_id>& operator*() const noexcept { return ids_; }

private:
    std::vector<attachment_id> ids_;
    bool given_ = false;
};

/// What an edit may ask for.
struct put_options {
    std::optional<version> if_current{}; ///< fails with `errc::not_current` unless this version is the one edited
    attachment_list attachments{};       ///< each must have been attached before
};

/// `put(id, content, if_current(v))`
[[nodiscard]] inline put_options if_current(version seen) { return {std::move(seen), {}}; }

}} // namespace sealsync

#endif

#ifndef SEALSYNC_DETAIL_WIRE_HPP
#define SEALSYNC_DETAIL_WIRE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Appends the small binary forms that rows, payloads and envelopes are made of: LEB128 numbers, counted bytes.
class wire_writer {
public:
    void reserve(std::size_t size) { out_.reserve(size); }
    void raw(bytes_view data) { append(out_, data); }
    void byte(std::uint8_t value) { out_.push_back(static_cast<std::byte>(value)); }
    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) byte(static_cast<std::uint8_t>(value | 0x80U));
        byte(static_cast<std::uint8_t>(value));
    }
    /// Eight bytes, greatest first, so that their order is the numbers' order.
    void ordered(std::uint64_t value) {
        for (int shift = 56; shift >= 0; shift -= 8)
            byte(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
    }
    void counted(bytes_view data) {
        number(data.size());
        raw(data);
    }

    [[nodiscard]] bytes take() && { return std::move(out_); }
    [[nodiscard]] bytes_view view() const noexcept { return out_; }

private:
    bytes out_;
};

/// Reads them back. After anything out of bounds every read gives zero or nothing and `ok()` stays false, so that a
/// whole row is read first and checked once.
class wire_reader {
public:
    explicit wire_reader(bytes_view in) noexcept : in_{in} {}

    [[nodiscard]] bytes_view raw(std::uint64_t count) noexcept {
        if (count > in_.size()) {
            fail();
            return bytes_view{};
        }
        const auto part = in_.subview(0, static_cast<std::size_t>(count));
        in_ = in_.subview(static_cast<std::size_t>(count));
        return part;
    }
    [[nodiscard]] std::uint8_t byte() noexcept {
        const auto one = raw(1);
        return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one[0]);
    }
    [[nodiscard]] std::uint64_t number() noexcept {
        if (ok_ && !in_.empty() && in_[0] < std::byte{0x80}) return byte(); // as most are
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint64_t part = byte();
            if (shift == 63 && part > 1) break;
            value |= (part & 0x7fU) << shift;
            if (part < 0x80) return ok_ ? value : 0;
        }
        ok_ = false;
        return 0;
    }
    [[nodiscard]] std::uint64_t ordered() noexcept {
        std::uint64_t value = 0;
        for (const auto part : raw(8)) value = value << 8U | std::to_integer<std::uint64_t>(part);
        return value;
    }
    [[nodiscard]] bytes_view counted() noexcept { return raw(number()); }
    /// A count of things of at least `bytes_each`, so that no allocation is larger than the input allows.
    [[nodiscard]] std::size_t count(std::size_t bytes_each) noexcept {
        const auto value = number();
        if (value <= in_.size() / bytes_each) return static_cast<std::size_t>(value);
        ok_ = false;
        return 0;
    }
    template <std::size_t N>
    [[nodiscard]] std::array<std::byte, N> array() noexcept {
        std::array<std::byte, N> value{};
        if (const auto part = raw(N); part.size() == N) std::memcpy(value.data(), part.data(), N);
        return value;
    }

    [[nodiscard]] bytes_view rest() const noexcept { return in_; }
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    /// Nothing went out of bounds and nothing is left.
    [[nodiscard]] bool done() const noexcept { return ok_ && in_.empty(); }

    /// For what is in bounds but makes no sense.
    void fail() noexcept {
        ok_ = false;
        in_ = {};
    }

private:
    bytes_view in_;
    bool ok_ = true;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_INTERVAL_SET_HPP
#define SEALSYNC_MANIFEST_INTERVAL_SET_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A set of numbers kept as intervals. The edits of a run are met nearly in order, so that the set of all of them is
/// one interval however long the run lived; `contains` is a binary search, `insert` at the end is constant.
class interval_set {
public:
    struct interval {
        std::uint64_t first = 0, last = 0; ///< both included
        [[nodiscard]] friend bool operator==(const interval&, const interval&) = default;
    };

    [[nodiscard]] bool contains(std::uint64_t n) const noexcept {
        const auto above = first_above(n);
        return above != intervals_.begin() && std::prev(above)->last >= n;
    }

    void insert(std::uint64_t n) {
        const auto above = intervals_.begin() + (first_above(n) - intervals_.cbegin());
        const bool has_below = above != intervals_.begin();
        if (has_below && std::prev(above)->last >= n) return;
        const bool touches_below = has_below && std::prev(above)->last + 1 == n;
        const bool touches_above = above != intervals_.end() && above->first - 1 == n;
        if (touches_below && touches_above) {
            std::prev(above)->last = above->last;
            intervals_.erase(above);
        } else if (touches_below) {
            std::prev(above)->last = n;
        } else if (touches_above) {
            above->first = n;
        } else {
            intervals_.insert(above, {n, n});
        }
    }

    /// Adds an interval above all others; false if it is not one, or if no number is missing below it.
    [[nodiscard]] bool append(const interval& more) {
        if (more.first > more.last) return false;
        if (!intervals_.empty() && (more.first <= intervals_.back().last || more.first - 1 == intervals_.back().last)) {
            return false;
        }
        intervals_.push_back(more);
        return true;
    }

    /// Adds all of another set.
    void join(const interval_set& more) {
        std::vector<interval> all;
        all.reserve(intervals_.size() + more.intervals_.size());
        std::merge(intervals_.begin(), intervals_.end(), more.intervals_.begin(), more.intervals_.end(),
                   std::back_inserter(all), [](const interval& a, const interval& b) { return a.first < b.first; });
        intervals_.clear();
        for (const auto& each : all) {
            const bool apart = intervals_.empty() || each.first > intervals_.back().last;
            if (apart && (intervals_.empty() || each.first - 1 != intervals_.back().last)) {
                intervals_.push_back(each);
            } else {
                intervals_.back().last = (std::max)(intervals_.back().last, each.last);
            }
        }
    }

    /// Takes out every number below `n`.
    void erase_below(std::uint64_t n) {
        std::size_t gone = 0;
        while (gone < intervals_.size() && intervals_[gone].last < n) ++gone;
        intervals_.erase(intervals_.begin(), intervals_.begin() + static_cast<std::ptrdiff_t>(gone));
        if (!intervals_.empty()) intervals_.front().first = (std::max)(intervals_.front().first, n);
    }

    [[nodiscard]] bool empty() const noexcept { return intervals_.empty(); }
    /// Ascending, with at least one number missing between two neighbours.
    [[nodiscard]] const std::vector<interval>& intervals() const noexcept { return intervals_; }
    [[nodiscard]] friend bool operator==(const interval_set&, const interval_set&) = default;

    /// The number of intervals; of each, how far it begins above the least number it could, and its length less one.
    [[nodiscard]] bytes encode() const {
        detail::wire_writer out;
        out.number(intervals_.size());
        std::uint64_t least = 0;
        for (const auto& [first, last] : intervals_) {
            out.number(first - least);
            out.number(last - first);
            least = last + 2; // may wrap after the last interval, where nobody uses it
        }
        return std::move(out).take();
    }

    /// Nothing unless `encoded` is exactly what `encode` makes, byte by byte.
    [[nodiscard]] static std::optional<interval_set> decode(bytes_view encoded) {
        constexpr auto top = (std::numeric_limits<std::uint64_t>::max)();
        detail::wire_reader in{encoded};
        interval_set set;
        set.intervals_.resize(in.count(2));
        std::uint64_t least = 0;
        bool full = false;
        for (auto& each : set.intervals_) {
            const auto gap = in.number(), length = in.number();
            if (full || gap > top - least || length > top - least - gap) return std::nullopt;
            each = {least + gap, least + gap + length};
            full = each.last >= top - 1;
            least = full ? top : each.last + 2;
        }
        if (!in.done() || bytes_view{set.encode()} != encoded) return std::nullopt;
        return set;
    }

private:
    [[nodiscard]] std::vector<interval>::const_iterator first_above(std::uint64_t n) const noexcept {
        if (intervals_.empty() || intervals_.back().first <= n) return intervals_.end();
        std::size_t from = 0, to = intervals_.size();
        while (from < to) {
            const auto middle = from + (to - from) / 2;
            if (n < intervals_[middle].first) {
                to = middle;
            } else {
                from = middle + 1;
            }
        }
        return intervals_.begin() + static_cast<std::ptrdiff_t>(from);
    }

    std::vector<interval> intervals_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_SIBLING_SET_HPP
#define SEALSYNC_MANIFEST_SIBLING_SET_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A version as a replica keeps it.
struct sibling_version {
    change what;
    std::uint64_t pending = 0; ///< its place in the outbox; 0: committed to the store
    bool fetched = false;      ///< the replica has its content
    bool twin = false;         ///< shares its dot with another version: see `merge_outcome::twin`
    /// Edits of this replica that it replaces and that no push has taken, oldest first. They are among its `replaces`
    /// when it is pushed itself.
    std::vector<dot> unsent{};
    bool gap = false; ///< it replaces versions that were met and are not remembered: a merge may lack its base

    [[nodiscard]] bool erased() const noexcept { return what.action == change_action::erase; }
    [[nodiscard]] friend bool operator==(const sibling_version&, const sibling_version&) = default;
};

enum class merge_outcome {
    added, ///< a version not met before
    known, ///< met before: nothing new, even if it is no longer there
    twin,  ///< the dot of a live version with other content: kept as a sibling, and to be reported
};

/// Which edits have been met: `contains(dot)`, `insert(dot)`.
template <class T>
concept met_edits = requires(T met, const dot& edit) {
    { met.contains(edit) } -> std::convertible_to<bool>;
    met.insert(edit);
};

/// The merge. The state of an object is its set of siblings: every version known, less those that a known version
/// replaces. With `met` it does not depend on the order in which causally unrelated versions arrive, nor on how often.
class sibling_set {
public:
    sibling_set() = default;
    explicit sibling_set(std::vector<sibling_version> versions) : versions_{std::move(versions)} {}

    /// Everything that `incoming` replaces is gone and met, whether it was here or never arrives: an author may
    /// replace an edit of his own that was never published. `replaced` receives what was here.
    template <met_edits Met, std::invocable<sibling_version&&> Replaced>
    merge_outcome merge(sibling_version incoming, Met& met, Replaced&& replaced) {
        for (const auto* replaces : {&incoming.what.replaces, &incoming.unsent}) {
            for (const auto& old : *replaces) {
                met.insert(old);
                take_out(old, replaced);
            }
        }
        const auto& edit = incoming.what.dot;
        if (met.contains(edit)) return merge_met(std::move(incoming));
        met.insert(edit);
        insert(std::move(incoming));
        return merge_outcome::added;
    }

    /// Ascending by (dot, stored digest). Tombstones included: a live sibling hides them, but dropping them here
    /// would let two devices that saw the versions in another order end with different sets.
    [[nodiscard]] const std::vector<sibling_version>& versions() const noexcept { return versions_; }
    [[nodiscard]] std::vector<sibling_version>& versions() noexcept { return versions_; }
    [[nodiscard]] bool empty() const noexcept { return versions_.empty(); }
    [[nodiscard]] bool live() const noexcept {
        return detail::any_of(versions_, [](const auto& v) { return !v.erased(); });
    }

    /// The version with this dot, or null.
    [[nodiscard]] sibling_version* find(const dot& edit) noexcept {
        for (auto& version : versions_) {
            if (version.what.dot == edit) return &version;
        }
        return nullptr;
    }

private:
    static bool before(const sibling_version& left, const sibling_version& right) noexcept {
        if (left.what.dot != right.what.dot) return left.what.dot < right.what.dot;
        return left.what.stored < right.what.stored;
    }

    merge_outcome merge_met(sibling_version incoming) {
        const auto same = find(incoming.what.dot);
        if (same == nullptr || !incoming.what.stored || !same->what.stored) return merge_outcome::known;
        for (const auto& version : versions_) {
            if (version.what.dot == incoming.what.dot && version.what.stored == incoming.what.stored) {
                return merge_outcome::known;
            }
        }
        incoming.twin = true;
        insert(std::move(incoming));
        return merge_outcome::twin;
    }

    void insert(sibling_version version) {
        auto at = versions_.size();
        while (at > 0 && before(version, versions_[at - 1])) --at;
        versions_.insert(versions_.begin() + static_cast<std::ptrdiff_t>(at), std::move(version));
    }

    template <class Replaced>
    void take_out(const dot& edit, Replaced& replaced) {
        for (auto at = versions_.begin(); at != versions_.end();) {
            if (at->what.dot != edit) {
                ++at;
                continue;
            }
            replaced(std::move(*at));
            at = versions_.erase(at);
        }
    }

    std::vector<sibling_version> versions_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SYNC_ROWS_HPP
#define SEALSYNC_SYNC_ROWS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// As a segment names it: it replaces, too, what was never pushed.
[[nodiscard]] inline change pushed_form(sibling_version version) {
    if (version.unsent.empty()) return std::move(version.what);
    auto& replaces = version.what.replaces;
    add_all(replaces, version.unsent);
    sort_unique(replaces);
    return std::move(version.what);
}

/// Which object: what a row of `replica_table::object` is about.
struct object_ref {
    change_type type = change_type::record;
    collection_id collection;
    object_id id;

    [[nodiscard]] friend bool operator==(const object_ref&, const object_ref&) = default;
    [[nodiscard]] friend auto operator<=>(const object_ref&, const object_ref&) = default;

    /// With room for so many bytes `more`.
    [[nodiscard]] static bytes key_prefix(change_type type, const collection_id& collection, std::size_t more = 0) {
        wire_writer out;
        out.reserve(2 + collection.text().size() + more);
        out.byte(static_cast<std::uint8_t>(type));
        out.counted(collection.text());
        return std::move(out).take();
    }
    [[nodiscard]] bytes key() const {
        auto out = key_prefix(type, collection, id.text().size());
        append(out, id.text());
        return out;
    }
    [[nodiscard]] static std::optional<object_ref> parse(bytes_view key) {
        wire_reader in{key};
        const auto type = in.byte();
        auto collection = collection_id::make(as_text(in.counted()));
        if (!in.ok() || type < 1 || type > 3 || !collection) return std::nullopt;
        object_ref ref{static_cast<change_type>(type), *std::move(collection), {}};
        if (in.rest().empty()) return ref;
        auto id = object_id::make(as_text(in.rest()));
        if (!id) return std::nullopt;
        ref.id = *std::move(id);
        return ref;
    }
};

[[nodiscard]] inline object_ref ref_of(const change& c) { return {c.type, c.collection, c.id}; }
/// The same to be compared, without a copy; in the same order.
[[nodiscard]] inline auto object_of(const change& c) noexcept { return std::tie(c.type, c.collection, c.id); }

/// A version that was replaced.
struct past_version {
    change what;       ///< its `replaces`: what is remembered of that
    bool gap = false;  ///< it rests on versions that are not remembered, too
    bool kept = false; ///< its content is here, because others rest on it
    [[nodiscard]] friend bool operator==(const past_version&, const past_version&) = default;
};

/// All that a replica knows of an object but the contents.
struct object_row {
    std::string name; ///< the application's own id; known once any content has been seen
    sibling_set siblings;
    list<past_version> past; ///< oldest first, bounded: for history and as merge bases
};

/// How far a log has been merged.
struct cursor_row {
    device_id device;
    std::uint64_t seq = 0;
    digest256 stored; ///< of segment `seq`
};

using cursor_map = std::map<log_id, cursor_row>;

/// An edit that waits for its push.
struct outbox_row {
    object_ref object;
    sealsync::dot dot;
    std::uint64_t group = 0; ///< edits of one `update`: pushed in one segment
};

/// Contents that are in the store, of edits whose segment is not yet sealed: an interrupted push goes on from here.
struct sent_contents {
    struct item {
        std::uint64_t outbox = 0; ///< whose; no other edit ever has its place
        std::uint64_t size = 0;
        digest256 stored{};
    };
    std::uint64_t since = 0; ///< in ns since 1970: what is old may have been cleared away as garbage
    list<item> items{};
};

/// A sealed segment on its way to the store, kept to be finished byte for byte after a crash.
struct pending_segment {
    struct item {
        std::uint64_t outbox = 0;
        object_ref object;
        sealsync::dot dot;
        std::uint64_t size = 0;
        std::optional<digest256> stored;
    };
    device_id device;
    log_id log;
    std::uint64_t seq = 0;
    bytes stored;
    list<item> items;
};

[[nodiscard]] bytes encode(const object_row& row);
[[nodiscard]] bytes encode(const cursor_row& row);
[[nodiscard]] bytes encode(const outbox_row& row);
[[nodiscard]] bytes encode(const pending_segment& row);
[[nodiscard]] bytes encode(const sent_contents& row);

/// `errc::replica_corrupt` for rows that this library never wrote.
template <class Row>
[[nodiscard]] result<Row> decode(bytes_view encoded, const object_ref& owner = {});

inline void write_dot(wire_writer& out, const dot& edit) {
    out.raw(bytes_view{std::span{edit.run.value}});
    out.number(edit.n);
}
[[nodiscard]] inline dot read_dot(wire_reader& in) {
    dot edit;
    edit.run.value = in.array<16>();
    edit.n = in.number();
    return edit;
}

inline void write_dots(wire_writer& out, const std::vector<dot>& edits) {
    out.number(edits.size());
    for (const auto& edit : edits) write_dot(out, edit);
}
[[nodiscard]] inline std::vector<dot> read_dots(wire_reader& in) {
    std::vector<dot> edits;
    for (auto left = in.count(17); left > 0; --left) edits.push_back(read_dot(in));
    return edits;
}

inline void write_digest(wire_writer& out, const std::optional<digest256>& digest) {
    out.byte(digest ? 1 : 0);
    if (digest) out.raw(bytes_view{std::span{digest->value}});
}
[[nodiscard]] inline std::optional<digest256> read_digest(wire_reader& in) {
    if (in.byte() == 0) return std::nullopt;
    return digest256{in.array<32>()};
}

/// An id that breaks the rules breaks the row.
template <class Id>
[[nodiscard]] Id read_id(wire_reader& in) {
    auto id = Id::make(as_text(in.counted()));
    if (id) return *std::move(id);
    in.fail();
    return {};
}
[[nodiscard]] inline std::string read_text(wire_reader& in) { return std::string{as_text(in.counted())}; }

/// Everything but type, collection and id, which the row's key says.
inline void write_change(wire_writer& out, const change& c) {
    out.byte(static_cast<std::uint8_t>(c.action));
    out.number(c.version);
    out.number(static_cast<std::uint64_t>(c.timestamp.nanoseconds));
    out.counted(c.device.text());
    write_dot(out, c.dot);
    write_dots(out, c.replaces);
    out.number(c.size);
    write_digest(out, c.stored);
    out.number(c.attachments.size());
    for (const auto& id : c.attachments) out.counted(id.text());
    out.counted(c.filename);
    out.counted(c.media_type);
    out.byte(static_cast<std::uint8_t>(c.merge));
}

[[nodiscard]] inline change read_change(wire_reader& in, const object_ref& owner) {
    change c;
    c.type = owner.type;
    c.collection = owner.collection;
    c.id = owner.id;
    const auto action = in.byte();
    if (action < 1 || action > 3) in.fail();
    c.action = static_cast<change_action>(action);
    c.version = in.number();
    c.timestamp.nanoseconds = static_cast<std::int64_t>(in.number());
    c.device = read_id<device_id>(in);
    c.dot = read_dot(in);
    c.replaces = read_dots(in);
    c.size = in.number();
    c.stored = read_digest(in);
    for (auto left = in.count(1); left > 0; --left) c.attachments.push_back(read_id<object_id>(in));
    c.filename = read_text(in);
    c.media_type = read_text(in);
    const auto merge = in.byte();
    if (merge > 2) in.fail();
    c.merge = static_cast<merge_kind>(merge);
    return c;
}

inline void write_ref(wire_writer& out, const object_ref& ref) { out.counted(ref.key()); }
[[nodiscard]] inline object_ref read_ref(wire_reader& in) {
    auto ref = object_ref::parse(in.counted());
    if (!ref) in.fail();
    return ref ? *std::move(ref) : object_ref{};
}

inline bytes encode(const object_row& row) {
    constexpr std::size_t usual_version = 160;
    wire_writer out;
    out.reserve(row.name.size() + (row.siblings.versions().size() + row.past.size()) * usual_version);
    out.counted(row.name);
    out.number(row.siblings.versions().size());
    for (const auto& version : row.siblings.versions()) {
        write_change(out, version.what);
        out.number(version.pending);
        const bool names_unsent = !version.unsent.empty();
        out.byte(static_cast<std::uint8_t>((version.fetched ? 1U : 0U) | (version.twin ? 2U : 0U) |
                                           (names_unsent ? 4U : 0U) | (version.gap ? 8U : 0U)));
        if (names_unsent) write_dots(out, version.unsent);
    }
    out.number(row.past.size());
    for (const auto& old : row.past) {
        write_change(out, old.what);
        out.byte(static_cast<std::uint8_t>((old.gap ? 1U : 0U) | (old.kept ? 2U : 0U)));
    }
    return std::move(out).take();
}

inline bytes encode(const cursor_row& row) {
    wire_writer out;
    out.counted(row.device.text());
    out.number(row.seq);
    out.raw(bytes_view{std::span{row.stored.value}});
    return std::move(out).take();
}

inline bytes encode(const outbox_row& row) {
    wire_writer out;
    write_ref(out, row.object);
    write_dot(out, row.dot);
    out.number(row.group);
    return std::move(out).take();
}

inline bytes encode(const pending_segment& row) {
    wire_writer out;
    out.reserve(row.stored.size() + row.items.size() * 160 + 100);
    out.counted(row.device.text());
    out.raw(bytes_view{std::span{row.log.value}});
    out.number(row.seq);
    out.counted(row.stored);
    out.number(row.items.size());
    for (const auto& item : row.items) {
        out.number(item.outbox);
        write_ref(out, item.object);
        write_dot(out, item.dot);
        out.number(item.size);
        write_digest(out, item.stored);
    }
    return std::move(out).take();
}

inline bytes encode(const sent_contents& row) {
    wire_writer out;
    out.reserve(row.items.size() * 48 + 16);
    out.number(row.since);
    out.number(row.items.size());
    for (const auto& item : row.items) {
        out.number(item.outbox);
        out.number(item.size);
        out.raw(bytes_view{std::span{item.stored.value}});
    }
    return std::move(out).take();
}

[[nodiscard]] inline object_row read_row(wire_reader& in, const object_ref& owner, object_row row) {
    row.name = read_text(in);
    for (auto left = in.count(28); left > 0; --left) {
        sibling_version version{read_change(in, owner)};
        version.pending = in.number();
        const auto flags = in.byte();
        version.fetched = (flags & 1U) != 0;
        version.twin = (flags & 2U) != 0;
        if ((flags & 4U) != 0) version.unsent = read_dots(in);
        version.gap = (flags & 8U) != 0;
        row.siblings.versions().push_back(std::move(version));
    }
    for (auto left = in.count(28); left > 0; --left) {
        past_version old{read_change(in, owner)};
        const auto flags = in.byte();
        old.gap = (flags & 1U) != 0;
        old.kept = (flags & 2U) != 0;
        row.past.push_back(std::move(old));
    }
    return row;
}

[[nodiscard]] inline cursor_row read_row(wire_reader& in, const object_ref&, cursor_row row) {
    row.device = read_id<device_id>(in);
    row.seq = in.number();
    row.stored.value = in.array<32>();
    return row;
}

[[nodiscard]] inline outbox_row read_row(wire_reader& in, const object_ref&, outbox_row row) {
    row.object = read_ref(in);
    row.dot = read_dot(in);
    row.group = in.number();
    return row;
}

[[nodiscard]] inline pending_segment read_row(wire_reader& in, const object_ref&, pending_segment row) {
    row.device = read_id<device_id>(in);
    row.log.value = in.array<16>();
    row.seq = in.number();
    row.stored = to_bytes(in.counted());
    for (auto left = in.count(20); left > 0; --left) {
        pending_segment::item item;
        item.outbox = in.number();
        item.object = read_ref(in);
        item.dot = read_dot(in);
        item.size = in.number();
        item.stored = read_digest(in);
        row.items.push_back(std::move(item));
    }
    return row;
}

[[nodiscard]] inline sent_contents read_row(wire_reader& in, const object_ref&, sent_contents row) {
    row.since = in.number();
    for (auto left = in.count(34); left > 0; --left) {
        sent_contents::item item{in.number(), in.number(), {}};
        item.stored.value = in.array<32>();
        row.items.push_back(item);
    }
    return row;
}

template <class Row>
result<Row> decode(bytes_view encoded, const object_ref& owner) {
    wire_reader in{encoded};
    auto row = read_row(in, owner, Row{});
    if (!in.done()) return failure{errc::replica_corrupt, owner.id.text(), "a row does not decode"};
    return row;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_ANCESTRY_HPP
#define SEALSYNC_SYNC_ANCESTRY_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

// What versions rest on, as far as it is remembered: `object_row::past`, by place.

/// A version, by what it rests on.
struct ancestry_tip {
    const std::vector<dot>* replaces;
    bool gap; ///< it rests on versions that are not remembered, too
};

struct common_ancestors {
    list<std::size_t> newest{}; ///< one, or none, or several if edits have crossed more than once
    bool known = true;          ///< false: a version that is not remembered may be newer than these
};

[[nodiscard]] inline std::size_t place_in_past(const object_row& row, const dot& edit) noexcept {
    std::size_t i = 0;
    while (i < row.past.size() && row.past[i].what.dot != edit) ++i;
    return i;
}

/// Marks what the dots name, and all that rests on. Ends, because nothing is marked twice.
inline void mark_ancestors(const object_row& row, const std::vector<dot>& named, interval_set& marked) {
    for (const auto& edit : named) {
        const auto at = place_in_past(row, edit);
        if (at == row.past.size() || marked.contains(at)) continue;
        marked.insert(at);
        mark_ancestors(row, row.past[at].what.replaces, marked);
    }
}

/// The newest versions that all tips rest on. One that is not remembered can be such a version only if every tip may
/// rest on it: if all is remembered that one tip does not share with the others, there is none.
[[nodiscard]] inline common_ancestors newest_common_ancestors(const object_row& row,
                                                              std::span<const ancestry_tip> tips) {
    const auto size = row.past.size();
    const auto ancestors_of = [&](const ancestry_tip& tip) {
        interval_set marked;
        mark_ancestors(row, *tip.replaces, marked);
        return marked;
    };
    interval_set common, older;
    for (std::size_t i = 0; i < size; ++i) common.insert(i);
    for (const auto& tip : tips) {
        const auto of_tip = ancestors_of(tip);
        interval_set both;
        for (std::size_t i = 0; i < size; ++i) {
            if (common.contains(i) && of_tip.contains(i)) both.insert(i);
        }
        common = std::move(both);
    }
    common_ancestors found{{}, false};
    for (const auto& tip : tips) {
        const auto of_tip = ancestors_of(tip);
        bool gap = tip.gap;
        for (std::size_t i = 0; i < size; ++i) {
            gap = gap || (of_tip.contains(i) && !common.contains(i) && row.past[i].gap);
        }
        found.known = found.known || !gap;
    }
    for (std::size_t i = 0; i < size; ++i) {
        if (common.contains(i)) mark_ancestors(row, row.past[i].what.replaces, older);
    }
    for (std::size_t i = 0; i < size; ++i) {
        if (common.contains(i) && !older.contains(i)) found.newest.push_back(i);
    }
    return found;
}

[[nodiscard]] inline list<ancestry_tip> live_tips(const object_row& row) {
    list<ancestry_tip> tips;
    for (const auto& version : row.siblings.versions()) {
        if (!version.erased()) tips.push_back({&version.what.replaces, version.gap});
    }
    return tips;
}
[[nodiscard]] inline list<ancestry_tip> past_tips(const object_row& row, const list<std::size_t>& places) {
    list<ancestry_tip> tips;
    for (const auto i : places) tips.push_back({&row.past[i].what.replaces, row.past[i].gap});
    return tips;
}
[[nodiscard]] inline std::span<const ancestry_tip> span_of(const list<ancestry_tip>& tips) {
    return {tips.data(), tips.size()};
}

/// Marks the versions whose contents a merge needs: what every version was made on, and where versions have common
/// ancestors, those.
[[nodiscard]] inline interval_set places_to_keep(const object_row& row) {
    interval_set marked;
    const auto& versions = row.siblings.versions();
    for (std::size_t i = 0; i < row.past.size(); ++i) {
        const auto& edit = row.past[i].what.dot;
        if (any_of(versions, [&](const auto& v) { return contains_sorted(v.what.replaces, edit); })) marked.insert(i);
    }
    auto tips = live_tips(row);
    for (auto rounds = row.past.size(); tips.size() > 1 && rounds > 0; --rounds) {
        const auto found = newest_common_ancestors(row, span_of(tips));
        for (const auto i : found.newest) marked.insert(i);
        tips = past_tips(row, found.newest);
    }
    return marked;
}

/// Forgets a version of the past. What rested on it rests on what that rested on, with a gap between.
inline void forget_past(object_row& row, std::size_t place) {
    const auto gone = std::move(row.past[place]);
    row.past.erase(place);
    for (auto& version : row.siblings.versions()) {
        if (contains_sorted(version.what.replaces, gone.what.dot)) version.gap = true;
    }
    for (auto& later : row.past) {
        auto& rests_on = later.what.replaces;
        if (!contains(rests_on, gone.what.dot)) continue;
        later.gap = true;
        drop_if(rests_on, [&](const dot& edit) { return edit == gone.what.dot; });
        add_all(rests_on, gone.what.replaces);
        sort_unique(rests_on);
    }
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_EXECUTOR_HPP
#define SEALSYNC_EXECUTOR_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Where work that comes in parts may be done at once. The library has no threads: it uses those of an executor that
/// it is given, and the calling thread alone if it is given none.
class executor {
public:
    virtual ~executor() = default;

    /// How many parts can be under way at once, at least 1: more parts than a few times that are not worth making.
    [[nodiscard]] virtual std::size_t width() const noexcept = 0;

    /// Calls `f(0)` to `f(count - 1)`, each once, in any order and several at once, but `f(0)` on the calling thread.
    /// All have returned when it returns, and what they wrote is seen. What one throws it throws, and others may then
    /// not have been called. `f` may call `run` itself.
    virtual void run(std::size_t count, function_ref<void(std::size_t)> f) = 0;
};

/// One part after the other.
class calling_thread final : public executor {
public:
    [[nodiscard]] std::size_t width() const noexcept override { return 1; }
    void run(std::size_t count, function_ref<void(std::size_t)> f) override {
        for (std::size_t i = 0; i < count; ++i) f(i);
    }
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SYNC_SETTINGS_HPP
#define SEALSYNC_SYNC_SETTINGS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What a vault may cost. The defaults suit devices with a few megabytes to spare.
struct sync_settings {
    std::uint32_t rediscover_every = 120;                  ///< polls between two listings of the store
    std::chrono::hours rediscover_after{24};               ///< and never later than this after the last listing
    std::size_t changes_per_segment_max = 8'192;           ///< more edits than this are pushed in several segments
    std::size_t segments_per_round_max = 512;              ///< fetched at once; fewer if they are large
    std::size_t batch_objects_max = 4'096;                 ///< in one storage call
    std::size_t batch_bytes_max = std::size_t{8} << 20U;   ///< of content held at once, but for one larger record
    std::size_t record_bytes_max = std::size_t{16} << 20U; ///< larger things are attachments
    std::uint64_t attachment_bytes_max = std::uint64_t{1} << 40U; ///< 1 TiB
    std::size_t history_max = 16;                                 ///< replaced versions remembered per object
    std::size_t unsent_edits_named_max = 100; ///< edits overwritten before their push that the next one still names
    std::uint32_t head_attempts_max = 8;      ///< lost races for the head before it is left to the next sync
    std::uint64_t mass_delete_floor = 100;    ///< below this many records no pull is a mass delete
    std::chrono::hours withheld_after{24};    ///< how long a segment may wait for another before that is reported
    manifest_limits manifest{};

    /// Of a manifest as it is stored: a seal pads by an eighth at most.
    [[nodiscard]] std::size_t sealed_manifest_bytes_max() const noexcept {
        return manifest.bytes_max + manifest.bytes_max / 8 + 4'096;
    }
};

/// Who this device is. What it is told once is remembered in the replica.
struct vault_options {
    std::string user{};        ///< a valid id: it stands in every key
    std::string device_name{}; ///< for people, UTF-8
    bool create = true;        ///< a plaintext vault that does not exist is created; a sealed one comes with its cipher
    sync_settings settings{};
    /// Seals and opens on its threads what is for the store, or came from it, while the calling thread waits for the
    /// store. The store and all callbacks stay on the calling thread. None: everything does.
    std::shared_ptr<executor> workers{};
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_LAYOUT_HPP
#define SEALSYNC_LAYOUT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The names that an application chooses: the folder of its collections and their field in manifests.
struct default_layout {
    static constexpr std::string_view collections = "collections";
    static constexpr std::string_view collection_field = "collection_id";
};

/// The exact names of the family medical records application.
struct family_medical_layout {
    static constexpr std::string_view collections = "family-members";
    static constexpr std::string_view collection_field = "family_member_id";
};

template <class T>
concept layout = requires {
    { T::collections } -> std::convertible_to<std::string_view>;
    { T::collection_field } -> std::convertible_to<std::string_view>;
};

/// What a segment's key says.
struct segment_name {
    device_id device;
    log_id log;
    std::uint64_t seq = 0;
};

enum class key_kind { record, profile, attachment_data, attachment_metadata, segment, head, master_key, vault };

/// What any key says: its kind, and what `key_space` needs to make the key again.
struct key_parts {
    key_kind kind = key_kind::record;
    collection_id collection{};         ///< of a record, a profile or an attachment; empty for the other kinds
    object_id id{};                     ///< of a record or an attachment
    std::uint64_t version = 0;          ///< of a record or a profile
    std::array<std::byte, 16> digest{}; ///< of a record or a profile: the first half of its stored content's digest
    segment_name segment{};             ///< of a segment
};

/// Every key of one user's vault, made and read back. A sealed vault says `.blob` where a plaintext one says `.json`,
/// so that no object of one is ever taken for one of the other.
///
/// Invariant: no two kinds share a key, whatever the ids and the layout's folder are called. A key is read part by part
/// from the front and never searched for a word, because an id may be `records`, `devices` or `x.v1.y`. A record's id
/// is the only one without a `/` after it: it ends at the last `.v`, because version, digest and ending contain no `v`.
template <layout Layout>
class key_space {
public:
    key_space(user_id user, bool sealed)
        : root_{"users/" + user.text()}, manifest_ending_{sealed ? ".blob" : ".json"} {}

    [[nodiscard]] const std::string& root() const noexcept { return root_; }

    [[nodiscard]] object_key master_key() const { return key(root_ + "/master-key.blob"); }
    /// The id of a plaintext vault; a sealed one has it in `master-key.blob`.
    [[nodiscard]] object_key vault() const { return key(root_ + "/vault.json"); }

    [[nodiscard]] object_key record(const collection_id& c, const object_id& id, std::uint64_t version,
                                    const digest256& stored) const {
        return in_collection(c,
                             {"/records/", id.text(), ".v", std::to_string(version), ".", shortened(stored), ".blob"});
    }
    [[nodiscard]] object_key profile(const collection_id& c, std::uint64_t version, const digest256& stored) const {
        return in_collection(c, {"/profile.v", std::to_string(version), ".", shortened(stored), ".blob"});
    }
    [[nodiscard]] object_key attachment_data(const collection_id& c, const object_id& hmac) const {
        return in_collection(c, {"/attachments/", hmac.text(), "/data.blob"});
    }
    [[nodiscard]] object_key attachment_metadata(const collection_id& c, const object_id& hmac) const {
        return in_collection(c, {"/attachments/", hmac.text(), "/metadata.blob"});
    }

    // One scope: the account. A shared collection's scope has the same keys below its own prefix.
    [[nodiscard]] object_key head() const { return key(root_ + "/sync-manifest" + manifest_ending_); }
    [[nodiscard]] std::string devices_prefix() const { return root_ + "/devices/"; }
    [[nodiscard]] std::string checkpoints_prefix() const { return root_ + "/checkpoints/"; }
    [[nodiscard]] object_key segment(const device_id& device, const log_id& log, std::uint64_t seq) const {
        return key(devices_prefix() + device.text() + "/manifest/" + log.hex() + "/" + padded(seq) + manifest_ending_);
    }

    using segment_name = sealsync::segment_name;

    /// Reads a key back: returns its parts if this key space makes exactly this key from them, and nothing for every
    /// other text. Versions, and the numbers of segments, go from 1 to 2^53 - 1, as in manifests.
    [[nodiscard]] std::optional<key_parts> parse(std::string_view text) const {
        key_parts parts;
        if (auto name = parse_segment(text)) {
            parts.kind = key_kind::segment;
            parts.segment = *std::move(name);
        } else if (text == head().text()) {
            parts.kind = key_kind::head;
        } else if (text == master_key().text()) {
            parts.kind = key_kind::master_key;
        } else if (text == vault().text()) {
            parts.kind = key_kind::vault;
        } else if (!read_in_collection(text, parts)) {
            return std::nullopt;
        }
        return parts;
    }

    /// Reads only the keys of segments; otherwise the same as `parse`.
    [[nodiscard]] std::optional<segment_name> parse_segment(std::string_view text) const {
        segment_name name;
        if (!skip(text, devices_prefix()) || !name.device.assign(take(text, text.find('/')))) return std::nullopt;
        if (!skip(text, "/manifest/") || !from_hex(take(text, 32), name.log.value)) return std::nullopt;
        if (!skip(text, "/")) return std::nullopt;
        auto digits = take(text, 20);
        if (digits.size() != 20 || text != manifest_ending_) return std::nullopt;
        digits.remove_prefix((std::min)(digits.find_first_not_of('0'), digits.size() - 1));
        if (!read_count(digits, name.seq)) return std::nullopt;
        return name;
    }

private:
    /// Every part is a validated id or our own text, so that a key can only be too long by a bug.
    [[nodiscard]] static object_key key(std::string text) {
        auto made = object_key::make(std::move(text));
        SEALSYNC_ASSERT(made.has_value());
        return *std::move(made);
    }
    [[nodiscard]] object_key in_collection(const collection_id& c,
                                           std::initializer_list<std::string_view> parts) const {
        const std::string_view folder = Layout::collections, id = c.text();
        auto size = root_.size() + folder.size() + id.size() + 2;
        for (const auto part : parts) size += part.size();
        std::string text;
        text.reserve(size);
        text.append(root_).append("/").append(folder).append("/").append(id);
        for (const auto part : parts) text += part;
        return key(std::move(text));
    }
    [[nodiscard]] static std::string shortened(const digest256& stored) {
        return to_hex(std::span{stored.value}.first(stored.value.size() / 2));
    }
    [[nodiscard]] static std::string padded(std::uint64_t seq) {
        auto digits = std::to_string(seq);
        return std::string(20 - digits.size(), '0') + digits;
    }

    [[nodiscard]] bool read_in_collection(std::string_view text, key_parts& parts) const {
        if (!skip(text, root_) || !skip(text, "/") || !skip(text, Layout::collections)) return false;
        if (!skip(text, "/") || !parts.collection.assign(take(text, text.find('/')))) return false;
        if (skip(text, "/records/")) {
            parts.kind = key_kind::record;
            return parts.id.assign(take(text, text.rfind(".v"))) && read_version(text, parts);
        }
        if (skip(text, "/profile")) {
            parts.kind = key_kind::profile;
            return read_version(text, parts);
        }
        if (!skip(text, "/attachments/") || !parts.id.assign(take(text, text.find('/')))) return false;
        parts.kind = text == "/data.blob" ? key_kind::attachment_data : key_kind::attachment_metadata;
        return text == "/data.blob" || text == "/metadata.blob";
    }
    /// Reads the end of a record's or a profile's key: `.v{version}.{digest}.blob`.
    [[nodiscard]] static bool read_version(std::string_view text, key_parts& parts) {
        if (!skip(text, ".v") || !read_count(take(text, text.find('.')), parts.version)) return false;
        return skip(text, ".") && from_hex(take(text, 32), parts.digest) && text == ".blob";
    }
    [[nodiscard]] static bool read_count(std::string_view text, std::uint64_t& out) {
        return detail::read_number(text, out) && out > 0;
    }
    /// Drops `expected` from the front of `text`. False, and nothing dropped, if `text` begins otherwise.
    [[nodiscard]] static bool skip(std::string_view& text, std::string_view expected) {
        if (!text.starts_with(expected)) return false;
        text.remove_prefix(expected.size());
        return true;
    }
    /// Cuts `size` characters off the front of `text`, or all if it has fewer.
    [[nodiscard]] static std::string_view take(std::string_view& text, std::size_t size) {
        const auto part = text.substr(0, size);
        text.remove_prefix(part.size());
        return part;
    }

    std::string root_;
    std::string manifest_ending_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_CANONICAL_LAYOUT_HPP
#define SEALSYNC_MANIFEST_CANONICAL_LAYOUT_HPP

/// The canonical JSON of manifests, said once: the writer and the strict reader both walk it, so that they cannot
/// differ. `Json` is `json_writer` or `json_reader`; the latter fills what the former reads.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A blank field (0, "", []) is either written like any other, or left out: never both.
enum class blank { written, omitted };

/// Attachments are versioned by nothing but their bytes: `version` and `replaces` may be blank there only.
template <class Json, class Change>
void lay_out_change(Json& json, Change& c, std::string_view collection_field, const manifest_limits& limits) {
    const auto begin = json.position();
    const auto each_value = [&](auto& item) { json.value(item); };
    json.open();
    json.field("type", c.type);
    const bool attachment = c.type == change_type::attachment;
    const auto of_versions = attachment ? blank::omitted : blank::written;
    json.field(collection_field, c.collection);
    if (c.type == change_type::record) json.field("record_id", c.id);
    if (attachment) json.field("attachment_hmac", c.id);
    json.field("version", c.version, of_versions);
    json.field("timestamp", c.timestamp);
    json.field("device_id", c.device);
    json.field("action", c.action);
    json.field("dot", c.dot);
    json.list("replaces", c.replaces, limits.dots_max, each_value, of_versions);
    json.field("size", c.size);
    if (c.action != change_action::erase) json.field("digest", c.stored);
    if (!attachment) json.list("attachments", c.attachments, limits.attachments_max, each_value);
    if (!attachment) json.field("merge", c.merge, blank::omitted);
    if (attachment) json.field("filename", c.filename, blank::omitted);
    if (attachment) json.field("media_type", c.media_type, blank::omitted);
    json.engaged("packed", c.packed, [&](auto& place) {
        json.open();
        json.field("object", place.object);
        json.field("offset", place.offset);
        json.field("length", place.length);
        json.close();
    });
    json.close();
    json.require(begin, check_change(c, limits));
}

/// What every manifest begins with, so that a reader knows what it lacks before it meets it.
template <class Json, class Manifest>
void lay_out_beginning(Json& json, Manifest& m) {
    const auto begin = json.position();
    json.open();
    json.field("format", m.format);
    json.require(begin, check_format(m.format));
    json.list("critical", m.critical, critical_max, [&](auto& name) { json.value(name); });
    json.require(begin, check_critical(m.critical));
    json.field("vault", m.vault);
    json.field("scope", m.scope);
}

/// All of a segment that stands before its changes.
template <class Json, class Segment>
void lay_out_segment_header(Json& json, Segment& s, const manifest_limits& limits) {
    const auto begin = json.position();
    lay_out_beginning(json, s);
    json.field("device_id", s.device);
    json.field("device_name", s.device_name, blank::omitted);
    json.field("log", s.log);
    json.field("version", s.seq);
    json.field_or_blank("previous", s.previous);
    json.field("last_updated", s.last_updated);
    json.map("seen", s.seen, limits.logs_max, [&](auto& position) {
        json.map_key(position.log);
        json.value(position.seq);
    });
    json.require(begin, check_segment(s, limits));
}

template <class Json, class Segment>
void lay_out_segment(Json& json, Segment& s, std::string_view collection_field, const manifest_limits& limits) {
    SEALSYNC_ASSERT(is_collection_field(collection_field));
    const auto begin = json.position();
    lay_out_segment_header(json, s, limits);
    json.list("changes", s.changes, limits.changes_max,
              [&](auto& each) { lay_out_change(json, each, collection_field, limits); });
    json.close();
    json.require(begin, check_distinct(s.changes));
}

template <class Json, class Head>
void lay_out_head(Json& json, Head& h, const manifest_limits& limits) {
    const auto begin = json.position();
    lay_out_beginning(json, h);
    json.map("logs", h.logs, limits.logs_max, [&](auto& entry) {
        json.map_key(entry.log);
        json.open();
        json.field("device_id", entry.device);
        json.field("seq", entry.seq);
        json.field("digest", entry.stored);
        json.close();
    });
    json.field("checkpoint", h.checkpoint);
    json.close();
    json.require(begin, check_head(h, limits));
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_CHECKPOINT_HPP
#define SEALSYNC_MANIFEST_CHECKPOINT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The edits of a run that a checkpoint's author had met, whether or not their versions are still there.
struct met_run {
    run_id run;
    interval_set edits;
    [[nodiscard]] friend bool operator==(const met_run&, const met_run&) = default;
};

/// One part of a checkpoint: what is left of the logs that it covers. What a checkpoint says is the union of its parts,
/// and means something only when all are there. Its format is decided; the engine writes and reads none yet.
struct checkpoint {
    std::uint64_t format = 1;
    std::vector<std::string> critical; ///< extensions that a reader must know; none are defined yet
    vault_id vault;
    std::string scope;
    device_id device;                  ///< of the author
    std::uint64_t part = 1, parts = 1; ///< which, from 1, of how many
    std::optional<digest256> previous; ///< SHA-256 of the stored part before; absent in the first
    stamp last_updated;
    std::vector<head_entry> logs; ///< ascending by log; up to which segment each is covered
    std::vector<met_run> met;     ///< ascending by run; runs older than the retention of tombstones are left out
    std::vector<change> siblings; ///< in any order; twins share a dot, but not the stored digest

    [[nodiscard]] friend bool operator==(const checkpoint&, const checkpoint&) = default;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_CHECKPOINT_LAYOUT_HPP
#define SEALSYNC_MANIFEST_CHECKPOINT_LAYOUT_HPP

/// The canonical JSON of a checkpoint's part, and its rules: see `canonical_layout.hpp` and `validate.hpp`.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] inline result<void> check_met(const std::vector<met_run>& met) {
    for (std::size_t i = 0; i < met.size(); ++i) {
        const auto name = [&] { return "met: " + met[i].run.hex(); };
        if (i > 0 && met[i].run <= met[i - 1].run) return malformed(name() + ": not ascending, or repeated");
        if (met[i].edits.empty()) return malformed(name() + ": no edit");
        const auto& intervals = met[i].edits.intervals();
        if (intervals.front().first == 0) return malformed(name() + ": not numbered from 1");
        if (intervals.back().last > number_max) return malformed(name() + ": over 2^53 - 1");
    }
    return {};
}

/// Everything before the siblings.
[[nodiscard]] inline result<void> check_checkpoint(const checkpoint& c, const manifest_limits& limits) {
    if (auto ok = check_key("scope", c.scope, limits); !ok) return ok;
    if (c.device.empty()) return malformed("device_id: absent");
    if (c.part == 0 || c.part > c.parts) return malformed("part: not from 1 to parts");
    if ((c.part == 1) == c.previous.has_value()) return malformed("previous: absent, or in the first part");
    if (c.last_updated.nanoseconds < 0) return malformed("last_updated: before 1970");
    for (const auto& each : c.logs) {
        if (each.device.empty()) return malformed("logs: " + each.log.hex() + ": device_id absent");
    }
    if (auto ok = check_positions("logs", c.logs); !ok) return ok;
    return check_met(c.met);
}

/// All parts of one checkpoint, in order.
[[nodiscard]] inline result<void> check_parts(std::span<const checkpoint> parts) {
    const auto wrong = [](std::string why) { return failure{errc::invalid_argument, "checkpoint", std::move(why)}; };
    if (parts.empty()) return wrong("no part");
    const auto& first = parts.front();
    if (first.parts != parts.size()) {
        return wrong(std::to_string(parts.size()) + " of " + std::to_string(first.parts) + " parts");
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto& part = parts[i];
        const bool same = part.vault == first.vault && part.scope == first.scope && part.device == first.device;
        if (!same || part.parts != first.parts) return wrong("part " + std::to_string(i + 1) + " is of another one");
        if (part.part != i + 1)
            return wrong("part " + std::to_string(part.part) + " in the place of " + std::to_string(i + 1));
    }
    return {};
}

/// A version is a sibling once: of a dot there may be several, of a dot and stored digest one.
[[nodiscard]] inline result<void> check_siblings(const std::vector<change>& siblings) {
    const auto before = [&](std::size_t left, std::size_t right) {
        const auto &a = siblings[left], &b = siblings[right];
        return a.dot == b.dot ? a.stored < b.stored : a.dot < b.dot;
    };
    const auto order = sorted_indices(siblings.size(), before);
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (before(order[i - 1], order[i])) continue;
        return malformed("sibling " + siblings[order[i]].dot.text() + ": twice in a checkpoint");
    }
    return {};
}

template <class Json, class Checkpoint>
void lay_out_checkpoint(Json& json, Checkpoint& c, std::string_view collection_field, const manifest_limits& limits) {
    SEALSYNC_ASSERT(is_collection_field(collection_field));
    const auto begin = json.position();
    lay_out_beginning(json, c);
    json.field("device_id", c.device);
    json.field("part", c.part);
    json.field("parts", c.parts);
    json.field_or_blank("previous", c.previous);
    json.field("last_updated", c.last_updated);
    json.map("logs", c.logs, limits.logs_max, [&](auto& entry) {
        json.map_key(entry.log);
        json.open();
        json.field("device_id", entry.device);
        json.field("seq", entry.seq);
        json.field("digest", entry.stored);
        json.close();
    });
    json.map("met", c.met, limits.logs_max, [&](auto& run) {
        json.map_key(run.run);
        json.value(run.edits);
    });
    json.require(begin, check_checkpoint(c, limits));
    json.list("siblings", c.siblings, limits.changes_max,
              [&](auto& each) { lay_out_change(json, each, collection_field, limits); });
    json.close();
    json.require(begin, check_siblings(c.siblings));
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_TEXT_FORMS_HPP
#define SEALSYNC_MANIFEST_TEXT_FORMS_HPP

/// What manifests write as a string, read back: `read_form` fills `out` and returns null, or says what `text` is not.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

inline constexpr const char* not_an_id = "not an id: 1 to 128 of A-Z a-z 0-9 . _ ~ -, not starting with a dot";

/// An id, borrowed.
[[nodiscard]] inline const char* read_id_form(std::string_view text, std::string_view& out) {
    if (!valid_id(text)) return not_an_id;
    out = text;
    return nullptr;
}

template <class Tag>
[[nodiscard]] const char* read_form(std::string_view text, basic_id<Tag>& out) {
    return out.assign(text) ? nullptr : not_an_id;
}

template <class Tag>
[[nodiscard]] const char* read_form(std::string_view text, basic_id128<Tag>& out) {
    return from_hex(text, out.value) ? nullptr : "not 32 lower-case hex digits";
}

[[nodiscard]] inline const char* read_form(std::string_view text, digest256& out) {
    return from_hex(text, out.value) ? nullptr : "not 64 lower-case hex digits";
}

[[nodiscard]] inline const char* read_form(std::string_view text, std::optional<digest256>& out) {
    return read_form(text, out.emplace());
}

[[nodiscard]] inline const char* read_form(std::string_view text, dot& out) {
    return read_dot(text, out) ? nullptr : "not <run>:<n>";
}

[[nodiscard]] inline const char* read_form(std::string_view text, stamp& out) {
    return read_stamp(text, out) ? nullptr : "not a UTC time from 1970 to 2262";
}

[[nodiscard]] inline const char* read_form(std::string_view text, change_type& out) {
    return read_name(text, out) ? nullptr : "not record, profile or attachment";
}

[[nodiscard]] inline const char* read_form(std::string_view text, change_action& out) {
    return read_name(text, out) ? nullptr : "not insert, update or delete";
}

[[nodiscard]] inline const char* read_form(std::string_view text, merge_kind& out) {
    return read_name(text, out) ? nullptr : "not based or blind";
}

/// How many characters the text begins with that JSON says as they are.
[[nodiscard]] inline std::size_t plain_size(std::string_view text) noexcept {
    std::size_t size = 0;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') break;
        ++size;
    }
    return size;
}

/// Intervals, ascending: `1-7,9`.
[[nodiscard]] inline std::string text_of(const interval_set& numbers) {
    std::string text;
    for (const auto& [first, last] : numbers.intervals()) {
        text += (text.empty() ? "" : ",") + std::to_string(first);
        if (last != first) text += '-' + std::to_string(last);
    }
    return text;
}

[[nodiscard]] inline const char* read_form(std::string_view text, interval_set& out) {
    constexpr const char* otherwise = "not numbers and ranges, ascending and apart: 1-7,9";
    out = {};
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        const auto part = text.substr(0, comma);
        const auto dash = part.find('-');
        interval_set::interval next;
        if (!read_number(part.substr(0, dash), next.first)) return otherwise;
        next.last = next.first;
        if (dash != std::string_view::npos) {
            if (!read_number(part.substr(dash + 1), next.last) || next.first == next.last) return otherwise;
        }
        if (!out.append(next)) return otherwise;
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : 0);
    }
    return nullptr;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_JSON_READER_HPP
#define SEALSYNC_MANIFEST_JSON_READER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Reads exactly what `json_writer` writes, and fills what the layout walks over. One pass over the input. At the
/// first fault it remembers where and why, and sees the input as ended, so that the layout needs no checks.
class json_reader {
public:
    explicit json_reader(bytes_view in) noexcept : in_{as_text(in)}, rest_{in_} {}

    [[nodiscard]] std::size_t position() const noexcept { return in_.size() - rest_.size(); }

    [[nodiscard]] bool ok() const noexcept { return ok_.has_value(); }

    void open() { begin('{'); }
    void close() { end('}'); }
    void key(std::string_view name) {
        field_ = name;
        if (!next_is(name)) return fail_expecting(std::string{first_ ? "" : ","} + '"' + std::string{name} + "\":");
        rest_.remove_prefix(name.size() + (first_ ? 3 : 4));
        first_ = false;
    }
    template <class Id>
    void map_key(Id& id) {
        value(id);
        literal(":");
    }

    template <class T>
    void field(std::string_view name, T& item, blank as = blank::written) {
        if (as == blank::omitted && !next_is(name)) return;
        key(name);
        const auto at = position();
        value(item);
        if (as == blank::omitted && item == T{}) fail(at, errc::malformed, "blank, but not left out");
    }
    void field_or_blank(std::string_view name, std::optional<digest256>& item) {
        key(name);
        if (rest_.substr(0, 2) == "\"\"") return rest_.remove_prefix(2);
        value(item);
    }
    template <class T, class Each>
    void engaged(std::string_view name, std::optional<T>& item, Each each) {
        if (!next_is(name)) return;
        key(name);
        each(item.emplace());
    }
    template <class T, class Each>
    void list(std::string_view name, std::vector<T>& items, std::size_t items_max, Each each,
              blank as = blank::written) {
        if (as == blank::omitted && !next_is(name)) return;
        const auto at = position();
        sequence(name, "[]", items, items_max, each);
        if (as == blank::omitted && items.empty()) fail(at, errc::malformed, "blank, but not left out");
    }
    template <class T, class Each>
    void map(std::string_view name, std::vector<T>& items, std::size_t items_max, Each each) {
        sequence(name, "{}", items, items_max, each);
    }

    void value(std::uint64_t& number) {
        const auto digits = rest_.substr(0, rest_.find_first_not_of("0123456789"));
        if (!read_number(digits, number)) {
            return fail(position(), errc::malformed, "not an integer from 0 to 2^53 - 1");
        }
        rest_.remove_prefix(digits.size());
    }
    void value(std::string& text);
    void value(stamp& time) {
        constexpr std::string_view shape = "2025-01-20T14:30:00.123456789Z";
        const auto text = quoted();
        const char* why = text.size() == shape.size() ? read_form(text, time) : "not a time with nine decimals";
        if (why) fail_in(text, why);
    }
    /// Everything else that is written as a string.
    template <class T>
    void value(T& item) {
        const auto text = quoted();
        if (const char* why = read_form(text, item)) fail_in(text, why);
    }

    /// A rule of what was read from `begin` on.
    void require(std::size_t begin, const result<void>& kept) {
        if (kept || !ok_) return;
        field_ = {};
        fail(begin, kept.error().code(), kept.error().detail());
    }

    /// Success if all was read and nothing is left.
    [[nodiscard]] result<void> finish() && {
        field_ = {};
        if (ok_ && !rest_.empty()) fail(position(), errc::malformed, "more follows the end");
        return std::move(ok_);
    }

private:
    void fail(std::size_t at, errc code, std::string reason) {
        if (!ok_) return;
        const auto place = "at byte " + std::to_string(at) + (field_.empty() ? "" : ", " + printable(field_));
        ok_ = failure{code, {}, place + ": " + std::move(reason)};
        rest_ = {};
    }
    void fail_expecting(std::string what) {
        fail(position(), errc::malformed, (rest_.empty() ? "ends instead of " : "expected ") + std::move(what));
    }
    /// For a quoted text that has just been read.
    void fail_in(std::string_view text, std::string reason) {
        fail(position() - (std::min)(position(), text.size() + 2), errc::malformed, std::move(reason));
    }

    void literal(std::string_view expected) {
        if (rest_.substr(0, expected.size()) != expected) return fail_expecting(std::string{expected});
        rest_.remove_prefix(expected.size());
    }
    void begin(char bracket) {
        literal({&bracket, 1});
        first_ = true;
    }
    void end(char bracket) {
        literal({&bracket, 1});
        first_ = false;
    }
    [[nodiscard]] bool next_is(std::string_view name) const noexcept {
        const std::string_view before = first_ ? "\"" : ",\"";
        return rest_.substr(0, before.size()) == before && rest_.substr(before.size(), name.size()) == name &&
               rest_.substr(before.size() + name.size(), 2) == "\":";
    }

    template <class T, class Each>
    void sequence(std::string_view name, std::string_view brackets, std::vector<T>& items, std::size_t items_max,
                  Each each) {
        key(name);
        begin(brackets[0]);
        while (ok_ && rest_.substr(0, 1) != brackets.substr(1)) {
            if (!items.empty()) literal(",");
            if (items.size() == items_max) {
                return fail(position(), errc::too_large, "over " + std::to_string(items_max) + " items");
            }
            each(items.emplace_back());
        }
        end(brackets[1]);
    }

    /// The inside of a string that never needs an escape, because what parses it next refuses what would.
    [[nodiscard]] std::string_view quoted() {
        literal("\"");
        const auto size = rest_.find('"');
        if (size == std::string_view::npos) {
            fail_expecting("\"");
            return {};
        }
        const auto text = rest_.substr(0, size);
        rest_.remove_prefix(size + 1);
        return text;
    }
    [[nodiscard]] bool unescape(char& c);

    std::string_view in_, rest_, field_;
    bool first_ = true;
    result<void> ok_; ///< or the first fault
};

inline void json_reader::value(std::string& text) {
    literal("\"");
    const auto begin = position();
    while (ok_) {
        const auto plain = plain_size(rest_);
        text += rest_.substr(0, plain);
        rest_.remove_prefix(plain);
        if (rest_.substr(0, 1) != "\\") break;
        const auto at = position();
        char c = 0;
        if (!unescape(c)) return fail(at, errc::malformed, "not an escape that RFC 8785 writes");
        text += c;
    }
    literal("\"");
    if (!is_utf8(text)) fail(begin, errc::malformed, "not UTF-8");
}

/// Only control characters, quotes and backslashes are written escaped, each in one way.
inline bool json_reader::unescape(char& c) {
    constexpr std::string_view named = "\b\t\n\f\r\"\\", letters = "btnfr\"\\";
    const auto letter = rest_.substr(1, 1);
    if (const auto at = letters.find(letter); !letter.empty() && at != std::string_view::npos) {
        rest_.remove_prefix(2);
        c = named[at];
        return true;
    }
    std::array<std::byte, 1> code{};
    if (rest_.substr(1, 3) != "u00" || !from_hex(rest_.substr(4, 2), code)) return false;
    c = static_cast<char>(code[0]);
    if (static_cast<unsigned char>(c) >= 0x20 || named.find(c) != std::string_view::npos) return false;
    rest_.remove_prefix(6);
    return true;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_CANONICAL_CODEC_HPP
#define SEALSYNC_MANIFEST_CANONICAL_CODEC_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The strict codec of the core: accepts exactly the bytes that `write_segment` and `write_head` make, so that what
/// is read and written again is the same object. `simdjson_codec` accepts any JSON of the same meaning.
///
/// Fails with `errc::malformed` (position and reason in `detail()`), `errc::too_large` over a limit,
/// `errc::unknown_format` and `errc::unknown_critical` naming what this version lacks. Thread-safe.
struct canonical_codec {
    [[nodiscard]] static result<segment> read_segment(bytes_view json, std::string_view collection_field,
                                                      const manifest_limits& limits = {}) {
        segment s;
        auto ok = read(json, limits, [&](auto& in) { detail::lay_out_segment(in, s, collection_field, limits); });
        if (!ok) return std::move(ok).error();
        return s;
    }

    [[nodiscard]] static result<head> read_head(bytes_view json, const manifest_limits& limits = {}) {
        head h;
        auto ok = read(json, limits, [&](auto& in) { detail::lay_out_head(in, h, limits); });
        if (!ok) return std::move(ok).error();
        return h;
    }

    [[nodiscard]] static result<checkpoint> read_checkpoint(bytes_view json, std::string_view collection_field,
                                                            const manifest_limits& limits = {}) {
        checkpoint c;
        auto ok = read(json, limits, [&](auto& in) { detail::lay_out_checkpoint(in, c, collection_field, limits); });
        if (!ok) return std::move(ok).error();
        return c;
    }

private:
    template <class LayOut>
    [[nodiscard]] static result<void> read(bytes_view json, const manifest_limits& limits, LayOut lay_out) {
        if (auto ok = detail::check_size(json, limits); !ok) return ok;
        detail::json_reader in{json};
        lay_out(in);
        return std::move(in).finish();
    }
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_TRAITS_HPP
#define SEALSYNC_TRAITS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The rules that convergence rests on, as switches, so that the simulator can show what each is for: turned off,
/// it must find the damage. Never turn one off elsewhere. Constants for an engine, which asks by a plain `if`, because
/// the simulator's are set as it runs: one engine to compile for all of them.
struct protocol_rules {
    bool honour_replaces = true;      ///< an edit replaces only what its author saw
    bool blobs_before_segment = true; ///< the segment is the commit: what it names is there
    bool objects_with_cursor = true;  ///< objects and cursors in one transaction
    bool causal_wait = true;          ///< a segment waits for what its author had seen
    bool fresh_run = true;            ///< a run id is never kept with the replica
    bool met_is_known = true;         ///< an edit met before is ignored even if it is no longer there
    bool heal_everything = true;      ///< whoever finds the head behind joins in all it knows
    bool taken_is_named = true;       ///< an edit names all that it replaces and that a push has taken
};

/// What an engine takes for granted; inherit and shadow what should differ.
struct default_traits {
    using layout = default_layout;
    using codec = canonical_codec;
    /// Segments are written in the compact form where a cipher seals them. Turn it off while a device shares the vault
    /// that is too old to read it: whoever reads the compact form reads both.
    static constexpr bool compact_segments = true;
    static constexpr protocol_rules rules{};
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_DETAIL_VIRTUAL_BASE_HPP
#define SEALSYNC_DETAIL_VIRTUAL_BASE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The base of an interface that is owned through a pointer: destroyed virtually, never copied.
struct virtual_base {
    virtual_base() = default;
    virtual_base(const virtual_base&) = delete;
    virtual_base& operator=(const virtual_base&) = delete;
    virtual ~virtual_base() = default;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_ANY_CIPHER_HPP
#define SEALSYNC_SYNC_ANY_CIPHER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// An incremental hash behind virtual calls: models `hasher`.
class any_hasher {
public:
    template <class Hasher>
    explicit any_hasher(std::in_place_t, Hasher hash) : model_{new model<Hasher>{std::move(hash)}} {}

    void update(bytes_view data) { model_->update(data); }
    [[nodiscard]] digest256 finish() { return model_->finish(); }

private:
    struct port : virtual_base {
        virtual void update(bytes_view data) = 0;
        virtual digest256 finish() = 0;
    };
    template <class Hasher>
    struct model final : port {
        explicit model(Hasher hash) : hash_{std::move(hash)} {}
        void update(bytes_view data) override { hash_.update(data); }
        digest256 finish() override { return hash_.finish(); }
        Hasher hash_;
    };
    owner<port> model_;
};

/// Seals the chunks of one stream, behind virtual calls: models `stream_sealer`.
class any_sealer {
public:
    template <class Sealer>
    explicit any_sealer(std::in_place_t, Sealer sealer) : model_{new model<Sealer>{std::move(sealer)}} {}

    [[nodiscard]] bytes_view header() const { return model_->header(); }
    [[nodiscard]] result<void> seal_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        return model_->seal_chunk(index, last, in, out);
    }

private:
    struct port : virtual_base {
        virtual bytes_view header() = 0;
        virtual result<void> seal_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) = 0;
    };
    template <class Sealer>
    struct model final : port {
        explicit model(Sealer sealer) : sealer_{std::move(sealer)} {}
        bytes_view header() override { return sealer_.header(); }
        result<void> seal_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) override {
            return sealer_.seal_chunk(index, last, in, out);
        }
        Sealer sealer_;
    };
    owner<port> model_;
};

/// Opens the chunks of one stream, behind a virtual call: models `stream_opener`.
class any_opener {
public:
    template <class Opener>
    explicit any_opener(std::in_place_t, Opener opener) : model_{new model<Opener>{std::move(opener)}} {}

    [[nodiscard]] result<void> open_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) {
        return model_->open_chunk(index, last, in, out);
    }

private:
    struct port : virtual_base {
        virtual result<void> open_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) = 0;
    };
    template <class Opener>
    struct model final : port {
        explicit model(Opener opener) : opener_{std::move(opener)} {}
        result<void> open_chunk(std::uint64_t index, bool last, bytes_view in, bytes& out) override {
            return opener_.open_chunk(index, last, in, out);
        }
        Opener opener_;
    };
    owner<port> model_;
};

/// A cipher behind virtual calls, so that the sync is compiled once for all ciphers. Copies copy the cipher.
class any_cipher {
public:
    template <class Cipher>
    explicit any_cipher(std::in_place_t, Cipher of) : model_{new model<Cipher>{std::move(of)}} {}
    any_cipher(any_cipher&&) noexcept = default;
    any_cipher(const any_cipher& other) : model_{other.model_->copy()} {}
    any_cipher& operator=(any_cipher other) noexcept {
        model_ = std::move(other.model_);
        return *this;
    }
    ~any_cipher() = default;

    [[nodiscard]] bool sealing() const { return model_->sealing(); }
    [[nodiscard]] std::optional<vault_id> vault() const { return model_->vault(); }
    [[nodiscard]] result<void> seal(const sealing_context& context, bytes_view in, bytes& out) {
        return model_->seal(context, in, out);
    }
    [[nodiscard]] result<void> open(const sealing_context& context, bytes_view in, bytes& out) {
        return model_->open(context, in, out);
    }
    [[nodiscard]] stream_layout layout() const { return model_->layout(); }
    [[nodiscard]] result<any_sealer> start_seal(const sealing_context& context) { return model_->start_seal(context); }
    [[nodiscard]] result<any_opener> start_open(const sealing_context& context, bytes_view header) {
        return model_->start_open(context, header);
    }
    [[nodiscard]] digest256 digest(bytes_view in) const { return model_->digest(in); }
    [[nodiscard]] any_hasher start_digest() { return model_->start_digest(); }
    [[nodiscard]] std::string keyed_id(id_purpose purpose, std::string_view collection, bytes_view in) {
        return model_->keyed_id(purpose, collection, in);
    }
    [[nodiscard]] any_hasher start_keyed_id(id_purpose purpose, std::string_view collection) {
        return model_->start_keyed_id(purpose, collection);
    }
    [[nodiscard]] result<void> random(std::span<std::byte> out) { return model_->random(out); }

private:
    struct port : virtual_base {
        [[nodiscard]] virtual owner<port> copy() const = 0;
        [[nodiscard]] virtual bool sealing() const = 0;
        virtual std::optional<vault_id> vault() = 0;
        virtual result<void> seal(const sealing_context& context, bytes_view in, bytes& out) = 0;
        virtual result<void> open(const sealing_context& context, bytes_view in, bytes& out) = 0;
        virtual stream_layout layout() = 0;
        virtual result<any_sealer> start_seal(const sealing_context& context) = 0;
        virtual result<any_opener> start_open(const sealing_context& context, bytes_view header) = 0;
        virtual digest256 digest(bytes_view in) = 0;
        virtual any_hasher start_digest() = 0;
        virtual std::string keyed_id(id_purpose purpose, std::string_view collection, bytes_view in) = 0;
        virtual any_hasher start_keyed_id(id_purpose purpose, std::string_view collection) = 0;
        virtual result<void> random(std::span<std::byte> out) = 0;
    };

    template <class Any, class Stream>
    [[nodiscard]] static result<Any> as(result<Stream> begun) {
        if (!begun) return std::move(begun).error();
        return Any{std::in_place, *std::move(begun)};
    }

    template <class Cipher>
    struct model final : port {
        explicit model(Cipher of) : cipher_{std::move(of)} {}

        [[nodiscard]] owner<port> copy() const override { return owner<port>{new model{cipher_}}; }
        [[nodiscard]] bool sealing() const override { return Cipher::sealing; }
        std::optional<vault_id> vault() override { return cipher_.vault(); }
        result<void> seal(const sealing_context& context, bytes_view in, bytes& out) override {
            return cipher_.seal(context, in, out);
        }
        result<void> open(const sealing_context& context, bytes_view in, bytes& out) override {
            return cipher_.open(context, in, out);
        }
        stream_layout layout() override { return cipher_.layout(); }
        result<any_sealer> start_seal(const sealing_context& context) override {
            return as<any_sealer>(cipher_.start_seal(context));
        }
        result<any_opener> start_open(const sealing_context& context, bytes_view header) override {
            return as<any_opener>(cipher_.start_open(context, header));
        }
        digest256 digest(bytes_view in) override { return cipher_.digest(in); }
        any_hasher start_digest() override { return any_hasher{std::in_place, cipher_.start_digest()}; }
        std::string keyed_id(id_purpose purpose, std::string_view collection, bytes_view in) override {
            return cipher_.keyed_id(purpose, collection, in);
        }
        any_hasher start_keyed_id(id_purpose purpose, std::string_view collection) override {
            return any_hasher{std::in_place, cipher_.start_keyed_id(purpose, collection)};
        }
        result<void> random(std::span<std::byte> out) override { return cipher_.random(out); }

        Cipher cipher_;
    };

    owner<port> model_;
};

static_assert(hasher<any_hasher> && stream_sealer<any_sealer> && stream_opener<any_opener>);

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_ANY_CLOCK_HPP
#define SEALSYNC_SYNC_ANY_CLOCK_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A clock behind a virtual call, so that the sync is compiled once for all clocks. Models `clock`.
class any_clock {
public:
    template <class Clock>
    explicit any_clock(std::in_place_t, Clock of) : model_{new model<Clock>{std::move(of)}} {}

    [[nodiscard]] wall_time now() noexcept { return model_->now(); }

private:
    struct port : virtual_base {
        virtual wall_time now() noexcept = 0;
    };
    template <class Clock>
    struct model final : port {
        explicit model(Clock of) : clock_{std::move(of)} {}
        wall_time now() noexcept override { return clock_.now(); }
        Clock clock_;
    };
    owner<port> model_;
};

static_assert(clock<any_clock>);

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_CONFLICT_SIBLING_HPP
#define SEALSYNC_CONFLICT_SIBLING_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A version of an object that nobody replaced, as a conflict policy sees it. Never a tombstone: a live sibling
/// beats the concurrent deletes before a policy is asked.
struct sibling {
    sealsync::dot dot;
    stamp timestamp;
    std::uint64_t version = 0;
    std::string_view device{}; ///< the author's device id
    bytes_view content{};      ///< empty unless the policy reads contents
};

/// What siblings were made on: the content of their newest common ancestor.
struct merge_base {
    enum class state {
        none,    ///< they have no ancestor in common: they were made apart from each other, or after a deletion
        known,   ///< `content` is it
        unknown, ///< they have one, but not its content: it is not on this device
    };
    state is = state::none;
    bytes_view content{};
};

/// What a policy judges siblings by. Each reads what those before it read, too.
enum class policy_reads {
    order,    ///< who came last
    contents, ///< what they say
    base,     ///< and what they were made on: the replica keeps the contents of versions that others rest on
};

/// What the application sees of several siblings, by their indices. Each index that is neither shown nor beside is
/// absorbed: an edit of the record replaces it together with the shown one.
struct resolution {
    std::size_t shown = 0;
    std::vector<std::size_t> beside{}; ///< presented as conflicts, each under an id of its own
    std::optional<bytes> merged{};     ///< if set, written once as a new version that replaces every sibling
};

/// Indices by (timestamp, dot), greatest first: the order that every device agrees on.
[[nodiscard]] inline bool shown_before(const sibling& left, const sibling& right) noexcept {
    if (left.timestamp != right.timestamp) return left.timestamp > right.timestamp;
    return left.dot > right.dot;
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CONFLICT_CONFLICT_POLICY_HPP
#define SEALSYNC_CONFLICT_CONFLICT_POLICY_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A policy decides what the application sees of concurrent edits. docs/concepts/conflict_policy.md
template <class P>
concept conflict_policy = std::move_constructible<P> &&
    requires(P p, std::span<const sibling> siblings, const merge_base& base) {
    { P::reads } -> std::convertible_to<policy_reads>;
    { p.resolve(siblings, base) } -> std::same_as<result<resolution>>;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SYNC_ANY_CONFLICT_POLICY_HPP
#define SEALSYNC_SYNC_ANY_CONFLICT_POLICY_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A conflict policy behind a virtual call, so that the sync is compiled once for all policies.
class any_conflict_policy {
public:
    template <class Policy>
    explicit any_conflict_policy(std::in_place_t, Policy of)
        : model_{new model<Policy>{std::move(of)}}, reads_{Policy::reads} {}

    [[nodiscard]] bool reads_content() const noexcept { return reads_ != policy_reads::order; }
    [[nodiscard]] bool reads_base() const noexcept { return reads_ == policy_reads::base; }
    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) {
        return model_->resolve(siblings, base);
    }

private:
    struct port : virtual_base {
        virtual result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) = 0;
    };
    template <class Policy>
    struct model final : port {
        explicit model(Policy of) : policy_{std::move(of)} {}
        result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) override {
            return policy_.resolve(siblings, base);
        }
        [[no_unique_address]] Policy policy_;
    };

    owner<port> model_;
    policy_reads reads_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_REPLICA_TABLE_HPP
#define SEALSYNC_REPLICA_TABLE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The ordered maps from bytes to bytes that a replica keeps. What the rows mean is the engine's business
/// (`sync/rows.hpp`); the numbers are part of the replica's format.
enum class replica_table : std::uint8_t {
    header = 1,  ///< one row per fact: vault, device, last stamp, ...
    object = 2,  ///< an object's siblings
    content = 3, ///< a version's plaintext
    outbox = 4,  ///< edits not yet committed to the store, in the order they were made
    source = 5,  ///< where the bytes of attachments not yet uploaded are
    cursor = 6,  ///< how far each log has been merged
    met = 7,     ///< which edits of each run have been met
    derived = 8, ///< ids of conflicting siblings, to their records
    staged = 9,  ///< contents fetched, but not yet named by a sibling
};

inline constexpr std::uint8_t replica_table_count = 9;

/// Called in ascending order of the keys (byte by byte); returns whether to go on. Views are valid during the call.
using row_visitor = function_ref<bool(bytes_view key, bytes_view value)>;

}} // namespace sealsync

#endif

#ifndef SEALSYNC_REPLICA_REPLICA_HPP
#define SEALSYNC_REPLICA_REPLICA_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A unit of work on a replica: all of it or nothing. `scan` visits the rows whose key is `key` or greater.
template <class T>
concept replica_transaction = std::move_constructible<T> &&
    requires(T t, replica_table table, bytes_view key, bytes_view value, row_visitor row) {
    { t.load(table, key) } -> std::same_as<result<std::optional<bytes>>>;
    { t.store(table, key, value) } -> std::same_as<result<void>>;
    { t.erase(table, key) } -> std::same_as<result<void>>;
    { t.scan(table, key, row) } -> std::same_as<result<void>>;
    { t.commit() } -> std::same_as<result<void>>;
};

/// The device's own durable copy. docs/concepts/replica.md
template <class R>
concept replica = std::move_constructible<R> && requires(R r) {
    requires replica_transaction<typename decltype(r.begin())::value_type>;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SYNC_ANY_REPLICA_HPP
#define SEALSYNC_SYNC_ANY_REPLICA_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A unit of work behind virtual calls: models `replica_transaction`.
class any_transaction {
public:
    template <class Transaction>
    explicit any_transaction(std::in_place_t, Transaction of) : model_{new model<Transaction>{std::move(of)}} {}

    [[nodiscard]] result<std::optional<bytes>> load(replica_table table, bytes_view key) {
        return model_->load(table, key);
    }
    [[nodiscard]] result<void> store(replica_table table, bytes_view key, bytes_view value) {
        return model_->store(table, key, value);
    }
    [[nodiscard]] result<void> erase(replica_table table, bytes_view key) { return model_->erase(table, key); }
    [[nodiscard]] result<void> scan(replica_table table, bytes_view from, row_visitor visit) {
        return model_->scan(table, from, visit);
    }
    [[nodiscard]] result<void> commit() { return model_->commit(); }

private:
    struct port : virtual_base {
        virtual result<std::optional<bytes>> load(replica_table table, bytes_view key) = 0;
        virtual result<void> store(replica_table table, bytes_view key, bytes_view value) = 0;
        virtual result<void> erase(replica_table table, bytes_view key) = 0;
        virtual result<void> scan(replica_table table, bytes_view from, row_visitor visit) = 0;
        virtual result<void> commit() = 0;
    };
    template <class Transaction>
    struct model final : port {
        explicit model(Transaction of) : transaction_{std::move(of)} {}
        result<std::optional<bytes>> load(replica_table table, bytes_view key) override {
            return transaction_.load(table, key);
        }
        result<void> store(replica_table table, bytes_view key, bytes_view value) override {
            return transaction_.store(table, key, value);
        }
        result<void> erase(replica_table table, bytes_view key) override { return transaction_.erase(table, key); }
        result<void> scan(replica_table table, bytes_view from, row_visitor visit) override {
            return transaction_.scan(table, from, visit);
        }
        result<void> commit() override { return transaction_.commit(); }
        Transaction transaction_;
    };
    owner<port> model_;
};

/// A replica behind virtual calls, so that the sync is compiled once for all replicas. Models `replica`. One heap
/// allocation for each unit of work.
class any_replica {
public:
    template <class Replica>
    explicit any_replica(std::in_place_t, Replica of) : model_{new model<Replica>{std::move(of)}} {}

    [[nodiscard]] result<any_transaction> begin() { return model_->begin(); }

private:
    struct port : virtual_base {
        virtual result<any_transaction> begin() = 0;
    };
    template <class Replica>
    struct model final : port {
        explicit model(Replica of) : replica_{std::move(of)} {}
        result<any_transaction> begin() override {
            auto begun = replica_.begin();
            if (!begun) return std::move(begun).error();
            return any_transaction{std::in_place, *std::move(begun)};
        }
        Replica replica_;
    };
    owner<port> model_;
};

static_assert(replica<any_replica>);

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_STORAGE_STORAGE_HPP
#define SEALSYNC_STORAGE_STORAGE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Blobs under keys, in batches. docs/concepts/storage.md
template <class S>
concept storage = std::move_constructible<S> &&
    requires(S s, std::span<const get_op> gets, std::span<const put_op> puts, std::span<const object_key> keys,
             const list_query& query, get_sink got, put_sink stored, remove_sink removed, const call_context& call) {
    { s.get(gets, got, call) } -> std::same_as<result<void>>;
    { s.put(puts, stored, call) } -> std::same_as<result<void>>;
    { s.remove(keys, removed, call) } -> std::same_as<result<void>>;
    { s.list(query, call) } -> std::same_as<result<list_page>>;
    { s.probe(call) } -> std::same_as<result<storage_capabilities>>;
};

/// A storage whose probe costs so much that its outcome is worth keeping: as long as `identity()` is the same, an
/// engine tells it what it found before; never if that is empty. Optional. docs/concepts/storage.md
template <class S>
concept remembered_storage = storage<S> && requires(S s, const storage_capabilities& found) {
    { s.identity() } -> std::same_as<std::string>;
    { s.assume(found) } -> std::same_as<void>;
};

/// A storage whose probe makes requests, and tells how many it has made so far: all copies of it. Optional.
template <class S>
concept probing_storage = storage<S> && requires(S s) {
    { s.probe_requests() } -> std::same_as<request_counts>;
};

/// What probes of that storage have cost so far.
template <storage S>
[[nodiscard]] request_counts probe_requests_of(const S& store) {
    if constexpr (probing_storage<S>) {
        return store.probe_requests();
    } else {
        return {};
    }
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SYNC_ANY_STORAGE_HPP
#define SEALSYNC_SYNC_ANY_STORAGE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A storage behind virtual calls, so that the sync is compiled once for all storages. A call costs a few nanoseconds,
/// a request never less than microseconds. Models `storage`, and both optional refinements with neutral answers.
class any_storage {
public:
    template <class Storage>
    explicit any_storage(std::in_place_t, Storage store) : model_{new model<Storage>{std::move(store)}} {}

    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink sink, const call_context& call) {
        return model_->get(ops, sink, call);
    }
    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink sink, const call_context& call) {
        return model_->put(ops, sink, call);
    }
    [[nodiscard]] result<void> remove(std::span<const object_key> keys, remove_sink sink, const call_context& call) {
        return model_->remove(keys, sink, call);
    }
    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        return model_->list(query, call);
    }
    [[nodiscard]] result<storage_capabilities> probe(const call_context& call) { return model_->probe(call); }
    /// Empty unless the storage models `remembered_storage`.
    [[nodiscard]] std::string identity() const { return model_->identity(); }
    /// Does nothing unless the storage models `remembered_storage`.
    void assume(const storage_capabilities& found) { model_->assume(found); }
    /// Nothing unless the storage models `probing_storage`.
    [[nodiscard]] request_counts probe_requests() const { return model_->probe_requests(); }

private:
    struct port : virtual_base {
        virtual result<void> get(std::span<const get_op> ops, get_sink sink, const call_context& call) = 0;
        virtual result<void> put(std::span<const put_op> ops, put_sink sink, const call_context& call) = 0;
        virtual result<void> remove(std::span<const object_key> keys, remove_sink sink, const call_context& call) = 0;
        virtual result<list_page> list(const list_query& query, const call_context& call) = 0;
        virtual result<storage_capabilities> probe(const call_context& call) = 0;
        virtual std::string identity() = 0;
        virtual void assume(const storage_capabilities& found) = 0;
        virtual request_counts probe_requests() = 0;
    };

    template <class Storage>
    struct model final : port {
        explicit model(Storage store) : store_{std::move(store)} {}

        result<void> get(std::span<const get_op> ops, get_sink sink, const call_context& call) override {
            return store_.get(ops, sink, call);
        }
        result<void> put(std::span<const put_op> ops, put_sink sink, const call_context& call) override {
            return store_.put(ops, sink, call);
        }
        result<void> remove(std::span<const object_key> keys, remove_sink sink, const call_context& call) override {
            return store_.remove(keys, sink, call);
        }
        result<list_page> list(const list_query& query, const call_context& call) override {
            return store_.list(query, call);
        }
        result<storage_capabilities> probe(const call_context& call) override { return store_.probe(call); }
        std::string identity() override {
            if constexpr (remembered_storage<Storage>) {
                return store_.identity();
            } else {
                return {};
            }
        }
        void assume(const storage_capabilities& found) override {
            if constexpr (remembered_storage<Storage>) store_.assume(found);
        }
        request_counts probe_requests() override { return probe_requests_of(store_); }

        Storage store_;
    };

    owner<port> model_;
};

static_assert(remembered_storage<any_storage> && probing_storage<any_storage>);

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_METERED_STORAGE_HPP
#define SEALSYNC_SYNC_METERED_STORAGE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Whether a failure is of the store as a whole, and says nothing of the object that was asked for: to ask for another
/// is no use. Every other failure is that object's own, and holds up no other.
[[nodiscard]] inline bool is_of_the_store(const failure& why) noexcept {
    switch (why.code()) {
    case errc::unavailable:
    case errc::timed_out:
    case errc::connection_lost:
    case errc::outcome_unknown:
    case errc::throttled:
    case errc::busy:
    case errc::cancelled:
    case errc::closed:
        return true;
    default:
        return false;
    }
}

/// A storage with its meter: every request and every byte of a body that an operation asks for.
class metered_storage {
public:
    explicit metered_storage(any_storage storage) : storage_{std::move(storage)} {}

    struct meter {
        request_counts requests;
        std::uint64_t sent = 0, received = 0;
    };
    [[nodiscard]] const meter& read() const noexcept { return meter_; }
    void reset() noexcept { meter_ = {}; }

    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink sink, const call_context& call) {
        for (const auto& op : ops) ++(op.part == get_part::body ? meter_.requests.get : meter_.requests.head);
        return storage_.get(
            ops,
            [&](std::size_t i, result<get_reply> reply) {
                if (reply) meter_.received += reply->body.size();
                sink(i, std::move(reply));
            },
            call);
    }
    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink sink, const call_context& call) {
        meter_.requests.put += ops.size();
        for (const auto& op : ops) meter_.sent += op.source ? op.source->size() : op.body.size();
        return storage_.put(ops, sink, call);
    }
    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        ++meter_.requests.list;
        return storage_.list(query, call);
    }
    [[nodiscard]] result<storage_capabilities> probe(const call_context& call) {
        const auto before = storage_.probe_requests();
        auto found = storage_.probe(call);
        meter_.requests += storage_.probe_requests() - before;
        return found;
    }
    [[nodiscard]] std::string identity() const { return storage_.identity(); }
    void assume(const storage_capabilities& found) { storage_.assume(found); }

    // Most calls are a batch of one.
    [[nodiscard]] result<get_reply> get_one(const get_op& op, const call_context& call) {
        result<get_reply> answer{unanswered(op.key)};
        auto done = get(
            {&op, 1}, [&](std::size_t, result<get_reply> reply) { answer = std::move(reply); }, call);
        if (!done) return std::move(done).error();
        return answer;
    }
    [[nodiscard]] result<put_reply> put_one(const put_op& op, const call_context& call) {
        result<put_reply> answer{unanswered(op.key)};
        auto done = put(
            {&op, 1}, [&](std::size_t, result<put_reply> reply) { answer = std::move(reply); }, call);
        if (!done) return std::move(done).error();
        return answer;
    }
    /// One PUT for each of `ops`. Fails with the first failure that is not forgiven, or if one was not answered.
    [[nodiscard]] result<void> put_all(std::span<const put_op> ops, const call_context& call,
                                       function_ref<bool(std::size_t)> forgiven) {
        return put_all(ops, call, forgiven, [](std::size_t) {});
    }
    /// Calls `stored(index)` for each that the store took, whatever becomes of the others.
    [[nodiscard]] result<void> put_each(std::span<const put_op> ops, const call_context& call,
                                        function_ref<void(std::size_t)> stored) {
        return put_all(
            ops, call, [](std::size_t) { return false; }, stored);
    }
    [[nodiscard]] result<void> put_all(std::span<const put_op> ops, const call_context& call,
                                       function_ref<bool(std::size_t)> forgiven,
                                       function_ref<void(std::size_t)> stored) {
        if (ops.empty()) return {};
        std::optional<failure> broken;
        std::size_t answered = 0;
        const auto take = [&](std::size_t i, result<put_reply> reply) {
            ++answered;
            if (reply) stored(i);
            if (!reply && !broken && !forgiven(i)) broken = std::move(reply).error();
        };
        auto done = put(ops, take, call);
        if (broken) return *std::move(broken);
        if (done && answered < ops.size()) {
            return failure{errc::outcome_unknown, ops.front().key.text(), "not every put was answered"};
        }
        return done;
    }
    [[nodiscard]] result<void> put_all(std::span<const put_op> ops, const call_context& call) {
        return put_all(ops, call, [](std::size_t) { return false; });
    }
    /// Every key under `prefix`, page by page; `visit(entry)` returns nothing.
    [[nodiscard]] result<void> each_key(std::string prefix, const call_context& call,
                                        function_ref<void(const list_entry&)> visit) {
        list_query query{std::move(prefix)};
        while (true) {
            auto page = list(query, call);
            if (!page) return std::move(page).error().during("list");
            for (const auto& entry : page->entries) visit(entry);
            if (!page->more || page->entries.empty()) return {};
            query.after = page->entries.back().key;
        }
    }

private:
    [[nodiscard]] static failure unanswered(const object_key& key) {
        return failure{errc::outcome_unknown, key.text(), "the storage policy gave no answer"};
    }

    any_storage storage_;
    meter meter_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_PAYLOAD_HPP
#define SEALSYNC_SYNC_PAYLOAD_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What is sealed as a record or profile: the application's names, which keys and manifests know only as hashes,
/// and the content. Borrowed.
struct payload {
    std::string_view collection;
    std::string_view name; ///< empty for a profile
    bytes_view content;
};

inline constexpr std::uint8_t payload_format = 1;

[[nodiscard]] inline bytes encode(const payload& p) {
    constexpr std::size_t format_and_sizes = 12;
    wire_writer out;
    out.reserve(p.collection.size() + p.name.size() + p.content.size() + format_and_sizes);
    out.byte(payload_format);
    out.counted(p.collection);
    out.counted(p.name);
    out.raw(p.content);
    return std::move(out).take();
}

/// Views into `encoded`. Fails with `errc::unknown_format` or `errc::malformed`.
[[nodiscard]] inline result<payload> decode_payload(bytes_view encoded) {
    wire_reader in{encoded};
    const auto format = in.byte();
    if (in.ok() && format != payload_format) {
        return failure{errc::unknown_format, "record payload", "format " + std::to_string(format)};
    }
    payload p;
    p.collection = as_text(in.counted());
    p.name = as_text(in.counted());
    p.content = in.rest();
    if (!in.ok()) return failure{errc::malformed, "record payload", "ends early"};
    return p;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_CONFLICT_RANKING_HPP
#define SEALSYNC_CONFLICT_RANKING_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `shown_before` made total: two machines resumed from one memory image may give one dot to two contents, and even
/// then every device must agree.
[[nodiscard]] inline bool ranks_before(const sibling& left, const sibling& right) noexcept {
    if (shown_before(left, right)) return true;
    if (shown_before(right, left)) return false;
    if (left.version != right.version) return left.version > right.version;
    if (left.device != right.device) return left.device > right.device;
    return as_text(left.content) > as_text(right.content);
}

[[nodiscard]] inline std::size_t greatest(std::span<const sibling> siblings) noexcept {
    SEALSYNC_ASSERT(!siblings.empty());
    std::size_t greatest = 0;
    for (std::size_t i = 1; i < siblings.size(); ++i)
        greatest = ranks_before(siblings[i], siblings[greatest]) ? i : greatest;
    return greatest;
}

/// The indices of `siblings`, greatest first; of those with equal content only the greatest.
[[nodiscard]] inline std::vector<std::size_t> ranked_contents(std::span<const sibling> siblings) {
    const auto ranked = sorted_indices(siblings.size(), [&](std::size_t left, std::size_t right) {
        return ranks_before(siblings[left], siblings[right]);
    });

    std::vector<std::size_t> distinct;
    for (const auto candidate : ranked) {
        const bool repeated =
            any_of(distinct, [&](std::size_t kept) { return siblings[kept].content == siblings[candidate].content; });
        if (!repeated) distinct.push_back(candidate);
    }
    return distinct;
}

/// The greatest is shown, and every other content is beside it.
[[nodiscard]] inline resolution kept_apart(std::span<const sibling> siblings) {
    const auto ranked = ranked_contents(siblings);
    return {.shown = ranked.front(), .beside = {ranked.begin() + 1, ranked.end()}};
}

/// Merges the distinct contents with `merge(base, contents)`, which gets them greatest first, and no base where the
/// siblings were made apart from each other. Keeps them apart where the base is unknown, or `merge` gives nothing.
[[nodiscard]] inline resolution
merged_or_apart(std::span<const sibling> siblings, const merge_base& base,
                function_ref<std::optional<bytes>(std::optional<bytes_view>, std::span<const bytes_view>)> merge) {
    const auto ranked = ranked_contents(siblings);
    if (ranked.size() == 1) return {.shown = ranked.front()};
    if (base.is == merge_base::state::unknown) return kept_apart(siblings);

    list<bytes_view> contents;
    for (const auto index : ranked) contents.push_back(siblings[index].content);
    const auto ancestor = base.is == merge_base::state::known ? std::optional{base.content} : std::nullopt;
    auto merged = merge(ancestor, {contents.data(), contents.size()});
    if (!merged) return kept_apart(siblings);
    return {.shown = ranked.front(), .merged = std::move(merged)};
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_PRESENTATION_HPP
#define SEALSYNC_SYNC_PRESENTATION_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What the application sees of a sibling set, by indices into its versions: a pure function of the set.
struct presentation {
    std::optional<std::size_t> shown; ///< nothing: the object does not exist, or is deleted
    std::vector<std::size_t> beside;
    std::optional<bytes> merged;
    merge_kind how = merge_kind::blind; ///< of `merged`, as the vault knows it
    std::optional<failure> refused;     ///< the policy cannot judge: each content is shown or beside, until it can
};

/// Two devices may merge the same siblings at once, and not alike: one without their base, or by another release of the
/// application. One of the merges stands for both, the same on every device, or they would merge each other's for ever:
/// one with a base before one without, then the greater dot.
[[nodiscard]] inline bool yields_to(const change& left, const change& right) noexcept {
    if (left.merge == merge_kind::none || right.merge == merge_kind::none || left.replaces != right.replaces)
        return false;
    if (left.merge != right.merge) return left.merge == merge_kind::blind;
    return left.dot < right.dot;
}
[[nodiscard]] inline bool is_outdone(const sibling_set& siblings, const change& one) {
    return any_of(siblings.versions(),
                  [&](const auto& other) { return !other.erased() && yields_to(one, other.what); });
}

/// By (timestamp, dot): the order that needs no contents.
inline void sort_newest_first(const sibling_set& siblings, std::vector<std::size_t>& indices) {
    sort_stably(indices, [&](std::size_t left, std::size_t right) {
        const auto &a = siblings.versions()[left].what, &b = siblings.versions()[right].what;
        return b.timestamp != a.timestamp ? b.timestamp < a.timestamp : b.dot < a.dot;
    });
}

/// A live sibling hides concurrent tombstones: an edit beats a concurrent delete. Several live ones are the
/// conflict policy's to judge. `content(index)` gives a version's content, `base` the version all of them replaced.
///
/// A content that is not here (nothing) cannot be judged: what can be read is shown first, and the other versions stand
/// beside, so that no edit replaces them unseen and no merge is made without them. Where the policy fails, every
/// content is kept apart, as `keep_both` does: one record that cannot be judged holds up no other.
template <class ConflictPolicy, class Content>
[[nodiscard]] presentation present(const sibling_set& siblings, ConflictPolicy& policy, Content&& content,
                                   const merge_base& base) {
    std::vector<std::size_t> live, unread;
    list<sibling> candidates;
    for (std::size_t i = 0; i < siblings.versions().size(); ++i) {
        const auto& version = siblings.versions()[i];
        if (version.erased() || is_outdone(siblings, version.what)) continue;
        const std::optional<bytes_view> found = content(i);
        (found ? live : unread).push_back(i);
        const auto& what = version.what;
        if (found) candidates.push_back({what.dot, what.timestamp, what.version, what.device.text(), *found});
    }
    sort_newest_first(siblings, unread);
    if (live.empty() && unread.empty()) return {};
    if (live.empty()) return {unread.front(), {unread.begin() + 1, unread.end()}, {}, {}, {}};
    if (live.size() == 1) return {live.front(), std::move(unread), {}, {}, {}};

    const std::span<const sibling> judged{candidates.data(), candidates.size()};
    auto resolved = policy.resolve(judged, base);
    presentation seen;
    if (!resolved) {
        seen.refused = std::move(resolved).error();
        resolved = kept_apart(judged);
    }
    SEALSYNC_ASSERT(resolved->shown < live.size());
    seen.shown = live[resolved->shown];
    for (const auto i : resolved->beside) seen.beside.push_back(live[i]);
    if (unread.empty()) seen.merged = std::move(resolved->merged);
    seen.beside.insert(seen.beside.end(), unread.begin(), unread.end());
    return seen;
}

/// The dots that an edit made on version `edited` replaces: that version, everything hidden, and, if it is the shown
/// one, whatever the policy absorbed into it. Versions beside stay: their authors' work was not what was edited.
[[nodiscard]] inline std::vector<dot> replaced_by_edit(const sibling_set& siblings, const presentation& seen,
                                                       std::optional<std::size_t> edited) {
    std::vector<dot> replaced;
    for (std::size_t i = 0; i < siblings.versions().size(); ++i) {
        const auto& version = siblings.versions()[i];
        const bool is_beside = contains(seen.beside, i);
        const bool absorbed = edited == seen.shown && !is_beside;
        const bool twin = !replaced.empty() && replaced.back() == version.what.dot; // twins share a dot
        if (!twin && (version.erased() || absorbed || edited == i)) replaced.push_back(version.what.dot);
    }

    return replaced;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_DOT_SET_HPP
#define SEALSYNC_MANIFEST_DOT_SET_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Which edits have been met, whether or not their versions are still there: an edit met twice is one edit.
/// Ordered by run, not hashed: runs are chosen by whoever writes into the store, and there are few.
class dot_set {
public:
    [[nodiscard]] bool contains(const dot& edit) const {
        const auto found = runs_.find(edit.run);
        return found != runs_.end() && found->second.contains(edit.n);
    }
    void insert(const dot& edit) { runs_[edit.run].insert(edit.n); }

    /// The edits of one run, to store; null if none was met.
    [[nodiscard]] const interval_set* of(const run_id& run) const {
        const auto found = runs_.find(run);
        return found == runs_.end() ? nullptr : &found->second;
    }
    /// Puts what was stored of one run back, in place of what is known of it.
    void assign(const run_id& run, interval_set met) {
        if (met.empty()) {
            runs_.erase(run);
        } else {
            runs_.insert_or_assign(run, std::move(met));
        }
    }

    [[nodiscard]] bool empty() const noexcept { return runs_.empty(); }
    /// Ascending by run; no run is empty.
    [[nodiscard]] const std::map<run_id, interval_set>& runs() const noexcept { return runs_; }
    [[nodiscard]] friend bool operator==(const dot_set&, const dot_set&) = default;

private:
    std::map<run_id, interval_set> runs_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SYNC_FACTS_HPP
#define SEALSYNC_SYNC_FACTS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A fact that a replica keeps under a name: a text, a number, or bytes that a row of its own type encodes.
template <class T>
struct fact {
    std::string_view name;
};

/// A fact of each of many things: its name is the prefix and the thing's id.
template <class T>
struct fact_of_each {
    std::string_view prefix;
};

/// Every fact in `replica_table::header`. The names are part of the replica's format.
namespace facts {

using text = std::string;
using number = std::uint64_t;
struct row; ///< encoded by `sync/rows.hpp`

// What the replica belongs to, fixed when it joins a vault.
inline constexpr fact<number> format{"format"};
inline constexpr fact<text> user{"user"};
inline constexpr fact<text> vault{"vault"};     ///< hexadecimal
inline constexpr fact<number> sealed{"sealed"}; ///< 1: by a cipher, for life
inline constexpr fact<text> device{"device"};   ///< the id of this device
inline constexpr fact<text> device_name{"device_name"};

// What a sync remembers for the next one.
inline constexpr fact<text> capabilities{"capabilities"};     ///< of the store, as probed
inline constexpr fact<text> head_etag{"head_etag"};           ///< absent unless all that the head names is merged
inline constexpr fact<number> polls{"polls"};                 ///< since the store was listed
inline constexpr fact<number> listed{"listed"};               ///< when it was, in ns since 1970
inline constexpr fact<number> pull_live{"pull_live"};         ///< records when an unfinished pull began
inline constexpr fact<number> pull_deleted{"pull_deleted"};   ///< records that it has deleted so far
inline constexpr fact<number> reads_content{"reads_content"}; ///< 2: the last policy judged by contents, else 1
inline constexpr fact<number> unfetched{"unfetched"};         ///< 1: a content is still to be fetched
inline constexpr fact<number> unmerged{"unmerged"};           ///< 1: the policy still has something to merge
inline constexpr fact<row> pending{"pending"};                ///< the sealed segment on its way to the store
inline constexpr fact<row> taken{"taken"};                    ///< places in the outbox that a push has taken
inline constexpr fact<row> state{"state"};                    ///< `local_state`
inline constexpr fact<text> run{"run"};                       ///< only if the rule `fresh_run` is off

inline constexpr fact_of_each<text> collection_names{"collection/"}; ///< by collection id
inline constexpr fact_of_each<text> device_names{"device/"};         ///< by device id
inline constexpr fact_of_each<row> sent{"sent/"};                    ///< by the first place in the outbox
inline constexpr fact_of_each<row> promised{"promised/"};            ///< by log id: how far it was said to reach
inline constexpr fact_of_each<number> waiting{"waiting/"};           ///< by log id: since when, in ns since 1970

} // namespace facts

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_UNIT_OF_WORK_HPP
#define SEALSYNC_SYNC_UNIT_OF_WORK_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What changes with almost every unit of work, in one row.
struct local_state {
    stamp last;                      ///< of the hybrid clock
    std::uint64_t outbox_next = 1;   ///< places in the outbox are never used twice
    std::uint64_t outbox_joined = 0; ///< up to here, edits of one group may have others between them
    std::uint64_t live = 0;          ///< records that are not erased, for the mass-delete guard
};

/// A replica transaction that speaks of objects, cursors and edits instead of bytes. After the first failure every
/// read gives nothing and every write does nothing; `status()` and `commit()` tell it, and nothing is kept. Check
/// `status()` before anything read is acted on outside of the unit.
template <class Transaction>
class unit_of_work {
public:
    explicit unit_of_work(Transaction transaction) : transaction_{std::move(transaction)} {}

    [[nodiscard]] const result<void>& status() const noexcept { return status_; }
    void fail(failure why) {
        if (status_) status_ = std::move(why);
    }

    [[nodiscard]] result<void> commit() {
        for (const auto& [run, met] : met_) {
            if (met.changed) store_row(replica_table::met, met_key(run), met.numbers.encode());
        }
        if (state_changed_) store_state();
        if (!status_) return status_;
        return transaction_.commit();
    }

    // Facts: one small row each. A text that is absent is empty, a number 0.
    [[nodiscard]] bool has(const fact<std::string>& which) { return load_fact(which.name).has_value(); }
    [[nodiscard]] bool has(const fact<std::uint64_t>& which) { return load_fact(which.name).has_value(); }
    [[nodiscard]] std::string get(const fact<std::string>& which) {
        const auto value = load_fact(which.name);
        return value ? std::string{as_text(*value)} : std::string{};
    }
    [[nodiscard]] std::uint64_t get(const fact<std::uint64_t>& which) {
        const auto value = load_fact(which.name);
        if (!value) return 0;
        wire_reader in{*value};
        return in.number();
    }
    void set(const fact<std::string>& which, std::string_view value) { store_fact(which.name, value); }
    void set(const fact<std::uint64_t>& which, std::uint64_t value) {
        wire_writer out;
        out.number(value);
        store_fact(which.name, out.view());
    }
    template <class T>
    void erase(const fact<T>& which) {
        erase_row(replica_table::header, which.name);
    }

    // A fact of each of many things, by its id.
    template <class T>
    [[nodiscard]] bool has(const fact_of_each<T>& which, std::string_view id) {
        return load_fact(name_of(which, id)).has_value();
    }
    template <class T>
    [[nodiscard]] T get(const fact_of_each<T>& which, std::string_view id) {
        return get(fact<T>{name_of(which, id)});
    }
    template <class T, class Value>
    void set(const fact_of_each<T>& which, std::string_view id, const Value& value) {
        set(fact<T>{name_of(which, id)}, value);
    }
    template <class T>
    void erase(const fact_of_each<T>& which, std::string_view id) {
        erase_row(replica_table::header, name_of(which, id));
    }
    /// `visit(id, value)`.
    void each(const fact_of_each<std::string>& which, function_ref<void(std::string_view, std::string_view)> visit) {
        scan(replica_table::header, which.prefix, which.prefix, [&](bytes_view key, bytes_view value) {
            visit(as_text(key).substr(which.prefix.size()), as_text(value));
            return true;
        });
    }
    [[nodiscard]] std::vector<std::string> ids(const fact_of_each<std::uint64_t>& which) {
        std::vector<std::string> all;
        each({which.prefix}, [&](std::string_view id, std::string_view) { all.emplace_back(id); });
        return all;
    }

    [[nodiscard]] local_state& state() {
        if (!state_) load_state();
        state_changed_ = true;
        return *state_;
    }

    // Objects.
    [[nodiscard]] object_row object(const object_ref& ref) {
        return load_row<object_row>(replica_table::object, ref.key(), ref).value_or(object_row{});
    }
    /// `was_live`: whether the object had a live version before, for the count of records.
    void store_object(const object_ref& ref, const object_row& row, bool was_live) {
        store_row(replica_table::object, ref.key(), encode(row));
        const bool is_live = row.siblings.live();
        if (ref.type != change_type::record || was_live == is_live) return;
        state().live += is_live ? 1 : std::uint64_t{0} - 1;
    }
    /// Every object of a kind, of one collection or (an empty id) of all; `visit(ref, row)` returns whether to go on.
    void each_object(change_type type, const collection_id& collection,
                     function_ref<bool(const object_ref&, const object_row&)> visit) {
        auto prefix = object_ref::key_prefix(type, collection);
        if (collection.empty()) prefix.resize(1);
        scan(replica_table::object, prefix, prefix, [&](bytes_view key, bytes_view value) {
            const auto ref = object_ref::parse(key);
            if (!ref) {
                fail(corrupt("an object's key"));
                return false;
            }
            const auto row = decode<object_row>(value, *ref);
            if (!row) {
                fail(row.error());
                return false;
            }
            return visit(*ref, *row);
        });
    }

    // Contents: the plaintext of a version.
    [[nodiscard]] static bytes content_key(const object_ref& ref, const sibling_version& version) {
        constexpr std::size_t dot_and_digest = 64;
        wire_writer out;
        out.reserve(ref.collection.text().size() + ref.id.text().size() + dot_and_digest);
        write_ref(out, ref);
        write_dot(out, version.what.dot);
        if (version.twin && version.what.stored) out.raw(bytes_view{std::span{version.what.stored->value}});
        return std::move(out).take();
    }
    [[nodiscard]] std::optional<bytes> content(const object_ref& ref, const sibling_version& version) {
        return load(replica_table::content, content_key(ref, version));
    }
    void store_content(const object_ref& ref, const sibling_version& version, bytes_view content) {
        store_row(replica_table::content, content_key(ref, version), content);
    }
    void erase_content(const object_ref& ref, const sibling_version& version) {
        erase_row(replica_table::content, content_key(ref, version));
    }

    // Contents that were fetched before the versions they belong to are committed, with the objects' names.
    /// `visit(content key, name)`.
    void each_staged(function_ref<void(bytes_view, std::string_view)> visit) {
        scan(replica_table::staged, {}, {}, [&](bytes_view key, bytes_view name) {
            visit(key, as_text(name));
            return true;
        });
    }
    /// Forgets every staged content: nobody needs them any more.
    void drop_staged() {
        list<bytes> keys;
        each_staged([&](bytes_view key, std::string_view) { keys.push_back(to_bytes(key)); });
        for (const auto& key : keys) unstage(key, false);
    }
    void stage(bytes_view content_key, std::string_view name, bytes_view content) {
        store_row(replica_table::staged, content_key, name);
        store_row(replica_table::content, content_key, content);
    }
    void unstage(bytes_view content_key, bool keep_content) {
        erase_row(replica_table::staged, content_key);
        if (!keep_content) erase_row(replica_table::content, content_key);
    }

    /// Notes whether objects wait for a content, or for a merge.
    void note_unsettled(bool unfetched, bool unmerged) {
        set(facts::unfetched, unfetched ? 1 : 0);
        set(facts::unmerged, unmerged ? 1 : 0);
    }

    // The outbox.
    /// A group has the number of its first place, or of an earlier one.
    [[nodiscard]] std::uint64_t append_outbox(const outbox_row& row) {
        const auto place = state().outbox_next++;
        SEALSYNC_ASSERT(row.group <= place);
        store_row(replica_table::outbox, scoped(place), encode(row));
        return place;
    }
    [[nodiscard]] std::optional<outbox_row> outbox(std::uint64_t place) {
        return load_row<outbox_row>(replica_table::outbox, scoped(place), {});
    }
    /// Makes one group of two; gives its number.
    [[nodiscard]] std::uint64_t join_groups(std::uint64_t left, std::uint64_t right) {
        const auto kept = (std::min)(left, right), dropped = (std::max)(left, right);
        struct moved_row {
            std::uint64_t place;
            outbox_row row;
        };
        list<moved_row> moved;
        each_outbox(dropped, [&](std::uint64_t place, const outbox_row& row) {
            if (row.group == dropped) moved.push_back({place, row});
            return true;
        });
        for (auto& [place, row] : moved) {
            row.group = kept;
            store_row(replica_table::outbox, scoped(place), encode(row));
        }
        return kept;
    }
    /// The lowest place of an edit that waits; the greatest number if none does.
    [[nodiscard]] std::uint64_t first_in_outbox() {
        auto first = (std::numeric_limits<std::uint64_t>::max)();
        each_outbox(0, [&](std::uint64_t place, const outbox_row&) {
            first = place;
            return false;
        });
        return first;
    }
    void erase_outbox(std::uint64_t place) { erase_row(replica_table::outbox, scoped(place)); }
    [[nodiscard]] bool in_outbox(std::uint64_t place) { return load(replica_table::outbox, scoped(place)).has_value(); }
    /// In the order the edits were made; `visit(place, row)` returns whether to go on.
    void each_outbox(std::uint64_t from, function_ref<bool(std::uint64_t, const outbox_row&)> visit) {
        scan(replica_table::outbox, scope_key(), scoped(from), [&](bytes_view key, bytes_view value) {
            const auto row = decode<outbox_row>(value);
            if (!row) {
                fail(row.error());
                return false;
            }
            wire_reader in{key.subview(1)};
            return visit(in.ordered(), *row);
        });
    }

    // Where the bytes of attachments not yet uploaded are.
    [[nodiscard]] std::optional<bytes> source(const object_ref& ref) { return load(replica_table::source, ref.key()); }
    void store_source(const object_ref& ref, bytes_view source) { store_row(replica_table::source, ref.key(), source); }
    void erase_source(const object_ref& ref) { erase_row(replica_table::source, ref.key()); }

    // Cursors.
    [[nodiscard]] cursor_map cursors() {
        cursor_map all;
        scan(replica_table::cursor, scope_key(), scope_key(), [&](bytes_view key, bytes_view value) {
            auto row = decode<cursor_row>(value);
            wire_reader in{key.subview(1)};
            const log_id log{in.template array<16>()};
            if (!row || !in.done()) {
                fail(corrupt("a cursor"));
                return false;
            }
            all.emplace(log, *std::move(row));
            return true;
        });
        return all;
    }
    /// Forgets the head's etag: the head was compared with other cursors.
    void store_cursor(const log_id& log, const cursor_row& row) {
        store_row(replica_table::cursor, cursor_key(log), encode(row));
        erase(facts::head_etag);
    }

    // How far logs were said to reach, where that is further than the cursors have come.
    [[nodiscard]] cursor_map promised() {
        cursor_map all;
        scan(replica_table::header, facts::promised.prefix, facts::promised.prefix,
             [&](bytes_view key, bytes_view value) {
                 const auto log = log_id::parse(as_text(key).substr(facts::promised.prefix.size()));
                 auto row = decode<cursor_row>(value);
                 if (!log || !row) fail(corrupt("what a log was said to reach"));
                 if (log && row) all.emplace(*log, *std::move(row));
                 return log && row;
             });
        return all;
    }
    void store_promised(const log_id& log, const cursor_row& upto) {
        store_fact(name_of(facts::promised, log.hex()), encode(upto));
    }

    [[nodiscard]] std::optional<pending_segment> pending() {
        return load_row<pending_segment>(replica_table::header, facts::pending.name, {});
    }
    void store_pending(const pending_segment& row) { store_fact(facts::pending.name, encode(row)); }
    void erase_pending() { erase(facts::pending); }

    /// Places in the outbox that a push has taken: others may know their edits.
    [[nodiscard]] interval_set taken() {
        const auto value = load_fact(facts::taken.name);
        if (!value) return {};
        auto places = interval_set::decode(*value);
        if (!places) fail(corrupt("the places taken"));
        return places ? *std::move(places) : interval_set{};
    }
    void store_taken(const interval_set& places) { store_fact(facts::taken.name, places.encode()); }

    void store_sent(const sent_contents& row) {
        SEALSYNC_ASSERT(!row.items.empty());
        store_fact(name_of(facts::sent, std::to_string(row.items.front().outbox)), encode(row));
    }
    void each_sent(function_ref<void(std::string_view, const sent_contents&)> visit) {
        scan(replica_table::header, facts::sent.prefix, facts::sent.prefix, [&](bytes_view key, bytes_view value) {
            const auto row = decode<sent_contents>(value);
            if (row) visit(as_text(key), *row);
            if (!row) fail(row.error());
            return row.has_value();
        });
    }
    /// Forgets what was sent of edits below this place of the outbox: none of them waits any more.
    void drop_sent_below(std::uint64_t place) {
        std::vector<std::string> names;
        each_sent([&](std::string_view name, const sent_contents& row) {
            if (all_of(row.items, [&](const auto& item) { return item.outbox < place; }))
                names.push_back(std::string{name});
        });
        for (const auto& name : names) erase_row(replica_table::header, name);
    }

    // Edits met: models `met_edits`.
    struct met_run {
        interval_set numbers;
        bool changed = false;
    };
    using met_map = std::map<run_id, met_run>;
    /// What has been read and inserted, for a unit that goes on where this one ends, while nobody else commits any.
    [[nodiscard]] met_map take_met() noexcept { return std::exchange(met_, {}); }
    void resume_met(met_map met) noexcept { met_ = std::move(met); }
    [[nodiscard]] bool contains(const dot& edit) { return met_of(edit.run).numbers.contains(edit.n); }
    void insert(const dot& edit) {
        auto& met = met_of(edit.run);
        met.numbers.insert(edit.n);
        met.changed = true;
    }

    // Ids of the versions that stand beside a shown one.
    struct derived_row {
        object_ref object;
        sealsync::dot dot;
    };
    [[nodiscard]] std::optional<derived_row> derived(const collection_id& collection, std::string_view id) {
        const auto value = load(replica_table::derived, derived_key(collection, id));
        if (!value) return std::nullopt;
        wire_reader in{*value};
        derived_row row{read_ref(in), read_dot(in)};
        if (!in.done()) {
            fail(corrupt("a derived id"));
            return std::nullopt;
        }
        return row;
    }
    void store_derived(std::string_view id, const derived_row& row) {
        wire_writer out;
        write_ref(out, row.object);
        write_dot(out, row.dot);
        store_row(replica_table::derived, derived_key(row.object.collection, id), out.view());
    }
    void erase_derived(const collection_id& collection, std::string_view id) {
        erase_row(replica_table::derived, derived_key(collection, id));
    }

private:
    [[nodiscard]] static failure corrupt(std::string what) {
        return failure{errc::replica_corrupt, "replica", std::move(what) + " does not decode"};
    }

    // The account is scope 0; the scopes of shared collections will have numbers of their own.
    [[nodiscard]] static bytes scope_key() { return bytes{std::byte{0}}; }
    [[nodiscard]] static bytes scoped(std::uint64_t number) {
        wire_writer out;
        out.reserve(1 + sizeof number);
        out.byte(0);
        out.ordered(number);
        return std::move(out).take();
    }
    [[nodiscard]] static bytes cursor_key(const log_id& log) {
        auto key = scope_key();
        append(key, bytes_view{std::span{log.value}});
        return key;
    }
    [[nodiscard]] static bytes met_key(const run_id& run) { return cursor_key(log_id{run.value}); }
    [[nodiscard]] static bytes derived_key(const collection_id& collection, std::string_view id) {
        wire_writer out;
        out.counted(collection.text());
        out.raw(id);
        return std::move(out).take();
    }

    met_run& met_of(const run_id& run) {
        const auto known = met_.find(run);
        if (known != met_.end()) return known->second;
        auto& met = met_[run];
        if (const auto value = load(replica_table::met, met_key(run))) {
            auto numbers = interval_set::decode(*value);
            if (numbers) {
                met.numbers = *std::move(numbers);
            } else {
                fail(corrupt("the edits met"));
            }
        }
        return met;
    }

    void load_state() {
        state_.emplace();
        const auto value = load_fact(facts::state.name);
        if (!value) return;
        wire_reader in{*value};
        state_->last.nanoseconds = static_cast<std::int64_t>(in.number());
        state_->outbox_next = in.number();
        state_->outbox_joined = in.number();
        state_->live = in.number();
        if (!in.done()) fail(corrupt("the local state"));
    }
    void store_state() {
        wire_writer out;
        out.number(static_cast<std::uint64_t>(state_->last.nanoseconds));
        out.number(state_->outbox_next);
        out.number(state_->outbox_joined);
        out.number(state_->live);
        store_fact(facts::state.name, out.view());
    }

    template <class T>
    [[nodiscard]] std::string_view name_of(const fact_of_each<T>& which, std::string_view id) {
        name_.assign(which.prefix).append(id);
        return name_;
    }
    [[nodiscard]] std::optional<bytes> load_fact(std::string_view name) { return load(replica_table::header, name); }
    void store_fact(std::string_view name, bytes_view value) { store_row(replica_table::header, name, value); }

    [[nodiscard]] std::optional<bytes> load(replica_table table, bytes_view key) {
        if (!status_) return std::nullopt;
        auto value = transaction_.load(table, key);
        if (!value) {
            fail(std::move(value).error());
            return std::nullopt;
        }
        return *std::move(value);
    }
    template <class Row>
    [[nodiscard]] std::optional<Row> load_row(replica_table table, bytes_view key, const object_ref& owner) {
        const auto value = load(table, key);
        if (!value) return std::nullopt;
        auto row = decode<Row>(*value, owner);
        if (!row) {
            fail(std::move(row).error());
            return std::nullopt;
        }
        return *std::move(row);
    }
    void store_row(replica_table table, bytes_view key, bytes_view value) {
        if (!status_) return;
        status_ = transaction_.store(table, key, value);
    }
    void erase_row(replica_table table, bytes_view key) {
        if (!status_) return;
        status_ = transaction_.erase(table, key);
    }
    void scan(replica_table table, bytes_view prefix, bytes_view from, row_visitor visit) {
        if (!status_) return;
        auto within = [&](bytes_view key, bytes_view value) {
            return as_text(key).starts_with(as_text(prefix)) && visit(key, value);
        };
        auto done = transaction_.scan(table, from, within);
        if (!done) fail(std::move(done).error());
    }

    Transaction transaction_;
    std::string name_; ///< of a fact of one of many, put together
    result<void> status_;
    std::optional<local_state> state_;
    bool state_changed_ = false;
    met_map met_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_VAULT_STATE_HPP
#define SEALSYNC_SYNC_VAULT_STATE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What edits and reads use, from any thread. Everything in it is guarded by `mutex`.
struct local_side {
    using unit_type = unit_of_work<any_transaction>;

    std::mutex mutex{};
    any_replica replica;
    any_cipher cipher; ///< a copy of its own: a sync uses the other one meanwhile
    any_clock clock;
    any_conflict_policy policy;
    std::uint64_t edits = 0;         ///< of this run: the n of its last dot
    std::uint64_t revision = 0;      ///< grows with every edit and every pull that brought something
    interval_set taken{};            ///< places in the outbox that a push has taken: others may know their edits
    std::set<object_ref> unmerged{}; ///< objects that edits have left for the policy to merge; the next sync takes them

    /// Runs `work(unit)` and commits; nothing is kept if it, the unit or the commit fails.
    template <class Work>
    [[nodiscard]] auto transact(Work&& work) -> decltype(work(std::declval<unit_type&>())) {
        const std::scoped_lock lock{mutex};
        auto begun = replica.begin();
        if (!begun) return std::move(begun).error();
        unit_type unit{*std::move(begun)};
        auto outcome = work(unit);
        if (!unit.status()) return unit.status().error(); // the cause of whatever else went wrong
        if (!outcome) return outcome;
        if (auto saved = unit.commit(); !saved) return std::move(saved).error();
        return outcome;
    }

    /// Runs `work(unit)` and keeps nothing.
    template <class Work>
    [[nodiscard]] auto inspect(Work&& work) -> decltype(work(std::declval<unit_type&>())) {
        const std::scoped_lock lock{mutex};
        auto begun = replica.begin();
        if (!begun) return std::move(begun).error();
        unit_type unit{*std::move(begun)};
        auto outcome = work(unit);
        if (!unit.status()) return unit.status().error();
        return outcome;
    }
};

/// The log of this run, begun by its first push.
struct own_log {
    log_id id;
    std::uint64_t seq = 0;           ///< of the last segment committed
    std::optional<digest256> last{}; ///< of that segment as it is stored
    cursor_map told{};               ///< what `seen` has said so far
};

/// What talks to the store: one sync, or one other call, at a time. Everything in it is guarded by `in_use`
/// (`exclusive_use`), and no lock is held while the store is asked.
struct syncing_side {
    std::atomic_flag in_use{};
    metered_storage store;
    any_cipher cipher; ///< a copy of its own: edits use the other one meanwhile
    std::shared_ptr<executor> workers{};
    std::optional<storage_capabilities> capabilities{}; ///< probed once a run
    std::optional<own_log> log{};
    std::set<object_ref> unfetched{}; ///< objects of which a content is to be fetched by the next pull
    std::set<object_ref> unmerged{};  ///< objects that the policy wants to merge when a pull has come to its end

    /// Runs `f(0)` on the calling thread, where the storage and all callbacks stay, and the other parts wherever there
    /// is a thread.
    void run_parts(std::size_t count, function_ref<void(std::size_t)> f) const {
        workers ? workers->run(count, f) : calling_thread{}.run(count, f);
    }
    [[nodiscard]] std::size_t width() const noexcept { return workers ? workers->width() : 1; }
    /// Whether no object waits for a content or a merge.
    [[nodiscard]] bool settled() const noexcept { return unfetched.empty() && unmerged.empty(); }
};

/// An open vault. Its members are fixed once it is open, but for the two sides, each with its own guard. The policies
/// are behind virtual calls: what works on a vault is compiled once for all of them.
template <class Traits>
struct vault_state {
    using traits_type = Traits;
    using keys_type = key_space<typename Traits::layout>;
    using unit_type = local_side::unit_type;

    template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica>
    vault_state(Storage store, Cipher cipher, Clock clock, ConflictPolicy policy, Replica replica, keys_type names,
                sync_settings limits)
        : keys{std::move(names)},
          settings{limits},
          sealed{Cipher::sealing},
          syncing{.store = metered_storage{any_storage{std::in_place, std::move(store)}},
                  .cipher = any_cipher{std::in_place, cipher}},
          local{.replica = any_replica{std::in_place, std::move(replica)},
                .cipher = any_cipher{std::in_place, std::move(cipher)},
                .clock = any_clock{std::in_place, std::move(clock)},
                .policy = any_conflict_policy{std::in_place, std::move(policy)}} {}

    keys_type keys;
    sync_settings settings;
    bool sealed;
    vault_id vault{};
    device_id device{};
    std::string device_name{};
    run_id run{};

    syncing_side syncing;
    local_side local;

    /// What the application sees of an object.
    [[nodiscard]] presentation present(unit_type& unit, const object_ref& ref, const object_row& row) {
        const auto& versions = row.siblings.versions();
        const bool compares = local.policy.reads_content() && versions.size() > 1;
        list<std::optional<bytes>> contents(versions.size());
        for (std::size_t i = 0; i < versions.size(); ++i) {
            if (!compares) contents[i].emplace();
            if (compares && versions[i].fetched) contents[i] = unit.content(ref, versions[i]);
        }
        bytes base_content;
        const auto base = base_of(unit, ref, row, base_content);
        const auto content = [&](std::size_t i) {
            return contents[i] ? std::optional{bytes_view{*contents[i]}} : std::nullopt;
        };
        auto seen = detail::present(row.siblings, local.policy, content, base);
        const bool knows = local.policy.reads_base() && base.is != merge_base::state::unknown;
        seen.how = knows ? merge_kind::based : merge_kind::blind;
        return seen;
    }

    [[nodiscard]] sealing_context context_of(const change& c, const std::string& edit) const {
        const auto kind = c.type == change_type::profile ? object_kind::profile : object_kind::record;
        return {kind, vault, c.collection.text(), c.id.text(), edit};
    }
    [[nodiscard]] object_key key_of(const change& c) const {
        switch (c.type) {
        case change_type::profile:
            return keys.profile(c.collection, c.version, *c.stored);
        case change_type::attachment:
            return keys.attachment_data(c.collection, c.id);
        default:
            return keys.record(c.collection, c.id, c.version, *c.stored);
        }
    }

    /// The id under which a version that stands beside the shown one is presented: the same on every device.
    [[nodiscard]] std::string derived_id(const object_ref& ref, const dot& edit) {
        return "~" + local.cipher.digest(ref.id.text() + '|' + edit.text()).hex().substr(0, 32);
    }

private:
    /// What the live siblings were made on.
    [[nodiscard]] merge_base base_of(unit_type& unit, const object_ref& ref, const object_row& row, bytes& out) {
        const auto tips = live_tips(row);
        if (!local.policy.reads_base() || tips.size() < 2) return {};
        return base_of(unit, ref, row, tips, out, row.past.size());
    }

    /// Gives the newest common ancestor, or the merge of several. Ends at `depth`, for rows that make a circle.
    [[nodiscard]] merge_base base_of(unit_type& unit, const object_ref& ref, const object_row& row,
                                     const list<ancestry_tip>& tips, bytes& out, std::size_t depth) {
        constexpr merge_base unknown{merge_base::state::unknown};
        const auto found = newest_common_ancestors(row, span_of(tips));
        if (!found.known) return unknown;
        list<bytes> contents;
        list<sibling> bases;
        contents.reserve(found.newest.size()); // they stay where they are
        for (const auto i : found.newest) {
            const auto& old = row.past[i];
            if (old.what.action == change_action::erase) continue;
            auto content = old.kept ? unit.content(ref, sibling_version{old.what}) : std::nullopt;
            if (!content) return unknown;
            contents.push_back(*std::move(content));
            bases.push_back(
                {old.what.dot, old.what.timestamp, old.what.version, old.what.device.text(), contents.back()});
        }
        if (bases.empty()) return {};
        if (bases.size() > 1) {
            if (depth == 0) return unknown;
            bytes below;
            const auto base = base_of(unit, ref, row, past_tips(row, found.newest), below, depth - 1);
            auto merged = local.policy.resolve({bases.data(), bases.size()}, base);
            if (!merged || !merged->beside.empty()) return unknown;
            out = merged->merged ? *std::move(merged->merged) : std::move(contents[merged->shown]);
        } else {
            out = std::move(contents.front());
        }
        return {merge_base::state::known, out};
    }
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_OBJECT_UPDATE_HPP
#define SEALSYNC_SYNC_OBJECT_UPDATE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// One object from its row, through merges, back to its row: the same for an edit made here and for one pulled.
template <class State>
class object_update {
public:
    using unit_type = typename State::unit_type;

    object_update(State& state, unit_type& unit, object_ref ref)
        : ref_{std::move(ref)},
          row_{unit.object(ref_)},
          was_live_{row_.siblings.live()},
          keeps_bases_{state.local.policy.reads_base()} {
        if (row_.siblings.versions().size() > 1 && ref_.type != change_type::attachment) beside_ = beside(state, unit);
    }

    [[nodiscard]] const object_ref& ref() const noexcept { return ref_; }
    [[nodiscard]] object_row& row() noexcept { return row_; }
    [[nodiscard]] const object_row& row() const noexcept { return row_; }
    [[nodiscard]] bool was_live() const noexcept { return was_live_; }

    merge_outcome merge(State& state, unit_type& met, sibling_version incoming) {
        incoming.gap = rests_on_forgotten(state, met, incoming);
        const auto outcome = row_.siblings.merge(std::move(incoming), met, [&](sibling_version&& old) {
            remember(state, old);
            replaced_.push_back(std::move(old));
        });
        forget_oldest(state.settings.history_max);
        return outcome;
    }

    /// Writes the row, drops contents and unpublished edits that nobody needs any more, and keeps the ids of versions
    /// beside up to date.
    void save(State& state, unit_type& unit) {
        if (!replaced_.empty()) keep_bases(unit);
        for (const auto& old : replaced_) {
            if (!is_kept(old)) unit.erase_content(ref_, old);
            if (old.pending != 0) unit.erase_outbox(old.pending);
        }
        unit.store_object(ref_, row_, was_live_);
        if (ref_.type != change_type::attachment) save_derived(state, unit);
    }

    /// After the last merge, how many versions stand beside the shown one.
    [[nodiscard]] std::size_t conflicts() const noexcept { return beside_now_; }
    /// Whether the policy, after the last merge, would make one version of those that are left.
    [[nodiscard]] bool is_to_be_merged() const noexcept { return is_to_be_merged_; }

private:
    /// What was met, and is neither a sibling nor in the past, has been forgotten. What was never met was never pushed.
    [[nodiscard]] bool rests_on_forgotten(const State& state, unit_type& met, const sibling_version& incoming) {
        for (const auto& edit : incoming.what.replaces) {
            const bool is_past = place_in_past(row_, edit) < row_.past.size();
            if (!is_past && row_.siblings.find(edit) == nullptr && met.contains(edit)) return true;
        }
        return any_of(incoming.unsent, [&](const dot& edit) {
            const auto* replaced = row_.siblings.find(edit);
            return replaced != nullptr && replaced->gap && !is_history(state, *replaced);
        });
    }

    /// What nobody else can know is no part of the history.
    [[nodiscard]] static bool is_history(const State& state, const sibling_version& version) {
        return version.what.stored || version.erased() || state.local.taken.contains(version.pending);
    }

    /// Keeps a replaced version; its `replaces` then names what is remembered itself.
    void remember(const State& state, const sibling_version& old) {
        if (!is_history(state, old)) return;
        past_version past{old.what, old.gap, keeps_bases_ && old.fetched && !old.erased() && !old.twin};
        drop_if(past.what.replaces, [&](const dot& edit) { return place_in_past(row_, edit) == row_.past.size(); });
        row_.past.push_back(std::move(past));
    }

    /// Forgets the oldest versions of too many; for a policy that merges, none that a sibling was made on.
    void forget_oldest(std::size_t limit) {
        for (std::size_t i = 0; i < row_.past.size() && row_.past.size() > limit;) {
            const auto& old = row_.past[i];
            const bool is_needed = keeps_bases_ && any_of(row_.siblings.versions(), [&](const auto& v) {
                                       return contains_sorted(v.what.replaces, old.what.dot);
                                   });
            if (is_needed) {
                ++i;
                continue;
            }
            if (old.kept) dropped_.push_back(old.what);
            forget_past(row_, i);
        }
    }

    void keep_bases(unit_type& unit) {
        for (const auto& old : dropped_) unit.erase_content(ref_, sibling_version{old});
        if (!keeps_bases_) return;
        const auto needed = places_to_keep(row_);
        for (std::size_t i = 0; i < row_.past.size(); ++i) {
            auto& old = row_.past[i];
            if (old.kept && !needed.contains(i)) unit.erase_content(ref_, sibling_version{old.what});
            old.kept = old.kept && needed.contains(i);
        }
    }
    [[nodiscard]] bool is_kept(const sibling_version& old) const {
        const auto at = place_in_past(row_, old.what.dot);
        return !old.twin && at < row_.past.size() && row_.past[at].kept;
    }

    [[nodiscard]] std::vector<dot> beside(State& state, unit_type& unit) {
        std::vector<dot> dots;
        const auto seen = state.present(unit, ref_, row_);
        is_to_be_merged_ = seen.merged.has_value();
        for (const auto i : seen.beside) dots.push_back(row_.siblings.versions()[i].what.dot);
        return dots;
    }

    void save_derived(State& state, unit_type& unit) {
        is_to_be_merged_ = false;
        const auto now = row_.siblings.versions().size() > 1 ? beside(state, unit) : std::vector<dot>{};
        for (const auto& edit : beside_) {
            if (!contains(now, edit)) {
                unit.erase_derived(ref_.collection, state.derived_id(ref_, edit));
            }
        }
        for (const auto& edit : now) unit.store_derived(state.derived_id(ref_, edit), {ref_, edit});
        beside_now_ = now.size();
    }

    object_ref ref_;
    object_row row_;
    bool was_live_;
    bool keeps_bases_;        ///< for the policy
    std::vector<dot> beside_; ///< presented before the update
    std::size_t beside_now_ = 0;
    bool is_to_be_merged_ = false;
    std::vector<sibling_version> replaced_;
    std::vector<change> dropped_; ///< forgotten, with contents that were kept
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_EDITOR_HPP
#define SEALSYNC_SYNC_EDITOR_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] inline version version_of(const sibling_version& v) {
    return {v.what.dot, v.what.version, v.what.timestamp, v.what.device, v.erased(), v.pending == 0};
}

/// Makes edits in one unit of work: a version with a new dot, its content and its row in the outbox, together.
template <class State>
class editor {
public:
    using unit_type = typename State::unit_type;

    editor(State& state, unit_type& unit) : state_{state}, unit_{unit} {}

    /// What an edit is made on: an object, and one of its versions or the one that is shown.
    struct target {
        object_ref ref;
        std::optional<sealsync::dot> dot;
        std::string name;
    };

    struct request {
        target on;
        std::optional<bytes_view> content; ///< nothing: erase
        put_options options{};
        attachment_info info{};
    };

    /// Nothing if there was nothing to erase.
    [[nodiscard]] result<std::optional<version>> edit(request wanted) {
        if (wanted.content && wanted.content->size() > state_.settings.record_bytes_max) {
            return failure{errc::too_large, wanted.on.name, "attach what is larger than a record may be"};
        }
        object_update<State> object{state_, unit_, wanted.on.ref};
        const auto seen = state_.present(unit_, object.ref(), object.row());
        auto edited = edited_index(object.row(), seen, wanted.on.dot);
        if (auto current = check_current(object.row(), edited, wanted); !current) return std::move(current).error();
        if (auto named = check_name(object.row(), wanted); !named) return std::move(named).error();
        if (!wanted.content && !edited) return std::optional<version>{};
        if (edited && is_unseen(object.row().siblings.versions()[*edited], wanted)) {
            if (!wanted.content) return unseen(wanted);
            if (state_.local.policy.reads_content()) edited.reset(); // what is written stands beside it
        }
        if (auto known = check_attachments(wanted); !known) return std::move(known).error();

        auto made = make_version(wanted, object.row());
        if (wanted.content && !edited) made.what.action = change_action::insert;
        if (wanted.content && edited && !wanted.options.attachments) {
            made.what.attachments = object.row().siblings.versions()[*edited].what.attachments;
        }
        replace(made, object.row(), replaced_by_edit(object.row().siblings, seen, edited));
        if (auto valid = check(made); !valid) return std::move(valid).error();
        if (auto room = check_room(made); !room) return std::move(room).error();
        return std::optional{commit(object, std::move(made), wanted)};
    }

    /// Replaces every sibling by what the conflict policy made of them, on their base or without it.
    [[nodiscard]] version write_merged(object_update<State>& object, bytes_view content, merge_kind how) {
        request wanted{{object.ref(), {}, object.row().name}, content};
        auto made = make_version(wanted, object.row());
        std::vector<dot> all;
        for (const auto& old : object.row().siblings.versions()) {
            all.push_back(old.what.dot);
            for (const auto& id : old.what.attachments) made.what.attachments.push_back(id);
        }
        replace(made, object.row(), all);
        if (pushed_form(made).replaces.size() > 1) made.what.merge = how; // twins share a dot
        return commit(object, std::move(made), wanted);
    }

    /// Another name for bytes, or the first: nothing is replaced, the names stand beside each other.
    [[nodiscard]] result<version> attach(const object_ref& ref, std::uint64_t stored_size,
                                         const attachment_info& info) {
        object_update<State> object{state_, unit_, ref};
        request wanted{{ref, {}, {}}, bytes_view{}, {}, info};
        auto made = make_version(wanted, object.row());
        made.what.action = change_action::insert;
        made.what.version = 1;
        made.what.size = stored_size;
        if (auto valid = check(made); !valid) return std::move(valid).error();
        return commit(object, std::move(made), wanted);
    }

private:
    [[nodiscard]] static std::optional<std::size_t> edited_index(const object_row& row, const presentation& seen,
                                                                 const std::optional<dot>& wanted) {
        if (!wanted) return seen.shown;
        const auto& versions = row.siblings.versions();
        for (std::size_t i = 0; i < versions.size(); ++i) {
            if (versions[i].what.dot == *wanted) return i;
        }
        return std::nullopt;
    }

    [[nodiscard]] static result<void> check_current(const object_row& row, std::optional<std::size_t> edited,
                                                    const request& wanted) {
        if (!wanted.options.if_current) return {};
        if (edited && row.siblings.versions()[*edited].what.dot == wanted.options.if_current->dot) return {};
        return failure{errc::not_current, wanted.on.name,
                       edited ? "now at version " + std::to_string(row.siblings.versions()[*edited].what.version)
                              : "now deleted"};
    }

    /// What could not be read was not seen, and is not replaced by an edit that does not name it: its author may be the
    /// only one who has it.
    [[nodiscard]] static bool is_unseen(const sibling_version& edited, const request& wanted) noexcept {
        return !edited.fetched && !wanted.on.dot && !wanted.options.if_current;
    }
    [[nodiscard]] static failure unseen(const request& wanted) {
        return failure{errc::missing_object, wanted.on.name,
                       "its content is not here; to erase it unseen use if_current"};
    }

    /// A version beside another is edited by an id of its own: nobody would ever learn the name of what is written.
    [[nodiscard]] result<void> check_name(const object_row& row, const request& wanted) {
        const auto& all = row.siblings.versions();
        const bool known = !row.name.empty() || any_of(all, [](const auto& v) { return v.fetched; });
        if (known || !wanted.content || !wanted.on.dot) return {};
        return failure{errc::missing_object, state_.derived_id(wanted.on.ref, *wanted.on.dot),
                       "no content of this record is here, nor its name: erase it, or put the record by its name"};
    }

    [[nodiscard]] result<void> check_attachments(const request& wanted) {
        if (!wanted.options.attachments) return {};
        for (const auto& id : *wanted.options.attachments) {
            const auto row = unit_.object({change_type::attachment, wanted.on.ref.collection, id});
            if (row.siblings.empty()) return failure{errc::not_found, id.text(), "attach it before a record lists it"};
        }
        return {};
    }

    [[nodiscard]] sibling_version make_version(const request& wanted, const object_row& row) {
        sibling_version fresh{};
        auto& made = fresh.what;
        made.type = wanted.on.ref.type;
        made.collection = wanted.on.ref.collection;
        made.id = wanted.on.ref.id;
        made.dot = {state_.run, ++state_.local.edits};
        hybrid_clock clock{unit_.state().last};
        made.timestamp = clock.tick(state_.local.clock.now());
        unit_.state().last = clock.last();
        made.device = state_.device;
        made.action = row.siblings.live() ? change_action::update : change_action::insert;
        if (!wanted.content) made.action = change_action::erase;
        if (wanted.options.attachments) made.attachments = *wanted.options.attachments;
        made.filename = wanted.info.filename;
        made.media_type = wanted.info.media_type;
        fresh.fetched = true;
        return fresh;
    }

    void replace(sibling_version& made, const object_row& row, std::span<const dot> replaced) {
        std::vector<dot> unsent;
        for (const auto& old : replaced) (inherit(made, row, old) ? made.what.replaces : unsent).push_back(old);
        made.what.version = (std::min)(made.what.version + 1, version_max); // a greater one nobody would take
        sort_unique(made.what.replaces);
        sort_unique(made.what.attachments);
        forget_oldest(made.unsent);
        add_all(made.unsent, unsent);
    }

    /// An edit that was never pushed leaves the outbox with its version; the new one replaces what it replaced, too,
    /// and goes to the store together with whatever that had to go with. Gives whether others may know the edit.
    [[nodiscard]] bool inherit(sibling_version& made, const object_row& row, const dot& old) {
        bool known = false;
        for (const auto& version : row.siblings.versions()) {
            if (version.what.dot != old) continue;
            made.what.version = (std::max)(made.what.version, version.what.version);
            known = known || version.pending == 0 || is_taken(version.pending);
            if (version.pending == 0) continue;
            if (const auto waiting = unit_.outbox(version.pending)) join(waiting->group);
            add_all(made.what.replaces, version.what.replaces);
            add_all(made.unsent, version.unsent);
        }
        return known;
    }

    /// Whether a push has taken the edit: others may know it, even if that push never heard that its segment landed.
    [[nodiscard]] bool is_taken(std::uint64_t place) const noexcept {
        return State::traits_type::rules.taken_is_named && state_.local.taken.contains(place);
    }

    void join(std::uint64_t group) {
        group_ = group_ == 0 || group_ == group ? group : unit_.join_groups(group_, group);
        unit_.state().outbox_joined = unit_.state().outbox_next;
    }

    /// Nobody else knows these edits, unless this replica was copied with one of them: they are named for the copy's
    /// sake. Where it has one that is named no more, that one stands beside, and nothing is lost.
    void forget_oldest(std::vector<dot>& unsent) const {
        const auto most = state_.settings.unsent_edits_named_max;
        auto over = unsent.size() - (std::min)(most, unsent.size());
        drop_if(unsent, [&](const dot&) { return over > 0 && over-- > 0; });
    }

    /// What no segment could hold must not be acknowledged: it would wait in the outbox for ever.
    [[nodiscard]] result<void> check(const sibling_version& version) const {
        const auto& limits = state_.settings.manifest;
        auto made = pushed_form(version);
        if (made.action != change_action::erase) made.stored.emplace(); // known when it is pushed
        if (made.type == change_type::attachment && made.size == 0) made.size = 1;
        if (made.replaces.size() > limits.dots_max) {
            return failure{errc::too_large, made.id.text(), "too many versions replaced; sync first"};
        }
        if (made.attachments.size() > limits.attachments_max) {
            return failure{errc::too_large, made.id.text(), std::to_string(made.attachments.size()) + " attachments"};
        }
        return check_change(made, limits);
    }

    /// What is made together goes into one segment. Its edits are counted only if their places in the outbox, which are
    /// never used twice, say that there may be too many.
    [[nodiscard]] result<void> check_room(const sibling_version& made) {
        const auto& limits = state_.settings.manifest;
        bytes_ += written_bytes(pushed_form(made));
        auto& local = unit_.state();
        const auto first = group_ == 0 ? local.outbox_next : group_;
        std::size_t together = 0;
        if (local.outbox_next - first >= limits.changes_max) {
            unit_.each_outbox(first, [&](std::uint64_t, const outbox_row& row) {
                const bool stays = !contains_sorted(made.what.replaces, row.dot) && !contains(made.unsent, row.dot);
                together += row.group == first && stays ? 1 : 0;
                return true;
            });
        }
        if (together < limits.changes_max && bytes_ <= limits.bytes_max) return {};
        return failure{errc::too_large, made.what.id.text(),
                       "over " + std::to_string(limits.changes_max) + " edits, or " + std::to_string(limits.bytes_max) +
                           " bytes of manifest, made together: make smaller updates, or sync in between"};
    }
    /// In a manifest, about.
    [[nodiscard]] static std::size_t written_bytes(const change& made) noexcept {
        std::size_t size = 400 + made.collection.text().size() + made.id.text().size() + made.device.text().size();
        for (const auto& id : made.attachments) size += id.text().size() + 3;
        return size + made.replaces.size() * 56;
    }

    [[nodiscard]] version commit(object_update<State>& object, sibling_version fresh, const request& wanted) {
        if (group_ == 0) group_ = unit_.state().outbox_next;
        fresh.pending = unit_.append_outbox({object.ref(), fresh.what.dot, group_});
        const auto summary = version_of(fresh);
        if (wanted.content && object.ref().type != change_type::attachment) {
            unit_.store_content(object.ref(), fresh, *wanted.content);
        }
        if (object.row().name.empty()) object.row().name = wanted.on.name;
        ++state_.local.revision;
        object.merge(state_, unit_, std::move(fresh));
        object.save(state_, unit_);
        if (object.is_to_be_merged()) leave_to_sync(object.ref());
        return summary;
    }

    /// An edit may agree with what it leaves beside. Other devices may not be able to merge the two: this one must.
    void leave_to_sync(const object_ref& ref) {
        state_.local.unmerged.insert(ref);
        unit_.set(facts::unmerged, 1);
    }

    State& state_;
    unit_type& unit_;
    std::uint64_t group_ = 0;
    std::size_t bytes_ = 0; ///< of a manifest, that all edits so far will take
};

/// Whether an id is of the form that names versions beside a shown one: `derived_id`.
[[nodiscard]] inline bool is_derived(std::string_view id) noexcept {
    std::array<std::byte, 16> digits;
    return id.starts_with('~') && from_hex(id.substr(1), digits);
}

/// What an application's id names: the collection's profile if it is empty; a version beside a shown one, by such a
/// version's id, or `errc::not_current` if that stands beside no more; else a record.
template <class State>
[[nodiscard]] result<typename editor<State>::target> find_target(State& state, typename State::unit_type& unit,
                                                                 const collection_id& collection, std::string_view id) {
    if (id.empty()) return typename editor<State>::target{{change_type::profile, collection, {}}, std::nullopt, {}};
    if (is_derived(id)) {
        const auto derived = unit.derived(collection, id);
        if (!derived) return failure{errc::not_current, std::string{id}, "nothing stands beside under this id"};
        return typename editor<State>::target{derived->object, derived->dot, unit.object(derived->object).name};
    }
    auto key = object_id::make(state.local.cipher.keyed_id(id_purpose::record, collection.text(), id));
    if (!key) return std::move(key).error();
    return typename editor<State>::target{
        {change_type::record, collection, *std::move(key)}, std::nullopt, std::string{id}};
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_SEALED_SOURCE_HPP
#define SEALSYNC_SYNC_SEALED_SOURCE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] inline std::uint64_t fingerprint(bytes_view data) noexcept {
    std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a, 64 bits: it only notices a file that is written to meanwhile
    std::size_t i = 0;
    for (; i + 8 <= data.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, data.data() + i, 8);
        hash = (hash ^ word) * 0x100000001b3;
        hash ^= hash >> 29U;
    }
    for (; i < data.size(); ++i) hash = (hash ^ std::to_integer<std::uint64_t>(data[i])) * 0x100000001b3;
    return hash;
}

/// The sealed form of an attachment, made chunk by chunk as a store reads it, one chunk in memory. The plaintext is
/// hashed on the way, and its last chunk is only given if the hash is the dedupe id: a file that changed since it was
/// attached fails with `errc::source_changed` before the store can publish it.
class sealed_source final : public byte_source {
public:
    [[nodiscard]] static result<owner<sealed_source>> make(any_cipher& cipher, const sealing_context& context,
                                                           byte_source& plain) {
        auto sealer = cipher.start_seal(context);
        if (!sealer) return std::move(sealer).error();
        return owner<sealed_source>{new sealed_source{cipher, context, plain, *std::move(sealer)}};
    }

    [[nodiscard]] std::uint64_t size() const noexcept override { return layout_.sealed_bytes(plain_.size()); }

    [[nodiscard]] result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        while (!out.empty()) {
            auto part = part_at(offset);
            if (!part) return std::move(part).error();
            const auto count = (std::min)(part->size(), out.size());
            std::memcpy(out.data(), part->data(), count);
            out = out.subspan(count);
            offset += count;
        }
        return {};
    }

    /// Why the source is not what was attached, if that was found: a failed upload is then not the store's failure.
    [[nodiscard]] const std::optional<failure>& lost() const noexcept { return lost_; }

    /// Reads what no store has read yet; then `stored()` is the digest of the whole sealed form.
    [[nodiscard]] result<digest256> stored() {
        while (seen_.size() < chunks()) {
            if (auto sealed = seal(seen_.size()); !sealed) return std::move(sealed).error();
        }
        return *stored_;
    }

private:
    sealed_source(any_cipher& cipher, const sealing_context& context, byte_source& plain, any_sealer sealer)
        : plain_{plain},
          layout_{cipher.layout()},
          id_{context.id},
          sealer_{std::move(sealer)},
          sealed_hash_{cipher.start_digest()},
          plain_hash_{cipher.start_keyed_id(id_purpose::attachment, context.collection)} {
        sealed_hash_.update(bytes_view{sealer_.header()});
    }

    [[nodiscard]] std::uint64_t chunks() const noexcept { return layout_.chunks(plain_.size()); }

    [[nodiscard]] result<bytes_view> part_at(std::uint64_t offset) {
        if (offset < layout_.header_bytes) {
            return bytes_view{sealer_.header()}.subview(static_cast<std::size_t>(offset));
        }
        const auto index = (offset - layout_.header_bytes) / (layout_.chunk_bytes + layout_.overhead_bytes);
        while (seen_.size() < index) {
            if (auto before = seal(seen_.size()); !before) return std::move(before).error();
        }
        if (current_ != index) {
            if (auto done = seal(index); !done) return std::move(done).error();
        }
        return bytes_view{sealed_}.subview(static_cast<std::size_t>(offset - layout_.offset_of(index)));
    }

    [[nodiscard]] result<void> seal(std::uint64_t index) {
        const auto from = index * layout_.chunk_bytes;
        const bool last = index + 1 == chunks();
        plain_chunk_.resize(static_cast<std::size_t>((std::min)(layout_.chunk_bytes, plain_.size() - from)));
        current_.reset();
        if (auto got = plain_.read(from, plain_chunk_); !got) return lose(std::move(got).error());
        if (auto done = sealer_.seal_chunk(index, last, plain_chunk_, sealed_); !done) return done;
        if (auto same = check(index, last); !same) return same;
        current_ = index;
        return {};
    }

    [[nodiscard]] result<void> check(std::uint64_t index, bool last) {
        const auto print = fingerprint(plain_chunk_);
        if (index < seen_.size())
            return print == seen_[static_cast<std::size_t>(index)] ? result<void>{} : lose(changed());
        plain_hash_.update(plain_chunk_);
        sealed_hash_.update(sealed_);
        if (last) {
            if (plain_hash_.finish().hex() != id_) return lose(changed());
            stored_ = sealed_hash_.finish();
        }
        seen_.push_back(print);
        return {};
    }

    [[nodiscard]] failure lose(failure why) { return lost_.emplace(std::move(why)); }
    [[nodiscard]] failure changed() const {
        return failure{errc::source_changed, std::string{id_}, "an attachment's source is not what was attached"};
    }

    byte_source& plain_;
    stream_layout layout_;
    std::string id_;
    any_sealer sealer_;
    any_hasher sealed_hash_;
    any_hasher plain_hash_;
    std::optional<digest256> stored_;
    std::vector<std::uint64_t> seen_; ///< a fingerprint of every chunk read so far
    std::optional<std::uint64_t> current_;
    std::optional<failure> lost_;
    bytes plain_chunk_, sealed_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_ATTACHMENT_READER_HPP
#define SEALSYNC_SYNC_ATTACHMENT_READER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

using byte_sink = function_ref<result<void>(bytes_view)>;

inline constexpr std::size_t copy_bytes = std::size_t{1} << 20U;

/// How long the plaintext of a sealed stream is.
[[nodiscard]] inline std::uint64_t plain_bytes(const stream_layout& layout, std::uint64_t sealed) noexcept {
    if (sealed < layout.header_bytes + layout.overhead_bytes) return 0;
    const auto body = sealed - layout.header_bytes;
    const auto chunk = layout.chunk_bytes + layout.overhead_bytes;
    const auto chunks = std::max<std::uint64_t>(1, (body + chunk - 1) / chunk);
    return body - chunks * layout.overhead_bytes;
}

/// Feeds a whole source to `sink`, a megabyte at a time.
[[nodiscard]] inline result<void> read_all(byte_source& source, byte_sink sink) {
    bytes buffer;
    for (std::uint64_t at = 0; at < source.size(); at += buffer.size()) {
        buffer.resize(static_cast<std::size_t>(std::min<std::uint64_t>(copy_bytes, source.size() - at)));
        if (auto got = source.read(at, buffer); !got) return got;
        if (auto taken = sink(buffer); !taken) return taken;
    }
    return {};
}

/// Reads a whole source, and gives the dedupe id of what was read. With a cipher of its own: hashing a large file must
/// not keep other edits waiting.
template <class State>
[[nodiscard]] result<object_id> read_and_identify(State& state, const collection_id& collection, byte_source& source,
                                                  byte_sink sink) {
    auto cipher = [&] {
        const std::scoped_lock lock{state.local.mutex};
        return state.local.cipher;
    }();
    auto hasher = cipher.start_keyed_id(id_purpose::attachment, collection.text());
    auto read = read_all(source, [&](bytes_view part) {
        hasher.update(part);
        return sink(part);
    });
    if (!read) return std::move(read).error();
    return object_id::make(hasher.finish().hex());
}

template <class State>
[[nodiscard]] result<object_id> dedupe_id(State& state, const collection_id& collection, byte_source& source) {
    return read_and_identify(state, collection, source, [](bytes_view) { return result<void>{}; });
}

template <class State>
[[nodiscard]] result<void> note_attachment(State& state, typename State::unit_type& unit, const object_ref& ref,
                                           const attachment_source& source, std::uint64_t size,
                                           const attachment_info& info) {
    const auto row = unit.object(ref);
    const auto& known = row.siblings.versions();
    const auto same_name = [&](const sibling_version& v) {
        return v.what.filename == info.filename && v.what.media_type == info.media_type;
    };
    const bool committed = any_of(known, [](const auto& v) { return v.pending == 0; });
    // The newest source is the likeliest to be there still.
    if (!committed) unit.store_source(ref, source.encode());
    if (any_of(known, same_name)) return {};
    editor<State> edits{state, unit};
    auto attached = edits.attach(ref, state.local.cipher.layout().sealed_bytes(size), info);
    return attached ? result<void>{} : result<void>{std::move(attached).error()};
}

template <class Unit>
[[nodiscard]] std::optional<attachment_entry> attachment_entry_of(Unit& unit, const object_ref& ref,
                                                                  const stream_layout& layout) {
    const auto row = unit.object(ref);
    if (row.siblings.empty()) return std::nullopt;
    attachment_entry entry{ref.id, 0, false, {}};
    for (const auto& version : row.siblings.versions()) {
        entry.size = plain_bytes(layout, version.what.size);
        entry.committed = entry.committed || version.pending == 0;
        entry.names.push_back({version.what.filename, version.what.media_type});
    }
    return entry;
}

/// Reads an attachment from the store: whole chunks per GET, each opened before the sink sees it, everything hashed.
template <class State>
class attachment_download {
public:
    attachment_download(State& state, const change& what, const call_context& call)
        : state_{state},
          cipher_{state.syncing.cipher},
          what_{what},
          call_{call},
          layout_{cipher_.layout()},
          key_{state.keys.attachment_data(what.collection, what.id)} {}

    [[nodiscard]] result<void> run(byte_sink sink) {
        const auto plain_size = plain_bytes(layout_, what_.size);
        if (layout_.sealed_bytes(plain_size) != what_.size)
            return tampered("no sealed form has the length it should have");
        chunks_ = layout_.chunks(plain_size);
        if (auto done = copy(sink); !done) return done;
        if (sealed_hash_.finish() != what_.stored) return tampered("not the bytes whose digest its segment has");
        return {};
    }

private:
    static constexpr std::uint64_t part_bytes = std::uint64_t{4} << 20U; ///< about, of one GET
    static constexpr std::size_t parts_at_once = 4;                      ///< so much is held

    /// The plaintext of a part, chunk by chunk, in buffers that the next part uses again.
    struct opened_part {
        list<bytes> chunks;
        std::size_t count = 0;
    };

    /// While a part is opened, the sink takes the one before it, and those after it are fetched.
    [[nodiscard]] result<void> copy(byte_sink sink) {
        auto fetched = get_parts(0);
        opened_part opened, taken;
        for (std::uint64_t first = 0; first < chunks_;) {
            if (!fetched) return std::move(fetched).error();
            auto parts = *std::exchange(fetched, list<bytes>{});
            for (std::size_t i = 0; i < parts.size(); ++i, first += chunks_of_part()) {
                const auto rest = i + 1 == parts.size() ? first + chunks_of_part() : chunks_;
                result<void> sunk, done;
                state_.syncing.run_parts(2, [&](std::size_t task) {
                    if (task == 1) {
                        done = open(std::exchange(parts[i], {}), first, opened);
                    } else if (sunk = give(taken, sink); sunk && rest < chunks_) {
                        fetched = get_parts(rest);
                    }
                });
                if (!sunk) return sunk;
                if (!done) return done;
                std::swap(opened, taken);
            }
        }
        return give(taken, sink);
    }

    [[nodiscard]] static result<void> give(const opened_part& part, byte_sink sink) {
        for (std::size_t i = 0; i < part.count; ++i) {
            if (auto taken = sink(part.chunks[i]); !taken) return taken;
        }
        return {};
    }

    /// The header comes with the first part: it is no request of its own.
    [[nodiscard]] result<void> open(const bytes& sealed, std::uint64_t index, opened_part& out) {
        bytes_view part{sealed};
        if (!opener_) {
            const auto header = part.subview(0, layout_.header_bytes);
            const sealing_context context{object_kind::attachment, state_.vault, what_.collection.text(),
                                          what_.id.text()};
            auto begun = cipher_.start_open(context, header);
            if (!begun) return named(std::move(begun).error());
            opener_.emplace(*std::move(begun));
            sealed_hash_.update(header);
            part = part.subview(layout_.header_bytes);
        }
        const auto chunk_bytes = static_cast<std::size_t>(layout_.chunk_bytes + layout_.overhead_bytes);
        for (out.count = 0; index < chunks_ && (!part.empty() || chunks_ == 1); ++index) {
            const auto chunk = part.subview(0, (std::min)(chunk_bytes, part.size()));
            sealed_hash_.update(chunk);
            if (out.count == out.chunks.size()) out.chunks.push_back({});
            auto opened = opener_->open_chunk(index, index + 1 == chunks_, chunk, out.chunks[out.count++]);
            if (!opened) return named(std::move(opened).error());
            part = part.subview(chunk.size());
            if (part.empty()) break;
        }
        return {};
    }

    [[nodiscard]] std::uint64_t chunks_of_part() const noexcept {
        return std::max<std::uint64_t>(1, part_bytes / (layout_.chunk_bytes + layout_.overhead_bytes));
    }

    /// From chunk `first` on, several parts at once.
    [[nodiscard]] result<list<bytes>> get_parts(std::uint64_t first) {
        list<get_op> ops;
        for (; first < chunks_ && ops.size() < parts_at_once; first += chunks_of_part()) {
            const auto next = first + chunks_of_part();
            const auto from = first == 0 ? 0 : layout_.offset_of(first);
            const auto end = next < chunks_ ? layout_.offset_of(next) : what_.size;
            get_op op{key_};
            op.range = byte_range{from, end - from};
            op.size_max = end - from;
            ops.push_back(std::move(op));
        }
        list<bytes> parts(ops.size());
        std::size_t answered = 0;
        std::optional<failure> broken;
        auto done = state_.syncing.store.get(
            ops,
            [&](std::size_t i, result<get_reply> reply) {
                ++answered;
                if (reply && reply->body.size() == ops[i].size_max) {
                    parts[i] = std::move(reply->body);
                } else if (!broken) {
                    broken = reply ? tampered("shorter than its segment says") : reason(std::move(reply).error());
                }
            },
            call_);
        if (broken) return *std::move(broken);
        if (!done) return std::move(done).error().during("read an attachment");
        if (answered != ops.size()) return failure{errc::outcome_unknown, key_.text(), "not every get was answered"};
        return parts;
    }
    [[nodiscard]] failure reason(failure why) const {
        if (why == errc::not_found) return failure{errc::missing_object, key_.text()};
        return why.during("read an attachment");
    }

    [[nodiscard]] failure tampered(std::string why) const {
        return failure{errc::tampered, key_.text(), std::move(why)};
    }
    [[nodiscard]] failure named(failure why) const { return failure{why.code(), key_.text(), why.detail()}; }

    State& state_;
    any_cipher& cipher_;
    const change& what_;
    const call_context& call_;
    stream_layout layout_;
    object_key key_;
    std::uint64_t chunks_ = 0;
    any_hasher sealed_hash_{cipher_.start_digest()};
    std::optional<any_opener> opener_; ///< since the header came
};

/// The one user of the storage at a time: a sync, or a read of an attachment.
class exclusive_use {
public:
    explicit exclusive_use(std::atomic_flag& flag) noexcept : flag_{flag}, held_{!flag.test_and_set()} {}
    ~exclusive_use() {
        if (held_) flag_.clear();
    }
    exclusive_use(const exclusive_use&) = delete;
    exclusive_use& operator=(const exclusive_use&) = delete;
    [[nodiscard]] explicit operator bool() const noexcept { return held_; }

private:
    std::atomic_flag& flag_;
    bool held_;
};

/// From where it was attached: a file that has been replaced since is not what is asked for.
template <class State>
[[nodiscard]] result<void> read_local(State& state, const object_ref& ref, const attachment_source& source,
                                      byte_sink sink) {
    auto plain = source.open();
    if (!plain) return std::move(plain).error();
    const auto id = read_and_identify(state, ref.collection, **plain, sink);
    if (!id) return id.error();
    if (*id == ref.id) return {};
    return failure{errc::source_changed, ref.id.text(), "its source is not what was attached"};
}

template <class State>
[[nodiscard]] result<void> read_attachment(State& state, const object_ref& ref, byte_sink sink,
                                           const call_context& call) {
    std::optional<change> committed;
    auto source = state.local.inspect([&](auto& unit) -> result<std::optional<attachment_source>> {
        const auto row = unit.object(ref);
        if (row.siblings.empty()) return failure{errc::not_found, ref.id.text(), "never attached here"};
        for (const auto& version : row.siblings.versions()) {
            if (version.pending == 0) committed = version.what;
        }
        if (committed) return std::optional<attachment_source>{};
        const auto encoded = unit.source(ref);
        if (!encoded) return failure{errc::replica_corrupt, ref.id.text(), "an attachment has lost its source"};
        auto decoded = attachment_source::decode(*encoded);
        if (!decoded) return std::move(decoded).error();
        return std::optional{*std::move(decoded)};
    });
    if (!source) return std::move(source).error();
    if (*source) {
        return read_local(state, ref, **source, sink);
    }
    const exclusive_use use{state.syncing.in_use};
    if (!use) return failure{errc::busy, ref.id.text(), "a sync is using the store"};
    return attachment_download<State>{state, *committed, call}.run(sink);
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_COLLECTION_HPP
#define SEALSYNC_COLLECTION_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Several edits of one collection, made together: other devices see all of them or none. The first failure sticks:
/// what follows does nothing, and `update()` returns it.
template <class Traits>
class edit_batch {
    using state_type = detail::vault_state<Traits>;
    using unit_type = typename state_type::unit_type;

public:
    /// The version it made, which stands if the update does; nothing after a failure.
    std::optional<version> put(std::string_view id, bytes_view content, put_options options = {}) {
        return edit(id, content, std::move(options));
    }
    /// Nothing also if there was nothing to erase.
    std::optional<version> erase(std::string_view id, put_options options = {}) {
        return edit(id, std::nullopt, std::move(options));
    }

    edit_batch(const edit_batch&) = delete;
    edit_batch& operator=(const edit_batch&) = delete;

private:
    template <class>
    friend class basic_collection;

    edit_batch(state_type& state, unit_type& unit, const collection_id& id)
        : state_{state}, unit_{unit}, id_{id}, editor_{state, unit} {}

    std::optional<version> edit(std::string_view id, std::optional<bytes_view> content, put_options options) {
        if (!outcome_) return std::nullopt;
        auto target = target_of(id);
        if (!target) {
            if (content || target.error() != errc::not_current) outcome_ = std::move(target).error();
            return std::nullopt;
        }
        auto made = editor_.edit({*std::move(target), content, std::move(options), {}});
        if (!made) {
            outcome_ = std::move(made).error();
            return std::nullopt;
        }
        return *made;
    }

    [[nodiscard]] result<typename detail::editor<state_type>::target> target_of(std::string_view id) {
        return detail::find_target(state_, unit_, id_, id);
    }

    state_type& state_;
    unit_type& unit_;
    const collection_id& id_;
    detail::editor<state_type> editor_;
    result<void> outcome_;
};

/// The records of one collection ("emma"). A handle: cheap to copy, valid as long as its engine; every function may be
/// called from any thread, also during a sync. Reads and edits touch only the replica: no requests, no waiting for a
/// network. Everything can fail as the replica does (`errc::busy`, `io_error`, `no_space`, `replica_corrupt`).
///
/// Ids are the application's: any text, but for two forms. The empty id is the collection's profile, a record like any
/// other. `~` and 32 hexadecimal digits is the id of a version that stands beside a shown one
/// (`conflict_version::id`).
template <class Traits>
class basic_collection {
    using state_type = detail::vault_state<Traits>;
    using unit_type = typename state_type::unit_type;
    using ref_type = detail::object_ref;

public:
    using batch_type = edit_batch<Traits>;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// Creates or replaces a record; durable when it returns. Replaces what is shown, and nothing that was not seen:
    /// not a version whose content is lost (but with `last_write_wins`, or by `if_current`), which then stands beside.
    /// The attachments that it lists stay, unless `options` say otherwise.
    /// Fails with `errc::too_large`, `errc::not_current` (see `if_current`; or the id is of a version beside that
    /// somebody has settled meanwhile), `errc::not_found` (an attachment that was never attached).
    [[nodiscard]] result<version> put(std::string_view id, bytes_view content, put_options options = {}) {
        std::optional<version> made;
        auto done = update([&](batch_type& batch) { made = batch.edit(id, content, std::move(options)); });
        if (!done) return std::move(done).error();
        return *std::move(made);
    }

    /// Deletes a record; false if there was none. A concurrent edit elsewhere survives it. Fails with
    /// `errc::missing_object` if the content is lost, which nobody here has seen, unless `if_current` names the
    /// version.
    [[nodiscard]] result<bool> erase(std::string_view id, put_options options = {}) {
        bool erased = false;
        auto done =
            update([&](batch_type& batch) { erased = batch.edit(id, std::nullopt, std::move(options)).has_value(); });
        if (!done) return std::move(done).error();
        return erased;
    }

    /// Makes the edits of `work(batch)` together, or none of them. `work` runs under the replica's lock: it must not
    /// call the vault. Fails as `put` does, and with `errc::too_large` if one segment could not hold them: 100,000
    /// edits (`manifest_limits::changes_max`), together with earlier updates that they edit again before a sync.
    template <std::invocable<batch_type&> Work>
    [[nodiscard]] result<void> update(Work&& work) {
        return state_->local.transact([&](unit_type& unit) -> result<void> {
            remember_name(unit);
            batch_type batch{*state_, unit, id_};
            work(batch);
            return std::move(batch.outcome_);
        });
    }

    /// Nothing if there is no such record. Also takes the id of a version beside a shown one. Fails with
    /// `errc::missing_object` while its content is lost or damaged in the store: every sync looks for it.
    [[nodiscard]] result<std::optional<record>> get(std::string_view id) {
        return state_->local.inspect([&](unit_type& unit) -> result<std::optional<record>> {
            auto target = detail::find_target(*state_, unit, id_, id);
            if (!target && target.error() == errc::not_current) return std::optional<record>{};
            if (!target) return std::move(target).error();
            return read(unit, target->ref, target->dot, id);
        });
    }

    /// Every record that is shown, ascending by key (not by id); also one whose content is lost: `unfetched`.
    [[nodiscard]] result<std::vector<record_entry>> list() {
        return state_->local.inspect(
            [&](unit_type& unit) -> result<std::vector<record_entry>> { return entries(unit, change_type::record); });
    }

    /// The records with versions beside the shown one, first the profile if it is one of them.
    [[nodiscard]] result<std::vector<record_entry>> conflicts() {
        return state_->local.inspect([&](unit_type& unit) -> result<std::vector<record_entry>> {
            auto all = entries(unit, change_type::profile);
            for (auto& entry : entries(unit, change_type::record)) all.push_back(std::move(entry));
            detail::drop_if(all, [](const record_entry& entry) { return entry.conflicts.empty(); });
            return all;
        });
    }

    /// The edits of records that wait for a sync, deletions too, in the order they were made.
    [[nodiscard]] result<std::vector<pending_edit>> pending() {
        return state_->local.inspect([&](unit_type& unit) -> result<std::vector<pending_edit>> {
            std::vector<pending_edit> all;
            unit.each_outbox(0, [&](std::uint64_t, const detail::outbox_row& waiting) {
                if (waiting.object.type == change_type::attachment || waiting.object.collection != id_) return true;
                auto row = unit.object(waiting.object);
                const auto* made = row.siblings.find(waiting.dot);
                if (made != nullptr) all.push_back({row.name, detail::version_of(*made)});
                return true;
            });
            return all;
        });
    }

    /// Finds the records that own an object of the store, by the object's key (`failure::object()`), as far as this
    /// device knows them. The owners of an attachment are all records that list it: finding them reads every record of
    /// the collection. A profile has no owner, because it is itself what would own it: the list is empty, as it is for
    /// a key of another collection or vault, and for a text that is no key.
    [[nodiscard]] result<std::vector<std::string>> owners(std::string_view key) {
        return state_->local.inspect([&](unit_type& unit) -> result<std::vector<std::string>> {
            std::vector<std::string> names;
            const auto parts = state_->keys.parse(key);
            if (!parts || parts->collection != id_ || parts->kind == key_kind::profile) return names;
            if (parts->kind == key_kind::record) {
                auto row = unit.object({change_type::record, id_, parts->id});
                if (!row.name.empty()) names.push_back(std::move(row.name));
                return names;
            }
            unit.each_object(change_type::record, id_, [&](const ref_type&, const detail::object_row& row) {
                const auto& all = row.siblings.versions();
                const auto lists = [&](const sibling_version& version) {
                    return detail::contains(version.what.attachments, parts->id);
                };
                if (!row.name.empty() && detail::any_of(all, lists)) names.push_back(row.name);
                return true;
            });
            return names;
        });
    }

    /// The versions known of a record, oldest first; at most `sync_settings::history_max` that were replaced, and
    /// those that stand now.
    [[nodiscard]] result<std::vector<version>> history(std::string_view id) {
        return state_->local.inspect([&](unit_type& unit) -> result<std::vector<version>> {
            auto target = detail::find_target(*state_, unit, id_, id);
            std::vector<version> all;
            if (!target && target.error() == errc::not_current) return all;
            if (!target) return std::move(target).error();
            const auto row = unit.object(target->ref);
            const auto most = state_->settings.history_max; // a merging policy may keep some more
            for (auto i = row.past.size() - (std::min)(most, row.past.size()); i < row.past.size(); ++i) {
                all.push_back(detail::version_of(sibling_version{row.past[i].what}));
            }
            for (const auto& now : row.siblings.versions()) all.push_back(detail::version_of(now));
            detail::sort_stably(all, [](const version& a, const version& b) { return a.timestamp < b.timestamp; });
            return all;
        });
    }

    /// What the collection says of itself: the record with the empty id, under a key of its own.
    [[nodiscard]] result<version> put_profile(bytes_view content, put_options options = {}) {
        return put({}, content, std::move(options));
    }
    [[nodiscard]] result<bool> erase_profile(put_options options = {}) { return erase({}, std::move(options)); }
    [[nodiscard]] result<std::optional<record>> profile() { return get({}); }

    /// Makes bytes known, to be listed by records (`put_options::attachments`) and uploaded by the next sync; durable
    /// when it returns. Reads the source once, for its id. Bytes that were attached under this name before are
    /// nothing to do. Fails with `errc::io_error`, `errc::source_changed`, `errc::too_large`.
    [[nodiscard]] result<attachment_id> attach(const attachment_source& source, attachment_info info = {}) {
        auto plain = source.open();
        if (!plain) return std::move(plain).error();
        const auto size = (*plain)->size();
        if (size > state_->settings.attachment_bytes_max) {
            return failure{errc::too_large, info.filename, std::to_string(size) + " bytes"};
        }
        auto id = detail::dedupe_id(*state_, id_, **plain);
        if (!id) return std::move(id).error();
        auto noted = state_->local.transact([&](unit_type& unit) -> result<void> {
            remember_name(unit);
            return detail::note_attachment(*state_, unit, {change_type::attachment, id_, *id}, source, size, info);
        });
        if (!noted) return std::move(noted).error();
        return id;
    }

    /// What is known of an attachment; nothing if it was never attached.
    [[nodiscard]] result<std::optional<attachment_entry>> attachment(const attachment_id& id) {
        return state_->local.inspect([&](unit_type& unit) -> result<std::optional<attachment_entry>> {
            return detail::attachment_entry_of(unit, {change_type::attachment, id_, id}, state_->local.cipher.layout());
        });
    }

    /// Streams an attachment's plaintext in order into `sink(bytes_view) -> result<void>`: from its source while it
    /// is not uploaded, else from the store with one GET per 4 MiB. A chunk is authentic when the sink gets it; only
    /// success says that the whole was. Fails with `errc::busy` during a sync, which owns the store;
    /// `errc::not_found`, `errc::source_changed`, `errc::missing_object`, `errc::tampered`, and as the sink does.
    [[nodiscard]] result<void> read_attachment(const attachment_id& id, detail::byte_sink sink,
                                               const call_context& call = {}) {
        return detail::read_attachment(*state_, {change_type::attachment, id_, id}, sink, call);
    }

private:
    template <class, class, class, class, class, class>
    friend class basic_sync_engine;

    basic_collection(state_type& state, std::string name, collection_id id)
        : state_{&state}, name_{std::move(name)}, id_{std::move(id)} {}

    void remember_name(unit_type& unit) const {
        if (!unit.has(detail::facts::collection_names, id_.text())) {
            unit.set(detail::facts::collection_names, id_.text(), name_);
        }
    }

    [[nodiscard]] result<std::optional<record>> read(unit_type& unit, const ref_type& ref,
                                                     const std::optional<dot>& wanted, std::string_view id) {
        const auto row = unit.object(ref);
        const auto seen = state_->present(unit, ref, row);
        const auto& versions = row.siblings.versions();
        auto index = seen.shown;
        for (const auto i : seen.beside) {
            if (wanted && versions[i].what.dot == *wanted) index = i;
        }
        if (!index) return std::optional<record>{};
        const auto& version = versions[*index];
        // A content that a pull has staged is here before the version counts as fetched: the row decides.
        auto content = version.fetched ? unit.content(ref, version) : std::nullopt;
        if (!content) return unfetched(version, name_of(row, id));
        record out{row.name, detail::version_of(version), *std::move(content), version.what.attachments, {}};
        if (index == seen.shown) out.conflicts = beside(ref, row, seen);
        return std::optional{std::move(out)};
    }

    [[nodiscard]] static std::string name_of(const detail::object_row& row, std::string_view asked) {
        if (!row.name.empty()) return row.name;
        return asked.empty() ? "profile" : std::string{asked};
    }
    [[nodiscard]] failure unfetched(const sibling_version& version, std::string name) const {
        const auto what = version.what.stored ? state_->key_of(version.what).text() : std::string{"its content"};
        return failure{errc::missing_object, std::move(name), what + " is lost or damaged"};
    }

    [[nodiscard]] std::vector<record_entry> entries(unit_type& unit, change_type type) {
        std::vector<record_entry> all;
        unit.each_object(type, id_, [&](const ref_type& ref, const detail::object_row& row) {
            const auto seen = state_->present(unit, ref, row);
            if (!seen.shown) return true;
            const auto& shown = row.siblings.versions()[*seen.shown];
            all.push_back(
                {row.name, detail::version_of(shown), shown.what.attachments, beside(ref, row, seen), !shown.fetched});
            return true;
        });
        return all;
    }

    [[nodiscard]] std::vector<conflict_version> beside(const ref_type& ref, const detail::object_row& row,
                                                       const detail::presentation& seen) {
        std::vector<conflict_version> all;
        for (const auto i : seen.beside) {
            const auto& version = row.siblings.versions()[i];
            all.push_back({state_->derived_id(ref, version.what.dot), detail::version_of(version)});
        }
        return all;
    }

    state_type* state_;
    std::string name_;
    collection_id id_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CONCEPTS_HPP
#define SEALSYNC_CONCEPTS_HPP

// The policies of an engine. The compiler checks what it can; the rest is in docs/concepts/ and in the conformance
// suites of testing/.

#endif

#ifndef SEALSYNC_CONFLICT_KEEP_BOTH_HPP
#define SEALSYNC_CONFLICT_KEEP_BOTH_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Shows the sibling with the greatest (timestamp, dot), and every other content beside it, greatest first, for a
/// person to decide. Siblings of equal content are one. Never fails. Thread-safe.
class keep_both {
public:
    static constexpr policy_reads reads = policy_reads::contents;

    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& /*base*/) const {
        SEALSYNC_ASSERT(!siblings.empty());
        return detail::kept_apart(siblings);
    }
};

static_assert(conflict_policy<keep_both>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CONFLICT_LAST_WRITE_WINS_HPP
#define SEALSYNC_CONFLICT_LAST_WRITE_WINS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Shows the sibling with the greatest (timestamp, dot); the next edit of the record replaces all. The others stay
/// in the history until then, but nobody is asked. Never fails. Thread-safe.
class last_write_wins {
public:
    static constexpr policy_reads reads = policy_reads::order;

    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& /*base*/) const {
        return resolution{.shown = detail::greatest(siblings)};
    }
};

static_assert(conflict_policy<last_write_wins>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_CONFLICT_MERGE_WITH_HPP
#define SEALSYNC_CONFLICT_MERGE_WITH_HPP

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

#ifndef SEALSYNC_FWD_HPP
#define SEALSYNC_FWD_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

class failure;
template <class T>
class result;

class memory_storage;
class posix_files;
template <class Files>
class basic_directory_storage;
using directory_storage = basic_directory_storage<posix_files>;
class plaintext_cipher;
class system_clock;
class manual_clock;
class last_write_wins;
class keep_both;
class merge_text;
class memory_replica;

struct default_traits;
template <class Traits = default_traits>
class basic_collection;
template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica = memory_replica,
          class Traits = default_traits>
class basic_sync_engine;

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_CANONICAL_CHANGES_HPP
#define SEALSYNC_MANIFEST_CANONICAL_CHANGES_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What a manifest says of itself, but for its changes.
struct manifest_header {
    std::uint64_t format = 1; ///< 0: plain; then only `version` and `last_updated` are there
    vault_id vault;
    std::string scope;
    device_id device;
    log_id log;
    std::uint64_t seq = 0; ///< the segment's number in its log
    stamp last_updated;
    [[nodiscard]] friend bool operator==(const manifest_header&, const manifest_header&) = default;
};

[[nodiscard]] inline manifest_header header_of(const segment& s) {
    return {s.format, s.vault, s.scope, s.device, s.log, s.seq, s.last_updated};
}

/// The strict reader of changes: what `canonical_codec` accepts, one view after the other.
///
/// A reader of changes has `read(manifest, collection_field, limits, sink) -> result<manifest_header>`, which calls
/// `sink(const change_view&)` for each change in its order. After a failure, what the sink was given counts for
/// nothing. Default constructible; a reader is used by one thread at a time, and may keep buffers from call to call.
class canonical_changes {
public:
    /// Fails as `canonical_codec::read_segment` does.
    template <class Sink>
    [[nodiscard]] result<manifest_header> read(bytes_view manifest, std::string_view collection_field,
                                               const manifest_limits& limits, Sink&& sink) {
        const auto read = canonical_codec::read_segment(manifest, collection_field, limits);
        if (!read) return read.error();
        for (const auto& each : read->changes) sink(viewer_(each));
        return header_of(*read);
    }

private:
    change_viewer viewer_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_WIRE_FORMS_HPP
#define SEALSYNC_MANIFEST_COMPACT_WIRE_FORMS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The first byte of every compact manifest. No JSON begins with it.
inline constexpr std::uint8_t compact_encoding = 1;
/// Below this a first byte is the number of a compact encoding: JSON begins with white space, the first of which is a
/// tab, or with a brace.
inline constexpr std::uint8_t compact_encodings_end = 9;

enum class compact_kind : std::uint8_t { segment = 1, checkpoint = 2 };

[[nodiscard]] inline std::string name_of(compact_kind kind) {
    if (kind == compact_kind::segment) return "a segment";
    if (kind == compact_kind::checkpoint) return "a checkpoint";
    return "kind " + std::to_string(static_cast<unsigned>(kind));
}

/// Before an id: how it is written. From 1 to 128 it is text of that length.
inline constexpr std::uint8_t id_of_128_bits = 0;
inline constexpr std::uint8_t id_of_256_bits = 129;

/// The 16 or 32 bytes that a text is the hex digits of; none of any other text.
class hex_bytes {
public:
    explicit hex_bytes(std::string_view text) noexcept {
        const auto size = text.size() / 2;
        if (size != 16 && size != 32) return;
        if (from_hex(text, {raw_.data(), size})) size_ = size;
    }
    [[nodiscard]] bytes_view view() const noexcept { return {raw_.data(), size_}; }

private:
    std::array<std::byte, 32> raw_;
    std::size_t size_ = 0;
};

/// Whether an id has a shorter form than its text, in which alone it may be written.
[[nodiscard]] inline bool is_hex_id(std::string_view text) noexcept { return !hex_bytes{text}.view().empty(); }

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_SEGMENT_LAYOUT_HPP
#define SEALSYNC_MANIFEST_COMPACT_SEGMENT_LAYOUT_HPP

/// What stands before the changes of a compact manifest, said once: the writer and the reader both walk it, so that
/// they cannot differ. `Wire` is `compact_writer` or `compact_reader`; the latter fills what the former reads.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What every compact manifest begins with, so that a reader knows what it lacks before it meets it.
template <class Wire, class Manifest>
void lay_out_compact_beginning(Wire& wire, Manifest& m, compact_kind kind) {
    wire.encoding();
    wire.kind(kind);
    const auto begin = wire.position();
    wire.field("format", m.format);
    wire.require(begin, check_format(m.format));
    wire.list("critical", m.critical, 1, critical_max, [&](auto& name) { wire.field("critical", name); });
    wire.require(begin, check_critical(m.critical));
    wire.field("vault", m.vault);
    wire.field("scope", m.scope);
}

template <class Wire, class Segment>
void lay_out_compact_segment(Wire& wire, Segment& s, const manifest_limits& limits) {
    const auto begin = wire.position();
    lay_out_compact_beginning(wire, s, compact_kind::segment);
    wire.field("device_id", s.device);
    wire.field("device_name", s.device_name);
    wire.field("log", s.log);
    wire.field("version", s.seq);
    if (s.seq != 1) wire.field("previous", s.previous);
    wire.field("last_updated", s.last_updated);
    wire.list("seen", s.seen, 17, limits.logs_max, [&](auto& position) {
        wire.field("seen", position.log);
        wire.field("seen", position.seq);
    });
    wire.require(begin, check_segment(s, limits));
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_CHECKPOINT_LAYOUT_HPP
#define SEALSYNC_MANIFEST_COMPACT_CHECKPOINT_LAYOUT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What stands before the siblings of a compact part of a checkpoint: see `segment_layout.hpp`.
template <class Wire, class Checkpoint>
void lay_out_compact_checkpoint(Wire& wire, Checkpoint& c, const manifest_limits& limits) {
    constexpr std::size_t log_bytes_min = 16 + 2 + 1 + 32, run_bytes_min = 16 + 1 + 2;
    const auto begin = wire.position();
    lay_out_compact_beginning(wire, c, compact_kind::checkpoint);
    wire.field("device_id", c.device);
    wire.field("part", c.part);
    wire.field("parts", c.parts);
    if (c.part != 1) wire.field("previous", c.previous);
    wire.field("last_updated", c.last_updated);
    wire.list("logs", c.logs, log_bytes_min, limits.logs_max, [&](auto& entry) {
        wire.field("logs", entry.log);
        wire.field("logs", entry.device);
        wire.field("logs", entry.seq);
        wire.field("logs", entry.stored);
    });
    wire.list("met", c.met, run_bytes_min, limits.logs_max, [&](auto& run) {
        wire.field("met", run.run);
        wire.field("met", run.edits);
    });
    wire.require(begin, check_checkpoint(c, limits));
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_FIRST_USE_INDEX_HPP
#define SEALSYNC_MANIFEST_COMPACT_FIRST_USE_INDEX_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Numbers ids, by their bytes, in the order in which they are first met: the order of a table that can be written in
/// one way only, and in which what comes first, and is often the only one, has the number that takes no byte.
class first_use_index {
public:
    [[nodiscard]] std::uint64_t index_of(std::string_view id) {
        if (last_ < ids_.size() && *ids_[last_] == id) return last_;
        auto at = numbers_.find(id);
        if (at == numbers_.end()) {
            at = numbers_.emplace(id, ids_.size()).first;
            ids_.push_back(&at->first);
        }
        return last_ = at->second;
    }
    /// Of each number, its id.
    [[nodiscard]] const list<const std::string*>& ids() const noexcept { return ids_; }

private:
    std::map<std::string, std::size_t, std::less<>> numbers_;
    list<const std::string*> ids_;
    std::size_t last_ = 0;
};

/// The reader's side: whether numbers come as such an index gives them.
class first_use_check {
public:
    explicit first_use_check(std::size_t size, std::size_t used = 0) noexcept : size_{size}, used_{used} {}

    [[nodiscard]] bool take(std::uint64_t index) noexcept {
        const bool next = index == used_;
        used_ += next ? 1 : 0;
        return index < used_ && used_ <= size_;
    }
    [[nodiscard]] bool all_used() const noexcept { return used_ == size_; }

private:
    std::size_t size_, used_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_NUMBER_BYTES_HPP
#define SEALSYNC_MANIFEST_COMPACT_NUMBER_BYTES_HPP

/// Numbers of a length that is known before they are met: little-endian, without the zero bytes at their top. Their
/// lengths stand together, so that a reader finds all numbers of a row without looking at any.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// How many bytes `value` takes: 0 for 0, 8 at most.
[[nodiscard]] constexpr std::uint32_t number_bytes(std::uint64_t value) noexcept {
    return static_cast<std::uint32_t>(std::bit_width(value) + 7) / 8;
}

[[nodiscard]] inline std::uint64_t load_le64(const std::byte* at) noexcept {
    std::uint64_t value = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, at, sizeof value);
    } else {
        for (std::size_t i = sizeof value; i-- > 0;) value = value << 8U | std::to_integer<std::uint64_t>(at[i]);
    }
    return value;
}
[[nodiscard]] inline std::uint32_t load_le32(const std::byte* at) noexcept {
    std::uint32_t value = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&value, at, sizeof value);
    } else {
        for (std::size_t i = sizeof value; i-- > 0;) value = value << 8U | std::to_integer<std::uint32_t>(at[i]);
    }
    return value;
}

inline void store_le64(std::byte* at, std::uint64_t value) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(at, &value, sizeof value);
    } else {
        for (std::size_t i = 0; i < sizeof value; ++i, value >>= 8U) at[i] = static_cast<std::byte>(value & 0xffU);
    }
}
/// The low `count` bytes of `value`.
inline void store_le(std::byte* at, std::uint64_t value, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i, value >>= 8U) at[i] = static_cast<std::byte>(value & 0xffU);
}

/// By length, 9 to 15 included, which four bits can say and no number has: nothing of them passes the check.
inline constexpr auto mask_of_length = [] {
    std::array<std::uint64_t, 16> masks{};
    for (std::size_t i = 1; i < 8; ++i) masks[i] = (std::uint64_t{1} << (8 * i)) - 1;
    masks[8] = ~std::uint64_t{0};
    return masks;
}();
inline constexpr auto least_of_length = [] {
    std::array<std::uint64_t, 16> least{};
    for (std::size_t i = 1; i < 9; ++i) least[i] = std::uint64_t{1} << (8 * (i - 1));
    for (std::size_t i = 9; i < 16; ++i) least[i] = 1;
    return least;
}();

/// Small differences of either sign as small numbers: 0, -1, 1, -2, ... Differences wrap, so that each pair of numbers
/// has one.
[[nodiscard]] constexpr std::uint64_t zigzag(std::uint64_t difference) noexcept {
    return difference << 1U ^ (std::uint64_t{0} - (difference >> 63U));
}
[[nodiscard]] constexpr std::uint64_t unzigzag(std::uint64_t folded) noexcept {
    return folded >> 1U ^ (std::uint64_t{0} - (folded & 1U));
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_READER_HPP
#define SEALSYNC_MANIFEST_COMPACT_READER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Reads exactly what `compact_writer` writes, and fills what the layout walks over. At the first fault it remembers
/// where and why, and sees the input as ended, so that the layout needs no checks. Nothing is allocated that the
/// input does not hold.
class compact_reader {
public:
    /// `offset`: where `in` begins in the manifest, for messages.
    explicit compact_reader(bytes_view in, std::size_t offset = 0) noexcept : rest_{in}, end_{offset + in.size()} {}

    [[nodiscard]] std::size_t position() const noexcept { return ok_ ? end_ - rest_.size() : at_; }
    [[nodiscard]] bytes_view rest() const noexcept { return rest_; }
    [[nodiscard]] bool failed() const noexcept { return !ok_; }

    void encoding() {
        const auto met = byte("encoding");
        if (met == compact_encoding || !ok_) return;
        if (met >= compact_encodings_end) return fail(0, errc::malformed, {}, "no compact manifest");
        fail(0, errc::unknown_format, {}, "compact encoding " + std::to_string(met));
    }
    void kind(compact_kind wanted) {
        const auto at = position();
        const auto met = static_cast<compact_kind>(byte("kind of manifest"));
        if (met != wanted) fail(at, errc::malformed, {}, name_of(met) + ", not " + name_of(wanted));
    }

    /// In seven bits a byte, lowest first, without a needless one.
    void field(std::string_view what, std::uint64_t& number) { number = leb(what, number_max); }
    void field(std::string_view what, stamp& time) {
        time.nanoseconds = static_cast<std::int64_t>(leb(what, (std::numeric_limits<std::int64_t>::max)()));
    }
    void field(std::string_view what, std::string& text) { text = as_text(counted(what)); }
    template <class Tag>
    void field(std::string_view what, basic_id128<Tag>& id) {
        copy(what, id.value);
    }
    template <class Tag>
    void field(std::string_view what, basic_id<Tag>& id);
    void field(std::string_view what, std::optional<digest256>& digest) { copy(what, digest.emplace().value); }
    void field(std::string_view what, digest256& digest) { copy(what, digest.value); }
    void field(std::string_view what, interval_set& numbers);
    template <class T, class Each>
    void list(std::string_view what, std::vector<T>& items, std::size_t bytes_each, std::size_t items_max, Each each) {
        items.resize(count(what, bytes_each, items_max));
        for (auto& item : items) each(item);
    }

    /// How many things of at least `bytes_each` follow: no more than there is room for.
    [[nodiscard]] std::size_t count(std::string_view what, std::size_t bytes_each, std::size_t items_max) {
        const auto at = position();
        const auto items = leb(what, number_max);
        if (items > items_max) {
            fail(at, errc::too_large, what, "over " + std::to_string(items_max) + " items");
        } else if (items > rest_.size() / bytes_each) {
            ends(what);
        } else {
            return static_cast<std::size_t>(items);
        }
        return 0;
    }
    [[nodiscard]] bytes_view raw(std::string_view what, std::uint64_t size) {
        if (size > rest_.size()) {
            ends(what);
            return {};
        }
        const auto part = rest_.subview(0, static_cast<std::size_t>(size));
        rest_ = rest_.subview(static_cast<std::size_t>(size));
        return part;
    }
    [[nodiscard]] bytes_view counted(std::string_view what) { return raw(what, leb(what, number_max)); }
    [[nodiscard]] std::uint8_t byte(std::string_view what) {
        const auto one = raw(what, 1);
        return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one[0]);
    }

    /// A rule of what was read from `begin` on.
    void require(std::size_t begin, const result<void>& kept) {
        if (!kept) fail(begin, kept.error().code(), {}, kept.error().detail());
    }
    void fail(std::size_t at, errc code, std::string_view what, std::string reason) {
        if (!ok_) return;
        const auto place = "at byte " + std::to_string(at) + (what.empty() ? "" : ", " + std::string{what});
        at_ = at;
        ok_ = failure{code, {}, place + ": " + std::move(reason)};
        rest_ = {};
    }

    /// What went wrong, of a reader that failed.
    [[nodiscard]] failure fault() && { return std::move(ok_).error(); }
    /// Success if all was read and nothing is left.
    [[nodiscard]] result<void> finish() {
        if (ok_ && !rest_.empty()) fail(position(), errc::malformed, {}, "more follows the end");
        return ok_;
    }

private:
    [[nodiscard]] std::uint64_t leb(std::string_view what, std::uint64_t most) {
        const auto at = position();
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 63; shift += 7) { // nine bytes say all that is ever written
            const std::uint64_t part = byte(what);
            value |= (part & 0x7fU) << shift;
            if (part >= 0x80) continue;
            if (part == 0 && shift > 0) fail(at, errc::malformed, what, "a number with a needless byte");
            if (value > most) break;
            return ok_ ? value : 0;
        }
        fail(at, errc::malformed, what, "over " + std::to_string(most));
        return 0;
    }
    template <std::size_t N>
    void copy(std::string_view what, std::array<std::byte, N>& out) {
        if (const auto part = raw(what, N); part.size() == N) std::memcpy(out.data(), part.data(), N);
    }
    void ends(std::string_view what) { fail(position(), errc::malformed, what, "ends too early"); }

    bytes_view rest_;
    std::size_t end_, at_ = 0;
    result<void> ok_; ///< or the first fault
};

/// As `interval_set::encode` makes it; each number is checked before it can add up to one that wraps.
inline void compact_reader::field(std::string_view what, interval_set& numbers) {
    numbers = {};
    std::uint64_t least = 0;
    for (auto left = count(what, 2, (std::numeric_limits<std::size_t>::max)()); left > 0; --left) {
        const auto at = position();
        const auto first = least + leb(what, number_max);
        const auto last = first + leb(what, number_max);
        if (!ok_) return;
        if (last > number_max) return fail(at, errc::malformed, what, "over " + std::to_string(number_max));
        [[maybe_unused]] const bool apart = numbers.append({first, last});
        SEALSYNC_ASSERT(apart);
        least = last + 2;
    }
}

template <class Tag>
void compact_reader::field(std::string_view what, basic_id<Tag>& id) {
    const auto at = position();
    const auto form = byte(what);
    if (form == id_of_128_bits || form == id_of_256_bits) {
        const auto bits = raw(what, form == id_of_128_bits ? 16 : 32);
        if (!ok_) return;
        [[maybe_unused]] const bool valid = id.assign(to_hex(bits));
        SEALSYNC_ASSERT(valid);
        return;
    }
    if (form > id_of_256_bits) return fail(at, errc::malformed, what, "no form of an id");
    const auto text = as_text(raw(what, form));
    if (!ok_) return;
    if (is_hex_id(text)) return fail(at, errc::malformed, what, "hex digits that are written as text");
    if (!id.assign(text)) fail(at, errc::malformed, what, "not an id: 1 to 128 of A-Z a-z 0-9 . _ ~ -, no dot first");
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_ROW_HPP
#define SEALSYNC_MANIFEST_COMPACT_ROW_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What a change is of, and so how its id is written.
enum class row_shape : std::uint8_t {
    record_128 = 1,  ///< id: 32 hex digits, in 16 bytes
    record_256 = 2,  ///< id: 64 hex digits, in 32 bytes
    record_text = 3, ///< id: anything else, counted
    profile = 4,     ///< without an id
    attachment = 5,  ///< dedupe id, in 32 bytes
};

enum class row_replaces : std::uint8_t {
    none = 0,
    one_of_same_run = 1, ///< how far before (or behind) the edit
    one_of_other_run = 2,
    several = 3, ///< behind the fixed part of the row
};

/// A field of the word that a row begins with. After the word: the numbers whose lengths it says, the id, the digest
/// unless it is a delete, and what few rows have.
struct row_field {
    std::uint32_t shift = 0, mask = 0;
    [[nodiscard]] constexpr std::uint32_t of(std::uint32_t control) const noexcept { return control >> shift & mask; }
    [[nodiscard]] constexpr std::uint32_t put(std::uint32_t value) const noexcept { return value << shift; }
};

/// Numbers stand in this order; each length is 0 to 7 bytes, of an index 0 to 3, of the timestamp 0 to 8.
namespace row_fields {
inline constexpr row_field shape{0, 7}, action{3, 3}, replaces{5, 3}, extras{7, 1};
inline constexpr row_field timestamp{8, 15}, n{12, 7}, version{15, 7}, size{18, 7};
inline constexpr row_field collection{21, 3}, device{23, 3}, run{25, 3};
inline constexpr row_field replaced_run{27, 3}, replaced_n{29, 7};
} // namespace row_fields

/// What may follow, if any does; each is there only if it is not blank.
enum row_extra : std::uint8_t {
    extra_attachments = 1,
    extra_filename = 2,
    extra_media_type = 4,
    extra_packed = 8,
    extra_merge = 16,
};

/// No row is shorter: the word, a version.
inline constexpr std::size_t row_bytes_min = 5;
/// The word, the numbers, an id of text, a digest.
inline constexpr std::size_t row_fixed_bytes_max = 4 + 8 + 4 * 7 + 4 * 3 + 1 + 128 + 32;
inline constexpr std::uint64_t row_index_max = (1U << 24U) - 1;

/// A dot whose run is a place in the manifest's table.
struct row_dot {
    std::uint32_t run = 0;
    std::uint64_t n = 0;
};

struct compact_extras {
    bytes_view attachments; ///< 32 bytes each, ascending
    std::string_view filename, media_type;
    std::optional<packed_view> packed;
    merge_kind merge = merge_kind::none;
};

/// A change as a row says it: owns nothing, and is good until the next one is read.
struct compact_row {
    row_shape shape{};
    change_action action{};
    std::uint32_t collection = 0, device = 0, run = 0; ///< places in the manifest's tables
    std::int64_t timestamp = 0;
    std::uint64_t n = 0, version = 0, size = 0;
    bytes_view id;                     ///< as `shape` says; empty for a profile
    const std::byte* stored = nullptr; ///< 32 bytes; null for a delete
    std::span<const row_dot> replaces; ///< ascending by run and n
    const compact_extras* extras = nullptr;

    [[nodiscard]] change_type type() const noexcept {
        if (shape == row_shape::profile) return change_type::profile;
        return shape == row_shape::attachment ? change_type::attachment : change_type::record;
    }
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_ROW_CHECKS_HPP
#define SEALSYNC_MANIFEST_COMPACT_ROW_CHECKS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Whether JSON could say it, too: one rule for both forms, so that each can be shown as the other.
[[nodiscard]] inline result<void> check_numbers(const change& c) {
    const auto over = [](const dot& edit) { return edit.n > number_max; };
    if (c.version <= number_max && c.size <= number_max && !over(c.dot) && !any_of(c.replaces, over)) {
        return {};
    }
    return malformed("change " + c.dot.text() + ": a number over 2^53 - 1");
}

[[nodiscard]] inline result<void> check_counts(const change& c, const manifest_limits& limits) {
    const auto over = [&](const char* what, std::size_t most) {
        const auto reason = ": over " + std::to_string(most) + " items";
        return failure{errc::too_large, {}, "change " + c.dot.text() + ": " + what + reason};
    };
    if (c.replaces.size() > limits.dots_max) return over("replaces", limits.dots_max);
    if (c.attachments.size() > limits.attachments_max) return over("attachments", limits.attachments_max);
    return {};
}

/// What must hold of changes before they are written as rows.
[[nodiscard]] inline result<void> check_rows(const std::vector<change>& changes, const manifest_limits& limits) {
    if (changes.size() > limits.changes_max) {
        return failure{errc::too_large, {}, "changes: over " + std::to_string(limits.changes_max) + " items"};
    }
    for (const auto& each : changes) {
        if (auto ok = check_counts(each, limits); !ok) return ok;
        if (auto ok = check_change(each, limits); !ok) return ok;
        if (auto ok = check_numbers(each); !ok) return ok;
    }
    return {};
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_TABLES_HPP
#define SEALSYNC_MANIFEST_COMPACT_TABLES_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What the rows of a manifest refer to by number, and how many rows there are. Valid as long as the manifest.
struct compact_tables {
    std::size_t rows = 0;
    list<collection_id> collections;
    list<device_id> devices; ///< the first is the manifest's author
    bytes_view runs;         ///< 16 bytes each

    [[nodiscard]] std::size_t run_count() const noexcept { return runs.size() / 16; }
    [[nodiscard]] run_id run(std::uint32_t index) const noexcept {
        run_id id;
        std::memcpy(id.value.data(), runs.data() + std::size_t{index} * 16, 16);
        return id;
    }
    [[nodiscard]] bool run_before(std::uint32_t left, std::uint32_t right) const noexcept {
        return std::memcmp(runs.data() + std::size_t{left} * 16, runs.data() + std::size_t{right} * 16, 16) < 0;
    }
};

/// Whether no two of `count` things are equal.
[[nodiscard]] inline bool all_different(std::size_t count, function_ref<bool(std::size_t, std::size_t)> before) {
    const auto order = sorted_indices(count, before);
    for (std::size_t i = 1; i < count; ++i) {
        if (!before(order[i - 1], order[i])) return false;
    }
    return true;
}

[[nodiscard]] inline bool none_stands_twice(const compact_tables& tables) {
    const auto& collections = tables.collections;
    const auto& devices = tables.devices;
    return all_different(collections.size(),
                         [&](std::size_t a, std::size_t b) { return collections[a] < collections[b]; }) &&
           all_different(devices.size(), [&](std::size_t a, std::size_t b) { return devices[a] < devices[b]; }) &&
           all_different(tables.run_count(), [&](std::size_t a, std::size_t b) {
               return tables.run_before(static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b));
           });
}

template <class Id>
void read_ids(compact_reader& in, std::string_view what, list<Id>& ids, std::size_t ids_max) {
    for (auto left = in.count(what, 2, ids_max); left > 0 && !in.failed(); --left) {
        Id id;
        in.field(what, id);
        ids.push_back(std::move(id));
    }
}

/// Reads the number of rows and the tables. A table has no entry that no row uses, so that none is longer than there
/// are rows; the rows themselves show whether they use them all.
[[nodiscard]] inline compact_tables read_tables(compact_reader& in, const device_id& author,
                                                const manifest_limits& limits) {
    compact_tables tables;
    const auto begin = in.position();
    tables.rows = in.count("changes", row_bytes_min, limits.changes_max);
    read_ids(in, "collections", tables.collections, tables.rows);
    tables.devices.push_back(author);
    read_ids(in, "devices", tables.devices, tables.rows);
    tables.runs = in.raw("runs", in.count("runs", 16, in.rest().size()) * std::uint64_t{16});
    if (!none_stands_twice(tables)) in.require(begin, malformed("collections, devices or runs: one stands twice"));
    return tables;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_ROW_READER_HPP
#define SEALSYNC_MANIFEST_COMPACT_ROW_READER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Reads rows one by one: each is checked by every rule of a change, and for being what a writer makes. Allocates only
/// where a row replaces more than any before. What a row shows is valid until the next is read.
class row_reader {
public:
    /// `offset`: where `rows` begins in the manifest. `tables` and `limits` must outlive the reader.
    row_reader(bytes_view rows, std::size_t offset, const compact_tables& tables, stamp begin,
               const manifest_limits& limits)
        : begin_{rows.data()},
          at_{rows.data()},
          end_{rows.data() + rows.size()},
          offset_{offset},
          left_{tables.rows},
          tables_{tables},
          limits_{limits},
          collections_{tables.collections.size()},
          devices_{tables.devices.size(), 1},
          runs_{tables.run_count()},
          timestamp_{static_cast<std::uint64_t>(begin.nanoseconds)} {}
    row_reader(const row_reader&) = delete; // points into itself
    row_reader& operator=(const row_reader&) = delete;

    /// False at the end, and at a fault: `finish()` tells.
    [[nodiscard]] bool next(compact_row& row);

    /// Success if every row was read, and nothing else is there.
    [[nodiscard]] result<void> finish();

    /// Whether each edit so far is greater than the one before: then none stands twice.
    [[nodiscard]] bool ascending() const noexcept { return ascending_; }

private:
    /// What can be wrong with the fixed part: bits, so that a row has one branch for them all.
    enum fault : std::uint32_t {
        needless_byte = 1U << 0U,
        bad_shape = 1U << 1U,
        bad_time = 1U << 2U,
        bad_n = 1U << 3U,
        bad_version = 1U << 4U,
        bad_size = 1U << 5U,
        bad_index = 1U << 6U,
        bad_replaced = 1U << 7U,
    };
    [[nodiscard]] static std::string reason_of(std::uint32_t faults);

    [[nodiscard]] std::size_t position_of(const std::byte* at) const noexcept {
        return offset_ + static_cast<std::size_t>(at - begin_);
    }
    struct fixed_part;
    [[nodiscard]] std::uint32_t faults_of(const fixed_part& fixed) noexcept;
    [[nodiscard]] bool read_bytes(compact_row& row, const fixed_part& fixed);
    bool fail(errc code, const std::string& reason);
    void copy_tail();
    [[nodiscard]] bool read_text_id(compact_row& row, const std::byte*& at);
    [[nodiscard]] bool read_rest(compact_row& row, const fixed_part& fixed, const std::byte*& at);
    void read_several(compact_reader& in, compact_row& row);
    [[nodiscard]] result<void> check_several(const compact_row& row) const;
    void read_extras(compact_reader& in, const compact_row& row);
    void read_attachments(compact_reader& in);
    void read_text(compact_reader& in, std::string_view what, std::string_view& text);
    void read_packed(compact_reader& in);
    void read_merge(compact_reader& in);

    const std::byte *begin_, *at_, *end_;
    std::size_t offset_, left_;
    const compact_tables& tables_;
    const manifest_limits& limits_;
    first_use_check collections_, devices_, runs_;
    std::uint64_t timestamp_, n_ = 0;
    std::uint32_t run_ = 0;
    bool ascending_ = true, in_tail_ = false;
    result<void> ok_; ///< or the first fault
    row_dot replaced_;
    list<row_dot> several_;
    compact_extras extras_;
    /// The end of the rows, with room behind it: so that the fixed part of a row may be read before it is known to end.
    std::array<std::byte, 2 * row_fixed_bytes_max> tail_;
};

/// The numbers of a row, in their order. Any eight bytes may be read behind `at`.
struct row_reader::fixed_part {
    fixed_part(std::uint32_t word, const std::byte* after) noexcept : control{word}, at{after} {}

    const std::uint32_t control;
    const std::byte* at;
    bool needless = false; ///< a number has a byte too many
    const std::uint64_t timestamp = number(row_fields::timestamp), n = number(row_fields::n),
                        version = number(row_fields::version), size = number(row_fields::size),
                        collection = number(row_fields::collection), device = number(row_fields::device),
                        run = number(row_fields::run), replaced_run = number(row_fields::replaced_run),
                        replaced_n = number(row_fields::replaced_n);

    [[nodiscard]] std::uint32_t shape() const noexcept { return row_fields::shape.of(control); }
    [[nodiscard]] std::uint32_t action() const noexcept { return row_fields::action.of(control); }
    [[nodiscard]] bool erased() const noexcept { return action() == static_cast<std::uint32_t>(change_action::erase); }
    [[nodiscard]] bool attachment() const noexcept {
        return shape() == static_cast<std::uint32_t>(row_shape::attachment);
    }
    [[nodiscard]] row_replaces replaces() const noexcept {
        return static_cast<row_replaces>(row_fields::replaces.of(control));
    }
    [[nodiscard]] bool has_rest() const noexcept {
        return replaces() == row_replaces::several || row_fields::extras.of(control) != 0;
    }

private:
    [[gnu::always_inline]] std::uint64_t number(row_field length) noexcept {
        const auto count = length.of(control);
        const auto value = load_le64(at) & mask_of_length[count];
        needless |= value < least_of_length[count];
        at += count;
        return value;
    }
};

inline bool row_reader::next(compact_row& row) {
    if (left_ == 0) return false;
    --left_;
    if (static_cast<std::size_t>(end_ - at_) < row_fixed_bytes_max && !in_tail_) copy_tail();
    const fixed_part fixed{load_le32(at_), at_ + 4};
    const auto before = n_;
    timestamp_ += unzigzag(fixed.timestamp);
    n_ += 1 + unzigzag(fixed.n);
    if (const auto faults = faults_of(fixed); faults != 0) return fail(errc::malformed, reason_of(faults));

    row.shape = static_cast<row_shape>(fixed.shape());
    row.action = static_cast<change_action>(fixed.action());
    row.collection = static_cast<std::uint32_t>(fixed.collection);
    row.device = static_cast<std::uint32_t>(fixed.device);
    row.run = static_cast<std::uint32_t>(fixed.run);
    row.timestamp = static_cast<std::int64_t>(timestamp_);
    row.n = n_;
    row.version = fixed.version;
    row.size = fixed.size;
    row.replaces = {&replaced_, replaced_.n != 0 ? 1U : 0U};
    row.extras = nullptr;
    ascending_ &= row.run == run_ ? n_ > before : tables_.run_before(run_, row.run);
    run_ = row.run;
    return read_bytes(row, fixed);
}

/// What every change must be and every writer makes, without a branch.
[[gnu::always_inline]] inline std::uint32_t row_reader::faults_of(const fixed_part& fixed) noexcept {
    std::uint32_t faults = 0;
    const auto unless = [&](bool holds, fault otherwise) { faults |= holds ? 0U : otherwise; };
    unless(!fixed.needless, needless_byte);
    unless(fixed.shape() - 1 < 5, bad_shape);
    unless(fixed.action() - 1 < 3, bad_shape);
    unless(timestamp_ >> 63U == 0, bad_time);
    unless(n_ - 1 < number_max, bad_n);
    unless(fixed.version <= number_max, bad_version);
    unless(fixed.version != 0 || fixed.attachment(), bad_version);
    unless(fixed.size <= number_max, bad_size);
    unless(fixed.size == 0 || !fixed.erased(), bad_size);
    unless(collections_.take(fixed.collection), bad_index);
    unless(devices_.take(fixed.device), bad_index);
    unless(runs_.take(fixed.run), bad_index);
    unless(runs_.take(fixed.replaced_run), bad_index); // 0 if no other run is named, which is always there

    const bool same = fixed.replaces() == row_replaces::one_of_same_run;
    const bool other = fixed.replaces() == row_replaces::one_of_other_run;
    const auto n = same ? n_ - unzigzag(fixed.replaced_n) : fixed.replaced_n;
    replaced_ = {static_cast<std::uint32_t>(same ? fixed.run : fixed.replaced_run), n};
    unless(!other || fixed.replaced_run != fixed.run, bad_replaced);
    unless(other || fixed.replaced_run == 0, bad_replaced);
    unless(same || other ? n - 1 < number_max : n == 0, bad_replaced);
    unless(!same || fixed.replaced_n != 0, bad_replaced);
    return faults;
}

/// The id, the digest, and what few rows have.
[[gnu::always_inline]] inline bool row_reader::read_bytes(compact_row& row, const fixed_part& fixed) {
    constexpr std::array<std::uint8_t, 8> id_bytes{0, 16, 32, 0, 0, 32, 0, 0};
    const auto* at = fixed.at;
    row.id = {at, id_bytes[fixed.shape()]};
    at += row.id.size();
    if (row.shape == row_shape::record_text && !read_text_id(row, at)) return false;
    row.stored = fixed.erased() ? nullptr : at;
    at += fixed.erased() ? 0 : 32;
    if (at > end_) return fail(errc::malformed, "ends too early");
    if (fixed.has_rest() && !read_rest(row, fixed, at)) return false;
    at_ = at;
    return true;
}

inline result<void> row_reader::finish() {
    if (!ok_) return ok_;
    if (left_ != 0) return malformed("not every change was read");
    if (at_ != end_) fail(errc::malformed, "more follows the end");
    const bool all_used = collections_.all_used() && devices_.all_used() && runs_.all_used();
    if (!all_used) fail(errc::malformed, "a collection, device or run is not used");
    return ok_;
}

inline bool row_reader::fail(errc code, const std::string& reason) {
    if (ok_) ok_ = failure{code, {}, "at byte " + std::to_string(position_of(at_)) + ": " + reason};
    left_ = 0;
    return false;
}

inline std::string row_reader::reason_of(std::uint32_t faults) {
    constexpr std::array<const char*, 8> reasons{
        "a number with a needless byte, or of over eight",
        "type or action: unknown",
        "timestamp: before 1970",
        "dot: not numbered from 1 to 2^53 - 1",
        "version: 0, or over 2^53 - 1",
        "size: over 2^53 - 1, or of a delete",
        "collection, device or run: not in the table, or not in the order of first use",
        "replaces: itself, or not numbered from 1 to 2^53 - 1",
    };
    return reasons[static_cast<std::size_t>(std::countr_zero(faults))];
}

inline void row_reader::copy_tail() {
    const auto size = static_cast<std::size_t>(end_ - at_);
    offset_ = position_of(at_);
    tail_.fill(std::byte{0});
    if (size > 0) std::memcpy(tail_.data(), at_, size);
    begin_ = at_ = tail_.data();
    end_ = begin_ + size;
    in_tail_ = true;
}

inline bool row_reader::read_text_id(compact_row& row, const std::byte*& at) {
    const auto size = std::to_integer<std::size_t>(*at++);
    if (at > end_ || size > static_cast<std::size_t>(end_ - at)) return fail(errc::malformed, "ends too early");
    row.id = {at, size};
    at += size;
    if (!object_id::valid(as_text(row.id))) {
        return fail(errc::malformed, "record_id: not an id: 1 to 128 of A-Z a-z 0-9 . _ ~ -, no dot first");
    }
    return !is_hex_id(as_text(row.id)) || fail(errc::malformed, "record_id: hex digits that are written as text");
}

inline bool row_reader::read_rest(compact_row& row, const fixed_part& fixed, const std::byte*& at) {
    compact_reader in{{at, static_cast<std::size_t>(end_ - at)}, position_of(at)};
    if (fixed.replaces() == row_replaces::several) read_several(in, row);
    if (row_fields::extras.of(fixed.control) != 0) {
        extras_ = {};
        read_extras(in, row);
        row.extras = &extras_;
    }
    if (in.failed()) {
        ok_ = std::move(in).fault();
        left_ = 0;
        return false;
    }
    at = end_ - in.rest().size();
    return true;
}

inline void row_reader::read_several(compact_reader& in, compact_row& row) {
    const auto begin = in.position();
    several_.clear();
    for (auto left = in.count("replaces", 2, limits_.dots_max); left > 0 && !in.failed(); --left) {
        std::uint64_t run = 0, n = 0;
        in.field("replaces", run);
        in.field("replaces", n);
        if (run > (std::numeric_limits<std::uint32_t>::max)() || !runs_.take(run)) {
            return in.fail(begin, errc::malformed, "replaces", reason_of(bad_index));
        }
        several_.push_back({static_cast<std::uint32_t>(run), n});
    }
    in.require(begin, check_several(row));
    row.replaces = {several_.data(), several_.size()};
}

/// Every run of `several_` stands in the table.
inline result<void> row_reader::check_several(const compact_row& row) const {
    if (several_.size() < 2) return malformed("replaces: one that is written as several");
    for (std::size_t i = 0; i < several_.size(); ++i) {
        const auto& old = several_[i];
        if (old.n == 0 || (old.run == row.run && old.n == row.n)) return malformed(reason_of(bad_replaced));
        if (i == 0) continue;
        const auto& last = several_[i - 1];
        const bool after = last.run == old.run ? last.n < old.n : tables_.run_before(last.run, old.run);
        if (!after) return malformed("replaces: not ascending, or repeated");
    }
    return {};
}

inline void row_reader::read_extras(compact_reader& in, const compact_row& row) {
    const auto begin = in.position();
    const auto which = in.byte("extras");
    const bool attachment = row.shape == row_shape::attachment, erased = row.action == change_action::erase;
    unsigned allowed = erased ? 0U : unsigned{extra_packed};
    if (attachment) allowed |= unsigned{extra_filename} | unsigned{extra_media_type};
    if (!attachment && !erased) allowed |= unsigned{extra_attachments};
    if (!attachment && !erased && row.replaces.size() > 1) allowed |= unsigned{extra_merge};
    if (which == 0 || (which & ~allowed) != 0) {
        return in.fail(begin, errc::malformed, "extras", "none, unknown, or not of such a change");
    }
    if ((which & extra_attachments) != 0) read_attachments(in);
    if ((which & extra_filename) != 0) read_text(in, "filename", extras_.filename);
    if ((which & extra_media_type) != 0) read_text(in, "media_type", extras_.media_type);
    if ((which & extra_packed) != 0) read_packed(in);
    if ((which & extra_merge) != 0) read_merge(in);
}

inline void row_reader::read_merge(compact_reader& in) {
    const auto begin = in.position();
    extras_.merge = static_cast<merge_kind>(in.byte("merge"));
    if (name_of(extras_.merge).empty()) in.require(begin, malformed("merge: unknown"));
}

inline void row_reader::read_attachments(compact_reader& in) {
    const auto begin = in.position();
    const auto count = in.count("attachments", 32, limits_.attachments_max);
    const auto ids = in.raw("attachments", count * std::uint64_t{32});
    if (count == 0) in.require(begin, malformed("attachments: none, but not left out"));
    for (std::size_t at = 32; at < ids.size(); at += 32) {
        if (std::memcmp(&ids[at - 32], &ids[at], 32) < 0) continue;
        return in.require(begin, malformed("attachments: not ascending, or repeated"));
    }
    extras_.attachments = ids;
}

inline void row_reader::read_text(compact_reader& in, std::string_view what, std::string_view& text) {
    const auto begin = in.position();
    text = as_text(in.counted(what));
    if (text.empty()) in.require(begin, malformed(std::string{what} + ": blank, but not left out"));
    in.require(begin, check_text(what, text, limits_));
}

inline void row_reader::read_packed(compact_reader& in) {
    const auto begin = in.position();
    change_view of_row;
    auto& place = of_row.packed.emplace();
    place.object = as_text(in.counted("packed"));
    in.field("packed", place.offset);
    in.field("packed", place.length);
    in.require(begin, check_packed(of_row, limits_));
    extras_.packed = place;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_ROW_VIEWER_HPP
#define SEALSYNC_MANIFEST_COMPACT_ROW_VIEWER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The hex digits of four bytes at a time, in one register each: an id is written out for every row that is viewed.
inline void put_hex(bytes_view raw, char* out) noexcept {
    for (std::size_t i = 0; i + 4 <= raw.size(); i += 4, out += 8) {
        std::uint64_t x = load_le32(raw.data() + i);
        x = (x | x << 16U) & 0x0000ffff0000ffff;
        x = (x | x << 8U) & 0x00ff00ff00ff00ff;
        const auto nibbles = (x >> 4U | x << 8U) & 0x0f0f0f0f0f0f0f0f;
        const auto letters = (nibbles + 0x0606060606060606) >> 4U & 0x0101010101010101;
        store_le64(reinterpret_cast<std::byte*>(out), nibbles + 0x3030303030303030 + letters * ('a' - '0' - 10));
    }
}

/// Shows rows as changes. Nothing is allocated once it has grown; each view is valid until the next.
class row_viewer {
public:
    [[nodiscard]] change_view operator()(const compact_row& row, const compact_tables& tables) {
        replaces_.clear();
        for (const auto& old : row.replaces) replaces_.push_back({tables.run(old.run), old.n});
        change_view view{.type = row.type(),
                         .collection = tables.collections[row.collection].text(),
                         .id = id_of(row),
                         .version = row.version,
                         .timestamp = {row.timestamp},
                         .device = tables.devices[row.device].text(),
                         .action = row.action,
                         .dot = {tables.run(row.run), row.n},
                         .replaces = {replaces_.data(), replaces_.size()},
                         .size = row.size};
        if (row.stored != nullptr) std::memcpy(view.stored.emplace().value.data(), row.stored, 32);
        if (row.extras != nullptr) add(view, *row.extras);
        return view;
    }

private:
    [[nodiscard]] std::string_view id_of(const compact_row& row) {
        if (row.shape == row_shape::record_text) return as_text(row.id);
        put_hex(row.id, id_.data());
        return {id_.data(), row.id.size() * 2};
    }
    void add(change_view& view, const compact_extras& extras) {
        const auto& ids = extras.attachments;
        digits_.resize(ids.size() * 2);
        put_hex(ids, digits_.data());
        attachments_.clear();
        for (std::size_t at = 0; at < digits_.size(); at += 64) attachments_.push_back({digits_.data() + at, 64});
        view.attachments = {attachments_.data(), attachments_.size()};
        view.filename = extras.filename;
        view.media_type = extras.media_type;
        view.packed = extras.packed;
        view.merge = extras.merge;
    }

    std::array<char, 64> id_{};
    std::vector<dot> replaces_;
    std::string digits_;
    list<std::string_view> attachments_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_WRITER_HPP
#define SEALSYNC_MANIFEST_COMPACT_WRITER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Writes what a compact layout walks over. After a fault the rest is still walked, and `take()` gives the first fault
/// instead of bytes.
class compact_writer {
public:
    explicit compact_writer(std::size_t bytes_max) : bytes_max_{bytes_max} {}

    [[nodiscard]] std::size_t position() const noexcept { return out_.view().size(); }

    void encoding() { out_.byte(compact_encoding); }
    void kind(compact_kind which) { out_.byte(static_cast<std::uint8_t>(which)); }

    void field(std::string_view what, std::uint64_t number) {
        if (number > number_max) fail(errc::invalid_argument, std::string{what} + ": over 2^53 - 1");
        out_.number(number);
    }
    void field(std::string_view what, stamp time) {
        if (time.nanoseconds < 0) fail(errc::invalid_argument, std::string{what} + ": before 1970");
        out_.number(static_cast<std::uint64_t>(time.nanoseconds));
    }
    void field(std::string_view, const std::string& text) { out_.counted(text); }
    template <class Tag>
    void field(std::string_view, const basic_id128<Tag>& id) {
        out_.raw(id.value);
    }
    template <class Tag>
    void field(std::string_view, const basic_id<Tag>& made) {
        id(made.text());
    }
    void id(std::string_view text) { put_id(out_, text); }
    void field(std::string_view what, const std::optional<digest256>& digest) {
        if (!digest) return fail(errc::invalid_argument, std::string{what} + ": absent");
        out_.raw(digest->value);
    }
    void field(std::string_view, const digest256& digest) { out_.raw(digest.value); }
    void field(std::string_view, const interval_set& numbers) { out_.raw(numbers.encode()); }
    template <class T, class Each>
    void list(std::string_view what, const std::vector<T>& items, std::size_t, std::size_t items_max, Each each) {
        if (items.size() > items_max) {
            return fail(errc::too_large, std::string{what} + ": over " + std::to_string(items_max) + " items");
        }
        out_.number(items.size());
        for (const auto& item : items) each(item);
    }
    void raw(bytes_view part) { out_.raw(part); }
    void count(std::size_t items) { out_.number(items); }
    [[nodiscard]] bool failed() const noexcept { return !ok_; }

    /// A rule that the writer's caller broke is his mistake, not damage.
    void require(std::size_t, const result<void>& kept) {
        if (kept) return;
        const auto code = kept.error().code();
        fail(code == errc::malformed ? errc::invalid_argument : code, kept.error().detail());
    }

    [[nodiscard]] result<bytes> take() && {
        if (out_.view().size() > bytes_max_) {
            fail(errc::too_large, "a manifest of over " + std::to_string(bytes_max_) + " bytes");
        }
        if (!ok_) return std::move(ok_).error();
        return std::move(out_).take();
    }

    static void put_id(wire_writer& out, std::string_view text) {
        if (const hex_bytes id{text}; !id.view().empty()) {
            out.byte(id.view().size() == 16 ? id_of_128_bits : id_of_256_bits);
            return out.raw(id.view());
        }
        out.byte(static_cast<std::uint8_t>(text.size())); // at most 128, by the rule of ids
        out.raw(text);
    }

    void fail(errc code, std::string reason) {
        if (ok_) ok_ = failure{code, {}, std::move(reason)};
    }

private:
    wire_writer out_;
    std::size_t bytes_max_;
    result<void> ok_; ///< or the first fault
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_ROW_WRITER_HPP
#define SEALSYNC_MANIFEST_COMPACT_ROW_WRITER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Makes rows of valid changes, and the tables that rows refer to: each collection, device and run once, in the order
/// of first use. `begin`: what the first timestamp is told from. `device`: is number 0 without standing in the table.
class row_writer {
public:
    row_writer(stamp begin, const device_id& device) : timestamp_{static_cast<std::uint64_t>(begin.nanoseconds)} {
        (void)devices_.index_of(device.text());
    }

    void add(const change& c) {
        control_ = row_fields::shape.put(static_cast<std::uint32_t>(shape_of(c))) |
                   row_fields::action.put(static_cast<std::uint32_t>(c.action));
        used_ = 4;
        const auto timestamp = static_cast<std::uint64_t>(c.timestamp.nanoseconds);
        put(row_fields::timestamp, zigzag(timestamp - std::exchange(timestamp_, timestamp)));
        put(row_fields::n, zigzag(c.dot.n - (std::exchange(n_, c.dot.n) + 1)));
        put(row_fields::version, c.version);
        put(row_fields::size, c.size);
        put_index(row_fields::collection, collections_.index_of(c.collection.text()));
        put_index(row_fields::device, devices_.index_of(c.device.text()));
        put_index(row_fields::run, index_of(c.dot.run));
        add_replaced(c);
        if (has_extras(c)) control_ |= row_fields::extras.put(1);
        store_le(row_.data(), control_, 4);
        rows_.raw(std::span{row_}.first(used_));
        add_id(c);
        if (c.stored) rows_.raw(c.stored->value);
        if (c.replaces.size() > 1) add_several(c);
        if (has_extras(c)) add_extras(c);
    }

    /// False if there are more collections, devices or runs than a row can refer to.
    [[nodiscard]] bool complete() const noexcept { return !over_; }

    using table = list<const std::string*>;
    [[nodiscard]] const table& collections() const noexcept { return collections_.ids(); }
    [[nodiscard]] const table& devices() const noexcept { return devices_.ids(); }
    [[nodiscard]] const table& runs() const noexcept { return runs_.ids(); } ///< 16 bytes each
    [[nodiscard]] bytes_view rows() const noexcept { return rows_.view(); }

private:
    [[nodiscard]] std::uint64_t index_of(const run_id& run) { return runs_.index_of(as_text(std::span{run.value})); }
    [[nodiscard]] static row_shape shape_of(const change& c) {
        if (c.type == change_type::profile) return row_shape::profile;
        if (c.type == change_type::attachment) return row_shape::attachment;
        const auto size = hex_bytes{c.id.text()}.view().size();
        if (size == 0) return row_shape::record_text;
        return size == 16 ? row_shape::record_128 : row_shape::record_256;
    }
    [[nodiscard]] static bool has_extras(const change& c) {
        return !c.attachments.empty() || !c.filename.empty() || !c.media_type.empty() || c.packed ||
               c.merge != merge_kind::none;
    }

    void put(row_field length, std::uint64_t value) {
        const auto count = number_bytes(value);
        control_ |= length.put(count);
        store_le(row_.data() + used_, value, count);
        used_ += count;
    }
    void put_index(row_field length, std::uint64_t index) {
        if (index > row_index_max) return void(over_ = true);
        put(length, index);
    }

    void add_replaced(const change& c) {
        if (c.replaces.empty()) return;
        if (c.replaces.size() > 1) return say(row_replaces::several);
        const auto& old = c.replaces.front();
        if (old.run == c.dot.run) {
            say(row_replaces::one_of_same_run);
            return put(row_fields::replaced_n, zigzag(c.dot.n - old.n));
        }
        say(row_replaces::one_of_other_run);
        put_index(row_fields::replaced_run, index_of(old.run));
        put(row_fields::replaced_n, old.n);
    }
    void say(row_replaces replaces) { control_ |= row_fields::replaces.put(static_cast<std::uint32_t>(replaces)); }

    void add_id(const change& c) {
        const auto& text = c.id.text();
        if (const hex_bytes id{text}; !id.view().empty()) return rows_.raw(id.view());
        if (c.type == change_type::record) compact_writer::put_id(rows_, text);
    }
    void add_several(const change& c) {
        rows_.number(c.replaces.size());
        for (const auto& old : c.replaces) {
            rows_.number(index_of(old.run));
            rows_.number(old.n);
        }
    }
    void add_extras(const change& c) {
        rows_.byte(static_cast<std::uint8_t>(
            (c.attachments.empty() ? 0 : extra_attachments) | (c.filename.empty() ? 0 : extra_filename) |
            (c.media_type.empty() ? 0 : extra_media_type) | (c.packed ? extra_packed : 0) |
            (c.merge == merge_kind::none ? 0 : extra_merge)));
        if (!c.attachments.empty()) rows_.number(c.attachments.size());
        for (const auto& id : c.attachments) {
            const hex_bytes raw{id.text()};
            SEALSYNC_ASSERT(raw.view().size() == 32);
            rows_.raw(raw.view());
        }
        if (!c.filename.empty()) rows_.counted(c.filename);
        if (!c.media_type.empty()) rows_.counted(c.media_type);
        if (c.packed) {
            rows_.counted(c.packed->object);
            rows_.number(c.packed->offset);
            rows_.number(c.packed->length);
        }
        if (c.merge != merge_kind::none) rows_.byte(static_cast<std::uint8_t>(c.merge));
    }

    first_use_index collections_, devices_, runs_;
    std::uint64_t timestamp_, n_ = 0;
    std::array<std::byte, row_fixed_bytes_max> row_{};
    std::uint32_t control_ = 0;
    std::size_t used_ = 0;
    bool over_ = false;
    wire_writer rows_;
};

/// The number of rows, the tables, the rows.
inline void write_rows(compact_writer& out, const row_writer& rows, std::size_t count) {
    if (!rows.complete()) out.fail(errc::too_large, "over 2^24 collections, devices or runs");
    out.count(count);
    out.count(rows.collections().size());
    for (const auto* each : rows.collections()) out.id(*each);
    out.count(rows.devices().size() - 1);
    for (std::size_t i = 1; i < rows.devices().size(); ++i) out.id(*rows.devices()[i]);
    out.count(rows.runs().size());
    for (const auto* each : rows.runs()) out.raw(*each);
    out.raw(rows.rows());
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_SEGMENT_READER_HPP
#define SEALSYNC_MANIFEST_COMPACT_SEGMENT_READER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A compact segment, opened: what stands before its changes is read and checked, its changes are read row by row.
/// `manifest` and `limits` must outlive it.
class compact_segment_reader {
public:
    compact_segment_reader(bytes_view manifest, const manifest_limits& limits)
        : limits_{limits}, in_{manifest}, tables_{begin()}, rows_(open_rows()) {}

    /// Without its changes.
    [[nodiscard]] const segment& header() const& noexcept { return header_; }
    [[nodiscard]] segment&& header() && noexcept { return std::move(header_); }
    [[nodiscard]] const compact_tables& tables() const noexcept { return tables_; }

    /// False at the end, and at a fault: `finish()` tells. What `row` shows is valid until the next.
    [[nodiscard]] bool next(compact_row& row) { return rows_.next(row); }

    /// Success if every change was read and the segment is one that could have been written.
    [[nodiscard]] result<void> finish() {
        if (in_.failed()) return in_.finish();
        if (auto done = rows_.finish(); !done) return done;
        return rows_.ascending() ? result<void>{} : check_edits();
    }

private:
    [[nodiscard]] compact_tables begin() {
        if (auto ok = check_size(in_.rest(), limits_); !ok) in_.fail(0, ok.error().code(), {}, ok.error().detail());
        lay_out_compact_segment(in_, header_, limits_);
        auto tables = read_tables(in_, header_.device, limits_);
        if (in_.failed()) tables.rows = 0;
        return tables;
    }
    [[nodiscard]] row_reader open_rows() const {
        return row_reader{in_.rest(), in_.position(), tables_, header_.last_updated, limits_};
    }

    /// Edits of a run mostly come in order: only otherwise are the rows read again, and sorted, to see that none
    /// stands twice.
    [[nodiscard]] result<void> check_edits() const {
        std::vector<dot> edits;
        edits.reserve(tables_.rows);
        auto rows = open_rows();
        for (compact_row row; rows.next(row);) edits.push_back({tables_.run(row.run), row.n});
        return check_distinct(edits);
    }

    const manifest_limits& limits_;
    compact_reader in_;
    segment header_;
    compact_tables tables_;
    row_reader rows_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_COMPACT_CODEC_HPP
#define SEALSYNC_MANIFEST_COMPACT_CODEC_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Whether `manifest` is in a compact encoding, of this version or of a later one: no JSON begins so.
[[nodiscard]] inline bool is_compact(bytes_view manifest) noexcept {
    return !manifest.empty() && manifest[0] < std::byte{detail::compact_encodings_end};
}

namespace detail {

/// What was laid out of `m`, and its changes behind it.
template <class Manifest>
[[nodiscard]] result<bytes> with_rows(compact_writer&& out, const Manifest& m, const std::vector<change>& changes) {
    if (out.failed()) return std::move(out).take();
    row_writer rows{m.last_updated, m.device};
    for (const auto& each : changes) rows.add(each);
    write_rows(out, rows, changes.size());
    return std::move(out).take();
}

/// Until `in` ends; whether at a fault, `in.finish()` tells.
template <class Rows>
[[nodiscard]] result<void> read_rows(Rows& in, const compact_tables& tables, std::vector<change>& changes) {
    changes.reserve(tables.rows);
    row_viewer viewer;
    for (compact_row row; in.next(row);) {
        if (auto ok = own_change(viewer(row, tables), changes.emplace_back()); !ok) return ok;
    }
    return in.finish();
}

} // namespace detail

/// The compact form of a segment: equal segments are equal bytes, about 60 a change where JSON has 400.
/// docs/manifest-format.md says which. Fails as `write_segment` does. Thread-safe.
[[nodiscard]] inline result<bytes> write_compact_segment(const segment& s, const manifest_limits& limits = {}) {
    detail::compact_writer out{limits.bytes_max};
    detail::lay_out_compact_segment(out, s, limits);
    out.require(0, detail::check_rows(s.changes, limits));
    out.require(0, detail::check_distinct(s.changes));
    return detail::with_rows(std::move(out), s, s.changes);
}

/// The compact form of a checkpoint's part: equal parts are equal bytes. Fails as `write_checkpoint` does. Thread-safe.
[[nodiscard]] inline result<bytes> write_compact_checkpoint(const checkpoint& c, const manifest_limits& limits = {}) {
    detail::compact_writer out{limits.bytes_max};
    detail::lay_out_compact_checkpoint(out, c, limits);
    out.require(0, detail::check_rows(c.siblings, limits));
    out.require(0, detail::check_siblings(c.siblings));
    return detail::with_rows(std::move(out), c, c.siblings);
}

/// Reads what `write_compact_segment` and `write_compact_checkpoint` write, and nothing else: what is read and written
/// again is the same bytes.
///
/// Fails with `errc::malformed` (position and reason in `detail()`), `errc::too_large` over a limit,
/// `errc::unknown_format` and `errc::unknown_critical` naming what this version lacks. Thread-safe.
struct compact_codec {
    [[nodiscard]] static result<segment> read_segment(bytes_view manifest, const manifest_limits& limits = {}) {
        detail::compact_segment_reader in{manifest, limits};
        std::vector<change> changes;
        if (auto ok = detail::read_rows(in, in.tables(), changes); !ok) return std::move(ok).error();
        auto s = std::move(in).header();
        s.changes = std::move(changes);
        return s;
    }

    [[nodiscard]] static result<checkpoint> read_checkpoint(bytes_view manifest, const manifest_limits& limits = {}) {
        checkpoint c;
        detail::compact_reader in{manifest};
        in.require(0, detail::check_size(manifest, limits));
        detail::lay_out_compact_checkpoint(in, c, limits);
        const auto tables = detail::read_tables(in, c.device, limits);
        if (in.failed()) return std::move(in).fault();
        detail::row_reader rows{in.rest(), in.position(), tables, c.last_updated, limits};
        if (auto ok = detail::read_rows(rows, tables, c.siblings); !ok) return std::move(ok).error();
        if (auto ok = detail::check_siblings(c.siblings); !ok) return std::move(ok).error();
        return c;
    }
};

/// The changes of a compact segment as views, one after the other: a reader of changes as `canonical_changes` is.
/// Nothing is allocated per change.
class compact_changes {
public:
    /// Fails as `compact_codec` does; the field of collections has no name here.
    template <class Sink>
    [[nodiscard]] result<manifest_header> read(bytes_view manifest, std::string_view /*collection_field*/,
                                               const manifest_limits& limits, Sink&& sink) {
        detail::compact_segment_reader in{manifest, limits};
        for (detail::compact_row row; in.next(row);) sink(viewer_(row, in.tables()));
        if (auto done = in.finish(); !done) return std::move(done).error();
        return header_of(in.header());
    }

private:
    detail::row_viewer viewer_;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_MANIFEST_JSON_WRITER_HPP
#define SEALSYNC_MANIFEST_JSON_WRITER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Writes what a layout walks over: no white space, strings escaped as RFC 8785 does. After a fault the rest is
/// still walked, and `take()` gives the first fault instead of bytes.
class json_writer {
public:
    explicit json_writer(std::size_t bytes_max) : bytes_max_{bytes_max} {}

    [[nodiscard]] std::size_t position() const noexcept { return out_.size(); }

    void open() { begin('{'); }
    void close() { end('}'); }
    void key(std::string_view name) {
        separate();
        field_ = name;
        quoted(name);
        raw(":");
    }
    /// The key of a map is an id of the item itself.
    template <class Id>
    void map_key(const Id& id) {
        value(id);
        raw(":");
    }

    template <class T>
    void field(std::string_view name, const T& item, blank as = blank::written) {
        if (as == blank::omitted && item == T{}) return;
        key(name);
        value(item);
    }
    void field_or_blank(std::string_view name, const std::optional<digest256>& item) {
        key(name);
        quoted(item ? item->hex() : std::string{});
    }
    template <class T, class Each>
    void engaged(std::string_view name, const std::optional<T>& item, Each each) {
        if (!item) return;
        key(name);
        each(*item);
    }
    template <class T, class Each>
    void list(std::string_view name, const std::vector<T>& items, std::size_t items_max, Each each,
              blank as = blank::written) {
        if (as == blank::omitted && items.empty()) return;
        sequence(name, "[]", items, items_max, each);
    }
    template <class T, class Each>
    void map(std::string_view name, const std::vector<T>& items, std::size_t items_max, Each each) {
        sequence(name, "{}", items, items_max, each);
    }

    void value(std::uint64_t number) {
        if (number > number_max) return fail({errc::invalid_argument, "over 2^53 - 1"});
        std::array<char, 20> digits;
        const auto done = std::to_chars(digits.data(), digits.data() + digits.size(), number);
        raw({digits.data(), static_cast<std::size_t>(done.ptr - digits.data())});
    }
    void value(const std::string& text) { quoted(text); }
    template <class Tag>
    void value(const basic_id<Tag>& id) {
        quoted(id.text());
    }
    template <class Tag>
    void value(const basic_id128<Tag>& id) {
        quoted(id.hex());
    }
    void value(const digest256& digest) { quoted(digest.hex()); }
    void value(const std::optional<digest256>& digest) {
        if (!digest) return fail({errc::invalid_argument, "absent"});
        value(*digest);
    }
    void value(const dot& edit) {
        if (edit.n > number_max) return fail({errc::invalid_argument, "over 2^53 - 1"});
        quoted(edit.text());
    }
    void value(stamp time) {
        if (time.nanoseconds < 0) return fail({errc::invalid_argument, "before 1970"});
        quoted(time.text());
    }
    void value(const interval_set& numbers) { quoted(text_of(numbers)); }
    void value(change_type type) { quoted(name_of(type)); }
    void value(change_action action) { quoted(name_of(action)); }
    void value(merge_kind merge) { quoted(name_of(merge)); }

    /// A rule that the writer's caller broke is his mistake, not damage.
    void require(std::size_t, const result<void>& kept) {
        if (kept || !ok_) return;
        field_ = {};
        const auto code = kept.error().code();
        fail({code == errc::malformed ? errc::invalid_argument : code, kept.error().detail()});
    }

    [[nodiscard]] result<bytes> take() && {
        if (!ok_) return std::move(ok_).error();
        return std::move(out_);
    }

private:
    struct reason {
        errc code;
        std::string text;
    };
    void fail(reason why) {
        if (!ok_) return;
        ok_ = failure{why.code, {}, field_.empty() ? why.text : std::string{field_} + ": " + why.text};
    }

    void raw(std::string_view text) {
        if (!ok_) return;
        if (text.size() > bytes_max_ - out_.size()) {
            field_ = {};
            return fail({errc::too_large, "a manifest of over " + std::to_string(bytes_max_) + " bytes"});
        }
        append(out_, text);
    }
    void begin(char bracket) {
        raw({&bracket, 1});
        first_ = true;
    }
    void end(char bracket) {
        raw({&bracket, 1});
        first_ = false;
    }
    void separate() {
        if (!first_) raw(",");
        first_ = false;
    }

    template <class T, class Each>
    void sequence(std::string_view name, std::string_view brackets, const std::vector<T>& items, std::size_t items_max,
                  Each each) {
        key(name);
        if (items.size() > items_max) return fail({errc::too_large, "over " + std::to_string(items_max) + " items"});
        begin(brackets[0]);
        for (const auto& item : items) {
            separate();
            each(item);
        }
        end(brackets[1]);
    }

    void quoted(std::string_view text) {
        raw("\"");
        while (!text.empty()) {
            const auto plain = plain_size(text);
            raw(text.substr(0, plain));
            text.remove_prefix(plain);
            if (text.empty()) break;
            escape(text.front());
            text.remove_prefix(1);
        }
        raw("\"");
    }
    void escape(char c) {
        constexpr std::string_view named = "\b\t\n\f\r\"\\", letters = "btnfr\"\\";
        std::string text = "\\";
        if (const auto at = named.find(c); at != std::string_view::npos) {
            text += letters[at];
        } else {
            text += "u00" + to_hex(std::string_view{&c, 1});
        }
        raw(text);
    }

    bytes out_;
    std::size_t bytes_max_;
    std::string_view field_;
    bool first_ = true;
    result<void> ok_; ///< or the first fault
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_MANIFEST_WRITER_HPP
#define SEALSYNC_MANIFEST_WRITER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The canonical JSON of a segment: equal segments are equal bytes. `collection_field` is the layout's.
/// Fails with `errc::invalid_argument` on what no reader would accept, `errc::too_large` over a limit,
/// `errc::unknown_format` and `errc::unknown_critical` on what this version does not write. Thread-safe.
[[nodiscard]] inline result<bytes> write_segment(const segment& s, std::string_view collection_field,
                                                 const manifest_limits& limits = {}) {
    detail::json_writer json{limits.bytes_max};
    detail::lay_out_segment(json, s, collection_field, limits);
    return std::move(json).take();
}

/// The canonical JSON of a head. Fails as `write_segment` does. Thread-safe.
[[nodiscard]] inline result<bytes> write_head(const head& h, const manifest_limits& limits = {}) {
    detail::json_writer json{limits.bytes_max};
    detail::lay_out_head(json, h, limits);
    return std::move(json).take();
}

/// The canonical JSON of a checkpoint's part. Fails as `write_segment` does. Thread-safe.
[[nodiscard]] inline result<bytes> write_checkpoint(const checkpoint& c, std::string_view collection_field,
                                                    const manifest_limits& limits = {}) {
    detail::json_writer json{limits.bytes_max};
    detail::lay_out_checkpoint(json, c, collection_field, limits);
    return std::move(json).take();
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_REPLICA_MEMORY_REPLICA_HPP
#define SEALSYNC_REPLICA_MEMORY_REPLICA_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A replica that lives as long as its last handle. Copies refer to the same rows, as reopening one file would;
/// `snapshot()` is a backup, or the copied file of a clone.
///
/// No call fails. One transaction at a time over all copies, on any thread: a second one is a bug of the caller.
class memory_replica {
    struct row {
        bytes value;
        bool erased = false; ///< by a transaction that has not committed
    };
    using rows = std::map<bytes, row, bytes_less>;

    struct state {
        std::array<rows, replica_table_count> tables;
        bool in_transaction = false;
    };

public:
    class transaction;

    memory_replica() : state_{new state} {}

    [[nodiscard]] result<transaction> begin();

    /// An independent copy of what is committed.
    [[nodiscard]] memory_replica snapshot() const {
        memory_replica copy;
        copy.state_->tables = state_->tables;
        return copy;
    }

private:
    std::shared_ptr<state> state_;
};

/// Collects writes, shows them to its own reads and applies them at `commit()`; without it they are dropped.
class memory_replica::transaction {
public:
    transaction(transaction&&) noexcept = default;
    transaction& operator=(transaction&&) = delete;
    ~transaction() {
        if (state_) state_->in_transaction = false;
    }

    [[nodiscard]] result<std::optional<bytes>> load(replica_table table, bytes_view key) const {
        const auto* found = find(pending_[index(table)], key);
        if (found == nullptr) found = find(state_->tables[index(table)], key);
        if (found == nullptr || found->erased) return std::nullopt;
        return found->value;
    }

    [[nodiscard]] result<void> store(replica_table table, bytes_view key, bytes_view value) {
        write(table, key, row{to_bytes(value)});
        return {};
    }

    [[nodiscard]] result<void> erase(replica_table table, bytes_view key) {
        write(table, key, row{{}, true});
        return {};
    }

    /// The visitor may load, but neither write nor scan.
    [[nodiscard]] result<void> scan(replica_table table, bytes_view from, row_visitor visit) {
        const scanning guard{scanning_};
        const auto& committed = state_->tables[index(table)];
        const auto& pending = pending_[index(table)];
        auto old = committed.lower_bound(from);
        auto fresh = pending.lower_bound(from);
        while (old != committed.end() || fresh != pending.end()) {
            const bool has_both = old != committed.end() && fresh != pending.end();
            const bool replaced = has_both && old->first == fresh->first;
            const bool take_fresh =
                has_both ? replaced || bytes_less{}(fresh->first, old->first) : old == committed.end();
            const auto& next = take_fresh ? *fresh : *old;
            if (!next.second.erased && !visit(next.first, next.second.value)) break;
            if (replaced || !take_fresh) ++old;
            if (take_fresh) ++fresh;
        }
        return {};
    }

    /// Moves the rows over without allocating, so that it cannot fail halfway.
    [[nodiscard]] result<void> commit() {
        SEALSYNC_ASSERT(state_ != nullptr && !scanning_);
        for (std::size_t i = 0; i < pending_.size(); ++i) apply(pending_[i], state_->tables[i]);
        state_->in_transaction = false;
        state_ = nullptr;
        return {};
    }

private:
    friend class memory_replica;

    struct scanning {
        explicit scanning(bool& flag) noexcept : flag_{flag} {
            SEALSYNC_ASSERT(!flag_);
            flag_ = true;
        }
        scanning(const scanning&) = delete;
        scanning& operator=(const scanning&) = delete;
        ~scanning() { flag_ = false; }
        bool& flag_;
    };

    explicit transaction(std::shared_ptr<state> of) : state_{std::move(of)} {
        SEALSYNC_ASSERT(!state_->in_transaction);
        state_->in_transaction = true;
    }

    [[nodiscard]] static std::size_t index(replica_table table) noexcept {
        const auto number = static_cast<std::size_t>(table);
        SEALSYNC_ASSERT(number >= 1 && number <= replica_table_count);
        return number - 1;
    }

    [[nodiscard]] static const row* find(const rows& in, bytes_view key) noexcept {
        const auto at = in.find(key);
        return at == in.end() ? nullptr : &at->second;
    }

    void write(replica_table table, bytes_view key, row&& made) {
        SEALSYNC_ASSERT(state_ != nullptr && !scanning_);
        auto& pending = pending_[index(table)];
        const auto place = pending.lower_bound(key);
        if (place != pending.end() && place->first == key) {
            place->second = std::move(made);
        } else {
            pending.emplace_hint(place, to_bytes(key), std::move(made));
        }
    }

    static void apply(rows& pending, rows& committed) noexcept {
        while (!pending.empty()) {
            auto next = pending.extract(pending.begin());
            const auto place = committed.lower_bound(next.key());
            const bool there = place != committed.end() && place->first == next.key();
            if (there && next.mapped().erased) {
                committed.erase(place);
            } else if (there) {
                place->second = std::move(next.mapped());
            } else if (!next.mapped().erased) {
                committed.insert(place, std::move(next));
            }
        }
    }

    std::shared_ptr<state> state_;
    std::array<rows, replica_table_count> pending_;
    bool scanning_ = false;
};

inline result<memory_replica::transaction> memory_replica::begin() { return transaction{state_}; }

static_assert(replica<memory_replica>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_STORAGE_BYTE_SLICE_HPP
#define SEALSYNC_STORAGE_BYTE_SLICE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The part of an object of `size` bytes that a get asks for; empty when it begins past the end.
[[nodiscard]] inline byte_range wanted_range(const get_op& op, std::uint64_t size) noexcept {
    if (!op.range) return {0, size};
    const auto offset = (std::min)(op.range->offset, size);
    return {offset, (std::min)(op.range->length, size - offset)};
}

[[nodiscard]] inline failure too_large(const get_op& op, std::uint64_t wanted) {
    return failure{errc::too_large, op.key.text(),
                   std::to_string(wanted) + " bytes, but at most " + std::to_string(op.size_max) + " were asked for"};
}

[[nodiscard]] inline failure stopped(std::string object = {}) { return failure{errc::cancelled, std::move(object)}; }

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_DETAIL_CONTENT_HASH_HPP
#define SEALSYNC_DETAIL_CONTENT_HASH_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A fast 128-bit hash that tells contents apart; it proves nothing against somebody who looks for collisions, and
/// need not: a store that wants to lie about an etag can simply lie.
///
/// Every word goes into both lanes. One lane alone would let a difference in one word be cancelled by the next; the
/// lanes shift by different amounts, so that what cancels in one does not in the other.
class content_hash {
public:
    void update(bytes_view data) noexcept {
        length_ += data.size();
        for (; data.size() >= 8; data = data.subview(8)) absorb(word(data.data(), 8));
        if (!data.empty()) absorb(word(data.data(), data.size()));
    }

    [[nodiscard]] std::string hex() const {
        const auto low = finish(low_ ^ length_), high = finish(high_ + low);
        std::array<std::byte, 16> out{};
        std::memcpy(out.data(), &low, 8);
        std::memcpy(out.data() + 8, &high, 8);
        return to_hex(out);
    }

private:
    [[nodiscard]] static std::uint64_t word(const std::byte* from, std::size_t count) noexcept {
        std::uint64_t value = 0;
        std::memcpy(&value, from, count);
        return value;
    }
    void absorb(std::uint64_t value) noexcept {
        low_ = (low_ ^ value) * 0x9fb21c651e98df25ULL;
        low_ ^= low_ >> 32U;
        high_ = (high_ + value) * 0xd6e8feb86659fd93ULL;
        high_ ^= high_ >> 29U;
    }
    [[nodiscard]] static std::uint64_t finish(std::uint64_t value) noexcept {
        value = (value ^ (value >> 31U)) * 0xd6e8feb86659fd93ULL;
        value = (value ^ (value >> 27U)) * 0x9fb21c651e98df25ULL;
        return value ^ (value >> 32U);
    }

    std::uint64_t low_ = 0x2545f4914f6cdd1dULL, high_ = 0x6a09e667f3bcc909ULL, length_ = 0;
};

/// 32 hex digits. Pieces other than multiples of eight bytes would not add up, so the whole content is hashed at once.
[[nodiscard]] inline std::string content_etag(bytes_view whole) {
    content_hash hash;
    hash.update(whole);
    return hash.hex();
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_STORAGE_FILE_FACTS_HPP
#define SEALSYNC_STORAGE_FILE_FACTS_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

enum class file_kind : std::uint8_t {
    regular,
    directory,
    other, ///< symbolic links, pipes, devices: never followed, opened or listed
};

enum class lock_mode : std::uint8_t { shared, exclusive };

/// What a file system says about a file.
struct file_facts {
    file_kind kind = file_kind::other;
    std::uint64_t size = 0;
    std::uint64_t number = 0; ///< the inode; used again after the file is gone
    wall_time modified{};
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_SITE_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_SITE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The store's own folder for locks and unfinished files: never listed, and no key may begin with it.
inline constexpr const char* reserved_folder = ".sealsync";

/// In any mix of cases, because some file systems do not tell them apart.
[[nodiscard]] inline bool reserved(std::string_view key) noexcept {
    const std::string_view name{reserved_folder};
    const auto first = key.substr(0, key.find('/'));
    if (first.size() != name.size()) return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = first[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != name[i]) return false;
    }
    return true;
}
[[nodiscard]] inline failure reserved_key(const object_key& key) {
    return failure{errc::invalid_key, key.text(), "'.sealsync' belongs to the store itself"};
}

[[nodiscard]] inline std::string_view folder_of(std::string_view key) noexcept {
    const auto slash = key.rfind('/');
    return slash == std::string_view::npos ? std::string_view{} : key.substr(0, slash);
}
/// The last part of a key; it ends where the key does, so that it can be given to the operating system as it is.
[[nodiscard]] inline const char* name_of(const std::string& key) noexcept {
    return key.c_str() + (key.rfind('/') == std::string::npos ? 0 : key.rfind('/') + 1);
}
/// Whether a folder, not the root, is `path` or above it.
[[nodiscard]] inline bool holds(std::string_view folder, std::string_view path) noexcept {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

[[nodiscard]] inline errc errc_of(const std::error_code& error) noexcept {
#ifdef EDQUOT
    if (error == std::error_code{EDQUOT, std::generic_category()}) return errc::no_space;
#endif
    if (error == std::errc::no_space_on_device) return errc::no_space;
    if (error == std::errc::read_only_file_system) return errc::read_only;
    if (error == std::errc::permission_denied || error == std::errc::operation_not_permitted)
        return errc::access_denied;
    if (error == std::errc::too_many_symbolic_link_levels) return errc::access_denied;
    if (error == std::errc::file_too_large) return errc::too_large;
    if (error == std::errc::filename_too_long) return errc::invalid_key;
    for (const auto lacking : {std::errc::no_lock_available, std::errc::not_supported,
                               std::errc::operation_not_supported, std::errc::function_not_supported}) {
        if (error == lacking) return errc::unsupported;
    }
    return errc::io_error;
}

[[nodiscard]] inline bool is_missing(const std::error_code& error) noexcept {
    return error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
}

template <class Files>
[[nodiscard]] std::error_code open_or_make(const Files& files, const typename Files::handle& parent, const char* name,
                                           typename Files::handle& out) {
    const auto error = files.open_directory(parent, name, out);
    if (error != std::errc::no_such_file_or_directory) return error;
    const auto made = files.make_directory(parent, name);
    if (made && made != std::errc::file_exists) return made; // somebody else making it now is just as well
    return files.open_directory(parent, name, out);
}

/// An opened store: what every part of `basic_directory_storage` works on during one call.
template <class Files>
struct directory_site {
    using handle = typename Files::handle;

    const Files& files;
    const std::filesystem::path& path;
    const handle& root;
    executor* workers = nullptr; ///< none: the calling thread

    [[nodiscard]] std::size_t width() const noexcept { return workers == nullptr ? 1 : workers->width(); }
    /// `f(0)` on the calling thread, the others wherever there is one.
    void run(std::size_t count, function_ref<void(std::size_t)> f) const {
        workers == nullptr ? calling_thread{}.run(count, f) : workers->run(count, f);
    }

    [[nodiscard]] failure failed(const std::error_code& error, std::string_view object) const {
        const bool link = error == std::errc::too_many_symbolic_link_levels;
        auto place = path.string();
        if (!place.ends_with('/')) place += '/';
        return failure{errc_of(error), place.append(object),
                       link ? "a symbolic link, which is never followed" : error.message()};
    }
};

/// The open folders along the path used last. Neighbouring keys share them, so that most need no lookup at all.
template <class Files>
class directory_walker {
public:
    using handle = typename Files::handle;
    enum class if_missing { fail, make };

    explicit directory_walker(const directory_site<Files>& site) : site_{&site} {}

    /// `out` is valid until the next call.
    [[nodiscard]] std::error_code enter(std::string_view folder, if_missing missing, const handle*& out) {
        while (!chain_.empty() && !holds(chain_.back().path, folder)) chain_.pop_back();
        auto done = chain_.empty() ? 0 : chain_.back().path.size();
        while (done < folder.size()) {
            const auto start = done == 0 ? 0 : done + 1;
            done = (std::min)(folder.find('/', start), folder.size());
            const std::string name{folder.substr(start, done - start)};
            handle next;
            if (auto error = step(name.c_str(), missing, next)) return error;
            chain_.push_back({std::string{folder.substr(0, done)}, std::move(next)});
        }
        out = &top();
        return {};
    }

private:
    struct level {
        std::string path;
        handle folder;
    };

    [[nodiscard]] const handle& top() const noexcept { return chain_.empty() ? site_->root : chain_.back().folder; }

    [[nodiscard]] std::error_code step(const char* name, if_missing missing, handle& next) const {
        const auto& files = site_->files;
        const auto error = missing == if_missing::make ? open_or_make(files, top(), name, next)
                                                       : files.open_directory(top(), name, next);
        // Systems disagree on what they call a symbolic link in the place of a folder.
        file_facts found;
        if (error != std::errc::not_a_directory || files.facts_at(top(), name, found)) return error;
        return found.kind == file_kind::other ? make_error_code(std::errc::too_many_symbolic_link_levels) : error;
    }

    const directory_site<Files>* site_;
    list<level> chain_;
};

/// The folders whose entries a batch relies on, up to the root. An ancestor that was there already counts too: the
/// process that made it may not have made it durable.
class touched_folders {
public:
    void add(std::string_view folder) {
        if (paths_.empty()) paths_.push_back({}); // the root
        for (auto path = folder; !path.empty() && !holds(path, last_); path = folder_of(path)) {
            paths_.push_back(std::string{path});
            in_order_ = false;
        }
        last_ = folder;
    }

    /// Ascending, each once.
    [[nodiscard]] const std::vector<std::string>& paths() {
        if (!std::exchange(in_order_, true)) sort_unique(paths_);
        return paths_;
    }

    /// Forgets what `gone(path)` is true of. It is asked about every folder but the root, after what is in it.
    template <class Predicate>
    void forget_if(Predicate&& gone) {
        std::vector<std::string> kept;
        const auto& all = paths();
        for (auto i = all.size(); i-- > 0;) {
            if (all[i].empty() || !gone(all[i])) kept.push_back(all[i]);
        }
        paths_ = std::move(kept);
        last_.clear();
        in_order_ = false;
    }

    /// Makes every entry durable: folder by folder, or all at once where that is cheaper.
    template <class Files>
    [[nodiscard]] result<void> sync(const directory_site<Files>& site, std::size_t singly_max) {
        const auto& folders = paths();
        if (Files::syncs_all && folders.size() > singly_max) {
            const auto error = site.files.sync_all(site.root);
            return error ? site.failed(error, {}) : result<void>{};
        }
        directory_walker<Files> walker{site};
        for (const auto& path : folders) {
            const typename Files::handle* folder = nullptr;
            auto error = walker.enter(path, directory_walker<Files>::if_missing::fail, folder);
            if (!error) error = site.files.sync_directory(*folder);
            if (error) return site.failed(error, path);
        }
        return {};
    }

private:
    std::vector<std::string> paths_; ///< some more than once, until they are in order
    bool in_order_ = true;
    std::string last_; ///< added; what is above it is there too
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_OBJECT_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_OBJECT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Up to this size the etag is a hash of the whole content: inodes are used again and clocks tick slowly, so that
/// nothing else tells two small files apart for sure. It also bounds the buffers of streams.
inline constexpr std::size_t whole_etag_max = std::size_t{1} << 20U;

[[nodiscard]] inline result<void> demand_regular(const file_facts& facts, const object_key& key) {
    if (facts.kind == file_kind::directory) return failure{errc::not_found, key.text(), "a folder has this name"};
    if (facts.kind == file_kind::other) return failure{errc::access_denied, key.text(), "not a regular file"};
    return {};
}

/// A file's bytes from `offset` on; fewer than asked for means that another program cut it while it was read.
template <class Files>
[[nodiscard]] result<bytes> read_exactly(const directory_site<Files>& site, const typename Files::handle& file,
                                         byte_range part, const object_key& key) {
    bytes content(static_cast<std::size_t>(part.length));
    std::size_t count = 0;
    if (const auto error = site.files.read(file, part.offset, content, count)) return site.failed(error, key.text());
    if (count == content.size()) return content;
    return failure{errc::io_error, key.text(), "the file became shorter while it was read"};
}

/// The etag of a file over `whole_etag_max`: where it is, when it was written, how it begins and ends.
template <class Files>
[[nodiscard]] result<std::string> etag_of_large(const directory_site<Files>& site, const typename Files::handle& file,
                                                const file_facts& facts, const object_key& key) {
    constexpr std::uint64_t sample = 4096;
    auto content = read_exactly(site, file, {0, sample}, key);
    if (!content) return std::move(content).error();
    const auto end = read_exactly(site, file, {facts.size - sample, sample}, key);
    if (!end) return end.error();
    append(*content, *end);
    const std::array<std::uint64_t, 3> numbers{facts.size, facts.number,
                                               static_cast<std::uint64_t>(facts.modified.time_since_epoch().count())};
    append(*content, bytes_view{std::as_bytes(std::span{numbers})});
    return content_etag(*content);
}

/// An object opened for reading, with everything a reply says about it.
template <class Files>
struct directory_object {
    using handle = typename Files::handle;

    handle file;
    file_facts facts;
    std::string etag;
    bytes content; ///< the whole of it, if it is small

    /// Fails with `errc::not_found` if nothing, or a folder, has the name.
    [[nodiscard]] static result<directory_object> open(const directory_site<Files>& site, const handle& folder,
                                                       const object_key& key) {
        directory_object found;
        if (const auto error = site.files.open_file(folder, name_of(key.text()), found.file)) {
            return is_missing(error) ? failure{errc::not_found, key.text()} : site.failed(error, key.text());
        }
        if (const auto error = site.files.facts_of(found.file, found.facts)) return site.failed(error, key.text());
        if (auto regular = demand_regular(found.facts, key); !regular) return std::move(regular).error();
        if (found.facts.size > whole_etag_max) {
            auto etag = etag_of_large(site, found.file, found.facts, key);
            if (!etag) return std::move(etag).error();
            found.etag = *std::move(etag);
            return found;
        }
        auto content = read_exactly(site, found.file, {0, found.facts.size}, key);
        if (!content) return std::move(content).error();
        found.content = *std::move(content);
        found.etag = content_etag(found.content);
        return found;
    }

    [[nodiscard]] result<get_reply> reply(const directory_site<Files>& site, const get_op& op) && {
        get_reply made;
        made.etag = std::move(etag);
        made.last_modified = facts.modified;
        made.not_modified = !op.if_none_match.empty() && op.if_none_match == made.etag;
        if (made.not_modified) return made;
        made.size = facts.size;
        if (op.part == get_part::details) return made;
        const auto wanted = wanted_range(op, facts.size);
        if (wanted.length > op.size_max) return too_large(op, wanted.length);
        if (facts.size > whole_etag_max) {
            auto body = read_exactly(site, file, wanted, op.key);
            if (!body) return std::move(body).error();
            made.body = *std::move(body);
        } else if (wanted.length == facts.size) {
            made.body = std::move(content);
        } else {
            made.body = to_bytes(bytes_view{content}.subview(static_cast<std::size_t>(wanted.offset),
                                                             static_cast<std::size_t>(wanted.length)));
        }
        return made;
    }
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_GET_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_GET_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// One batch of gets. With an executor of several threads, some objects are read while the caller takes those before
/// them; never more than two slices are held.
template <class Files>
class directory_get {
public:
    using site = directory_site<Files>;

    directory_get(const site& here, std::span<const get_op> ops, get_sink got) : here_{here}, ops_{ops}, got_{got} {}

    [[nodiscard]] result<void> run(const call_context& call) {
        if (here_.width() > 1 && ops_.size() > 1) return run_in_slices(call);
        walker finder{here_};
        for (std::size_t i = 0; i < ops_.size(); ++i) {
            if (call.stop.stop_requested()) return stopped(ops_[i].key.text());
            got_(i, get_one(finder, ops_[i]));
        }
        return {};
    }

private:
    using handle = typename Files::handle;
    using walker = directory_walker<Files>;

    static constexpr std::size_t part_ops_max = 16; ///< neighbours share the way to their folder
    static constexpr std::size_t slice_parts_max = 8;
    static constexpr std::uint64_t slice_bytes_max = std::uint64_t{8} << 20U; ///< but for one larger object

    struct slice {
        std::size_t first = 0;
        list<result<get_reply>> replies;
        [[nodiscard]] std::size_t end() const noexcept { return first + replies.size(); }
    };

    [[nodiscard]] result<void> run_in_slices(const call_context& call) {
        slice ready, next = slice_from(0);
        while (!next.replies.empty()) {
            if (call.stop.stop_requested()) return stopped(ops_[next.first].key.text());
            const auto part = std::clamp<std::size_t>(next.replies.size() / here_.width(), 1, part_ops_max);
            const auto parts = (next.replies.size() + part - 1) / part;
            here_.run(1 + parts, [&](std::size_t i) {
                if (i == 0) return deliver(ready);
                read(next, (i - 1) * part, part);
            });
            const auto end = next.end();
            ready = std::exchange(next, slice_from(end));
        }
        deliver(ready);
        return {};
    }

    [[nodiscard]] slice slice_from(std::size_t first) const {
        std::uint64_t size = 0;
        auto end = first;
        for (; end < ops_.size() && end - first < part_ops_max * slice_parts_max; ++end) {
            size += expected_bytes(ops_[end]);
            if (end > first && size > slice_bytes_max) break;
        }
        slice made{first, {}};
        made.replies.reserve(end - first);
        while (made.end() < end) made.replies.push_back(get_reply{});
        return made;
    }
    [[nodiscard]] static std::uint64_t expected_bytes(const get_op& op) noexcept {
        if (op.part == get_part::details) return whole_etag_max;
        return op.range ? (std::min)(op.range->length, op.size_max) : op.size_max;
    }

    void read(slice& into, std::size_t from, std::size_t count) const {
        walker finder{here_};
        for (const auto end = (std::min)(from + count, into.replies.size()); from < end; ++from) {
            into.replies[from] = get_one(finder, ops_[into.first + from]);
        }
    }
    void deliver(slice& from) const {
        for (std::size_t i = 0; i < from.replies.size(); ++i) got_(from.first + i, std::move(from.replies[i]));
    }

    [[nodiscard]] result<get_reply> get_one(walker& finder, const get_op& op) const {
        const auto& key = op.key.text();
        if (reserved(key)) return reserved_key(op.key);
        const handle* folder = nullptr;
        const auto error = finder.enter(folder_of(key), walker::if_missing::fail, folder);
        if (is_missing(error)) return failure{errc::not_found, key};
        if (error) return here_.failed(error, key);
        auto object = directory_object<Files>::open(here_, *folder, op.key);
        return object ? (*std::move(object)).reply(here_, op) : std::move(object).error();
    }

    const site& here_;
    std::span<const get_op> ops_;
    get_sink got_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_LISTING_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_LISTING_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// One page of keys in the order of their bytes. Within a folder that is the order of the names, those of folders
/// with their slash: `a-b` and `a.b` come before what is in `a`. Never more than a few thousand names of a folder
/// are held: of larger ones the smallest are picked, and the folder is read again for the next.
template <class Files>
class directory_listing {
public:
    directory_listing(const directory_site<Files>& site, const list_query& query, const call_context& call)
        : site_{site},
          walker_{site},
          query_{query},
          call_{call},
          limit_{std::clamp<std::size_t>(query.limit, 1, page_max)} {}

    [[nodiscard]] result<list_page> run() && {
        const auto slash = query_.prefix.rfind('/');
        const auto start = slash == std::string::npos ? std::string{} : query_.prefix.substr(0, slash + 1);
        if (!walkable(start) || reserved(start)) return std::move(page_);
        if (auto done = walk(start, 0); !done) return std::move(done).error();
        return std::move(page_);
    }

private:
    static constexpr std::size_t page_max = 10'000;
    static constexpr std::size_t names_max = 4096;
    /// Keys have at most 512 parts; deeper folders hold none.
    static constexpr std::size_t depth_max = 512;

    /// `below` is empty or ends with a slash.
    [[nodiscard]] result<void> walk(const std::string& below, std::size_t depth) {
        for (std::string last;;) {
            auto names = next_names(below, last);
            if (!names) return std::move(names).error();
            for (auto& path : *names) {
                if (call_.stop.stop_requested()) return stopped(query_.prefix);
                auto done = !path.ends_with('/') ? add(path)
                            : depth < depth_max  ? walk(path, depth + 1)
                                                 : result<void>{};
                if (!done || page_.more) return done;
                last = std::move(path);
            }
            if (names->size() < names_max) return {};
        }
    }

    /// The smallest paths in a folder that are greater than `last` and can matter, ascending.
    [[nodiscard]] result<std::vector<std::string>> next_names(const std::string& below, const std::string& last) {
        std::vector<std::string> names;
        const typename Files::handle* folder = nullptr;
        const std::string_view path{below.data(), below.empty() ? 0 : below.size() - 1};
        auto error = walker_.enter(path, directory_walker<Files>::if_missing::fail, folder);
        if (is_missing(error) || error == std::errc::too_many_symbolic_link_levels) return names;
        bool picked = false; // then the first `names_max` are in order, and nothing after them is wanted
        const auto keep = [&](std::string_view name, file_kind kind) {
            if (kind == file_kind::other || (below.empty() && reserved(name))) return;
            auto candidate = below;
            candidate.append(name).append(kind == file_kind::directory ? "/" : "");
            if (candidate <= last || !can_matter(candidate)) return;
            if (picked && candidate > names[names_max - 1]) return;
            names.push_back(std::move(candidate));
            if (names.size() < 2 * names_max) return;
            keep_smallest(names);
            picked = true;
        };
        if (!error) error = site_.files.read_directory(*folder, keep);
        if (error) return site_.failed(error, below);
        keep_smallest(names);
        return names;
    }

    static void keep_smallest(std::vector<std::string>& names) {
        sort_stably(names, [](const std::string& left, const std::string& right) { return left < right; });
        if (names.size() > names_max) names.resize(names_max);
    }

    /// A file must be in the listing; a folder may only have something in it that is.
    [[nodiscard]] bool can_matter(const std::string& path) const noexcept {
        const bool folder = path.ends_with('/');
        const bool matches = path.starts_with(query_.prefix) || (folder && query_.prefix.starts_with(path));
        return matches && (path > query_.after || (folder && query_.after.starts_with(path)));
    }

    [[nodiscard]] result<void> add(const std::string& key) {
        const typename Files::handle* folder = nullptr;
        file_facts facts;
        auto error = walker_.enter(folder_of(key), directory_walker<Files>::if_missing::fail, folder);
        if (!error) error = site_.files.facts_at(*folder, name_of(key), facts);
        if (is_missing(error)) return {}; // removed meanwhile
        if (error) return site_.failed(error, key);
        if (page_.entries.size() == limit_) {
            page_.more = true;
        } else {
            page_.entries.push_back({key, facts.size, facts.modified});
        }
        return {};
    }

    /// A prefix is any text; only one that could be the beginning of a key is looked up.
    [[nodiscard]] static bool walkable(const std::string& folder) {
        return folder.empty() || object_key::make(folder.substr(0, folder.size() - 1)).has_value();
    }

    const directory_site<Files>& site_;
    directory_walker<Files> walker_;
    const list_query& query_;
    const call_context& call_;
    std::size_t limit_;
    list_page page_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_STAGE_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_STAGE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `.sealsync`, made if missing.
template <class Files>
[[nodiscard]] result<typename Files::handle> open_reserved(const directory_site<Files>& site) {
    typename Files::handle folder;
    const auto error = open_or_make(site.files, site.root, reserved_folder, folder);
    if (error) return site.failed(error, reserved_folder);
    return folder;
}

[[nodiscard]] inline bool held_by_others(const std::error_code& error) noexcept {
    return error == std::errc::operation_would_block || error == std::errc::resource_unavailable_try_again;
}

/// The lock on all names of the store, as a handle that holds it. Waits for other processes as long as the call may
/// take, a minute if it does not say. Fails with `errc::busy`, `errc::cancelled`, or as the operating system does.
template <class Files>
[[nodiscard]] result<typename Files::handle> lock_names(const directory_site<Files>& site, lock_mode mode,
                                                        const call_context& call) {
    constexpr std::chrono::milliseconds patience{60'000};
    auto reserved = open_reserved(site);
    if (!reserved) return std::move(reserved).error();
    typename Files::handle lock;
    if (const auto error = site.files.open_lock(*reserved, "lock", lock)) return site.failed(error, reserved_folder);
    for (auto left = call.timeout.count() > 0 ? call.timeout : patience; left.count() > 0; --left) {
        const auto error = site.files.try_lock(lock, mode);
        if (!error) return lock;
        if (!held_by_others(error)) return site.failed(error, reserved_folder);
        if (call.stop.stop_requested()) return stopped(site.path.string());
        site.files.pause();
    }
    return failure{errc::busy, site.path.string(), "another process holds .sealsync/lock"};
}

/// A folder of one's own for files that have no name yet. Each is held by a lock that ends with its process, so that
/// whoever gets the lock knows that what lies there belongs to nobody, and sweeps it.
template <class Files>
class directory_stage {
public:
    using handle = typename Files::handle;

    [[nodiscard]] static result<directory_stage> take(const directory_site<Files>& site) {
        auto reserved = open_reserved(site);
        if (!reserved) return std::move(reserved).error();
        for (std::size_t slot = 0; slot < slots_max; ++slot) {
            directory_stage stage{site};
            const auto error = stage.open(*reserved, slot, may_make::yes);
            if (held_by_others(error)) continue;
            if (error) return site.failed(error, reserved_folder);
            sweep_later_slots(site, *reserved, slot + 1);
            return stage;
        }
        return failure{errc::busy, site.path.string(), "too many processes write at once"};
    }

    directory_stage(directory_stage&& other) noexcept
        : site_{other.site_},
          folder_{std::move(other.folder_)},
          lock_{std::move(other.lock_)},
          locked_{std::exchange(other.locked_, false)} {}
    directory_stage& operator=(directory_stage&&) = delete;
    ~directory_stage() { sweep(); }

    [[nodiscard]] const handle& folder() const noexcept { return folder_; }
    [[nodiscard]] static std::string name(std::size_t index) { return std::to_string(index); }

private:
    static constexpr std::size_t slots_max = 1024;
    enum class may_make : bool { no, yes };

    explicit directory_stage(const directory_site<Files>& site) : site_{&site} {}

    [[nodiscard]] std::error_code open(const handle& reserved, std::size_t slot, may_make make) {
        const auto& files = site_->files;
        const auto name = "stage-" + std::to_string(slot);
        const auto opened = make == may_make::yes ? open_or_make(files, reserved, name.c_str(), folder_)
                                                  : files.open_directory(reserved, name.c_str(), folder_);
        if (opened) return opened;
        if (const auto error = files.open_lock(folder_, "lock", lock_)) return error;
        const auto error = files.try_lock(lock_, lock_mode::exclusive);
        locked_ = !error;
        if (locked_) sweep();
        return error;
    }

    /// Of processes that died while several were writing; a later slot is not taken again until as many write.
    static void sweep_later_slots(const directory_site<Files>& site, const handle& reserved, std::size_t slot) {
        for (; slot < slots_max; ++slot) {
            directory_stage other{site};
            const auto error = other.open(reserved, slot, may_make::no);
            if (error && !held_by_others(error)) return;
        }
    }

    /// Best effort: what cannot be removed now is in nobody's way, and is tried again by the next owner. A leftover
    /// may also be the second name of a published file, so it is removed and never written to.
    void sweep() const {
        if (!locked_) return;
        std::vector<std::string> names;
        const auto collect = [&](std::string_view name, file_kind) {
            if (name != "lock") names.push_back(std::string{name});
        };
        if (site_->files.read_directory(folder_, collect)) return;
        for (const auto& name : names) static_cast<void>(site_->files.remove_file(folder_, name.c_str()));
    }

    const directory_site<Files>* site_;
    handle folder_, lock_;
    bool locked_ = false;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_PUT_HPP
#define SEALSYNC_STORAGE_DIRECTORY_DIRECTORY_PUT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// One batch of puts, with two barriers: bytes durable, then names published and durable. A name that was published
/// before its bytes were durable would be an empty file after a power cut.
template <class Files>
class directory_put {
public:
    using handle = typename Files::handle;

    /// Up to this many files or folders are made durable one by one; more share one barrier for the whole file
    /// system, which also waits for what other programs have written.
    static constexpr std::size_t singly_max = 16;

    directory_put(const directory_site<Files>& site, std::span<const put_op> ops, put_sink stored)
        : site_{site}, walker_{site}, ops_{ops}, stored_{stored} {
        outcomes_.reserve(ops.size());
        while (outcomes_.size() < ops.size()) outcomes_.push_back(put_reply{});
    }

    [[nodiscard]] result<void> run(const call_context& call) {
        for (std::size_t i = 0; i < slices(); ++i) {
            auto stage = directory_stage<Files>::take(site_);
            if (!stage) return std::move(stage).error();
            stages_.push_back(*std::move(stage));
        }
        if (auto done = write_all(call); !done) return done;
        if (!synced_singly()) {
            if (const auto error = site_.files.sync_all(stages_.front().folder())) return site_.failed(error, {});
        }
        return publish_all(call);
    }

private:
    /// Fewer are written sooner than another thread is awake.
    static constexpr std::size_t slice_ops_min = 32;
    static constexpr std::size_t slices_max = 8;

    [[nodiscard]] bool synced_singly() const noexcept { return !Files::syncs_all || ops_.size() <= singly_max; }

    /// A slice is written by one thread, in a folder of its own: those who make files in one folder wait for each
    /// other. Sources are read on the calling thread, so that a batch with any is one slice.
    [[nodiscard]] std::size_t slices() const {
        const bool sources = any_of(ops_, [](const put_op& op) { return op.source != nullptr; });
        if (sources) return 1;
        return std::clamp<std::size_t>(ops_.size() / slice_ops_min, 1, (std::min)(slices_max, site_.width()));
    }
    [[nodiscard]] std::size_t slice_ops() const noexcept { return (ops_.size() + stages_.size() - 1) / stages_.size(); }
    [[nodiscard]] const directory_stage<Files>& stage_of(std::size_t index) const noexcept {
        return stages_[index / slice_ops()];
    }

    [[nodiscard]] result<void> write_all(const call_context& call) {
        site_.run(stages_.size(), [&](std::size_t slice) { write_slice(slice, call); });
        for (std::size_t i = 0; i < ops_.size(); ++i) {
            if (!outcomes_[i]) stored_(i, outcomes_[i].error());
        }
        return call.stop.stop_requested() ? stopped(ops_.front().key.text()) : result<void>{};
    }

    void write_slice(std::size_t slice, const call_context& call) {
        const auto end = (std::min)((slice + 1) * slice_ops(), ops_.size());
        for (auto i = slice * slice_ops(); i < end && !call.stop.stop_requested(); ++i) {
            outcomes_[i] = reserved(ops_[i].key.text()) ? reserved_key(ops_[i].key) : write(stages_[slice], i);
            if (outcomes_[i]) continue;
            // The space is needed at once if the disk is full.
            static_cast<void>(site_.files.remove_file(stages_[slice].folder(), stages_[slice].name(i).c_str()));
        }
    }

    [[nodiscard]] result<put_reply> write(const directory_stage<Files>& stage, std::size_t index) {
        const auto& op = ops_[index];
        handle file;
        auto error = site_.files.create_file(stage.folder(), stage.name(index).c_str(), file);
        if (error) return site_.failed(error, op.key.text());
        auto etag = op.source == nullptr ? write_body(file, op) : write_source(file, op);
        if (!etag) return std::move(etag).error();
        file_facts facts;
        error = site_.files.facts_of(file, facts);
        if (!error && synced_singly()) error = site_.files.sync_file(file);
        if (!error && etag->empty()) etag = etag_of_large(site_, file, facts, op.key);
        if (!etag) return std::move(etag).error();
        if (!error) error = file.close();
        if (error) return site_.failed(error, op.key.text());
        return put_reply{*std::move(etag), facts.modified};
    }

    /// The etag, or nothing yet if the object is too large for one of its content.
    [[nodiscard]] result<std::string> write_body(const handle& file, const put_op& op) {
        if (const auto error = site_.files.write(file, op.body)) return site_.failed(error, op.key.text());
        return op.body.size() > whole_etag_max ? std::string{} : content_etag(op.body);
    }

    /// While one piece is written, the next is read (and sealed, as it may be).
    [[nodiscard]] result<std::string> write_source(const handle& file, const put_op& op) {
        const auto size = op.source->size();
        bytes ready, next(static_cast<std::size_t>(std::min<std::uint64_t>(size, whole_etag_max)));
        auto read = op.source->read(0, next);
        for (std::uint64_t offset = 0; read; offset += ready.size()) {
            std::swap(ready, next);
            const auto rest = size - offset - ready.size();
            next.resize(static_cast<std::size_t>(std::min<std::uint64_t>(rest, whole_etag_max)));
            std::error_code error;
            site_.run(2, [&](std::size_t part) {
                if (part == 1) {
                    error = site_.files.write(file, ready);
                } else if (rest > 0) {
                    read = op.source->read(size - rest, next);
                }
            });
            if (error) return site_.failed(error, op.key.text());
            site_.files.start_write_back(file);
            if (rest == 0) return size > whole_etag_max ? std::string{} : content_etag(ready);
        }
        return std::move(read).error();
    }

    /// The lock is held until the names are durable, so that a conditional write never rests on one that a power cut
    /// could take back. Unconditional batches share it: they only must not come between a check and its rename.
    [[nodiscard]] result<void> publish_all(const call_context& call) {
        const auto lock = lock_names(site_, lock_needed(), call);
        if (!lock) return lock.error();
        for (std::size_t i = 0; i < ops_.size(); ++i) {
            if (!outcomes_[i]) continue;
            const auto published = publish(stage_of(i), i);
            if (published) continue;
            outcomes_[i] = published.error();
            stored_(i, published.error());
        }
        if (auto durable = touched_.sync(site_, singly_max); !durable) return durable;
        for (std::size_t i = 0; i < ops_.size(); ++i) {
            if (outcomes_[i]) stored_(i, std::move(outcomes_[i]));
        }
        return {};
    }

    [[nodiscard]] lock_mode lock_needed() const noexcept {
        const auto free = [](const put_op& op) { return op.condition == write_condition::unconditional; };
        return all_of(ops_, free) ? lock_mode::shared : lock_mode::exclusive;
    }

    [[nodiscard]] result<void> publish(const directory_stage<Files>& stage, std::size_t index) {
        const auto& op = ops_[index];
        const auto& key = op.key.text();
        const handle* folder = nullptr;
        const auto error = walker_.enter(folder_of(key), directory_walker<Files>::if_missing::make, folder);
        if (error == std::errc::not_a_directory) {
            return failure{errc::unsupported, key, "a part of it is the name of an object, which cannot be a folder"};
        }
        if (error) return site_.failed(error, key);
        touched_.add(folder_of(key));
        if (op.condition == write_condition::if_match) {
            if (auto same = demand_etag(*folder, op); !same) return same;
        }
        const auto name = stage.name(index);
        if (op.condition == write_condition::if_absent) return create(stage, name, *folder, op.key);
        return named(site_.files.rename(stage.folder(), name.c_str(), *folder, name_of(key)), *folder, op.key);
    }

    [[nodiscard]] result<void> demand_etag(const handle& folder, const put_op& op) {
        const auto current = directory_object<Files>::open(site_, folder, op.key);
        if (!current && current.error() != errc::not_found) return current.error();
        if (!current) return failure{errc::precondition_failed, op.key.text(), "it is gone"};
        if (current->etag != op.etag) return failure{errc::precondition_failed, op.key.text(), "it has changed"};
        return {};
    }

    /// A hard link, because it cannot replace what a program that knows nothing of our lock has put there.
    [[nodiscard]] result<void> create(const directory_stage<Files>& stage, const std::string& name,
                                      const handle& folder, const object_key& key) {
        const auto& files = site_.files;
        const auto error = files.link(stage.folder(), name.c_str(), folder, name_of(key.text()));
        if (!links_unsupported(error)) {
            if (!error) static_cast<void>(files.remove_file(stage.folder(), name.c_str()));
            return named(error, folder, key);
        }
        file_facts found;
        const auto looked = files.facts_at(folder, name_of(key.text()), found);
        if (!looked) return named(std::make_error_code(std::errc::file_exists), folder, key);
        if (looked != std::errc::no_such_file_or_directory) return site_.failed(looked, key.text());
        return named(files.rename(stage.folder(), name.c_str(), folder, name_of(key.text())), folder, key);
    }

    [[nodiscard]] static bool links_unsupported(const std::error_code& error) noexcept {
        for (const auto code : {std::errc::operation_not_permitted, std::errc::operation_not_supported,
                                std::errc::not_supported, std::errc::function_not_supported}) {
            if (error == code) return true;
        }
        return false;
    }

    /// What the last step of a publication means to the caller.
    [[nodiscard]] result<void> named(const std::error_code& error, const handle& folder, const object_key& key) const {
        if (!error) return {};
        file_facts found;
        const bool known = !site_.files.facts_at(folder, name_of(key.text()), found);
        if (known && found.kind == file_kind::directory) {
            return failure{errc::unsupported, key.text(), "a folder has this name, which cannot be an object"};
        }
        if (error == std::errc::file_exists) return failure{errc::precondition_failed, key.text(), "it exists"};
        return site_.failed(error, key.text());
    }

    const directory_site<Files>& site_;
    list<directory_stage<Files>> stages_;
    directory_walker<Files> walker_;
    touched_folders touched_;
    std::span<const put_op> ops_;
    put_sink stored_;
    list<result<put_reply>> outcomes_; ///< of each operation; failures have been reported
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_STORAGE_POSIX_FILES_HPP
#define SEALSYNC_STORAGE_POSIX_FILES_HPP

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The file operations that `basic_directory_storage` is made of, on POSIX. Every name is one part below an open
/// folder and no symbolic link is followed, so that nothing in the store can lead out of it. Thread-safe.
class posix_files {
public:
    /// An open file or folder; closed at the end of its life.
    class handle {
    public:
        handle() = default;
        handle(handle&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
        handle& operator=(handle&& other) noexcept {
            std::swap(descriptor_, other.descriptor_);
            return *this;
        }
        ~handle() { close(); }
        /// What was written may still be lost, and the error says so, if closing fails.
        std::error_code close() noexcept {
            const int closed = descriptor_ < 0 ? 0 : ::close(std::exchange(descriptor_, -1));
            return closed == 0 || errno == EINTR ? std::error_code{} : last_error();
        }

    private:
        friend class posix_files;
        int descriptor_ = -1;
    };

    /// Whether `sync_all` exists: one barrier for any number of files. Its errors are reported since Linux 5.8.
#ifdef __linux__
    static constexpr bool syncs_all = true;
#else
    static constexpr bool syncs_all = false;
#endif

    [[nodiscard]] std::error_code open_root(const std::filesystem::path& path, handle& out) const {
        return opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), out);
    }
    /// Makes the folder and its missing parents durably; success if it is there.
    [[nodiscard]] std::error_code make_root(const std::filesystem::path& path) const {
        std::filesystem::path folder;
        for (const auto& part : std::filesystem::absolute(path)) {
            const auto parent = folder;
            folder /= part;
            if (::mkdir(folder.c_str(), 0777) == 0) {
                handle above;
                if (auto error = open_root(parent, above)) return error;
                if (auto error = sync_directory(above)) return error;
            } else if (errno != EEXIST && errno != EISDIR && ::access(folder.c_str(), F_OK) != 0) {
                return last_error();
            }
        }
        return {};
    }

    [[nodiscard]] std::error_code open_directory(const handle& parent, const char* name, handle& out) const {
        return opened(::openat(parent.descriptor_, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), out);
    }
    /// `std::errc::file_exists` if anything has the name.
    [[nodiscard]] std::error_code make_directory(const handle& parent, const char* name) const {
        return checked(::mkdirat(parent.descriptor_, name, 0777));
    }
    /// O_NONBLOCK: a named pipe in the store must not make a reader wait for ever.
    [[nodiscard]] std::error_code open_file(const handle& parent, const char* name, handle& out) const {
        return opened(::openat(parent.descriptor_, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), out);
    }
    /// A new file; never one that is there.
    [[nodiscard]] std::error_code create_file(const handle& parent, const char* name, handle& out) const {
        const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        return opened(::openat(parent.descriptor_, name, flags, 0666), out);
    }
    /// Made if missing. Opened for writing, without which NFS grants no exclusive lock.
    [[nodiscard]] std::error_code open_lock(const handle& parent, const char* name, handle& out) const {
        return opened(::openat(parent.descriptor_, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666), out);
    }
    /// Held until the handle is closed, or its process ends. `std::errc::operation_would_block` if others hold it.
    [[nodiscard]] std::error_code try_lock(const handle& file, lock_mode mode) const {
        const int how = mode == lock_mode::shared ? LOCK_SH : LOCK_EX;
        return checked(::flock(file.descriptor_, how | LOCK_NB));
    }

    [[nodiscard]] std::error_code facts_of(const handle& file, file_facts& out) const {
        struct ::stat found {};
        if (::fstat(file.descriptor_, &found) != 0) return last_error();
        out = facts(found);
        return {};
    }
    [[nodiscard]] std::error_code facts_at(const handle& parent, const char* name, file_facts& out) const {
        struct ::stat found {};
        if (::fstatat(parent.descriptor_, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return last_error();
        out = facts(found);
        return {};
    }

    /// `count` is less than asked for only at the end of the file.
    [[nodiscard]] std::error_code read(const handle& file, std::uint64_t offset, std::span<std::byte> out,
                                       std::size_t& count) const {
        for (count = 0; count < out.size();) {
            const auto rest = out.subspan(count);
            const auto got = ::pread(file.descriptor_, rest.data(), rest.size(), static_cast<::off_t>(offset + count));
            if (got == 0) break;
            if (got < 0 && errno != EINTR) return last_error();
            if (got > 0) count += static_cast<std::size_t>(got);
        }
        return {};
    }
    /// Appends.
    [[nodiscard]] std::error_code write(const handle& file, bytes_view data) const {
        while (!data.empty()) {
            const auto put = ::write(file.descriptor_, data.data(), data.size());
            if (put < 0 && errno != EINTR) return last_error();
            if (put > 0) data = data.subview(static_cast<std::size_t>(put));
        }
        return {};
    }

    /// The disk may begin with what was written, so that there is less to wait for later. Promises nothing.
    void start_write_back([[maybe_unused]] const handle& file) const noexcept {
#ifdef SYNC_FILE_RANGE_WRITE
        static_cast<void>(::sync_file_range(file.descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE));
#endif
    }
    [[nodiscard]] std::error_code sync_file(const handle& file) const {
#if defined(F_FULLFSYNC)
        // On macOS fsync leaves the data in the drive's cache.
        if (::fcntl(file.descriptor_, F_FULLFSYNC) == 0) return {};
        return checked(::fsync(file.descriptor_));
#else
        return checked(::fdatasync(file.descriptor_));
#endif
    }
    [[nodiscard]] std::error_code sync_directory(const handle& directory) const {
        const auto error = checked(::fsync(directory.descriptor_));
        // Some network file systems have no such thing: there a name is as durable as they make it.
        return error == std::errc::invalid_argument ? std::error_code{} : error;
    }
    /// Everything written to the file system that holds the folder.
    [[nodiscard]] std::error_code sync_all(const handle& directory) const {
#ifdef __linux__
        return checked(::syncfs(directory.descriptor_));
#else
        return sync_directory(directory);
#endif
    }

    /// Replaces what has the new name, atomically.
    [[nodiscard]] std::error_code rename(const handle& from, const char* name, const handle& to,
                                         const char* new_name) const {
        return checked(::renameat(from.descriptor_, name, to.descriptor_, new_name));
    }
    /// `std::errc::file_exists` if anything has the new name.
    [[nodiscard]] std::error_code link(const handle& from, const char* name, const handle& to,
                                       const char* new_name) const {
        return checked(::linkat(from.descriptor_, name, to.descriptor_, new_name, 0));
    }
    [[nodiscard]] std::error_code remove_file(const handle& parent, const char* name) const {
        return checked(::unlinkat(parent.descriptor_, name, 0));
    }
    [[nodiscard]] std::error_code remove_directory(const handle& parent, const char* name) const {
        return checked(::unlinkat(parent.descriptor_, name, AT_REMOVEDIR));
    }

    using entry_visitor = function_ref<void(std::string_view name, file_kind kind)>;
    /// Everything but `.` and `..`, in no order.
    [[nodiscard]] std::error_code read_directory(const handle& parent, entry_visitor visit) const {
        // A descriptor of its own, because fdopendir takes it over and moves its position.
        const int own = ::openat(parent.descriptor_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ::DIR* const open = own < 0 ? nullptr : ::fdopendir(own);
        if (open == nullptr) {
            const auto error = last_error();
            if (own >= 0) ::close(own);
            return error;
        }
        const closer at_the_end{open};
        while (true) {
            errno = 0;
            const ::dirent* const entry = ::readdir(open);
            if (entry == nullptr) return errno == 0 ? std::error_code{} : last_error();
            const std::string_view name{entry->d_name};
            if (name != "." && name != "..") visit(name, kind_of(parent, *entry));
        }
    }

    /// Lets others run; about a millisecond.
    void pause() const noexcept {
        const ::timespec moment{0, 1'000'000};
        ::nanosleep(&moment, nullptr);
    }

private:
    struct closer {
        ::DIR* open;
        ~closer() { ::closedir(open); }
    };

    [[nodiscard]] static std::error_code last_error() noexcept { return {errno, std::generic_category()}; }
    [[nodiscard]] static std::error_code checked(int returned) noexcept {
        return returned == 0 ? std::error_code{} : last_error();
    }
    [[nodiscard]] static std::error_code opened(int descriptor, handle& out) noexcept {
        if (descriptor < 0) return last_error();
        out.close();
        out.descriptor_ = descriptor;
        return {};
    }

    [[nodiscard]] static file_facts facts(const struct ::stat& found) noexcept {
#ifdef __APPLE__
        const auto& time = found.st_mtimespec;
#else
        const auto& time = found.st_mtim;
#endif
        const auto kind = S_ISREG(found.st_mode)   ? file_kind::regular
                          : S_ISDIR(found.st_mode) ? file_kind::directory
                                                   : file_kind::other;
        const auto modified = std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
        return {kind, static_cast<std::uint64_t>(found.st_size), static_cast<std::uint64_t>(found.st_ino),
                wall_time{modified}};
    }
    /// Not every file system tells the kind in the listing.
    [[nodiscard]] file_kind kind_of(const handle& parent, const ::dirent& entry) const {
        if (entry.d_type == DT_REG) return file_kind::regular;
        if (entry.d_type == DT_DIR) return file_kind::directory;
        file_facts found;
        if (entry.d_type == DT_UNKNOWN && !facts_at(parent, entry.d_name, found)) return found.kind;
        return file_kind::other;
    }
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_STORAGE_DIRECTORY_STORAGE_HPP
#define SEALSYNC_STORAGE_DIRECTORY_STORAGE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

struct directory_options {
    /// Make the folder if it is missing. Off, because a missing folder is more often a disk that is not mounted.
    bool create = false;
    /// Another program carries the folder between machines (Syncthing, Dropbox): "missing" may mean "not yet here",
    /// and conditional writes hold among the processes of one machine only.
    bool eventual = false;
    /// Reads and writes the files of large batches at once, on its threads. Sinks and sources stay on the caller's.
    std::shared_ptr<executor> workers{};
};

/// Objects as files below a folder, shared by any number of processes. A put is durable when it is reported, and no
/// file is ever seen under its name unless it is whole. Conditional writes are full wherever the file system locks
/// files; where it cannot, writes fail with `errc::unsupported`. The folder `.sealsync` inside is the store's own.
///
/// Thread-safe: it holds nothing between calls. Copies are the same store. Two keys that differ only in what the
/// file system ignores (upper and lower case on some) are one object, as on any program's files.
template <class Files>
class basic_directory_storage {
public:
    using files_type = Files;

    explicit basic_directory_storage(std::filesystem::path folder, directory_options options = {}, Files files = {})
        : path_{std::move(folder)}, options_{options}, files_{std::move(files)} {}

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink got, const call_context& call) {
        const auto root = open_root();
        if (!root) return root.error();
        const site here{files_, path_, *root, options_.workers.get()};
        return detail::directory_get<Files>{here, ops, got}.run(call);
    }

    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink stored, const call_context& call) {
        const auto root = open_root();
        if (!root) return root.error();
        if (ops.empty()) return {};
        const site here{files_, path_, *root, options_.workers.get()};
        return detail::directory_put<Files>{here, ops, stored}.run(call);
    }

    [[nodiscard]] result<void> remove(std::span<const object_key> keys, remove_sink removed, const call_context& call) {
        const auto root = open_root();
        if (!root) return root.error();
        if (keys.empty()) return {};
        const site here{files_, path_, *root, options_.workers.get()};
        // Alone, so that no put is between finding a folder and naming a file in it when the folder goes.
        const auto lock = detail::lock_names(here, lock_mode::exclusive, call);
        if (!lock) return lock.error();
        return remove_all(here, keys, removed, call);
    }

    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        const auto root = open_root();
        if (!root) return root.error();
        if (call.stop.stop_requested()) return detail::stopped(query.prefix);
        const site here{files_, path_, *root, options_.workers.get()};
        return detail::directory_listing<Files>{here, query, call}.run();
    }

    /// Looks for the folder, writes nothing.
    [[nodiscard]] result<storage_capabilities> probe(const call_context&) {
        const auto root = open_root();
        if (!root) return root.error();
        const auto writes = options_.eventual ? conditional_writes::untrusted : conditional_writes::full;
        return storage_capabilities{writes, options_.eventual};
    }

private:
    using handle = typename Files::handle;
    using site = detail::directory_site<Files>;
    using walker = detail::directory_walker<Files>;

    /// In every call anew, so that a disk that was taken away and brought back is found again.
    [[nodiscard]] result<handle> open_root() const {
        handle root;
        auto error = files_.open_root(path_, root);
        if (error == std::errc::no_such_file_or_directory && options_.create) {
            error = files_.make_root(path_);
            if (!error) error = files_.open_root(path_, root);
        }
        if (!error) return root;
        if (error == std::errc::no_such_file_or_directory) {
            return failure{errc::unavailable, path_.string(), "no such folder: mount its disk, or create it"};
        }
        if (error == std::errc::not_a_directory) {
            return failure{errc::invalid_argument, path_.string(), "not a folder"};
        }
        return failure{detail::errc_of(error), path_.string(), error.message()};
    }

    /// Reported only when durable: a removal that a power cut takes back was none.
    [[nodiscard]] static result<void> remove_all(const site& here, std::span<const object_key> keys,
                                                 remove_sink removed, const call_context& call) {
        walker finder{here};
        detail::touched_folders touched;
        detail::list<std::size_t> gone;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (call.stop.stop_requested()) return detail::stopped(keys[i].text());
            if (auto done = remove_one(here, finder, keys[i], touched); done) {
                gone.push_back(i);
            } else {
                removed(i, std::move(done));
            }
        }
        prune(here, touched);
        if (auto durable = touched.sync(here, detail::directory_put<Files>::singly_max); !durable) return durable;
        for (const auto i : gone) removed(i, result<void>{});
        return {};
    }

    [[nodiscard]] static result<void> remove_one(const site& here, walker& finder, const object_key& key,
                                                 detail::touched_folders& touched) {
        if (detail::reserved(key.text())) return detail::reserved_key(key);
        const auto path = detail::folder_of(key.text());
        const handle* folder = nullptr;
        auto error = finder.enter(path, walker::if_missing::fail, folder);
        if (!error) error = here.files.remove_file(*folder, detail::name_of(key.text()));
        if (folder != nullptr)
            touched.add(path); // also if it is missing: whoever removed it may have died before syncing
        file_facts found;
        const bool is_folder = error && folder != nullptr &&
                               !here.files.facts_at(*folder, detail::name_of(key.text()), found) &&
                               found.kind == file_kind::directory;
        if (!error || detail::is_missing(error) || is_folder) return {}; // no object has the name
        return here.failed(error, key.text());
    }

    /// Folders that are empty now; those that are not refuse.
    static void prune(const site& here, detail::touched_folders& touched) {
        walker finder{here};
        touched.forget_if([&](const std::string& path) {
            const handle* parent = nullptr;
            if (finder.enter(detail::folder_of(path), walker::if_missing::fail, parent)) return false;
            return !here.files.remove_directory(*parent, detail::name_of(path));
        });
    }

    std::filesystem::path path_;
    directory_options options_;
    [[no_unique_address]] Files files_;
};

static_assert(storage<directory_storage>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_STORAGE_MEMORY_STORAGE_HPP
#define SEALSYNC_STORAGE_MEMORY_STORAGE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A store in memory, for tests and for programs that sync within one process. A handle: copies are the same store.
/// Thread-safe; no lock is held during a callback. Conditional writes are full, etags are hashes of the content.
class memory_storage {
public:
    /// Asked for the time of every answer. Called under no lock; must itself be thread-safe.
    using clock_function = std::function<wall_time()>;

    memory_storage() : memory_storage{clock_function{}} {}
    /// Without a clock the store dates nothing.
    explicit memory_storage(clock_function now) : state_{new state{std::move(now)}} {}

    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink got, const call_context& call) {
        for (std::size_t i = 0; i < ops.size(); ++i) {
            if (call.stop.stop_requested()) return detail::stopped(ops[i].key.text());
            got(i, get_one(ops[i]));
        }
        return {};
    }

    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink stored, const call_context& call) {
        for (std::size_t i = 0; i < ops.size(); ++i) {
            if (call.stop.stop_requested()) return detail::stopped(ops[i].key.text());
            stored(i, put_one(ops[i]));
        }
        return {};
    }

    [[nodiscard]] result<void> remove(std::span<const object_key> keys, remove_sink removed, const call_context& call) {
        for (std::size_t i = 0; i < keys.size(); ++i) {
            if (call.stop.stop_requested()) return detail::stopped(keys[i].text());
            {
                const std::scoped_lock lock{state_->mutex};
                state_->objects.erase(keys[i].text());
            }
            removed(i, result<void>{});
        }
        return {};
    }

    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        if (call.stop.stop_requested()) return detail::stopped(query.prefix);
        list_page page;
        page.date = now();
        const std::scoped_lock lock{state_->mutex};
        const auto& objects = state_->objects;
        auto at = query.after < query.prefix ? objects.lower_bound(query.prefix) : objects.upper_bound(query.after);
        for (; at != objects.end() && at->first.starts_with(query.prefix); ++at) {
            if (page.entries.size() >= std::max<std::size_t>(query.limit, 1)) {
                page.more = true;
                break;
            }
            page.entries.push_back({at->first, at->second->body.size(), at->second->modified});
        }
        return page;
    }

    [[nodiscard]] result<storage_capabilities> probe(const call_context&) {
        return storage_capabilities{conditional_writes::full, false};
    }

    /// A store of its own that begins with what this one holds now.
    [[nodiscard]] memory_storage snapshot() const {
        memory_storage copy{state_->now};
        const std::scoped_lock lock{state_->mutex};
        copy.state_->objects = state_->objects;
        return copy;
    }

    [[nodiscard]] std::size_t size() const {
        const std::scoped_lock lock{state_->mutex};
        return state_->objects.size();
    }

private:
    struct object {
        bytes body;
        std::string etag;
        std::optional<wall_time> modified;
    };
    /// Never changed once stored, so that copies of the store and readers may share it.
    using shared_object = std::shared_ptr<const object>;
    using object_map = std::map<std::string, shared_object>;
    struct state {
        explicit state(clock_function clock) : now{std::move(clock)} {}
        const clock_function now;
        std::mutex mutex;
        object_map objects;
    };
    [[nodiscard]] std::optional<wall_time> now() const {
        return state_->now ? std::optional{state_->now()} : std::nullopt;
    }

    [[nodiscard]] result<get_reply> get_one(const get_op& op) {
        get_reply reply;
        reply.date = now();
        const auto found = find(op.key);
        if (!found) return failure{errc::not_found, op.key.text()};
        reply.etag = found->etag;
        reply.last_modified = found->modified;
        if (!op.if_none_match.empty() && op.if_none_match == found->etag) {
            reply.not_modified = true;
            return reply;
        }
        reply.size = found->body.size();
        if (op.part == get_part::details) return reply;
        const auto wanted = detail::wanted_range(op, reply.size);
        if (wanted.length > op.size_max) return detail::too_large(op, wanted.length);
        reply.body = to_bytes(bytes_view{found->body}.subview(static_cast<std::size_t>(wanted.offset),
                                                              static_cast<std::size_t>(wanted.length)));
        return reply;
    }

    /// Null if there is none.
    [[nodiscard]] shared_object find(const object_key& key) const {
        const std::scoped_lock lock{state_->mutex};
        const auto at = state_->objects.find(key.text());
        return at == state_->objects.end() ? nullptr : at->second;
    }

    [[nodiscard]] result<put_reply> put_one(const put_op& op) {
        bytes body = to_bytes(op.body);
        if (op.source != nullptr) {
            body.resize(static_cast<std::size_t>(op.source->size()));
            if (auto read = op.source->read(0, body); !read) return std::move(read).error();
        }
        auto etag = detail::content_etag(body);
        put_reply reply{std::move(etag), now()};
        shared_object made{new object{std::move(body), reply.etag, reply.date}};

        const std::scoped_lock lock{state_->mutex};
        const auto at = state_->objects.find(op.key.text());
        const bool exists = at != state_->objects.end();
        if (op.condition == write_condition::if_absent && exists) {
            return failure{errc::precondition_failed, op.key.text(), "it exists"};
        }
        if (op.condition == write_condition::if_match && (!exists || at->second->etag != op.etag)) {
            return failure{errc::precondition_failed, op.key.text(), exists ? "it has changed" : "it is gone"};
        }
        if (exists) {
            at->second.swap(made); // what it replaces is freed under no lock
        } else {
            state_->objects.emplace(op.key.text(), std::move(made));
        }
        return reply;
    }

    std::shared_ptr<state> state_;
};

static_assert(storage<memory_storage>);

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SYNC_ANNOUNCEMENT_HPP
#define SEALSYNC_SYNC_ANNOUNCEMENT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The head of the scope: read it, and join into it what this device knows. It is a hint; nothing here can lose data.
template <class State>
class announcement {
public:
    announcement(State& state, const call_context& call) : state_{state}, call_{call} {}

    /// What the store answered.
    enum class answer {
        unchanged, ///< 304: still what this device knows all of
        found,
        missing, ///< also if it cannot be read or understood: it is a hint, and will be written anew
    };

    /// One GET, conditional if `etag` is not empty; two more if the head is damaged, as it seems to be for a moment
    /// where the store does not replace an object at once. Fails if the store cannot be asked, and with
    /// `errc::other_vault` if a plaintext head says that this is another vault: only a seal tells damage from that.
    [[nodiscard]] result<answer> read(const std::string& etag) {
        auto got = read_once(etag);
        for (int more = 0; more < reads_more_max && got && damage_; ++more) got = read_once({});
        return got;
    }

    [[nodiscard]] const head& known() const noexcept { return head_; }
    [[nodiscard]] const std::string& etag() const noexcept { return etag_; }
    /// Why a head that is there was not understood.
    [[nodiscard]] const std::optional<failure>& damage() const noexcept { return damage_; }

    /// After a 304: the head is what it was when all of it had been merged, so that the cursors say it.
    void assume(const cursor_map& cursors, std::string etag) {
        head_.logs = entries(cursors);
        etag_ = std::move(etag);
        exists_ = true;
    }

    [[nodiscard]] bool behind(const cursor_map& cursors) const {
        return !exists_ || unfounded_ || damage_.has_value() || joined(cursors).logs != head_.logs;
    }

    /// Forgets what is said of a log whose segments are nowhere to be found, so that one damaged head does not send
    /// everybody looking for ever. Were it true after all, whoever has merged it will say it again.
    void distrust(const log_id& log) {
        const auto before = head_.logs.size();
        drop_if(head_.logs, [&](const head_entry& entry) { return entry.log == log; });
        unfounded_ = unfounded_ || head_.logs.size() < before;
    }

    /// Whether this device knows of more than the head says: an older one has come back, or was written over it.
    [[nodiscard]] bool lacks(const cursor_map& cursors) const {
        auto at = head_.logs.begin();
        return any_of(cursors, [&](const auto& known) { // both ascend
            while (at != head_.logs.end() && at->log < known.first) ++at;
            return at == head_.logs.end() || at->log != known.first || at->seq < known.second.seq;
        });
    }

    /// Whether `cursors` have come as far as the head: only then does an unchanged head mean that there is no news.
    [[nodiscard]] bool covered_by(const cursor_map& cursors) const {
        return all_of(head_.logs, [&](const head_entry& entry) {
            const auto at = cursors.find(entry.log);
            return at != cursors.end() && at->second.seq >= entry.seq;
        });
    }

    /// Joins `cursors` into the head; true if the store took it, false if it was left to others after losing too many
    /// races. One PUT, and one GET more for every race lost.
    [[nodiscard]] result<bool> join(const cursor_map& cursors) {
        for (std::uint32_t attempt = 0; attempt < state_.settings.head_attempts_max; ++attempt) {
            if (is_newer_) return false; // written by a later release, which knows more: it is left to that
            if (!behind(cursors)) return true;
            auto written = write(joined(cursors));
            if (written) return true;
            const auto code = written.error().code();
            if (code == errc::too_large) return false; // more logs than a head may name: others find them by listing
            if (code != errc::precondition_failed && code != errc::outcome_unknown && code != errc::not_found) {
                return std::move(written).error().during("write the head");
            }
            if (auto again = read({}); !again) return std::move(again).error();
        }
        return false;
    }

private:
    static constexpr int reads_more_max = 2;

    [[nodiscard]] result<answer> read_once(const std::string& etag) {
        get_op op{state_.keys.head()};
        op.if_none_match = etag;
        op.size_max = state_.settings.sealed_manifest_bytes_max();
        auto reply = state_.syncing.store.get_one(op, call_);
        if (!reply && reply.error() == errc::not_found) {
            forget();
            return answer::missing;
        }
        if (!reply && is_of_the_store(reply.error())) return std::move(reply).error().during("read the head");
        if (reply && reply->not_modified) return answer::unchanged;
        auto opened = reply ? open(reply->body) : result<head>{std::move(reply).error()};
        if (opened) {
            forget();
            head_ = *std::move(opened);
            etag_ = std::move(reply->etag);
            exists_ = true;
            return answer::found;
        }
        forget();
        if (reply) etag_ = std::move(reply->etag);
        exists_ = true; // damaged: to be replaced, not created
        const auto code = opened.error().code();
        if (code == errc::other_vault && !state_.sealed) return failure{code, key_text(), opened.error().detail()};
        is_newer_ = code == errc::unknown_format || code == errc::unknown_critical;
        damage_.emplace(code, key_text(), opened.error().detail());
        return answer::missing;
    }

    void forget() {
        head_ = {};
        etag_.clear();
        exists_ = false;
        unfounded_ = is_newer_ = false;
        damage_.reset();
    }

    [[nodiscard]] result<head> open(bytes_view stored) {
        bytes plain;
        if (auto opened = state_.syncing.cipher.open(context(), stored, plain); !opened) {
            return std::move(opened).error();
        }
        auto parsed = State::traits_type::codec::read_head(plain, state_.settings.manifest);
        if (!parsed) return std::move(parsed).error();
        if (parsed->vault != state_.vault) {
            return failure{errc::other_vault, key_text(),
                           "vault " + parsed->vault.hex() + ", not " + state_.vault.hex()};
        }
        return parsed;
    }

    [[nodiscard]] result<void> write(const head& wanted) {
        auto json = write_head(wanted, state_.settings.manifest);
        if (!json) return std::move(json).error();
        bytes sealed;
        if (auto done = state_.syncing.cipher.seal(context(), *json, sealed); !done) return done;
        put_op op{state_.keys.head(), sealed};
        const auto writes = state_.syncing.capabilities->writes;
        if (writes == conditional_writes::full && exists_ && !etag_.empty()) {
            op.condition = write_condition::if_match;
            op.etag = etag_;
        } else if (!exists_ && state_.syncing.capabilities->creates_once()) {
            op.condition = write_condition::if_absent;
        }
        auto reply = state_.syncing.store.put_one(op, call_);
        if (!reply) return std::move(reply).error();
        head_ = wanted;
        etag_ = std::move(reply->etag);
        exists_ = true;
        unfounded_ = false;
        damage_.reset();
        return {};
    }

    [[nodiscard]] static std::vector<head_entry> entries(const cursor_map& cursors) {
        std::vector<head_entry> all;
        for (const auto& [log, cursor] : cursors) all.push_back({log, cursor.device, cursor.seq, cursor.stored});
        return all;
    }

    /// Whoever finds the head behind joins in every position that it knows, not only its own: the device that wrote
    /// a segment may have died before it could announce it.
    [[nodiscard]] head joined(const cursor_map& cursors) const {
        cursor_map all;
        for (const auto& entry : head_.logs) all[entry.log] = {entry.device, entry.seq, entry.stored};
        for (const auto& [log, cursor] : cursors) {
            if (!State::traits_type::rules.heal_everything && cursor.device != state_.device) continue;
            auto& known = all[log];
            if (known.seq < cursor.seq) known = cursor;
        }
        return {1, {}, state_.vault, state_.keys.root(), entries(all), head_.checkpoint};
    }

    [[nodiscard]] sealing_context context() const { return {object_kind::head, state_.vault}; }
    [[nodiscard]] std::string key_text() const { return state_.keys.head().text(); }

    State& state_;
    const call_context& call_;
    head head_;
    std::string etag_;
    bool exists_ = false;
    bool unfounded_ = false; ///< it says what is not so
    bool is_newer_ = false;  ///< of a format that this release does not know
    std::optional<failure> damage_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_ATTACHMENT_UPLOADER_HPP
#define SEALSYNC_SYNC_ATTACHMENT_UPLOADER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What is stored of an attachment, or why its source is not what was attached.
struct upload_outcome {
    std::uint64_t size = 0; ///< of the sealed form
    digest256 stored{};
    std::optional<failure> lost{};
};

/// Puts the bytes of attachments where they belong, unless they are there. Sealing is deterministic, so that two
/// devices that attach the same bytes write the same object, and repeating an upload is harmless.
template <class State>
class attachment_uploader {
public:
    using unit_type = typename State::unit_type;

    attachment_uploader(State& state, const call_context& call) : state_{state}, call_{call} {}

    /// No request for one that a committed change lists; else a HEAD, and a PUT of metadata and one of data if the
    /// store lacks it: three batches for as many as are open at once. Gives the outcomes in the order of `wanted`.
    /// Fails if the store does.
    [[nodiscard]] result<list<upload_outcome>> upload(std::span<const object_ref> wanted) {
        list<upload_outcome> outcomes(wanted.size());
        list<job> jobs;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            if (auto prepared = prepare(wanted[i], outcomes[i], jobs); !prepared) return std::move(prepared).error();
            if (jobs.size() < open_max && i + 1 < wanted.size()) continue;
            if (auto done = run(jobs); !done) return std::move(done).error();
        }
        return outcomes;
    }

private:
    static constexpr std::size_t open_max = 32; ///< sources at once: a file and two chunks each

    struct job {
        object_ref ref;
        upload_outcome* outcome;
        std::unique_ptr<byte_source> plain;
        owner<sealed_source> sealed;
        std::optional<std::uint64_t> there{}; ///< how long the stored object is
    };

    /// Adds a job, unless the outcome is known without one.
    [[nodiscard]] result<void> prepare(const object_ref& ref, upload_outcome& outcome, list<job>& jobs) {
        std::optional<attachment_source> source;
        auto looked = state_.local.inspect([&](unit_type& unit) { return look(unit, ref, outcome, source); });
        if (!looked || !source) return looked;
        auto plain = source->open();
        if (!plain) {
            outcome.lost = std::move(plain).error();
            return {};
        }
        const sealing_context context{object_kind::attachment, state_.vault, ref.collection.text(), ref.id.text()};
        auto sealed = sealed_source::make(state_.syncing.cipher, context, **plain);
        if (!sealed) return std::move(sealed).error();
        jobs.push_back({ref, &outcome, *std::move(plain), *std::move(sealed)});
        return {};
    }

    /// Whatever is committed is stored already; else its bytes are where the source says.
    [[nodiscard]] static result<void> look(unit_type& unit, const object_ref& ref, upload_outcome& outcome,
                                           std::optional<attachment_source>& source) {
        const auto row = unit.object(ref);
        bool committed = false;
        for (const auto& version : row.siblings.versions()) {
            if (version.pending != 0 || !version.what.stored) continue;
            committed = true;
            outcome.size = version.what.size;
            outcome.stored = *version.what.stored;
        }
        if (committed) return {};
        const auto encoded = unit.source(ref);
        if (!encoded) return failure{errc::replica_corrupt, ref.id.text(), "an attachment has lost its source"};
        auto decoded = attachment_source::decode(*encoded);
        if (!decoded) return std::move(decoded).error();
        source = *std::move(decoded);
        return {};
    }

    [[nodiscard]] result<void> run(list<job>& jobs) {
        if (jobs.empty()) return {};
        if (auto looked = look_for_stored(jobs); !looked) return looked;
        list<job*> missing;
        for (auto& one : jobs) {
            if (one.there != one.sealed->size()) missing.push_back(&one);
        }
        if (auto put = put_metadata(missing); !put) return put;
        if (auto put = put_data(missing); !put) return put;
        for (auto& one : jobs) {
            auto stored = one.sealed->stored();
            if (!stored && !one.sealed->lost()) return std::move(stored).error();
            if (stored) {
                one.outcome->size = one.sealed->size();
                one.outcome->stored = *stored;
            } else {
                one.outcome->lost = std::move(stored).error();
            }
        }
        jobs.clear();
        return {};
    }

    [[nodiscard]] result<void> look_for_stored(list<job>& jobs) {
        list<get_op> ops;
        for (const auto& one : jobs) {
            ops.push_back({state_.keys.attachment_data(one.ref.collection, one.ref.id), get_part::details});
        }
        std::optional<failure> broken;
        const auto take = [&](std::size_t i, result<get_reply> reply) {
            if (reply) {
                jobs[i].there = reply->size;
            } else if (reply.error() != errc::not_found && !broken) {
                broken = std::move(reply).error();
            }
        };
        auto done = state_.syncing.store.get(ops, take, call_);
        if (broken) return broken->during("look for an attachment");
        return done;
    }

    [[nodiscard]] result<void> put_metadata(const list<job*>& jobs) {
        list<bytes> sealed(jobs.size());
        list<put_op> ops;
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            const auto& ref = jobs[i]->ref;
            const auto json = R"({"format":1,"size":)" + std::to_string(jobs[i]->plain->size()) + "}";
            const sealing_context context{object_kind::attachment_metadata, state_.vault, ref.collection.text(),
                                          ref.id.text()};
            if (auto done = state_.syncing.cipher.seal(context, json, sealed[i]); !done) return done;
            ops.push_back({state_.keys.attachment_metadata(ref.collection, ref.id), sealed[i]});
        }
        return during_upload(state_.syncing.store.put_all(ops, call_));
    }

    [[nodiscard]] result<void> put_data(const list<job*>& jobs) {
        list<put_op> ops;
        for (const auto* one : jobs) {
            ops.push_back({state_.keys.attachment_data(one->ref.collection, one->ref.id), {}, one->sealed.get()});
        }
        const auto forgiven = [&](std::size_t i) { return jobs[i]->sealed->lost().has_value(); };
        return during_upload(state_.syncing.store.put_all(ops, call_, forgiven));
    }

    [[nodiscard]] static result<void> during_upload(result<void> done) {
        return done ? std::move(done) : std::move(done).error().during("upload an attachment");
    }

    State& state_;
    const call_context& call_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_CAPABILITIES_HPP
#define SEALSYNC_SYNC_CAPABILITIES_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// As the replica keeps it: three digits, and of which store they tell.
[[nodiscard]] inline std::string encode(const storage_capabilities& found, const std::string& identity) {
    std::string text(3, '0');
    text[0] = static_cast<char>('0' + static_cast<int>(found.writes));
    text[1] = found.eventual ? '1' : '0';
    text[2] = found.unquoted_etags ? '1' : '0';
    return text + " " + identity;
}
/// Nothing if it tells of another store, or was written by a version that knew more.
[[nodiscard]] inline std::optional<storage_capabilities> decode_capabilities(std::string_view text,
                                                                             std::string_view identity) {
    if (text.size() != 4 + identity.size() || text[3] != ' ' || !text.ends_with(identity)) return std::nullopt;
    const auto flag = [&](std::size_t i) { return text[i] == '1'; };
    if (text[0] < '0' || text[0] > '3') return std::nullopt;
    return storage_capabilities{static_cast<conditional_writes>(text[0] - '0'), flag(1), flag(2)};
}

template <class State>
[[nodiscard]] result<storage_capabilities> probe_once(State& state, const call_context& call) {
    const auto identity = state.syncing.store.identity();
    if (identity.empty()) return state.syncing.store.probe(call);
    auto kept = state.local.inspect([](auto& unit) -> result<std::string> { return unit.get(facts::capabilities); });
    if (!kept) return std::move(kept).error();
    if (const auto known = decode_capabilities(*kept, identity)) {
        state.syncing.store.assume(*known);
        return *known;
    }
    auto probed = state.syncing.store.probe(call);
    if (!probed) return probed;
    auto noted = state.local.transact([&](auto& unit) -> result<void> {
        unit.set(facts::capabilities, encode(*probed, identity));
        return {};
    });
    if (!noted) return std::move(noted).error();
    return probed;
}

/// What the store can do, into `state.syncing.capabilities`: probed once a run; once for all if the storage can be
/// told. `errc::unsupported` if it is eventual.
template <class State>
[[nodiscard]] result<void> learn_capabilities(State& state, const call_context& call) {
    if (state.syncing.capabilities) return {};
    auto found = probe_once(state, call);
    if (!found) return std::move(found).error().during("probe the store");
    if (found->eventual) {
        return failure{errc::unsupported, state.keys.root(),
                       "the store declares itself eventual: another program copies it"};
    }
    state.syncing.capabilities = *found;
    return {};
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_DETAIL_SORTED_TABLE_HPP
#define SEALSYNC_DETAIL_SORTED_TABLE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Values by key, ascending, in one array. A new key moves the rows behind it, and what was found before is no longer
/// there: for up to some thousands of rows. Instead of `std::map`: see `list`.
template <class Key, class Value>
class sorted_table {
public:
    struct row {
        Key key;
        Value value{};
    };

    /// Null if the key is not there.
    template <class Like>
    [[nodiscard]] Value* find(const Like& key) noexcept {
        const auto at = place_of(key);
        return holds(at, key) ? &rows_[at].value : nullptr;
    }
    template <class Like>
    [[nodiscard]] const Value* find(const Like& key) const noexcept {
        const auto at = place_of(key);
        return holds(at, key) ? &rows_[at].value : nullptr;
    }
    /// The key's value; it is made if it is not there.
    [[nodiscard]] Value& operator[](const Key& key) {
        const auto at = place_of(key);
        if (!holds(at, key)) insert(at, key);
        return rows_[at].value;
    }
    void clear() noexcept { rows_.clear(); }

    [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
    [[nodiscard]] row* begin() noexcept { return rows_.begin(); }
    [[nodiscard]] row* end() noexcept { return rows_.end(); }
    [[nodiscard]] const row* begin() const noexcept { return rows_.begin(); }
    [[nodiscard]] const row* end() const noexcept { return rows_.end(); }

private:
    /// The first row that does not come before the key.
    template <class Like>
    [[nodiscard]] std::size_t place_of(const Like& key) const noexcept {
        return partition_place(rows_, [&](const row& each) { return each.key < key; });
    }
    template <class Like>
    [[nodiscard]] bool holds(std::size_t at, const Like& key) const noexcept {
        return at < rows_.size() && rows_[at].key == key;
    }
    void insert(std::size_t at, const Key& key) {
        rows_.push_back({key});
        for (auto last = rows_.size() - 1; last > at; --last) std::swap(rows_[last], rows_[last - 1]);
    }

    list<row> rows_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_STORED_CONTENT_HPP
#define SEALSYNC_SYNC_STORED_CONTENT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The content of a version as it came from the store, opened and checked.
struct stored_content {
    bytes plain{};   ///< what the seal held
    payload parts{}; ///< views into it
};

/// Asks for the stored content of a version: not for more bytes than its segment says.
template <class State>
[[nodiscard]] get_op get_of(const State& state, const change& c) {
    get_op op{state.key_of(c)};
    op.size_max = c.size;
    return op;
}

/// Judges the store's answer to `get_of`: the one judgement of a pull and of `verify`. What is lost or damaged fails
/// with a data or security error (`errc::missing_object`, `errc::tampered`, or as the cipher and the payload do); a
/// store that could not be asked fails as it does.
template <class State>
[[nodiscard]] result<stored_content> open_content(State& state, const change& c, result<get_reply> reply) {
    const auto key = state.key_of(c).text();
    if (!reply && reply.error() == errc::not_found) return failure{errc::missing_object, key};
    if (!reply && reply.error() == errc::too_large) {
        return failure{errc::tampered, key, "longer than its segment says"};
    }
    if (!reply) return std::move(reply).error();
    if (reply->body.size() != c.size || state.syncing.cipher.digest(reply->body) != c.stored) {
        return failure{errc::tampered, key, "not the bytes whose digest its segment has"};
    }
    stored_content content;
    const auto edit = c.dot.text();
    auto opened = state.syncing.cipher.open(state.context_of(c, edit), reply->body, content.plain);
    if (!opened) return failure{opened.error().code(), key, opened.error().detail()};
    auto parts = decode_payload(content.plain);
    if (!parts) return failure{parts.error().code(), key, parts.error().detail()};
    content.parts = *parts;
    return content;
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_CONTENT_FETCHER_HPP
#define SEALSYNC_SYNC_CONTENT_FETCHER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Fetches, opens and checks the contents of versions. Up to `batch_bytes_max` are held; more than that are staged
/// in the replica as they come, where a stopped or crashed pull finds them again.
template <class State>
class content_fetcher {
public:
    using unit_type = typename State::unit_type;

    struct need {
        const change* version; ///< must stay where it is until it is fetched
        bytes content_key;
    };
    /// What became of a content.
    struct outcome {
        std::optional<failure> loss{}; ///< the store has lost or damaged it
        stored_content held{};         ///< nothing if it is staged
        std::string staged_name{};     ///< the application's id of the object
    };
    using outcome_map = std::map<bytes, outcome, bytes_less>; ///< by content key

    content_fetcher(State& state, const call_context& call) : state_{state}, call_{call} {}

    /// Whether a content was fetched by this pull, or by one before it that did not come to its end.
    [[nodiscard]] bool has(unit_type& unit, const bytes& content_key) {
        if (held_.contains(content_key)) return true;
        look_for_staged(unit);
        return staged_->contains(content_key);
    }
    [[nodiscard]] bool lost(const bytes& content_key) const { return losses_.contains(content_key); }
    /// What the store has lost or damaged of all that was asked for.
    [[nodiscard]] const outcome_map& losses() const noexcept { return losses_; }
    /// To ask once more.
    void forget_losses() noexcept { losses_.clear(); }

    /// Moves a content into its place; gives the object's name, until `clear()`. Nothing if it was not fetched.
    [[nodiscard]] std::optional<std::string_view> settle(unit_type& unit, const object_ref& ref,
                                                         const sibling_version& version) {
        const auto key = unit_type::content_key(ref, version);
        if (const auto at = held_.find(key); at != held_.end()) {
            const auto& parts = at->second.held.parts;
            unit.store_content(ref, version, parts.content);
            return parts.name;
        }
        look_for_staged(unit);
        const auto staged = staged_->find(key);
        if (staged == staged_->end()) return std::nullopt;
        unit.unstage(key, true);
        return std::string_view{staged->second.staged_name};
    }

    /// One GET per need. Fails only if the store cannot be asked; what the store has lost or damaged is in `losses()`.
    /// While one batch is staged, the next is fetched.
    [[nodiscard]] result<void> fetch(std::span<const need> needs, function_ref<void(std::uint64_t)> progress) {
        while (!needs.empty()) {
            const auto batch = needs.first(batch_size(needs));
            needs = needs.subspan(batch.size());
            auto full = held_bytes_ + stored_bytes(batch) > held_max() ? take_held() : outcome_map{};
            if (state_.syncing.width() == 1) {
                if (auto alone = stage(std::exchange(full, {})); !alone) return alone;
            }
            result<void> fetched, staged;
            state_.syncing.run_parts(full.empty() ? 1 : 2, [&](std::size_t part) {
                if (part == 0) {
                    fetched = fetch_batch(batch);
                } else {
                    staged = stage(full);
                }
            });
            if (!fetched) return fetched;
            if (!staged) return staged;
            progress(batch.size());
        }
        return held_bytes_ > held_max() ? stage(take_held()) : result<void>{}; // one larger record
    }

    /// The application's names of the collections met.
    [[nodiscard]] const sorted_table<collection_id, std::string>& collection_names() const noexcept { return names_; }

    /// Forgets what was held or staged: it has been settled and saved.
    void clear() noexcept {
        held_.clear();
        held_bytes_ = 0;
        staged_.reset();
    }

private:
    void look_for_staged(unit_type& unit) {
        if (staged_) return;
        auto& all = staged_.emplace();
        unit.each_staged([&](bytes_view key, std::string_view name) { all[to_bytes(key)].staged_name = name; });
    }

    /// Half of it if as much again may be on its way into the replica.
    [[nodiscard]] std::size_t held_max() const noexcept {
        return state_.settings.batch_bytes_max / (state_.syncing.width() > 1 ? 2 : 1);
    }
    [[nodiscard]] outcome_map take_held() noexcept {
        held_bytes_ = 0;
        return std::exchange(held_, {});
    }

    [[nodiscard]] std::size_t batch_size(std::span<const need> needs) const {
        std::size_t count = 0, size = 0;
        for (const auto& one : needs.first((std::min)(needs.size(), state_.settings.batch_objects_max))) {
            size += one.version->size;
            if (count > 0 && size > held_max()) break;
            ++count;
        }
        return count;
    }
    [[nodiscard]] static std::size_t stored_bytes(std::span<const need> batch) {
        std::size_t sum = 0;
        for (const auto& one : batch) sum += static_cast<std::size_t>(one.version->size);
        return sum;
    }

    [[nodiscard]] result<void> fetch_batch(std::span<const need> batch) {
        list<get_op> ops;
        ops.reserve(batch.size());
        for (const auto& one : batch) ops.push_back(get_of(state_, *one.version));
        std::optional<failure> broken;
        const auto take = [&](std::size_t i, result<get_reply> reply) {
            auto content = open_content(state_, *batch[i].version, std::move(reply));
            if (content) {
                hold(batch[i], *std::move(content));
            } else if (!is_of_the_store(content.error())) {
                losses_[batch[i].content_key].loss = std::move(content).error();
            } else if (!broken) {
                broken = std::move(content).error();
            }
        };
        auto done = state_.syncing.store.get(ops, take, call_);
        if (broken) return broken->during("fetch a record");
        return done;
    }

    void hold(const need& wanted, stored_content content) {
        const auto& collection = wanted.version->collection;
        if (names_.find(collection) == nullptr) names_[collection] = content.parts.collection;
        held_bytes_ += content.plain.size();
        held_[wanted.content_key].held = std::move(content);
    }

    [[nodiscard]] result<void> stage(const outcome_map& full) {
        if (full.empty()) return {};
        auto staged = state_.local.transact([&](unit_type& unit) -> result<void> {
            for (const auto& [key, one] : full) unit.stage(key, one.held.parts.name, one.held.parts.content);
            return {};
        });
        if (!staged || !staged_) return staged;
        for (const auto& [key, one] : full) (*staged_)[key].staged_name = one.held.parts.name;
        return {};
    }

    State& state_;
    const call_context& call_;
    outcome_map held_;
    std::size_t held_bytes_ = 0;
    std::optional<outcome_map> staged_; ///< since the replica was asked
    outcome_map losses_;
    sorted_table<collection_id, std::string> names_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_DELETION_GUARD_HPP
#define SEALSYNC_SYNC_DELETION_GUARD_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Refuses a pull that would delete more than half of all records: somebody's mistake is more likely than their wish.
/// All commits of a pull count together, and one that was refused, or stopped, goes on counting where it was.
template <class State>
class deletion_guard {
public:
    using unit_type = typename State::unit_type;

    deletion_guard(State& state, bool allowed) : state_{state}, allowed_{allowed} {}

    /// Before a commit that would delete so many more. Fails with `errc::mass_delete`.
    [[nodiscard]] result<void> check(unit_type& unit, std::uint64_t more) {
        if (!live_before_) {
            live_before_ = unit.has(facts::pull_live) ? unit.get(facts::pull_live) : unit.state().live;
            deleted_ = unit.get(facts::pull_deleted);
        }
        const auto deleted = deleted_ + more;
        if (!allowed_ && *live_before_ >= state_.settings.mass_delete_floor && deleted * 2 > *live_before_) {
            return failure{errc::mass_delete, state_.keys.root(),
                           std::to_string(deleted) + " of " + std::to_string(*live_before_) + " records"};
        }
        if (more > 0) {
            unit.set(facts::pull_live, *live_before_);
            unit.set(facts::pull_deleted, deleted);
        }
        deleted_ = deleted;
        return {};
    }

    /// The pull has come to its end: the next one begins to count anew.
    [[nodiscard]] result<void> finish() {
        if (deleted_ == 0) return {};
        return state_.local.transact([](unit_type& unit) -> result<void> {
            unit.erase(facts::pull_live);
            unit.erase(facts::pull_deleted);
            return {};
        });
    }

private:
    State& state_;
    bool allowed_;
    std::optional<std::uint64_t> live_before_; ///< this pull began
    std::uint64_t deleted_ = 0;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_LOG_LISTING_HPP
#define SEALSYNC_SYNC_LOG_LISTING_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Lists the segments in the store; calls `visit(name)` for each, in the order of the keys. What is no segment is
/// passed over. One LIST per thousand keys.
template <class State>
[[nodiscard]] result<void> list_segments(State& state, const call_context& call,
                                         function_ref<void(typename State::keys_type::segment_name&&)> visit) {
    return state.syncing.store.each_key(state.keys.devices_prefix(), call, [&](const list_entry& entry) {
        if (auto name = state.keys.parse_segment(entry.key)) visit(*std::move(name));
    });
}

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_SEGMENT_FORM_HPP
#define SEALSYNC_SYNC_SEGMENT_FORM_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// How a vault's segments are written, before they are sealed: in JSON where people and other programs can read them;
/// inside a seal, where nobody could, in the compact form, a sixth of the size. There JSON is read too: vaults have
/// been written so. A segment has one form in a vault, so that it can be written again byte for byte.
template <class Traits>
class segment_form {
public:
    explicit segment_form(bool sealed) noexcept : sealed_{sealed} {}

    [[nodiscard]] bool compact() const noexcept { return sealed_ && Traits::compact_segments; }

    /// Fails as `write_segment` does.
    [[nodiscard]] result<bytes> write(const segment& s, const manifest_limits& limits) const {
        if (compact()) return write_compact_segment(s, limits);
        return write_segment(s, Traits::layout::collection_field, limits);
    }

    /// Fails as the codec does. In a plaintext vault a compact segment is malformed.
    [[nodiscard]] result<segment> read(bytes_view manifest, const manifest_limits& limits) const {
        if (sealed_ && is_compact(manifest)) return compact_codec::read_segment(manifest, limits);
        return Traits::codec::read_segment(manifest, Traits::layout::collection_field, limits);
    }

private:
    bool sealed_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_LOG_READER_HPP
#define SEALSYNC_SYNC_LOG_READER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A segment as it was fetched, opened and checked.
struct received_segment {
    segment content;
    digest256 stored;
    std::size_t size = 0; ///< of the stored object
};

/// Opens segments and checks that each is the one that belongs in its slot.
template <class State>
class log_reader {
public:
    explicit log_reader(State& state) : state_{state} {}

    /// `previous`: digest of the segment before, unless it is not known. Fails with `errc::tampered`,
    /// `errc::other_vault`, `errc::malformed`, `errc::unknown_format` or `errc::unknown_critical`.
    [[nodiscard]] result<received_segment> open(const device_id& device, const log_id& log, std::uint64_t seq,
                                                bytes_view stored, const std::optional<digest256>& previous) {
        const auto key = state_.keys.segment(device, log, seq).text();
        const auto log_text = log.hex();
        const auto seq_text = std::to_string(seq);
        bytes plain;
        const sealing_context context{object_kind::segment, state_.vault, {}, log_text, seq_text};
        if (auto opened = state_.syncing.cipher.open(context, stored, plain); !opened) {
            return named(std::move(opened).error(), key);
        }
        auto parsed = form_.read(plain, state_.settings.manifest);
        if (!parsed) return named(std::move(parsed).error(), key);
        if (parsed->format == 0) return failure{errc::unknown_format, key, "a plain manifest has no place in a log"};
        if (parsed->vault != state_.vault) return failure{errc::other_vault, key, "vault " + parsed->vault.hex()};
        if (const auto* over = find_over(*parsed)) {
            return failure{errc::malformed, key, "change " + over->dot.text() + ": version over 2^53 - 2^20"};
        }
        if (const char* why = misplaced(*parsed, device, log, seq)) return failure{errc::tampered, key, why};
        if (seq > 1 && previous && parsed->previous != previous) {
            return failure{errc::tampered, key, "does not continue the segment before it"};
        }
        return received_segment{*std::move(parsed), state_.syncing.cipher.digest(stored), stored.size()};
    }

private:
    [[nodiscard]] const char* misplaced(const segment& s, const device_id& device, const log_id& log,
                                        std::uint64_t seq) const {
        if (s.scope != state_.keys.root()) return "belongs to another scope";
        if (s.device != device) return "belongs to another device";
        if (s.log != log) return "belongs to another log";
        if (s.seq != seq) return "belongs to another place in its log";
        return nullptr;
    }
    [[nodiscard]] static const change* find_over(const segment& s) noexcept {
        for (const auto& c : s.changes) {
            if (c.version > version_max) return &c;
        }
        return nullptr;
    }
    [[nodiscard]] static failure named(failure why, const std::string& key) {
        return failure{why.code(), key, why.object().empty() ? why.detail() : why.object() + ": " + why.detail()};
    }

    State& state_;
    segment_form<typename State::traits_type> form_{state_.sealed};
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_DISCOVERY_HPP
#define SEALSYNC_SYNC_DISCOVERY_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Whose log. Something that is called like a log, in another device's folder, is another one: it misleads nobody.
struct log_name {
    log_id log;
    device_id device;
    [[nodiscard]] friend bool operator==(const log_name&, const log_name&) = default;
    [[nodiscard]] friend auto operator<=>(const log_name&, const log_name&) = default;
};

/// A log as this sync has found it; how far it is merged is in the cursors.
struct incoming_log {
    std::uint64_t seq = 0;             ///< how far it is known to reach
    std::optional<digest256> stored{}; ///< of segment `seq`, if the head has announced it
    std::uint64_t listed = 0;          ///< the greatest number in the listing; 0: none
    std::uint64_t promised = 0;        ///< as far a sealed head has said it reaches: that was so once
    list<received_segment> fetched{};  ///< not merged yet, in order
    bool refused = false;              ///< nothing more of it is fetched by this sync
    bool missing = false;              ///< it was said to reach further than any segment that is there
};
using incoming_logs = sorted_table<log_name, incoming_log>;

/// Which logs there are, and how far each is known to reach.
template <class State>
class discovery {
public:
    discovery(State& state, const call_context& call) : state_{state}, call_{call} {}

    [[nodiscard]] const incoming_logs& logs() const noexcept { return logs_; }
    [[nodiscard]] incoming_logs& logs() noexcept { return logs_; }
    /// Whether the store has been listed.
    [[nodiscard]] bool listed() const noexcept { return listed_; }

    void learn(const head& announced) {
        for (const auto& entry : announced.logs) {
            auto& log = logs_[{entry.log, entry.device}];
            learn(log, entry.seq, entry.stored);
            if (state_.sealed) log.promised = (std::max)(log.promised, entry.seq);
        }
    }
    /// What heads that are gone have promised.
    void learn(const cursor_map& promised) {
        for (const auto& [log, upto] : promised) {
            auto& known = logs_[{log, upto.device}];
            learn(known, upto.seq, upto.stored == digest256{} ? std::nullopt : std::optional{upto.stored});
            known.promised = (std::max)(known.promised, upto.seq);
        }
    }

    /// Lists the devices' manifests: one LIST per thousand segments, and one HEAD for each log that the listing does
    /// not show as far as `cursors` have come. Only an object that cannot be read any more is a rollback
    /// (`errc::rolled_back`); a stale listing is not.
    [[nodiscard]] result<void> list(const cursor_map& cursors) {
        listed_ = true;
        auto done = list_segments(state_, call_, [&](typename State::keys_type::segment_name&& name) {
            const auto merged = cursors.find(name.log);
            if (merged != cursors.end() && merged->second.device != name.device) return;
            auto& log = logs_[{name.log, std::move(name.device)}];
            log.listed = (std::max)(log.listed, name.seq);
        });
        if (!done) return done;
        for (const auto& [log, cursor] : cursors) {
            const auto* known = logs_.find(log_name{log, cursor.device});
            if (known != nullptr && known->listed >= cursor.seq) continue;
            if (auto still = check_still_there(log, cursor); !still) return still;
        }
        for (auto& [name, log] : logs_) learn(log, log.listed, std::nullopt);
        return {};
    }

private:
    static void learn(incoming_log& log, std::uint64_t seq, const std::optional<digest256>& stored) {
        if (log.seq >= seq || seq > version_max) return; // what is called so is no segment
        log.seq = seq;
        log.stored = stored;
    }

    [[nodiscard]] result<void> check_still_there(const log_id& log, const cursor_row& cursor) {
        get_op op{state_.keys.segment(cursor.device, log, cursor.seq)};
        op.part = get_part::details;
        auto reply = state_.syncing.store.get_one(op, call_);
        if (reply) return {};
        if (reply.error() != errc::not_found) return std::move(reply).error().during("look for a known segment");
        return failure{errc::rolled_back, op.key.text(), "this device has merged it, but the store no longer has it"};
    }

    State& state_;
    const call_context& call_;
    incoming_logs logs_;
    bool listed_ = false;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_OUTGOING_EDIT_HPP
#define SEALSYNC_SYNC_OUTGOING_EDIT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// An edit on its way from the outbox to the store. It has this one shape all the way; each station fills in its part.
struct outgoing_edit {
    std::uint64_t place = 0; ///< in the outbox
    outbox_row row{};        ///< which object, which edit, which group

    change what{};      ///< loaded; with size and digest as soon as its bytes are sealed
    std::string name{}; ///< the application's id of the object
    bytes content{};    ///< the plaintext, then the sealed bytes, until they are put
    bool ready = false; ///< whether everything that its segment will say of it is known
};

/// What a push must leave in the outbox. Edits that were made together are one group, and stay together.
struct held_edits {
    interval_set kept_back{};            ///< groups that wait for the source of an attachment
    interval_set overtaken{};            ///< groups with an edit that was replaced before it could be uploaded
    std::set<object_ref> lost_sources{}; ///< attachments that cannot be read
    std::uint64_t deferred = 0;          ///< edits that were kept back

    [[nodiscard]] bool holds(std::uint64_t group) const noexcept {
        return kept_back.contains(group) || overtaken.contains(group);
    }
    [[nodiscard]] bool relies_on_lost_source(const change& c) const {
        for (const auto& id : c.attachments) {
            if (lost_sources.contains({change_type::attachment, c.collection, id})) return true;
        }
        return false;
    }
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_REPORT_HPP
#define SEALSYNC_SYNC_REPORT_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// What one `sync()` did. An idle one has pulled and pushed nothing.
struct sync_report {
    std::uint64_t pulled = 0;    ///< changes of other devices merged
    std::uint64_t pushed = 0;    ///< own changes committed to the store
    std::uint64_t conflicts = 0; ///< objects that this sync left with versions beside the shown one
    std::uint64_t deferred = 0;  ///< own changes kept back because an attachment's source changed or is gone
    std::uint64_t waiting = 0;   ///< segments that wait for others that have not arrived
    request_counts requests{};
    std::uint64_t bytes_sent = 0, bytes_received = 0; ///< of object bodies
    bool stopped = false;                             ///< stopped on request: sync again to go on
    bool cloned = false;                              ///< another machine uses a copy of this device's replica
    bool announced = true;                            ///< the head names everything that is committed
    /// One per log that was refused, and one per content that is lost or damaged in the store; everything else was
    /// merged. Each sync looks again.
    std::vector<failure> refusals{};

    [[nodiscard]] bool idle() const noexcept { return pulled == 0 && pushed == 0; }
};

enum class sync_phase { discovering, pulling, pushing, announcing };

struct sync_progress {
    sync_phase phase = sync_phase::discovering;
    std::uint64_t done = 0, total = 0; ///< objects of this phase
    std::uint64_t bytes = 0;           ///< transferred since the sync began
};

using sync_observer = std::function<void(const sync_progress&)>;

struct sync_options {
    std::stop_token stop{};
    bool rediscover = false;        ///< list the store even if the head answers
    bool allow_mass_delete = false; ///< a person has agreed to `errc::mass_delete`
    sync_observer observer{};       ///< called on the syncing thread, often
};

struct verify_report {
    std::uint64_t logs = 0, segments = 0, objects = 0, attachments = 0;
    std::uint64_t bytes = 0;         ///< read from the store
    std::uint64_t orphans = 0;       ///< stored objects that no segment names: left by crashed pushes
    std::uint64_t foreign = 0;       ///< keys under the vault that are not of any known form
    std::vector<failure> problems{}; ///< everything that is missing, damaged or out of place
    bool stopped = false;
    [[nodiscard]] bool ok() const noexcept { return problems.empty() && !stopped; }
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SYNC_PROGRESS_METER_HPP
#define SEALSYNC_SYNC_PROGRESS_METER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Tells an observer, if there is one, how far a sync has come. Counts objects by phase; bytes are the storage's own
/// count.
class progress_meter {
public:
    progress_meter(const sync_observer& observer, const metered_storage& store) : observer_{observer}, store_{store} {}

    /// Begins a phase, or continues it with `more` objects to come; tells the observer if the phase is new.
    void expect(sync_phase phase, std::uint64_t more) {
        const bool is_new = phase != now_.phase || !begun_;
        if (is_new) now_ = {phase};
        begun_ = true;
        now_.total += more;
        if (is_new && more == 0) tell();
    }
    /// Counts objects that are done, and tells the observer.
    void advance(std::uint64_t count) {
        now_.done += count;
        tell();
    }

private:
    void tell() {
        if (!observer_) return;
        now_.bytes = store_.read().sent + store_.read().received;
        observer_(now_);
    }

    const sync_observer& observer_;
    const metered_storage& store_;
    sync_progress now_{};
    bool begun_ = false;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_EDIT_UPLOADER_HPP
#define SEALSYNC_SYNC_EDIT_UPLOADER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Uploads what a segment will name: first the attachments, then the contents, sealed. Until the segment is committed
/// nobody knows of them.
template <class State>
class edit_uploader {
public:
    using unit_type = typename State::unit_type;

    edit_uploader(State& state, held_edits& held, const call_context& call, progress_meter& progress)
        : state_{state}, held_{held}, call_{call}, progress_{progress}, attachments_{state, call} {}

    /// Marks as ready what is in the store. Goes through the edits in the order of their objects: a replica keeps a
    /// collection's objects together, so that in the order of the edits a database would read one page per edit.
    [[nodiscard]] result<void> upload(list<outgoing_edit>& edits) {
        if (auto recalled = recall_sent(); !recalled) return recalled;
        sort_stably(edits, [](const auto& a, const auto& b) { return a.row.object < b.row.object; });
        if (auto done = upload_attachments(edits); !done) return done;
        return upload_contents(edits);
    }

    /// Uploads what the rule `blobs_before_segment` would have uploaded before the segment, if it is off.
    [[nodiscard]] result<void> put_late() {
        auto late = std::exchange(late_, {});
        return put(late);
    }

private:
    // Attachments.

    [[nodiscard]] result<void> upload_attachments(list<outgoing_edit>& edits) {
        list<object_ref> wanted;
        for (const auto& one : edits) {
            const bool is_new = wanted.empty() || wanted.back() != one.row.object;
            if (one.row.object.type == change_type::attachment && is_new) wanted.push_back(one.row.object);
        }
        if (wanted.empty()) return {};
        auto outcomes = attachments_.upload(wanted);
        if (!outcomes) return std::move(outcomes).error();
        std::size_t at = 0;
        for (auto& one : edits) {
            if (one.row.object.type != change_type::attachment) continue;
            if (wanted[at] != one.row.object) ++at;
            auto done = (*outcomes)[at].lost ? keep_back(one, *(*outcomes)[at].lost) : take(one, (*outcomes)[at]);
            if (!done) return done;
        }
        progress_.advance(wanted.size());
        return {};
    }

    [[nodiscard]] result<void> take(outgoing_edit& one, const upload_outcome& stored) {
        return state_.local.inspect([&](unit_type& unit) -> result<void> {
            auto object = unit.object(one.row.object);
            const auto version = object.siblings.find(one.row.dot);
            if (version == nullptr) {
                return failure{errc::replica_corrupt, one.row.object.id.text(), "an attachment lost its edit"};
            }
            one.what = version->what;
            one.what.size = stored.size;
            one.what.stored = stored.stored;
            one.ready = true;
            return {};
        });
    }

    /// Without its source an attachment cannot be pushed, nor what was edited together with it. If its bytes are no
    /// more, and no edit that waits lists it, it is forgotten; a file that only cannot be read may come back.
    [[nodiscard]] result<void> keep_back(const outgoing_edit& one, const failure& why) {
        held_.lost_sources.insert(one.row.object);
        held_.kept_back.insert(one.row.group);
        const bool is_gone = why == errc::source_changed || why == errc::not_found;
        return state_.local.transact([&](unit_type& unit) -> result<void> {
            if (is_gone && !is_listed(unit, one.row.object)) {
                forget(unit, one);
            } else {
                ++held_.deferred;
            }
            return {};
        });
    }

    /// Whether an edit that waits lists the attachment.
    [[nodiscard]] static bool is_listed(unit_type& unit, const object_ref& attachment) {
        bool listed = false;
        unit.each_outbox(0, [&](std::uint64_t place, const outbox_row& row) {
            if (row.object.type != change_type::record || row.object.collection != attachment.collection) return true;
            auto object = unit.object(row.object);
            const auto version = object.siblings.find(row.dot);
            listed = version != nullptr && version->pending == place &&
                     contains_sorted(version->what.attachments, attachment.id);
            return !listed;
        });
        return listed;
    }

    static void forget(unit_type& unit, const outgoing_edit& one) {
        auto object = unit.object(one.row.object);
        drop_if(object.siblings.versions(), [&](const auto& v) { return v.what.dot == one.row.dot; });
        unit.store_object(one.row.object, object, false);
        unit.erase_outbox(one.place);
        unit.erase_source(one.row.object);
    }

    // Contents.

    using slice = std::span<outgoing_edit>;

    /// Seals one slice while the previous one uploads.
    [[nodiscard]] result<void> upload_contents(slice edits) {
        auto sealed = seal_next(edits);
        while (true) {
            if (!sealed) return keep_sent(std::move(sealed).error());
            const auto now = edits.first(*sealed);
            edits = edits.subspan(*sealed);
            result<void> put_now;
            state_.syncing.run_parts(edits.empty() ? 1 : 2, [&](std::size_t part) {
                if (part == 0) {
                    put_now = put_slice(now);
                } else {
                    sealed = seal_next(edits);
                }
            });
            if (!put_now) return keep_sent(std::move(put_now).error());
            if (edits.empty()) return {};
            if (auto kept = note_sent(); !kept) return kept;
        }
    }

    // What is in the store.

    /// What a push before this one has sent and could not commit. It sealed each content with another nonce: only its
    /// digest tells what is there.
    [[nodiscard]] result<void> recall_sent() {
        if (std::exchange(recalled_, true)) return {};
        return state_.local.inspect([&](unit_type& unit) -> result<void> {
            const auto now = now_in_ns();
            unit.each_sent([&](std::string_view, const sent_contents& row) {
                if (row.since > now || now - row.since > trusted_for) return;
                for (const auto& item : row.items) sent_.push_back(item);
            });
            sort_stably(sent_, [](const auto& left, const auto& right) { return left.outbox < right.outbox; });
            return {};
        });
    }
    [[nodiscard]] const sent_contents::item* find_sent(std::uint64_t place) const noexcept {
        const auto at = partition_place(sent_, [&](const auto& item) { return item.outbox < place; });
        return at < sent_.size() && sent_[at].outbox == place ? &sent_[at] : nullptr;
    }
    [[nodiscard]] result<void> note_sent() {
        if (fresh_.items.empty()) return {};
        return state_.local.transact([&](unit_type& unit) -> result<void> {
            fresh_.since = now_in_ns();
            unit.store_sent(std::exchange(fresh_, {}));
            return {};
        });
    }
    /// The push has failed, and is told so; that nothing could be noted as well would only mean to send it again.
    [[nodiscard]] result<void> keep_sent(failure why) {
        (void)note_sent();
        return why;
    }
    /// The caller holds the lock of the local side.
    [[nodiscard]] std::uint64_t now_in_ns() {
        return static_cast<std::uint64_t>(state_.local.clock.now().time_since_epoch().count());
    }

    /// Loads and seals as many contents as fit into one batch; gives the number of edits that it has gone through.
    [[nodiscard]] result<std::size_t> seal_next(slice edits) {
        auto count = load(edits);
        if (!count) return count;
        for (auto& one : edits.first(*count)) {
            if (!one.ready || one.row.object.type == change_type::attachment) continue;
            if (one.what.action == change_action::erase || one.what.stored) continue;
            if (auto sealed = seal(one); !sealed) return std::move(sealed).error();
        }
        return count;
    }

    [[nodiscard]] result<std::size_t> load(slice edits) {
        const auto held_max = state_.settings.batch_bytes_max / (state_.syncing.width() > 1 ? 2 : 1);
        return state_.local.inspect([&](unit_type& unit) -> result<std::size_t> {
            std::size_t held = 0, loaded = 0, i = 0;
            for (; i < edits.size() && loaded < state_.settings.batch_objects_max && held <= held_max; ++i) {
                if (edits[i].row.object.type == change_type::attachment) continue;
                if (auto done = load(unit, edits[i]); !done) return std::move(done).error();
                held += edits[i].content.size();
                loaded += edits[i].ready ? 1 : 0;
            }
            return i;
        });
    }

    /// Leaves out what was replaced meanwhile, and what lists an attachment that cannot be read.
    [[nodiscard]] result<void> load(unit_type& unit, outgoing_edit& one) {
        auto object = unit.object(one.row.object);
        auto* const version = object.siblings.find(one.row.dot);
        if (version == nullptr || version->pending != one.place) {
            if (unit.in_outbox(one.place)) {
                return failure{errc::replica_corrupt, object.name, "an edit in the outbox has lost its version"};
            }
            held_.overtaken.insert(one.row.group);
            return {};
        }
        if (held_.relies_on_lost_source(version->what)) {
            held_.deferred += held_.kept_back.contains(one.row.group) ? 0 : 1;
            held_.kept_back.insert(one.row.group);
            return {};
        }
        const auto* sent = find_sent(one.place);
        if (!version->erased() && sent == nullptr) {
            auto found = unit.content(one.row.object, *version);
            if (!found) return failure{errc::replica_corrupt, object.name, "an edit has lost its content"};
            one.content = *std::move(found);
        }
        state_.local.taken.insert(one.place);
        one.what = pushed_form(std::move(*version));
        if (sent != nullptr) {
            one.what.size = sent->size;
            one.what.stored = sent->stored;
        }
        one.name = std::move(object.name);
        one.ready = true;
        return {};
    }

    [[nodiscard]] result<void> seal(outgoing_edit& one) {
        const auto edit = one.what.dot.text();
        const auto collection = collection_name(one.what.collection);
        if (!collection) return collection.error();
        const auto plain = encode(payload{*collection, one.name, one.content});
        bytes sealed;
        auto done = state_.syncing.cipher.seal(state_.context_of(one.what, edit), plain, sealed);
        if (!done) return std::move(done).error().during("seal a record");
        one.what.size = sealed.size();
        one.what.stored = state_.syncing.cipher.digest(sealed);
        one.content = std::move(sealed);
        return {};
    }

    [[nodiscard]] result<std::string_view> collection_name(const collection_id& id) {
        if (const auto* known = collection_names_.find(id)) return std::string_view{*known};
        auto name = state_.local.inspect(
            [&](unit_type& unit) -> result<std::string> { return unit.get(facts::collection_names, id.text()); });
        if (!name) return std::move(name).error();
        return std::string_view{collection_names_[id] = *std::move(name)};
    }

    [[nodiscard]] result<void> put_slice(slice edits) {
        std::uint64_t ready = 0;
        for (const auto& one : edits) {
            ready += one.ready && one.row.object.type != change_type::attachment ? 1 : 0;
        }
        if (!State::traits_type::rules.blobs_before_segment) {
            for (const auto& one : edits) {
                if (!one.content.empty()) late_.push_back(one);
            }
            return {};
        }
        if (auto done = put(edits); !done) return done;
        progress_.advance(ready);
        return {};
    }

    /// One PUT for each content; the contents are not needed after it.
    [[nodiscard]] result<void> put(slice edits) {
        list<put_op> ops;
        list<std::size_t> of_ops; // which edits
        ops.reserve(edits.size());
        for (std::size_t i = 0; i < edits.size(); ++i) {
            if (edits[i].content.empty()) continue;
            ops.push_back({state_.key_of(edits[i].what), edits[i].content});
            of_ops.push_back(i);
        }
        const auto stored = [&](std::size_t i) {
            const auto& one = edits[of_ops[i]];
            fresh_.items.push_back({one.place, one.what.size, *one.what.stored});
        };
        if (auto done = state_.syncing.store.put_each(ops, call_, stored); !done) {
            return std::move(done).error().during("upload records");
        }
        for (auto& one : edits) one.content = bytes{};
        return {};
    }

    /// Less than any age at which garbage is cleared away.
    static constexpr auto trusted_for =
        static_cast<std::uint64_t>(std::chrono::nanoseconds{std::chrono::hours{12}}.count());

    State& state_;
    held_edits& held_;
    const call_context& call_;
    progress_meter& progress_;
    attachment_uploader<State> attachments_;
    sorted_table<collection_id, std::string> collection_names_;
    list<sent_contents::item> sent_; ///< ascending by place in the outbox
    sent_contents fresh_;            ///< not noted in the replica yet
    bool recalled_ = false;
    list<outgoing_edit> late_; ///< only if the rule `blobs_before_segment` is off
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_OPENING_HPP
#define SEALSYNC_SYNC_OPENING_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// `vault.json`: the id of a plaintext vault, created once. (A sealed vault's id is in `master-key.blob`.)
inline constexpr std::string_view vault_file_begin = R"({"format":1,"vault":")";
inline constexpr std::string_view vault_file_end = "\"}";

[[nodiscard]] inline std::string write_vault_file(const vault_id& vault) {
    return std::string{vault_file_begin} + vault.hex() + std::string{vault_file_end};
}

[[nodiscard]] inline result<vault_id> read_vault_file(const object_key& key, bytes_view file) {
    auto text = as_text(file);
    if (text.starts_with(vault_file_begin) && text.ends_with(vault_file_end) &&
        text.size() >= vault_file_begin.size() + vault_file_end.size()) {
        text.remove_prefix(vault_file_begin.size());
        text.remove_suffix(vault_file_end.size());
        if (const auto vault = vault_id::parse(text)) return *vault;
    }
    return failure{errc::malformed, key.text(), "not what this library writes there"};
}

/// Opens a replica: of a vault it knows, without a request; of one it does not, by finding or creating the vault.
template <class State>
class opening {
public:
    using unit_type = typename State::unit_type;

    opening(State& state, const vault_options& options) : state_{state}, options_{options} {}

    [[nodiscard]] result<void> run() {
        if (auto named = check_text("device name", options_.device_name, state_.settings.manifest); !named)
            return named;
        if (auto random = state_.local.cipher.random(state_.run.value); !random) return random;
        auto known = state_.local.inspect([](unit_type& unit) -> result<bool> { return unit.has(facts::vault); });
        if (!known) return std::move(known).error();
        if (!*known) {
            if (auto joined = join(); !joined) return joined;
        }
        return state_.local.transact([&](unit_type& unit) { return load(unit); });
    }

private:
    static constexpr std::uint64_t replica_format = 1;

    [[nodiscard]] result<void> join() {
        auto vault = find_vault();
        if (!vault) return std::move(vault).error();
        std::array<std::byte, 16> device{};
        if (auto random = state_.local.cipher.random(device); !random) return random;
        return state_.local.transact([&](unit_type& unit) -> result<void> {
            unit.set(facts::format, replica_format);
            unit.set(facts::user, options_.user);
            unit.set(facts::vault, vault->hex());
            unit.set(facts::sealed, state_.sealed ? 1 : 0);
            unit.set(facts::device, to_hex(std::span{device}));
            unit.set(facts::device_name, options_.device_name);
            return {};
        });
    }

    [[nodiscard]] result<vault_id> find_vault() {
        if (const auto vault = state_.local.cipher.vault()) return *vault;
        const auto key = state_.keys.vault();
        auto there = state_.syncing.store.get_one({key}, {});
        if (there) return read_vault_file(key, there->body);
        if (there.error() != errc::not_found) return std::move(there).error().during("look for the vault");
        if (!options_.create) return failure{errc::no_vault, key.text()};
        return create_vault(key);
    }

    [[nodiscard]] result<vault_id> create_vault(const object_key& key) {
        vault_id vault;
        if (auto random = state_.local.cipher.random(vault.value); !random) return std::move(random).error();
        const auto file = write_vault_file(vault);
        put_op op{key, file};
        auto capabilities = state_.syncing.store.probe({});
        if (!capabilities) return std::move(capabilities).error();
        if (capabilities->creates_once()) op.condition = write_condition::if_absent;
        auto put = state_.syncing.store.put_one(op, {});
        if (!put && put.error() != errc::precondition_failed && put.error() != errc::outcome_unknown) {
            return std::move(put).error().during("create the vault");
        }
        auto there = state_.syncing.store.get_one({key}, {}); // whoever was first
        if (!there) return std::move(there).error().during("create the vault");
        return read_vault_file(key, there->body);
    }

    [[nodiscard]] result<void> load(unit_type& unit) {
        if (unit.get(facts::format) != replica_format) {
            return failure{errc::unknown_format, "replica", "format " + std::to_string(unit.get(facts::format))};
        }
        if (unit.get(facts::user) != options_.user) {
            return failure{errc::already_joined, options_.user, "the replica is of user " + unit.get(facts::user)};
        }
        const auto vault = vault_id::parse(unit.get(facts::vault));
        auto device = device_id::make(unit.get(facts::device));
        if (!unit.status()) return unit.status();
        if (!vault || !device) return failure{errc::replica_corrupt, "replica", "vault or device id"};
        if (unit.get(facts::sealed) != (state_.sealed ? 1 : 0)) {
            return failure{errc::other_vault, state_.keys.root(), "a vault is sealed or plaintext for life"};
        }
        if (const auto keys_of = state_.local.cipher.vault(); keys_of && *keys_of != *vault) {
            return failure{errc::other_vault, state_.keys.root(), "the keys are of vault " + keys_of->hex()};
        }
        state_.vault = *vault;
        state_.device = *std::move(device);
        load_name(unit);
        load_run(unit);
        state_.local.taken = unit.taken();
        return find_unsettled(unit);
    }

    void load_name(unit_type& unit) {
        if (!options_.device_name.empty()) unit.set(facts::device_name, options_.device_name);
        state_.device_name = unit.get(facts::device_name);
        unit.set(facts::device_names, state_.device.text(), state_.device_name);
    }

    /// A run is one opening, and its id is never kept: a copied or restored replica must not pass for its original.
    void load_run(unit_type& unit) {
        if (!State::traits_type::rules.fresh_run) {
            if (const auto kept = run_id::parse(unit.get(facts::run))) state_.run = *kept;
            unit.set(facts::run, state_.run.hex());
            state_.local.edits = unit.state().outbox_next;
        }
    }

    /// Contents that a pull had to do without, or that a policy wants which reads more than the one before; and merges
    /// that a pull did not come to.
    [[nodiscard]] result<void> find_unsettled(unit_type& unit) {
        const std::uint64_t reads = state_.local.policy.reads_content() ? 2 : 1;
        const bool wants_more = unit.get(facts::reads_content) == 1 && reads == 2;
        unit.set(facts::reads_content, reads);
        if (!wants_more && unit.get(facts::unfetched) == 0 && unit.get(facts::unmerged) == 0) return {};
        auto& syncing = state_.syncing;
        for (const auto type : {change_type::record, change_type::profile}) {
            unit.each_object(type, {}, [&](const object_ref& ref, const object_row& row) {
                const auto& all = row.siblings.versions();
                if (any_of(all, [](const auto& v) { return !v.fetched && !v.erased(); })) syncing.unfetched.insert(ref);
                if (all.size() > 1) syncing.unmerged.insert(ref);
                return true;
            });
        }
        unit.note_unsettled(!syncing.unfetched.empty(), !syncing.unmerged.empty()); // until a pull has seen to them
        return {};
    }

    State& state_;
    const vault_options& options_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_OUTBOX_COLLECTOR_HPP
#define SEALSYNC_SYNC_OUTBOX_COLLECTOR_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Takes from the outbox what the next segment will hold. Never cuts an `update` in two: other devices see all of it or
/// nothing.
template <class State>
class outbox_collector {
public:
    using unit_type = typename State::unit_type;

    outbox_collector(State& state, const held_edits& held) : state_{state}, held_{held} {}

    /// The oldest edits that nothing holds back, in the order they were made; empty if there are none.
    [[nodiscard]] result<list<outgoing_edit>> next() {
        list<outgoing_edit> edits;
        auto read = state_.local.inspect([&](unit_type& unit) -> result<void> {
            collect(unit, edits);
            return {};
        });
        if (!read) return std::move(read).error();
        drop_last_groups(edits);
        return edits;
    }

    /// For changes that list very much: the next segments hold at most half of `count` edits. False if one edit alone
    /// is too large.
    [[nodiscard]] bool halve(std::size_t count) noexcept {
        if (at_once_ <= 1) return false;
        at_once_ = (std::max<std::size_t>)(1, (std::min)(at_once_, count) / 2);
        return true;
    }

private:
    /// The edits of a group may have others between them if one of them was edited again.
    void collect(unit_type& unit, list<outgoing_edit>& edits) {
        interval_set groups;
        const auto joined = unit.state().outbox_joined;
        unit.each_outbox(0, [&](std::uint64_t place, const outbox_row& row) {
            if (held_.kept_back.contains(row.group)) return true;
            const bool full = edits.size() >= at_once_;
            if (full && !groups.contains(row.group)) return place < joined;
            edits.push_back({place, row});
            groups.insert(row.group);
            return true;
        });
    }

    /// A group that began when there was room for it may be too large for what was left of it.
    void drop_last_groups(list<outgoing_edit>& edits) const {
        while (edits.size() > state_.settings.manifest.changes_max) {
            std::uint64_t first = edits.front().row.group, last = first;
            for (const auto& one : edits) {
                first = (std::min)(first, one.row.group);
                last = (std::max)(last, one.row.group);
            }
            if (first == last) return;
            drop_if(edits, [&](const outgoing_edit& one) { return one.row.group == last; });
        }
    }

    State& state_;
    const held_edits& held_;
    std::size_t at_once_ = state_.settings.changes_per_segment_max;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_SEGMENT_FETCHER_HPP
#define SEALSYNC_SYNC_SEGMENT_FETCHER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Where a segment is in the store.
struct segment_place {
    log_id log;
    device_id device;
    std::uint64_t seq = 0;
};

/// Fetches segments, as many at once as fit into `batch_bytes_max`. Nobody says how large a segment is before it is
/// here, so the number follows the size of those fetched before: their neighbours are much alike.
template <class State>
class segment_fetcher {
public:
    /// `first`: the number of segments that the first fetch asks for.
    segment_fetcher(State& state, const call_context& call, std::size_t first)
        : state_{state}, call_{call}, at_once_{(std::min)(first, state.settings.segments_per_round_max)} {}

    /// The number of segments that the next fetch asks for; at least 1.
    [[nodiscard]] std::size_t at_once() const noexcept { return at_once_; }

    struct answer {
        bool taken; ///< if not, ask again: it was not answered, or came when `batch_bytes_max` was already held
        result<bytes> body;
    };
    using answer_list = list<answer>;

    /// One GET for each of the first `at_once()` places. Fails only if the store cannot be asked.
    [[nodiscard]] result<answer_list> fetch(std::span<const segment_place> wanted) {
        const auto ops = gets(wanted.first((std::min)(at_once_, wanted.size())));
        answer_list answers;
        answers.reserve(ops.size());
        for (const auto& op : ops) {
            answers.push_back({false, failure{errc::outcome_unknown, op.key.text(), "no answer"}});
        }
        std::size_t held = 0;
        const auto keep = [&](std::size_t i, result<get_reply> reply) {
            if (reply && held > state_.settings.batch_bytes_max) return;
            held += reply ? reply->body.size() : 0;
            answers[i] = {true, reply ? result<bytes>{std::move(reply->body)} : std::move(reply).error()};
        };
        if (auto done = state_.syncing.store.get(ops, keep, call_); !done) return std::move(done).error();
        if (!learn_sizes(answers)) return std::move(answers.front().body).error();
        return answers;
    }

private:
    [[nodiscard]] list<get_op> gets(std::span<const segment_place> wanted) const {
        list<get_op> ops;
        ops.reserve(wanted.size());
        for (const auto& one : wanted) {
            get_op op{state_.keys.segment(one.device, one.log, one.seq)};
            op.size_max = state_.settings.sealed_manifest_bytes_max();
            ops.push_back(std::move(op));
        }
        return ops;
    }

    /// False if nothing was answered.
    [[nodiscard]] bool learn_sizes(const answer_list& answers) {
        std::size_t total = 0, answered = 0;
        for (const auto& one : answers) {
            answered += one.taken ? 1 : 0;
            total += one.body ? one.body->size() : 0;
        }
        if (answered == 0) return false;
        const auto fitting = state_.settings.batch_bytes_max / (total / answered + 1);
        const auto most = (std::min)({fitting, at_once_ * 4, state_.settings.segments_per_round_max});
        at_once_ = (std::max<std::size_t>)(1, most);
        return true;
    }

    State& state_;
    const call_context& call_;
    std::size_t at_once_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_SEGMENT_INBOX_HPP
#define SEALSYNC_SYNC_SEGMENT_INBOX_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The segments that are fetched but not yet merged, and the order in which they may be.
///
/// Invariants: what is fetched of a log continues its cursor without a gap, each segment chained to the one before; a
/// batch holds a segment only after all that its author had seen.
template <class State>
class segment_inbox {
public:
    using unit_type = typename State::unit_type;

    /// `cursors` is where the merge has come to; `merged()` moves it on.
    segment_inbox(State& state, discovery<State>& found, cursor_map& cursors, const call_context& call,
                  sync_report& report)
        : state_{state}, found_{found}, cursors_{cursors}, report_{report}, reader_{state}, fetcher_{state, call, 4} {}

    struct place {
        log_name name;
        std::size_t index; ///< among what is fetched of the log
    };
    using batch_type = list<place>;

    [[nodiscard]] const received_segment& at(const place& where) const {
        return found_.logs().find(where.name)->fetched[where.index];
    }
    /// Whether everything that is known to exist has been merged.
    [[nodiscard]] bool complete() const {
        return all_of(found_.logs(), [](const auto& one) { return !one.value.refused && one.value.fetched.empty(); });
    }
    [[nodiscard]] bool more_to_fetch() const { return !missing_segments().empty(); }

    /// Whether to fetch before merging: the more is known, the fewer contents are fetched that a later segment
    /// replaces. Bounded by what is held.
    [[nodiscard]] bool hungry() const { return held_bytes_ < state_.settings.batch_bytes_max && more_to_fetch(); }

    /// One GET per segment. Fails only if the store cannot be asked: a log that cannot be read is refused.
    [[nodiscard]] result<void> fetch() {
        const auto missing = missing_segments();
        if (missing.empty()) return {};
        auto answers = fetcher_.fetch(missing);
        if (!answers) return std::move(answers).error().during("fetch segments");
        for (std::size_t i = 0; i < answers->size(); ++i) {
            auto& one = (*answers)[i];
            if (!one.taken || found_.logs()[name_of(missing[i])].refused) continue;
            if (auto taken = take(missing[i], std::move(one.body)); !taken) return taken;
        }
        return {};
    }

    /// A log that is refused waits alone, and nothing more of it is fetched. What was good before is still merged.
    void refuse(const log_name& log, failure why) {
        auto& refused = found_.logs()[log].refused;
        if (!std::exchange(refused, true)) report_.refusals.push_back(std::move(why));
    }

    /// The segments that can be merged now, each after all that its author had seen.
    [[nodiscard]] batch_type next_batch() const {
        batch_type batch;
        cursor_map taken = cursors_;
        std::size_t changes = 0;
        for (bool progress = true; progress;) {
            progress = false;
            for (const auto& [name, log] : found_.logs()) {
                if (log.fetched.empty()) continue;
                auto& reached = taken[name.log].seq;
                while (changes < state_.settings.changes_per_segment_max) {
                    const auto index = static_cast<std::size_t>(reached - merged_of(name.log));
                    if (index >= log.fetched.size() || !covered(log.fetched[index].content, taken)) break;
                    changes += log.fetched[index].content.changes.size();
                    batch.push_back({name, index});
                    ++reached;
                    progress = true;
                }
            }
        }
        return batch;
    }

    /// After the batch is saved: the cursors move on.
    void merged(const batch_type& batch) {
        for (const auto& one : batch) {
            const auto& received = at(one);
            const auto& own = state_.syncing.log;
            const bool unknown_log = !cursors_.contains(one.name.log) && (!own || own->id != one.name.log);
            report_.cloned = report_.cloned || (unknown_log && received.content.device == state_.device);
            report_.pulled += received.content.changes.size();
            cursors_[one.name.log] = {received.content.device, received.content.seq, received.stored};
            held_bytes_ -= received.size;
        }
        for (auto& [name, log] : found_.logs()) {
            const auto reached = merged_of(name.log);
            drop_if(log.fetched, [&](const auto& one) { return one.content.seq <= reached; });
        }
    }

    /// Lists the store, at most once a sync: false if that has been done.
    [[nodiscard]] result<bool> rediscover() {
        if (found_.listed()) return false;
        if (auto listed = found_.list(cursors_); !listed) return std::move(listed).error();
        return true;
    }
    /// Lists the store if a segment waits for one that nobody announced, at most once a sync, and not again at every
    /// sync for the same wait.
    [[nodiscard]] result<bool> rediscover_if_blocked() {
        if (found_.listed()) return false;
        auto is_news = state_.local.inspect([&](unit_type& unit) -> result<bool> {
            return any_of(found_.logs(), [&](const auto& one) {
                return !one.value.fetched.empty() && !unit.has(facts::waiting, one.key.log.hex());
            });
        });
        if (!is_news || !*is_news) return is_news;
        return rediscover();
    }

    [[nodiscard]] result<void> report_what_waits() {
        for (const auto& [name, log] : found_.logs()) report_.waiting += log.fetched.size();
        return state_.local.transact([&](unit_type& unit) -> result<void> {
            const auto now = state_.local.clock.now().time_since_epoch();
            note_promises(unit);
            for (const auto& text : unit.ids(facts::waiting)) {
                if (!waits(text)) unit.erase(facts::waiting, text);
            }
            for (const auto& [name, log] : found_.logs()) {
                if (!log.fetched.empty()) note_wait(unit, name.log, log.fetched.front().content, now);
            }
            return {};
        });
    }

private:
    [[nodiscard]] std::uint64_t merged_of(const log_id& log) const {
        const auto cursor = cursors_.find(log);
        return cursor == cursors_.end() ? 0 : cursor->second.seq;
    }

    /// The next missing segments of each log, the lowest numbers first, so that no log starves another.
    [[nodiscard]] list<segment_place> missing_segments() const {
        list<segment_place> missing;
        const auto most = fetcher_.at_once();
        for (const auto& [name, log] : found_.logs()) {
            if (log.refused) continue;
            const auto from = merged_of(name.log) + log.fetched.size();
            const auto to = (std::min<std::uint64_t>)(log.seq, from + most);
            for (auto seq = from + 1; seq <= to; ++seq) missing.push_back({name.log, name.device, seq});
        }
        sort_stably(missing, [](const auto& a, const auto& b) { return a.seq < b.seq; });
        while (missing.size() > most) missing.pop_back();
        return missing;
    }

    [[nodiscard]] result<void> take(const segment_place& wanted, result<bytes> body) {
        auto& log = found_.logs()[name_of(wanted)];
        if (wanted.seq != merged_of(wanted.log) + log.fetched.size() + 1) return {}; // the one before it did not come
        if (!body && body.error() == errc::not_found) return segment_missing(wanted);
        if (!body && is_of_the_store(body.error())) return std::move(body).error().during("fetch a segment");
        auto opened = body ? reader_.open(wanted.device, wanted.log, wanted.seq, *body, digest_before(name_of(wanted)))
                           : result<received_segment>{std::move(body).error()};
        if (!opened) {
            refuse(name_of(wanted), std::move(opened).error());
            return {};
        }
        if (log.seq == wanted.seq && log.stored && log.stored != opened->stored) {
            report_.refusals.push_back(failure{errc::forked, key_of(wanted),
                                               "the head has another digest for it; both sides' edits are merged"});
        }
        held_bytes_ += opened->size;
        log.fetched.push_back(*std::move(opened));
        return {};
    }

    /// A segment that is named but not there: we may be late, so look again before calling it lost.
    [[nodiscard]] result<void> segment_missing(const segment_place& wanted) {
        if (!found_.listed()) return found_.list(cursors_);
        auto& log = found_.logs()[name_of(wanted)];
        log.missing = log.missing || wanted.seq > log.listed;
        refuse(name_of(wanted), failure{errc::missing_object, key_of(wanted)});
        return {};
    }

    [[nodiscard]] std::string key_of(const segment_place& wanted) const {
        return state_.keys.segment(wanted.device, wanted.log, wanted.seq).text();
    }

    [[nodiscard]] static log_name name_of(const segment_place& where) { return {where.log, where.device}; }

    [[nodiscard]] std::optional<digest256> digest_before(const log_name& name) const {
        const auto& fetched = found_.logs().find(name)->fetched;
        if (!fetched.empty()) return fetched.back().stored;
        if (const auto cursor = cursors_.find(name.log); cursor != cursors_.end()) return cursor->second.stored;
        return std::nullopt;
    }

    [[nodiscard]] bool covered(const segment& s, const cursor_map& taken) const {
        if (!State::traits_type::rules.causal_wait) return true;
        return all_of(s.seen, [&](const log_position& seen) {
            const auto at = taken.find(seen.log);
            return at != taken.end() && at->second.seq >= seen.seq;
        });
    }

    [[nodiscard]] bool waits(std::string_view log) const {
        const auto id = log_id::parse(log);
        return id &&
               any_of(found_.logs(), [&](const auto& one) { return one.key.log == *id && !one.value.fetched.empty(); });
    }

    /// The store may lose a segment and, after it, every head that named it: then this device still asks for it.
    void note_promises(unit_type& unit) {
        for (const auto& [log, upto] : unit.promised()) {
            if (merged_of(log) >= upto.seq) unit.erase(facts::promised, log.hex());
        }
        for (const auto& [name, log] : found_.logs()) {
            if (log.promised <= merged_of(name.log)) continue;
            unit.store_promised(name.log, {name.device, log.promised, log.stored.value_or(digest256{})});
        }
    }

    void note_wait(unit_type& unit, const log_id& log, const segment& first, std::chrono::nanoseconds now) {
        const auto id = log.hex();
        if (!unit.has(facts::waiting, id)) {
            unit.set(facts::waiting, id, static_cast<std::uint64_t>(now.count()));
        }
        const auto since = std::chrono::nanoseconds{static_cast<std::int64_t>(unit.get(facts::waiting, id))};
        if (now - since < state_.settings.withheld_after) return;
        report_.refusals.push_back(failure{errc::withheld, state_.keys.segment(first.device, log, first.seq).text(),
                                           "waits for a segment that the store does not give"});
    }

    State& state_;
    discovery<State>& found_;
    cursor_map& cursors_;
    sync_report& report_;
    log_reader<State> reader_;
    segment_fetcher<State> fetcher_;
    std::size_t held_bytes_ = 0;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_PULLER_HPP
#define SEALSYNC_SYNC_PULLER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Brings the segments of other devices into the replica: fetched concurrently, merged in causal order, the winning
/// contents fetched, objects and cursors committed together. A content that the store has lost or damaged holds nothing
/// back: its version is merged without it, and the next pull looks for it again.
template <class State>
class puller {
public:
    using unit_type = typename State::unit_type;

    puller(State& state, discovery<State>& found, cursor_map& cursors, const sync_options& options,
           const call_context& call, sync_report& report, progress_meter& progress)
        : state_{state},
          report_{report},
          progress_{progress},
          inbox_{state, found, cursors, call, report},
          contents_{state, call},
          deletions_{state, options.allow_mass_delete} {}

    /// Whether everything that is known to exist has been merged.
    [[nodiscard]] bool complete() const noexcept { return inbox_.complete(); }

    [[nodiscard]] result<void> run() {
        if (auto merged = merge_all(); !merged) return merged;
        if (misses_contents()) { // perhaps we are late, and somebody has replaced them
            const auto listed = inbox_.rediscover();
            if (!listed) return listed.error();
            if (auto merged = *listed ? merge_all() : result<void>{}; !merged) return merged;
        }
        if (auto finished = finish(); !finished) return finished;
        if (auto counted = deletions_.finish(); !counted) return counted;
        return inbox_.report_what_waits();
    }

private:
    using batch_type = typename segment_inbox<State>::batch_type;
    using need_type = typename content_fetcher<State>::need;

    [[nodiscard]] result<void> merge_all() {
        while (true) {
            if (inbox_.hungry()) {
                if (auto fetched = inbox_.fetch(); !fetched) return fetched;
                continue;
            }
            if (const auto batch = inbox_.next_batch(); !batch.empty()) {
                if (auto merged = merge(batch); !merged) return merged;
                continue;
            }
            if (inbox_.more_to_fetch()) {
                if (auto fetched = inbox_.fetch(); !fetched) return fetched;
                continue;
            }
            const auto again = inbox_.rediscover_if_blocked();
            if (!again) return again.error();
            if (!*again) return {};
        }
    }

    [[nodiscard]] result<void> merge(const batch_type& batch) {
        if (!State::traits_type::rules.objects_with_cursor) {
            auto early = state_.local.transact([&](unit_type& unit) -> result<void> {
                store_cursors(unit, batch);
                return {};
            });
            if (!early) return early;
        }
        if (auto committed = commit_round(batch); !committed) return committed;
        inbox_.merged(batch);
        return {};
    }

    [[nodiscard]] bool misses_contents() const {
        return any_of(contents_.losses(), [](const auto& one) { return *one.second.loss == errc::missing_object; });
    }

    /// When all that can be known is: what is lost, now or since an earlier pull, is asked for once more, and what the
    /// policy makes of concurrent edits is written. Earlier, a segment still to come may hold a newer version, or
    /// somebody's answer to a conflict: a merge beside it would bring back what that answer removed.
    [[nodiscard]] result<void> finish() {
        contents_.forget_losses();
        finishing_ = true;
        if (auto committed = commit_round({}); !committed) return committed;
        for (const auto& [key, one] : contents_.losses()) report_.refusals.push_back(*one.loss);
        return {};
    }

    using update_list = list<object_update<State>>; ///< ascending by object
    using index_list = std::vector<std::size_t>;

    /// A batch merged into its objects, and not committed.
    struct merged_batch {
        update_list updates;
        typename unit_type::met_map met;
        std::uint64_t revision; ///< the vault's
    };

    /// Merges the batch into its objects; commits if every content is at hand or lost, else fetches those and tries
    /// again: edits made meanwhile change what is needed.
    [[nodiscard]] result<void> commit_round(const batch_type& batch) {
        std::optional<merged_batch> merged;
        while (true) {
            list<need_type> needs;
            auto committed = try_commit(batch, merged, needs);
            if (!committed) return std::move(committed).error();
            if (*committed) {
                contents_.clear();
                return {};
            }
            progress_.expect(sync_phase::pulling, needs.size());
            auto fetched = contents_.fetch(needs, [&](std::uint64_t count) { progress_.advance(count); });
            if (!fetched) return fetched;
        }
    }

    [[nodiscard]] result<bool> try_commit(const batch_type& batch, std::optional<merged_batch>& merged,
                                          list<need_type>& needs) {
        const std::scoped_lock lock{state_.local.mutex};
        if (batch.empty() && state_.syncing.settled()) return true;
        auto begun = state_.local.replica.begin();
        if (!begun) return std::move(begun).error();
        unit_type unit{*std::move(begun)};

        // Unless an edit was made since the attempt before, all of that stands.
        const bool again = merged && merged->revision == state_.local.revision;
        if (again) unit.resume_met(std::move(merged->met));
        auto updates = again ? std::move(merged->updates) : merged_objects(unit, batch);
        merged.reset();
        if (!again) list_needs(unit, updates, needs);
        if (!unit.status()) return unit.status().error();
        if (!needs.empty()) {
            merged = {std::move(updates), unit.take_met(), state_.local.revision};
            return false;
        }
        if (auto allowed = deletions_.check(unit, count_deleted(updates)); !allowed) return std::move(allowed).error();
        return commit(unit, batch, updates);
    }

    /// Loads the objects in their order, in which a replica has them side by side, and merges the changes in theirs: if
    /// two clones gave one dot to two objects, how segments fall into batches must make no difference. At the end
    /// those that were left open, and no batch.
    [[nodiscard]] update_list merged_objects(unit_type& unit, const batch_type& batch) {
        SEALSYNC_ASSERT(!finishing_ || batch.empty());
        update_list updates;
        if (finishing_) {
            auto open = state_.syncing.unfetched;
            open.insert(state_.syncing.unmerged.begin(), state_.syncing.unmerged.end());
            for (const auto& ref : open) updates.push_back(object_update<State>{state_, unit, ref});
        }
        const auto changes = changes_of(batch);
        index_list update_of(changes.size());
        const change* before = nullptr;
        const auto by_object = sorted_indices(changes.size(), [&](std::size_t left, std::size_t right) {
            return object_of(*changes[left]) < object_of(*changes[right]);
        });
        for (const auto i : by_object) {
            const auto* const each = changes[i];
            const bool is_new = before == nullptr || object_of(*each) != object_of(*before);
            if (is_new) updates.push_back(object_update<State>{state_, unit, ref_of(*each)});
            update_of[i] = updates.size() - 1;
            before = each;
        }
        for (std::size_t i = 0; i < changes.size(); ++i) merge_change(unit, updates[update_of[i]], *changes[i]);
        return updates;
    }
    using change_list = list<const change*>;

    [[nodiscard]] change_list changes_of(const batch_type& batch) const {
        change_list all;
        for (const auto& at : batch) {
            for (const auto& each : inbox_.at(at).content.changes) all.push_back(&each);
        }
        return all;
    }
    [[nodiscard]] static std::uint64_t count_deleted(const update_list& updates) {
        std::uint64_t count = 0;
        for (const auto& one : updates) {
            count += one.ref().type == change_type::record && one.was_live() && !one.row().siblings.live() ? 1 : 0;
        }
        return count;
    }

    void merge_change(unit_type& unit, object_update<State>& update, const change& c) {
        sibling_version incoming{c};
        if (!State::traits_type::rules.honour_replaces) incoming.what.replaces.clear();
        if (State::traits_type::rules.met_is_known) {
            if (update.merge(state_, unit, std::move(incoming)) == merge_outcome::twin) report_twin(c);
        } else {
            struct {
                static bool contains(const dot&) { return false; }
                static void insert(const dot&) {}
            } forgetful;
            update.row().siblings.merge(std::move(incoming), forgetful, [](sibling_version&&) {});
        }
    }

    /// Two edits under one identity: two machines that were resumed from one memory image. Neither is lost.
    void report_twin(const change& c) {
        if (contains(twins_, c.dot)) return;
        twins_.push_back(c.dot);
        report_.refusals.push_back(
            failure{errc::forked, state_.key_of(c).text(), "another edit has the same identity"});
    }

    /// The versions whose contents the application will see, or the policy judges by, and that are not here.
    [[nodiscard]] index_list unfetched_versions(unit_type& unit, const object_update<State>& update) {
        index_list wanted;
        const auto& versions = update.row().siblings.versions();
        const auto is_here = [](const sibling_version& version) { return version.erased() || version.fetched; };
        if (update.ref().type == change_type::attachment || all_of(versions, is_here)) {
            return wanted;
        }
        if (state_.local.policy.reads_content() || versions.size() == 1) {
            for (std::size_t i = 0; i < versions.size(); ++i) wanted.push_back(i);
        } else {
            const auto seen = state_.present(unit, update.ref(), update.row());
            if (seen.shown) wanted.push_back(*seen.shown);
        }
        drop_if(wanted, [&](std::size_t i) { return is_here(versions[i]); });
        return wanted;
    }

    /// What has to be fetched before the updates can be committed.
    void list_needs(unit_type& unit, const update_list& updates, list<need_type>& needs) {
        for (const auto& update : updates) {
            for (const auto i : unfetched_versions(unit, update)) {
                const auto& version = update.row().siblings.versions()[i];
                auto key = unit_type::content_key(update.ref(), version);
                if (contents_.lost(key) || contents_.has(unit, key)) continue;
                needs.push_back({&version.what, std::move(key)});
            }
        }
    }

    /// Nothing is written for contents that were looked for again and are still lost.
    [[nodiscard]] result<bool> commit(unit_type& unit, const batch_type& batch, update_list& updates) {
        auto& syncing = state_.syncing;
        auto unfetched = syncing.unfetched;
        auto unmerged = syncing.unmerged;
        bool news = !batch.empty();
        std::uint64_t conflicts = 0;
        for (auto& update : updates) {
            news = settle_contents(unit, update) || news;
            const auto saved = save(unit, update);
            news = news || saved == outcome::merged;
            keep(unmerged, update.ref(), saved == outcome::to_be_merged);
            keep(unfetched, update.ref(), !unfetched_versions(unit, update).empty());
            conflicts += update.conflicts() > 0 ? 1 : 0;
        }
        if (!unit.status()) return unit.status().error();
        if (!news && unfetched == syncing.unfetched && unmerged == syncing.unmerged) return true;
        for (const auto& [id, name] : contents_.collection_names()) unit.set(facts::collection_names, id.text(), name);
        unit.drop_staged();
        store_cursors(unit, batch);
        const bool same =
            unfetched.empty() == syncing.unfetched.empty() && unmerged.empty() == syncing.unmerged.empty();
        const bool later = !state_.local.unmerged.empty(); // by edits since the sync began
        if (!same) unit.note_unsettled(!unfetched.empty(), !unmerged.empty() || later);
        if (auto committed = unit.commit(); !committed) return std::move(committed).error();
        if (!updates.empty()) ++state_.local.revision;
        syncing.unfetched = std::move(unfetched);
        syncing.unmerged = std::move(unmerged);
        report_.conflicts += conflicts;
        return true;
    }

    static void keep(std::set<object_ref>& all, const object_ref& ref, bool wanted) {
        if (wanted) {
            all.insert(ref);
        } else {
            all.erase(ref);
        }
    }

    /// Whether any came.
    [[nodiscard]] bool settle_contents(unit_type& unit, object_update<State>& update) {
        bool any = false;
        for (auto& version : update.row().siblings.versions()) {
            if (version.erased() || version.fetched || update.ref().type == change_type::attachment) continue;
            auto name = contents_.settle(unit, update.ref(), version);
            if (!name) continue;
            if (update.row().name.empty()) update.row().name = *name;
            any = version.fetched = true;
        }
        return any;
    }

    enum class outcome { saved, to_be_merged, merged };

    [[nodiscard]] outcome save(unit_type& unit, object_update<State>& update) {
        const bool may_conflict =
            update.ref().type != change_type::attachment && update.row().siblings.versions().size() > 1;
        const auto seen = may_conflict ? state_.present(unit, update.ref(), update.row()) : presentation{};
        if (seen.merged && finishing_) {
            editor<State> edits{state_, unit};
            (void)edits.write_merged(update, *seen.merged, seen.how);
            return outcome::merged;
        }
        if (seen.refused && finishing_) report_.refusals.push_back(named(*seen.refused, update));
        update.save(state_, unit);
        return seen.merged || seen.refused ? outcome::to_be_merged : outcome::saved;
    }

    /// A policy does not know which record it failed to judge.
    [[nodiscard]] static failure named(const failure& why, const object_update<State>& update) {
        const auto& name = update.row().name.empty() ? update.ref().id.text() : update.row().name;
        const auto detail = why.object().empty() || why.detail().empty() ? why.object() + why.detail()
                                                                         : why.object() + ": " + why.detail();
        return failure{why.code(), name, detail}.during(why.attempted().empty() ? "merge"
                                                                                : "merge: " + why.attempted());
    }

    /// The clock follows too: what is edited next is newer than all that was merged. One that is wrong by years does
    /// not take the others along: what rests on its edits replaces them whatever the time.
    void store_cursors(unit_type& unit, const batch_type& batch) {
        const auto latest = latest_followed();
        for (const auto& at : batch) {
            const auto& received = inbox_.at(at);
            for (const auto& c : received.content.changes) {
                unit.state().last = (std::max)(unit.state().last, (std::min)(c.timestamp, latest));
            }
            unit.store_cursor(at.name.log, {received.content.device, received.content.seq, received.stored});
            if (!received.content.device_name.empty()) {
                unit.set(facts::device_names, received.content.device.text(), received.content.device_name);
            }
        }
    }

    [[nodiscard]] stamp latest_followed() {
        constexpr auto ahead_max = std::chrono::nanoseconds{std::chrono::hours{24}}.count();
        constexpr auto end_of_time = (std::numeric_limits<std::int64_t>::max)();
        const std::int64_t now = state_.local.clock.now().time_since_epoch().count();
        return {now > end_of_time - ahead_max ? end_of_time : now + ahead_max};
    }

    State& state_;
    sync_report& report_;
    progress_meter& progress_;
    segment_inbox<State> inbox_;
    std::vector<dot> twins_;
    content_fetcher<State> contents_;
    deletion_guard<State> deletions_;
    bool finishing_ = false; ///< nothing more is to come
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_SEGMENT_COMMITTER_HPP
#define SEALSYNC_SYNC_SEGMENT_COMMITTER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Commits edits: writes their segment and puts it into the next slot of this run's log.
///
/// Invariants: the segment is the commit point. A sealed segment is saved in the replica before it is put, and is put
/// byte for byte until it is known to be in its slot; only then do its edits leave the outbox. The slot is never
/// overwritten.
template <class State>
class segment_committer {
public:
    using unit_type = typename State::unit_type;

    segment_committer(State& state, cursor_map& cursors, held_edits& held, const call_context& call,
                      sync_report& report)
        : state_{state}, cursors_{cursors}, held_{held}, call_{call}, report_{report} {}

    /// Writes and seals the segment of what is ready, and saves it as the pending one. False if nothing is left to
    /// commit.
    [[nodiscard]] result<bool> seal(list<outgoing_edit> edits) {
        if (auto begun = begin_log(); !begun) return std::move(begun).error();
        return state_.local.transact([&](unit_type& unit) -> result<bool> {
            drop_held_groups(edits);
            if (edits.empty()) return false;
            pending_segment pending{state_.device, own().id, own().seq + 1, {}, {}};
            auto manifest = write(unit, std::move(edits), pending);
            if (!manifest) return std::move(manifest).error().during("write a segment");
            const auto log = pending.log.hex(), seq = std::to_string(pending.seq);
            const sealing_context context{object_kind::segment, state_.vault, {}, log, seq};
            auto sealed = state_.syncing.cipher.seal(context, *manifest, pending.stored);
            if (!sealed) return std::move(sealed).error();
            manifest = bytes{}; // a large segment is held often enough
            unit.store_pending(pending);
            unit.store_taken(state_.local.taken);
            return true;
        });
    }

    /// Puts the segment that was sealed but not known to be committed into the slot it was made for, also in the log of
    /// a run that is over. Finding it there is success. Finding another there means that somebody else is this run:
    /// the edits stay in the outbox, for a new log.
    [[nodiscard]] result<void> finish_pending() {
        std::optional<pending_segment> pending;
        auto read = state_.local.inspect([&](unit_type& unit) -> result<void> {
            pending = unit.pending();
            return {};
        });
        if (!read || !pending) return read;
        auto landed = put(*pending);
        if (!landed) return std::move(landed).error().during("commit a segment");
        return *landed ? note_committed(*pending) : abandon(*pending);
    }

private:
    static constexpr int attempts_max = 3; ///< of one segment whose put got no answer

    [[nodiscard]] own_log& own() noexcept { return *state_.syncing.log; }

    /// Each run that pushes begins a log of its own: continuing another run's would let a restored replica write
    /// into a slot that is taken.
    [[nodiscard]] result<void> begin_log() {
        if (state_.syncing.log) return {};
        own_log fresh{};
        if (auto random = state_.syncing.cipher.random(fresh.id.value); !random) return random;
        state_.syncing.log = std::move(fresh);
        return {};
    }

    /// An edit that was replaced before it could be uploaded is left to its successor, with all that must go with it.
    /// One that was replaced since is committed as it was: its successor knows it, and may be replaced in turn.
    void drop_held_groups(list<outgoing_edit>& edits) {
        drop_if(edits, [&](const outgoing_edit& one) { return !one.ready || held_.holds(one.row.group); });
        held_.overtaken = {};
        sort_stably(edits, [](const auto& a, const auto& b) { return a.place < b.place; });
    }

    [[nodiscard]] result<bytes> write(unit_type& unit, list<outgoing_edit> edits, pending_segment& pending) {
        const auto contents = describe(unit, std::move(edits), pending);
        if (!unit.status()) return unit.status().error();
        return segment_form<typename State::traits_type>{state_.sealed}.write(contents, state_.settings.manifest);
    }

    [[nodiscard]] segment describe(unit_type& unit, list<outgoing_edit> edits, pending_segment& pending) {
        hybrid_clock clock{unit.state().last};
        segment s;
        s.vault = state_.vault;
        s.scope = state_.keys.root();
        s.device = state_.device;
        s.log = pending.log;
        s.seq = pending.seq;
        s.previous = own().last;
        if (pending.seq == 1) s.device_name = state_.device_name;
        s.last_updated = clock.tick(state_.local.clock.now());
        unit.state().last = clock.last();
        s.seen = newly_seen();
        s.changes.reserve(edits.size());
        pending.items.reserve(edits.size());
        for (auto& one : edits) {
            pending.items.push_back(
                {one.place, std::move(one.row.object), one.row.dot, one.what.size, one.what.stored});
            s.changes.push_back(std::move(one.what));
        }
        return s;
    }

    /// What has been merged since this log's previous segment; its first says everything. The cursors are those of
    /// this sync: nothing else moves them.
    [[nodiscard]] std::vector<log_position> newly_seen() {
        std::vector<log_position> seen;
        for (const auto& [log, cursor] : cursors_) {
            if (log == own().id) continue;
            const auto told = own().told.find(log);
            if (told == own().told.end() || told->second.seq < cursor.seq) seen.push_back({log, cursor.seq});
        }
        return seen;
    }

    /// Whether the slot holds this segment now; false: it holds another. A put of which nobody knows whether it landed
    /// (a kept connection was closed while it was sent) and which is not there is made again: whichever lands first,
    /// the slot has the same bytes, and who comes too late finds them.
    [[nodiscard]] result<bool> put(const pending_segment& segment) {
        const auto key = state_.keys.segment(segment.device, segment.log, segment.seq);
        for (int attempt = 1; true; ++attempt) {
            auto landed = put_once(key, segment.stored);
            if (landed) return true;
            const auto code = landed.error().code();
            if (code != errc::precondition_failed && code != errc::already_exists && code != errc::outcome_unknown) {
                return std::move(landed).error();
            }
            get_op look{key};
            look.size_max = state_.settings.sealed_manifest_bytes_max();
            auto there = state_.syncing.store.get_one(look, call_);
            if (there) return bytes_view{there->body} == bytes_view{segment.stored};
            if (there.error() != errc::not_found) return std::move(there).error();
            if (code != errc::outcome_unknown || attempt == attempts_max) return std::move(landed).error();
        }
    }

    [[nodiscard]] result<put_reply> put_once(const object_key& key, bytes_view body) {
        put_op op{key, body};
        if (state_.syncing.capabilities->creates_once()) op.condition = write_condition::if_absent;
        return state_.syncing.store.put_one(op, call_);
    }

    [[nodiscard]] result<void> note_committed(pending_segment& segment) {
        const cursor_row cursor{segment.device, segment.seq, state_.syncing.cipher.digest(segment.stored)};
        std::uint64_t waiting = 0;
        auto noted = state_.local.transact([&](unit_type& unit) -> result<void> {
            for (const auto& item : segment.items) unit.erase_outbox(item.outbox);
            sort_stably(segment.items, [](const auto& a, const auto& b) { return a.object < b.object; });
            for (const auto& item : segment.items) note_committed(unit, item);
            unit.store_cursor(segment.log, cursor);
            unit.erase_pending();
            waiting = unit.first_in_outbox();
            auto left = state_.local.taken;
            left.erase_below(waiting);
            unit.store_taken(left);
            unit.drop_sent_below(waiting);
            return {};
        });
        if (!noted) return noted;
        {
            const std::scoped_lock lock{state_.local.mutex};
            state_.local.taken.erase_below(waiting);
        }
        cursors_[segment.log] = cursor;
        report_.pushed += segment.items.size();
        if (!state_.syncing.log || own().id != segment.log) return {};
        own().seq = segment.seq;
        own().last = cursor.stored;
        own().told = cursors_;
        return {};
    }

    static void note_committed(unit_type& unit, const pending_segment::item& item) {
        if (item.object.type == change_type::attachment) unit.erase_source(item.object);
        auto object = unit.object(item.object);
        const auto version = object.siblings.find(item.dot);
        if (version == nullptr) { // replaced meanwhile by an edit that knows it
            for (auto& old : object.past) {
                if (old.what.dot == item.dot) old.what.size = item.size, old.what.stored = item.stored;
            }
            unit.store_object(item.object, object, object.siblings.live());
            return;
        }
        version->pending = 0;
        version->what = pushed_form(*version);
        version->unsent.clear();
        version->what.size = item.size;
        version->what.stored = item.stored;
        unit.store_object(item.object, object, object.siblings.live());
    }

    [[nodiscard]] result<void> abandon(const pending_segment& segment) {
        if (state_.syncing.log && own().id == segment.log) state_.syncing.log.reset();
        report_.refusals.push_back(failure{errc::forked,
                                           state_.keys.segment(segment.device, segment.log, segment.seq).text(),
                                           "another segment is in this device's slot; its edits go into a new log"});
        return state_.local.transact([](unit_type& unit) -> result<void> {
            unit.erase_pending();
            return {};
        });
    }

    State& state_;
    cursor_map& cursors_;
    held_edits& held_;
    const call_context& call_;
    sync_report& report_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_PUSHER_HPP
#define SEALSYNC_SYNC_PUSHER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Pushes the outbox to the store, segment by segment: collects edits, uploads what they name, then commits the segment
/// that names them. If it stops anywhere, nothing that was acknowledged is lost: until a segment is committed its edits
/// are in the outbox.
template <class State>
class pusher {
public:
    using unit_type = typename State::unit_type;

    pusher(State& state, cursor_map& cursors, const call_context& call, sync_report& report, progress_meter& progress)
        : state_{state},
          report_{report},
          progress_{progress},
          outbox_{state, held_},
          uploads_{state, held_, call, progress},
          commits_{state, cursors, held_, call, report} {}

    /// See `segment_committer::finish_pending`.
    [[nodiscard]] result<void> finish_pending() { return commits_.finish_pending(); }

    /// Pushes until the outbox is empty, but for edits that are kept back. Edits made meanwhile are pushed, too, a few
    /// times over; those that keep coming are the next sync's, so that this one ends and the head tells what it did.
    [[nodiscard]] result<void> run() {
        const auto end =
            state_.local.inspect([](unit_type& unit) -> result<std::uint64_t> { return unit.state().outbox_next; });
        if (!end) return end.error();
        for (int extra = 0; extra < extra_rounds_max;) {
            auto edits = outbox_.next();
            if (!edits) return std::move(edits).error();
            if (edits->empty()) break;
            extra += edits->front().place >= *end ? 1 : 0;
            auto pushed = push(*std::move(edits));
            if (!pushed) return std::move(pushed).error();
            extra += *pushed ? 0 : 1; // every edit was replaced meanwhile, or is kept back
        }
        report_.deferred = held_.deferred;
        return {};
    }

private:
    static constexpr int extra_rounds_max = 8;

    /// False if none of the edits is left to commit.
    [[nodiscard]] result<bool> push(list<outgoing_edit> edits) {
        const auto count = edits.size();
        progress_.expect(sync_phase::pushing, count);
        if (auto uploaded = uploads_.upload(edits); !uploaded) return std::move(uploaded).error();
        auto sealed = commits_.seal(std::move(edits));
        if (!sealed && sealed.error() == errc::too_large && outbox_.halve(count)) return true; // in smaller segments
        if (!sealed || !*sealed) return sealed;
        if (auto committed = commits_.finish_pending(); !committed) return std::move(committed).error();
        if (auto late = uploads_.put_late(); !late) return std::move(late).error();
        return true;
    }

    State& state_;
    sync_report& report_;
    progress_meter& progress_;
    held_edits held_{};
    outbox_collector<State> outbox_;
    edit_uploader<State> uploads_;
    segment_committer<State> commits_;
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_SYNC_RUN_HPP
#define SEALSYNC_SYNC_SYNC_RUN_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// One sync: finishes what an earlier one left, pulls, pushes, and announces what is committed in the head. The caller
/// holds `syncing_side::in_use`.
template <class State>
class sync_run {
public:
    using unit_type = typename State::unit_type;

    sync_run(State& state, const sync_options& options) : state_{state}, options_{options}, call_{options.stop} {}

    [[nodiscard]] result<sync_report> run() {
        state_.syncing.store.reset();
        auto done = pull_and_push();
        const auto& meter = state_.syncing.store.read();
        report_.requests = meter.requests;
        report_.bytes_sent = meter.sent;
        report_.bytes_received = meter.received;
        report_.stopped = !done && done.error() == errc::cancelled;
        if (!done && !report_.stopped) return std::move(done).error().during("sync");
        return std::move(report_);
    }

private:
    [[nodiscard]] result<void> pull_and_push() {
        if (auto probed = learn_capabilities(state_, call_); !probed) return probed;
        if (auto recalled = recall(); !recalled) return recalled;

        progress_.expect(sync_phase::discovering, 0);
        pusher<State> push{state_, cursors_, call_, report_, progress_};
        if (auto finished = push.finish_pending(); !finished) return finished;
        if (report_.pushed > 0) etag_.clear(); // the head remembered cannot name what was finished just now
        auto complete = pull();
        if (!complete) return std::move(complete).error();
        if (auto pushed = push.run(); !pushed) {
            if (report_.pushed > 0) (void)head_.join(cursors_); // what is committed is news; the failure goes first
            return pushed;
        }
        return announce(*complete);
    }

    /// What the replica knows of earlier syncs, and what edits have left to this one.
    [[nodiscard]] result<void> recall() {
        return state_.local.inspect([&](unit_type& unit) -> result<void> {
            cursors_ = unit.cursors();
            promised_ = unit.promised();
            etag_ = unit.get(facts::head_etag);
            polls_ = unit.get(facts::polls);
            if (unit.has(facts::listed)) listed_ = unit.get(facts::listed);
            auto& left = state_.local.unmerged;
            state_.syncing.unmerged.insert(left.begin(), left.end());
            left.clear();
            return {};
        });
    }

    /// Whether everything that exists has been merged, so that an unchanged head means that there is no news.
    [[nodiscard]] result<bool> pull() {
        using answer = typename announcement<State>::answer;
        auto found = head_.read(etag_);
        if (!found) return std::move(found).error();
        ++polls_;
        const bool list = options_.rediscover || *found == answer::missing || is_due() ||
                          (*found == answer::found && report_.pushed == 0 && head_.lacks(cursors_));
        if (*found == answer::unchanged) head_.assume(cursors_, etag_);
        const bool idle = promised_.empty() && state_.syncing.settled();
        if (*found == answer::unchanged && !list && idle) return true;
        if (head_.damage()) report_.refusals.push_back(*head_.damage());

        discovery<State> logs{state_, call_};
        logs.learn(head_.known());
        logs.learn(promised_);
        if (list) {
            polls_ = 0;
            listed_ = now();
            if (auto listed = logs.list(cursors_); !listed) return std::move(listed).error();
        }
        puller<State> pull{state_, logs, cursors_, options_, call_, report_, progress_};
        if (auto pulled = pull.run(); !pulled) return std::move(pulled).error();
        if (!state_.sealed) forget_unfounded(logs);
        return pull.complete();
    }

    [[nodiscard]] std::uint64_t now() const {
        const std::scoped_lock lock{state_.local.mutex};
        return static_cast<std::uint64_t>(state_.local.clock.now().time_since_epoch().count());
    }
    /// A store that was set back as a whole looks like one without news. Also if the clock was set back.
    [[nodiscard]] bool is_due() const {
        const auto wait =
            static_cast<std::uint64_t>(std::chrono::nanoseconds{state_.settings.rediscover_after}.count());
        return polls_ >= state_.settings.rediscover_every || (listed_ && now() - *listed_ >= wait);
    }

    /// Anybody may have written a plaintext head. What a sealed one says was true once: that is not forgotten.
    void forget_unfounded(const discovery<State>& logs) {
        for (const auto& [name, log] : logs.logs()) {
            if (log.missing) head_.distrust(name.log);
        }
    }

    [[nodiscard]] result<void> announce(bool complete) {
        progress_.expect(sync_phase::announcing, 0);
        auto announced = head_.join(cursors_);
        if (!announced) return std::move(announced).error();
        report_.announced = *announced;
        const bool all_merged = complete && *announced && head_.covered_by(cursors_);
        return remember(all_merged ? head_.etag() : std::string{});
    }

    [[nodiscard]] result<void> remember(const std::string& etag) {
        if (!listed_) listed_ = now();
        return state_.local.transact([&](unit_type& unit) -> result<void> {
            unit.set(facts::polls, polls_);
            unit.set(facts::listed, *listed_);
            if (etag.empty()) {
                unit.erase(facts::head_etag);
            } else if (unit.cursors().size() == cursors_.size()) {
                unit.set(facts::head_etag, etag);
            }
            return {};
        });
    }

    State& state_;
    const sync_options& options_;
    call_context call_;
    sync_report report_{};
    progress_meter progress_{options_.observer, state_.syncing.store};
    cursor_map cursors_{};
    cursor_map promised_{}; ///< what is still missing of what heads have said
    std::string etag_{};
    std::uint64_t polls_ = 0;
    std::optional<std::uint64_t> listed_{}; ///< when the store was, in ns since 1970; first: when the vault was joined
    announcement<State> head_{state_, call_};
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_VERIFIER_HPP
#define SEALSYNC_SYNC_VERIFIER_HPP

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Every segment that the store lists: log by log, each in order.
template <class State>
[[nodiscard]] result<list<segment_place>> listed_segments(State& state, const call_context& call) {
    list<segment_place> all;
    auto done = list_segments(state, call, [&](typename State::keys_type::segment_name&& name) {
        all.push_back({name.log, std::move(name.device), name.seq});
    });
    if (!done) return std::move(done).error();
    sort_stably(all, [](const segment_place& a, const segment_place& b) {
        return std::tie(a.log, a.seq) < std::tie(b.log, b.seq);
    });
    return all;
}

/// One GET per segment, many at once, and `visit(place, result<bytes>)` for each in the order given; it returns whether
/// to go on.
template <class State>
[[nodiscard]] result<void> read_segments(State& state, std::span<const segment_place> wanted, const call_context& call,
                                         function_ref<result<bool>(const segment_place&, result<bytes>)> visit) {
    segment_fetcher<State> fetcher{state, call, 16};
    while (!wanted.empty()) {
        auto answers = fetcher.fetch(wanted);
        if (!answers) return std::move(answers).error();
        std::size_t read = 0;
        for (; read < answers->size() && (*answers)[read].taken; ++read) {
            const auto go_on = visit(wanted[read], std::move((*answers)[read].body));
            if (!go_on) return go_on.error();
            if (!*go_on) return {};
        }
        wanted = wanted.subspan(read);
    }
    return {};
}

template <class State>
[[nodiscard]] result<void> each_segment(State& state, const call_context& call,
                                        function_ref<bool(const segment&)> visit) {
    const auto listed = listed_segments(state, call);
    if (!listed) return listed.error();
    log_reader<State> reader{state};
    return read_segments(state, *listed, call, [&](const segment_place& one, result<bytes> body) -> result<bool> {
        if (!body) return std::move(body).error();
        auto opened = reader.open(one.device, one.log, one.seq, *body, std::nullopt);
        if (!opened) return std::move(opened).error();
        return visit(opened->content);
    });
}

/// Reads all that a vault should have and compares it with what its segments say.
template <class State>
class verifier {
public:
    verifier(State& state, const sync_options& options)
        : state_{state}, call_{options.stop}, progress_{options.observer, state.syncing.store} {}

    [[nodiscard]] result<verify_report> run() {
        state_.syncing.store.reset();
        auto checked = check();
        if (!checked && checked.error() != errc::cancelled) return std::move(checked).error().during("verify");
        report_.stopped = !checked;
        return std::move(report_);
    }

private:
    [[nodiscard]] result<void> check() {
        const auto listed = listed_segments(state_, call_);
        if (!listed) return listed.error();
        if (auto read = read_logs(*listed); !read) return read;
        if (auto local = compare_with_cursors(*listed); !local) return local;
        find_listed();
        progress_.expect(sync_phase::discovering, named_.size());
        if (auto read = read_blobs(); !read) return read;
        if (auto read = read_attachments(); !read) return read;
        return count_orphans();
    }

    /// How far a log has been read.
    struct chain {
        log_id log{};
        std::uint64_t expected = 1;
        std::optional<digest256> previous{};
    };

    [[nodiscard]] result<void> read_logs(std::span<const segment_place> listed) {
        chain so_far;
        return read_segments(state_, listed, call_, [&](const segment_place& one, result<bytes> body) {
            if (report_.logs == 0 || so_far.log != one.log) {
                so_far = {one.log};
                ++report_.logs;
            }
            return check_segment(so_far, one, std::move(body));
        });
    }

    [[nodiscard]] result<bool> check_segment(chain& so_far, const segment_place& one, result<bytes> body) {
        if (so_far.expected < one.seq) {
            const auto missing = one.seq - so_far.expected;
            report_.problems.push_back(failure{errc::missing_object,
                                               state_.keys.segment(one.device, one.log, so_far.expected).text(),
                                               missing == 1 ? "" : "and " + std::to_string(missing - 1) + " after it"});
            so_far.expected = one.seq;
            so_far.previous.reset();
        }
        auto got = body ? reader_.open(one.device, one.log, one.seq, *body, so_far.previous)
                        : result<received_segment>{std::move(body).error()};
        ++so_far.expected;
        so_far.previous.reset();
        if (!got && fatal(got.error())) return std::move(got).error();
        if (!got) {
            report_.problems.push_back(std::move(got).error());
            return true;
        }
        so_far.previous = got->stored;
        ++report_.segments;
        note(got->content);
        return true;
    }

    void note(const segment& s) {
        for (const auto& c : s.changes) {
            for (const auto& old : c.replaces) replaced_.insert(old);
            if (c.stored) keys_.insert(state_.key_of(c).text());
            if (c.type == change_type::attachment) {
                keys_.insert(state_.keys.attachment_metadata(c.collection, c.id).text());
            }
            named_.emplace_back(ref_of(c), c);
        }
    }

    /// An attachment whose records have all been replaced or erased is needed no more. One that no record ever listed
    /// is the application's to know about.
    void find_listed() {
        std::set<object_ref> listed;
        for (const auto& [ref, change] : named_) {
            auto& found = replaced_.contains(change.dot) ? unlisted_ : listed;
            for (const auto& id : change.attachments) found.insert({change_type::attachment, change.collection, id});
        }
        for (const auto& ref : listed) unlisted_.erase(ref);
    }

    /// A log that is shorter than what this device has merged has lost what others may never see.
    [[nodiscard]] result<void> compare_with_cursors(std::span<const segment_place> listed) {
        std::map<log_id, std::uint64_t> reaches;
        for (const auto& one : listed) reaches[one.log] = one.seq;
        const auto compare = [&](const cursor_map& known, errc code, const char* why) {
            for (const auto& [id, upto] : known) {
                const auto log = reaches.find(id);
                if (log != reaches.end() && log->second >= upto.seq) continue;
                report_.problems.push_back(failure{code, state_.keys.segment(upto.device, id, upto.seq).text(), why});
            }
        };
        return state_.local.inspect([&](auto& unit) -> result<void> {
            compare(unit.cursors(), errc::rolled_back, "this device has merged it, but the store does not list it");
            compare(unit.promised(), errc::missing_object,
                    "a sealed head has named it, but the store does not list it");
            return {};
        });
    }

    [[nodiscard]] bool stands(const object_ref& ref, const change& c) const {
        return !replaced_.contains(c.dot) && c.action != change_action::erase && !unlisted_.contains(ref);
    }

    /// Many at once, as the settings allow.
    [[nodiscard]] result<void> read_blobs() {
        std::vector<const change*> batch;
        std::uint64_t size = 0;
        for (const auto& [ref, change] : named_) {
            if (change.type == change_type::attachment || !stands(ref, change)) continue;
            const bool full = batch.size() >= state_.settings.batch_objects_max ||
                              size + change.size > state_.settings.batch_bytes_max;
            if (full && !batch.empty()) {
                if (auto read = read_batch(batch); !read) return read;
                batch.clear();
                size = 0;
            }
            batch.push_back(&change);
            size += change.size;
        }
        return batch.empty() ? result<void>{} : read_batch(batch);
    }

    [[nodiscard]] result<void> read_batch(std::span<const change* const> batch) {
        list<get_op> ops;
        list<std::optional<failure>> found;
        for (const auto* c : batch) {
            ops.push_back(get_of(state_, *c));
            found.push_back(failure{errc::outcome_unknown, ops.back().key.text(), "no answer"});
        }
        const auto check = [&](std::size_t i, result<get_reply> reply) {
            report_.objects += reply ? 1 : 0;
            report_.bytes += reply ? reply->body.size() : 0;
            auto opened = open_content(state_, *batch[i], std::move(reply));
            found[i] = opened ? std::nullopt : std::optional{std::move(opened).error()};
            progress_.advance(1);
        };
        if (auto done = state_.syncing.store.get(ops, check, call_); !done) return done;
        for (auto& one : found) {
            if (one && fatal(*one)) return *std::move(one);
        }
        for (auto& one : found) {
            if (one) report_.problems.push_back(*std::move(one));
        }
        return {};
    }

    /// Each once for all the names that the same bytes have.
    [[nodiscard]] result<void> read_attachments() {
        std::set<object_ref> done;
        for (const auto& [ref, change] : named_) {
            if (change.type != change_type::attachment || !stands(ref, change) || !done.insert(ref).second) continue;
            ++report_.attachments;
            report_.bytes += change.size;
            auto read =
                attachment_download<State>{state_, change, call_}.run([](bytes_view) { return result<void>{}; });
            if (!read && fatal(read.error())) return read;
            if (!read) report_.problems.push_back(std::move(read).error());
            progress_.advance(1);
        }
        return {};
    }

    /// Counts what the store holds besides what segments name. Only the content of a collection can be an orphan; a
    /// version that was replaced is none, because the segment that named it is still there.
    [[nodiscard]] result<void> count_orphans() {
        return state_.syncing.store.each_key(state_.keys.root() + "/", call_, [&](const list_entry& entry) {
            if (keys_.contains(entry.key)) return;
            const auto parts = state_.keys.parse(entry.key);
            if (!parts) {
                ++report_.foreign;
            } else if (!parts->collection.empty()) {
                ++report_.orphans;
            }
        });
    }

    [[nodiscard]] static bool fatal(const failure& why) {
        return why == errc::cancelled || why.kind() == error_kind::retry || why.kind() == error_kind::closed;
    }

    State& state_;
    call_context call_;
    progress_meter progress_;
    log_reader<State> reader_{state_};
    verify_report report_;
    std::vector<std::pair<object_ref, change>> named_;
    std::set<dot> replaced_;
    std::set<std::string> keys_;
    std::set<object_ref> unlisted_; ///< attachments that only replaced versions list
};

}}} // namespace sealsync::detail

#endif

#ifndef SEALSYNC_SYNC_ENGINE_HPP
#define SEALSYNC_SYNC_ENGINE_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

/// An open vault: one device's view of a user's collections, and the way to bring it and the store together.
///
/// Every function may be called from any thread. Edits and reads touch only the replica. What talks to the store
/// (`sync`, `verify`, `log`, reading an attachment) does so one at a time: a second is `errc::busy`, not a wait.
/// The engine starts no threads, never sleeps, and blocks only in its policies. Movable; its collections stay valid.
template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica, class Traits>
class basic_sync_engine {
    static_assert(storage<Storage>, "Storage must model sealsync::storage: docs/concepts/storage.md");
    static_assert(cipher<Cipher>, "Cipher must model sealsync::cipher: docs/concepts/cipher.md");
    static_assert(sealsync::clock<Clock>, "Clock must model sealsync::clock: docs/concepts/clock.md");
    static_assert(conflict_policy<ConflictPolicy>,
                  "ConflictPolicy must model sealsync::conflict_policy: docs/concepts/conflict_policy.md");
    static_assert(replica<Replica>, "Replica must model sealsync::replica: docs/concepts/replica.md");

    using state_type = detail::vault_state<Traits>;
    using unit_type = typename state_type::unit_type;

public:
    using storage_type = Storage;
    using cipher_type = Cipher;
    using clock_type = Clock;
    using conflict_policy_type = ConflictPolicy;
    using replica_type = Replica;
    using traits_type = Traits;
    using collection_type = basic_collection<Traits>;

    // Not defaulted here: every user would compile them, even one with an `extern template` of the engine.
    basic_sync_engine(basic_sync_engine&& other) noexcept;
    basic_sync_engine& operator=(basic_sync_engine&& other) noexcept;
    ~basic_sync_engine();

    /// See `open_vault`.
    [[nodiscard]] static result<basic_sync_engine> open(vault_options options, Storage storage, Cipher cipher,
                                                        Clock clock, ConflictPolicy policy, Replica replica) {
        auto user = user_id::make(options.user);
        if (!user) return std::move(user).error().during("open a vault: user");
        typename state_type::keys_type keys{*std::move(user), bool{Cipher::sealing}};
        basic_sync_engine engine{new state_type(std::move(storage), std::move(cipher), std::move(clock),
                                                std::move(policy), std::move(replica), std::move(keys),
                                                options.settings)};
        engine.state_->syncing.workers = options.workers;
        if (auto opened = detail::opening<state_type>{*engine.state_, options}.run(); !opened) {
            return std::move(opened).error().during("open a vault");
        }
        return engine;
    }

    [[nodiscard]] const vault_id& vault() const noexcept { return state_->vault; }
    [[nodiscard]] const device_id& device() const noexcept { return state_->device; }

    /// The records of one collection; it exists as soon as something is put into it. Any name: keys know only a hash.
    /// A plaintext vault shows names that are valid ids as they are.
    [[nodiscard]] collection_type collection(std::string name) {
        auto id = [&] {
            const std::scoped_lock lock{state_->local.mutex};
            return collection_id::make(state_->local.cipher.keyed_id(id_purpose::collection, {}, name));
        }();
        SEALSYNC_ASSERT(id.has_value()); // the cipher's promise
        return {*state_, std::move(name), *std::move(id)};
    }

    /// The names of the collections that have been met, in no particular order.
    [[nodiscard]] result<std::vector<std::string>> collections() {
        return state_->local.inspect([](unit_type& unit) -> result<std::vector<std::string>> {
            std::vector<std::string> names;
            unit.each(detail::facts::collection_names,
                      [&](std::string_view, std::string_view name) { names.emplace_back(name); });
            return names;
        });
    }

    /// What a device calls itself; empty if it has not been met.
    [[nodiscard]] result<std::string> device_name(const device_id& id) {
        return state_->local.inspect(
            [&](unit_type& unit) -> result<std::string> { return unit.get(detail::facts::device_names, id.text()); });
    }

    /// Edits that wait for a sync.
    [[nodiscard]] result<std::uint64_t> pending() {
        return state_->local.inspect([](unit_type& unit) -> result<std::uint64_t> {
            std::uint64_t count = 0;
            unit.each_outbox(0, [&](std::uint64_t, const detail::outbox_row&) {
                ++count;
                return true;
            });
            return count;
        });
    }

    /// Pulls, then pushes. Edits may go on meanwhile: what was acknowledged before the push began is pushed, and
    /// usually what was since.
    ///
    /// Requests: idle, one conditional GET. Else one GET of the head, one per new segment, one per record that is
    /// shown anew; one PUT per new record, up to a HEAD and two PUTs per new attachment, one PUT of the segment and one
    /// of the head. Now and then (`rediscover_every`), or if something looks wrong, the logs are listed.
    ///
    /// A failure leaves everything acknowledged in place, and a later sync goes on where it was. By `kind()`: *retry*
    /// what the store or network did; *security* `other_vault`, `rolled_back`, `mass_delete` (nothing was changed);
    /// `errc::busy` if a sync is running. A log that is refused stops no other, and a content that the store has lost
    /// or damaged nothing at all: `sync_report::refusals`.
    [[nodiscard]] result<sync_report> sync(const sync_options& options = {}) {
        const detail::exclusive_use use{state_->syncing.in_use};
        if (!use) return failure{errc::busy, state_->keys.root(), "a sync is running"};
        return detail::sync_run<state_type>{*state_, options}.run();
    }

    /// Reads everything that the vault should have, and compares it: every log unbroken, every version that stands
    /// there, opens and is what its segment says, every attachment that they list whole; counts what no segment names.
    /// One LIST per thousand objects, one GET per segment, version and 4 MiB of attachment, many at once, as the
    /// settings allow. Changes nothing.
    [[nodiscard]] result<verify_report> verify(const sync_options& options = {}) {
        const detail::exclusive_use use{state_->syncing.in_use};
        if (!use) return failure{errc::busy, state_->keys.root(), "a sync is running"};
        return detail::verifier<state_type>{*state_, options}.run();
    }

    /// Every segment in the store, log by log; `visit(segment)` returns whether to go on. One LIST per thousand
    /// segments and one GET each.
    [[nodiscard]] result<void> log(function_ref<bool(const segment&)> visit, const call_context& call = {}) {
        const detail::exclusive_use use{state_->syncing.in_use};
        if (!use) return failure{errc::busy, state_->keys.root(), "a sync is running"};
        return detail::each_segment(*state_, call, visit);
    }

    /// Changes with every edit and every pull: for a loop that wants to know whether there is news.
    [[nodiscard]] std::uint64_t revision() {
        const std::scoped_lock lock{state_->local.mutex};
        return state_->local.revision;
    }

    /// Randomness of the cipher policy, for jitter.
    [[nodiscard]] result<std::uint64_t> random() {
        const std::scoped_lock lock{state_->local.mutex};
        std::array<std::byte, 8> bits{};
        if (auto filled = state_->local.cipher.random(bits); !filled) return std::move(filled).error();
        std::uint64_t value = 0;
        std::memcpy(&value, bits.data(), bits.size());
        return value;
    }

private:
    explicit basic_sync_engine(state_type* made) : state_{made} {}

    detail::owner<state_type> state_;
};

template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica, class Traits>
basic_sync_engine<Storage, Cipher, Clock, ConflictPolicy, Replica, Traits>::basic_sync_engine(
    basic_sync_engine&&) noexcept = default;
template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica, class Traits>
basic_sync_engine<Storage, Cipher, Clock, ConflictPolicy, Replica, Traits>&
basic_sync_engine<Storage, Cipher, Clock, ConflictPolicy, Replica, Traits>::operator=(basic_sync_engine&&) noexcept =
    default;
template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica, class Traits>
basic_sync_engine<Storage, Cipher, Clock, ConflictPolicy, Replica, Traits>::~basic_sync_engine() = default;

/// Opens a user's vault on this device. A replica that knows its vault needs no request; a new one is joined to the
/// vault that its cipher is for, or, with a plaintext cipher, to the one in the store, which is created if need be.
///
/// Fails with `errc::invalid_id` (the user), `errc::no_vault`, `errc::other_vault` (keys and replica are of different
/// vaults), `errc::already_joined` (the replica is another user's), `errc::unknown_format`, or as the policies do.
template <class Traits = default_traits, class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica>
[[nodiscard]] auto open_vault(vault_options options, Storage storage, Cipher cipher, Clock clock, ConflictPolicy policy,
                              Replica replica) {
    return basic_sync_engine<Storage, Cipher, Clock, ConflictPolicy, Replica, Traits>::open(
        std::move(options), std::move(storage), std::move(cipher), std::move(clock), std::move(policy),
        std::move(replica));
}

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SYNC_LOOP_HPP
#define SEALSYNC_SYNC_LOOP_HPP

namespace sealsync { inline namespace SEALSYNC_ABI {

struct sync_loop_settings {
    std::chrono::milliseconds poll_min{30'000}, poll_max{60'000}; ///< between two polls, drawn anew each time
    std::chrono::milliseconds soon{2'000};       ///< after an edit, so that a burst becomes one segment
    std::chrono::milliseconds news{5'000};       ///< after a poll that brought news: more often follows
    std::uint32_t idle_polls = 20;               ///< without news before polls become rarer
    std::chrono::milliseconds idle_max{300'000}; ///< the rarest
    std::chrono::milliseconds retry_min{1'000};  ///< after the first failure; doubles with each
    std::chrono::milliseconds retry_max{600'000};
};

/// When to sync next: a pure function of what happened, and of the random number that spreads devices apart.
class sync_schedule {
public:
    explicit sync_schedule(sync_loop_settings settings = {}) : settings_{settings} {}

    [[nodiscard]] std::chrono::milliseconds after_success(const sync_report& report, std::uint64_t random) {
        failures_ = 0;
        if (report.pulled > 0) {
            idle_ = 0;
            return settings_.news;
        }
        if (report.pushed > 0) idle_ = 0;
        const auto doublings = idle_ < settings_.idle_polls ? 0U : (std::min)(idle_ - settings_.idle_polls + 1, 16U);
        ++idle_;
        const auto longest = (std::max)(settings_.poll_max, settings_.idle_max);
        return (std::min)(between(settings_.poll_min, settings_.poll_max, random) * (1U << doublings), longest);
    }

    /// Exponential backoff with full jitter (Brooker, "Exponential Backoff And Jitter", 2015).
    [[nodiscard]] std::chrono::milliseconds after_failure(std::uint64_t random) {
        const auto doublings = (std::min)(failures_++, 20U);
        const auto bound = (std::min)(settings_.retry_min * (1U << doublings), settings_.retry_max);
        return between(std::chrono::milliseconds{1}, bound, random);
    }

    [[nodiscard]] std::chrono::milliseconds after_edit() noexcept {
        idle_ = 0;
        return settings_.soon;
    }

private:
    [[nodiscard]] static std::chrono::milliseconds between(std::chrono::milliseconds least,
                                                           std::chrono::milliseconds most, std::uint64_t random) {
        const auto span =
            static_cast<std::uint64_t>((std::max)(most - least, std::chrono::milliseconds{0}).count()) + 1;
        return least + std::chrono::milliseconds{static_cast<std::int64_t>(random % span)};
    }

    sync_loop_settings settings_;
    std::uint32_t idle_ = 0, failures_ = 0;
};

/// Syncs again and again, on the thread that calls `run`, until stopped: never two at once. Everything else of the
/// engine may go on meanwhile.
template <class Engine, waiter Waiter = thread_waiter>
class sync_loop {
public:
    /// `engine` must outlive the loop; `waiter` are the arguments of the waiter's constructor.
    template <class... Arguments>
    explicit sync_loop(Engine& engine, sync_loop_settings settings = {}, Arguments&&... waiter)
        : engine_{engine}, schedule_{settings}, waiter_{std::forward<Arguments>(waiter)...} {}

    /// Tells the loop that there is something to push. Thread-safe.
    void edited() {
        edited_ = true;
        waiter_.wake();
    }

    /// Calls `told(result<sync_report>)` after each sync. Returns when stopped, or with the first failure that trying
    /// again cannot mend (its kind is neither *retry* nor *conflict*).
    template <class Told>
    [[nodiscard]] result<void> run(const std::stop_token& stop, Told&& told) {
        while (!stop.stop_requested()) {
            edited_ = false;
            auto outcome = engine_.sync({stop});
            if (outcome && outcome->stopped) break;
            told(outcome);
            if (!outcome && outcome.error().kind() != error_kind::retry &&
                outcome.error().kind() != error_kind::conflict) {
                return std::move(outcome).error();
            }
            auto random = engine_.random();
            if (!random) return std::move(random).error();
            waiter_.wait(outcome ? schedule_.after_success(*outcome, *random) : schedule_.after_failure(*random), stop);
            if (edited_ && !stop.stop_requested()) waiter_.wait(schedule_.after_edit(), stop);
        }
        return {};
    }

private:
    Engine& engine_;
    sync_schedule schedule_;
    Waiter waiter_;
    std::atomic<bool> edited_ = false;
};

}} // namespace sealsync

#endif

#ifndef SEALSYNC_SEALSYNC_HPP
#define SEALSYNC_SEALSYNC_HPP

// Generated by cmake/amalgamate.py: the engine, and the policies that need no third party.

#endif

#endif
