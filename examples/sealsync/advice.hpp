#ifndef SEALSYNC_CLI_ADVICE_HPP
#define SEALSYNC_CLI_ADVICE_HPP

#include <sealsync/error.hpp>

namespace cli {

namespace ss = sealsync;

/// What a failure is called at a terminal, and what to do there. The library's own words are for who writes programs.
struct terminal_words {
    std::string_view what, advice; ///< empty: the library's
};

namespace detail {

[[nodiscard]] constexpr terminal_words words_of(ss::errc code) noexcept {
    using ss::errc;
    switch (code) {
    case errc::busy:
        return {"in use", "wait for it to end, or end it"};
    case errc::cancelled:
        return {"interrupted", "run it again to go on"};
    case errc::already_exists:
        return {"", "`sealsync join` makes a folder one more device of it"};
    case errc::invalid_argument:
        return {"refused", "correct the command; `sealsync --help`"};
    case errc::invalid_id:
        return {"not a possible name", ""};
    case errc::too_large:
        return {"", "make it smaller"};
    case errc::unsupported:
        return {"", "use another store"};
    case errc::already_joined:
        return {"a device already", "use `sealsync sync`; to begin anew move .sealsync out of the folder, then `join`"};
    case errc::malformed:
        return {"damaged", "`sealsync verify` tells what else is; restore it from a backup of the store"};
    case errc::missing_object:
        return {"missing in the store", "`sealsync verify` tells what else is; restore it from a backup of the store"};
    case errc::unknown_format:
    case errc::unknown_critical:
        return {"", "update sealsync on this device"};
    case errc::replica_corrupt:
        return {"this device's own database is damaged", "move .sealsync out of the folder, then `sealsync join`"};
    case errc::no_vault:
        return {"", "is its disk mounted? check store and user; `sealsync init` makes a vault, once"};
    case errc::other_vault:
        return {"", "is the right disk mounted? to use this vault move .sealsync out of the folder, then `join`"};
    case errc::tampered:
        return {"", "`sealsync verify` tells what else is; restore it from a backup of the store"};
    case errc::rolled_back:
        return {"", "put the newest copy of the store back; if none is left, see \"To begin anew\" in docs/cli.md"};
    case errc::forked:
        return {"", "was a .sealsync folder copied to another machine? `join` there instead"};
    case errc::withheld:
        return {"the store lacks a push that others rely on", "is the store a copy that is not complete?"};
    case errc::mass_delete:
        return {"would delete more than half of all files",
                "nothing was deleted; if that is right, sync with --allow-mass-delete"};
    case errc::access_denied:
        return {"", "check the permissions; a device that was removed can `join` anew"};
    case errc::read_only:
        return {"", "make it writable, then sync again"};
    default:
        return {};
    }
}

/// Gives what follows `users/{user}/collections/{collection}/`; empty if the key is of nothing in a collection.
[[nodiscard]] inline std::string_view within_collection(std::string_view key) noexcept {
    constexpr std::string_view users = "users/", collections = "/collections/";
    const auto user_ends = key.find('/', users.size());
    if (user_ends == key.npos || !key.substr(user_ends).starts_with(collections)) return {};
    const auto ends = key.find('/', user_ends + collections.size());
    return ends == key.npos ? std::string_view{} : key.substr(ends + 1);
}

/// What is sealed of a file is mended by a newer version of it, as long as one device has the file. A store that cannot
/// create a vault once can hold one nevertheless.
[[nodiscard]] inline std::string_view advice_on_object(const ss::failure& why) noexcept {
    using ss::errc;
    const auto& key = why.object();
    if (why == errc::unsupported && key.ends_with("/master-key.blob")) {
        return "use another store; or, if no other device makes this vault now, `init --accept-unsafe-creation`";
    }
    const bool lost = why == errc::missing_object || why == errc::tampered || why == errc::malformed ||
                      why == errc::wrong_key || why == errc::rolled_back;
    if (!lost || !key.starts_with("users/")) return {};
    if (key.ends_with("/master-key.blob") && why == errc::missing_object) {
        return "copy FOLDER/.sealsync/master-key.blob of any of its devices there; for a new vault use an empty place";
    }
    const auto within = within_collection(key);
    if (within.starts_with("records/")) {
        return "change the file's content on a device that has it (its time is not enough), or move it away, sync, and "
               "move it back; `sealsync verify` there names it";
    }
    if (within.starts_with("attachments/")) {
        return "change the file's content on a device that has it (its time is not enough), then sync both; or restore "
               "the object from a backup of the store";
    }
    if (key.find("/sync-manifest.") == key.find('/', 6)) {
        return "each sync writes it anew, nothing is lost; if this comes again, find out what else writes there";
    }
    return {};
}

} // namespace detail

/// One line for the person at the terminal: "attempted: object: what (what came back); advice".
[[nodiscard]] inline std::string message_of(const ss::failure& why) {
    const auto words = detail::words_of(why.code());
    auto advice = detail::advice_on_object(why);
    if (advice.empty()) advice = words.advice.empty() ? why.advice() : words.advice;
    std::string text;
    if (!why.attempted().empty()) text += why.attempted() + ": ";
    if (!why.object().empty()) text += why.object() + ": ";
    text += words.what.empty() ? ss::make_error_code(why.code()).message() : std::string{words.what};
    if (!why.detail().empty()) text += " (" + why.detail() + ")";
    return text.append("; ").append(advice);
}

} // namespace cli

#endif
