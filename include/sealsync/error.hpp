#ifndef SEALSYNC_ERROR_HPP
#define SEALSYNC_ERROR_HPP

#include "config.hpp"

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

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
