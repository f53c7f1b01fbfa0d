#ifndef SEALSYNC_EXT_BOTAN_MASTER_KEY_STORE_HPP
#define SEALSYNC_EXT_BOTAN_MASTER_KEY_STORE_HPP

#include "../../layout.hpp"
#include "../../storage/storage.hpp"
#include "master_key_slots.hpp"

// The master key file in a store: created once, then changed without losing what another device changed.
namespace sealsync { inline namespace SEALSYNC_ABI {

namespace detail {

[[nodiscard]] inline object_key master_key_place(const user_id& user) {
    return key_space<default_layout>{user, true}.master_key();
}

template <storage Storage>
[[nodiscard]] result<get_reply> get_key_file(Storage& store, const object_key& key, const call_context& call) {
    const get_op op{.key = key, .size_max = master_key_file::bytes_max};
    result<get_reply> reply{failure{errc::unavailable, key.text(), "the store did not answer"}};
    const auto keep = [&](std::size_t, result<get_reply> got) { reply = std::move(got); };
    auto asked = store.get(std::span{&op, 1}, keep, call);
    if (!asked) return std::move(asked).error();
    return reply;
}

template <storage Storage>
[[nodiscard]] result<void> put_key_file(Storage& store, const put_op& op, const call_context& call) {
    result<void> outcome{failure{errc::outcome_unknown, op.key.text(), "the store did not answer"}};
    const auto keep = [&](std::size_t, result<put_reply> put) {
        outcome = put ? result<void>{} : result<void>{std::move(put).error()};
    };
    auto asked = store.put(std::span{&op, 1}, keep, call);
    if (!asked) return asked;
    return outcome;
}

/// Puts, then reads back, because the answer alone proves nothing: a lost answer, a store that ignores conditions.
/// True if the store then holds `op.body`, false if another's bytes.
template <storage Storage>
[[nodiscard]] result<bool> put_and_compare(Storage& store, const put_op& op, const call_context& call) {
    auto put = put_key_file(store, op, call);
    if (!put && put.error() != errc::precondition_failed && put.error().kind() != error_kind::retry) {
        return std::move(put).error();
    }
    auto there = get_key_file(store, op.key, call);
    if (there) return bytes_view{there->body} == op.body;
    if (!put) return std::move(put).error();
    if (there.error() != errc::not_found) return std::move(there).error();
    return failure{errc::outcome_unknown, op.key.text(), "written, but the store does not have it"};
}

[[nodiscard]] inline result<master_key_file> parse_stored(const object_key& key, const get_reply& reply,
                                                          std::uint64_t last_seen_version) {
    auto file = parse_master_key_file(reply.body);
    if (!file || file->version >= last_seen_version) return file;
    return failure{errc::rolled_back, key.text(),
                   "version " + std::to_string(file->version) + ", but this device has seen version " +
                       std::to_string(last_seen_version)};
}

} // namespace detail

struct create_vault_key_options {
    argon2_parameters cost{};
    /// For stores that cannot create a file only once: two devices that create the vault at the same moment may each
    /// believe it theirs, and the loser's key is gone. Only for a person to decide.
    bool accept_unsafe_creation = false;
    call_context call{};
};

/// Creates the vault: its master key file, once. Requests: probe, GET, PUT If-None-Match:*, GET. Fails with
/// `errc::already_exists` if there is one, `errc::unsupported` if the store cannot create once.
template <storage Storage>
[[nodiscard]] result<created_master_key>
create_vault_key(Storage& store, const user_id& user, std::string_view passphrase,
                 const create_vault_key_options& options = {}, random_source random = system_random{}) {
    const auto key = detail::master_key_place(user);
    auto can = store.probe(options.call);
    if (!can) return std::move(can).error().during("create vault");
    const bool once = can->creates_once() && !can->eventual;
    if (!once && !options.accept_unsafe_creation) {
        return failure{errc::unsupported, key.text(), "the store cannot create a file only once"};
    }
    const auto there = detail::get_key_file(store, key, options.call);
    if (there) return failure{errc::already_exists, key.text(), "a vault is already here"};
    if (there.error() != errc::not_found) return there.error().during("create vault");

    auto created = create_master_key_file(user, passphrase, options.cost, random);
    if (!created) return created;
    const auto body = encode(created->file);
    const auto condition = once ? write_condition::if_absent : write_condition::unconditional;
    auto ours = detail::put_and_compare(store, put_op{.key = key, .body = body, .condition = condition}, options.call);
    if (!ours) return std::move(ours).error().during("create vault");
    if (!*ours) return failure{errc::already_exists, key.text(), "another device created the vault at the same time"};
    return created;
}

/// One GET. Fails with `errc::no_vault` if there is none, `errc::rolled_back` if it is older than `last_seen_version`,
/// which the device keeps (0: it has seen none). What it returns is authentic only once a slot has been opened.
template <storage Storage>
[[nodiscard]] result<master_key_file> load_master_key_file(Storage& store, const user_id& user,
                                                           std::uint64_t last_seen_version = 0,
                                                           const call_context& call = {}) {
    const auto key = detail::master_key_place(user);
    auto reply = detail::get_key_file(store, key, call);
    if (reply) return detail::parse_stored(key, *reply, last_seen_version);
    if (reply.error() == errc::not_found) return failure{errc::no_vault, key.text()};
    return std::move(reply).error();
}

struct update_master_key_options {
    std::uint64_t last_seen_version = 0;
    int attempts = 8; ///< how often to begin again when another device was faster
    call_context call{};
};

/// Replaces the file by `change(file)`, a `result<master_key_file>` with a greater version; called again with the newer
/// file when another device was faster. Requests: probe, then GET, PUT, GET per attempt. On a store without If-Match
/// the PUT is unconditional and read back: a change by another device in that moment may be lost.
/// Fails like `load_master_key_file`, like `change`, and with `errc::precondition_failed` when out of attempts.
template <storage Storage, class F>
[[nodiscard]] result<master_key_file> update_master_key_file(Storage& store, const user_id& user, F change,
                                                             const update_master_key_options& options = {}) {
    const auto key = detail::master_key_place(user);
    const auto can = store.probe(options.call);
    if (!can) return can.error().during("change master key file");
    for (int attempt = 0; attempt < options.attempts; ++attempt) {
        const auto reply = detail::get_key_file(store, key, options.call);
        if (!reply && reply.error() == errc::not_found) return failure{errc::no_vault, key.text()};
        if (!reply) return reply.error().during("change master key file");
        const auto file = detail::parse_stored(key, *reply, options.last_seen_version);
        if (!file) return file;

        result<master_key_file> next = change(*file);
        if (!next) return next;
        if (next->version <= file->version) {
            return failure{errc::invalid_argument, key.text(), "a changed file needs a greater version"};
        }
        const auto body = encode(*next);
        put_op op{.key = key, .body = body};
        if (can->writes == conditional_writes::full && !reply->etag.empty()) {
            op.condition = write_condition::if_match;
            op.etag = reply->etag;
        }
        const auto ours = detail::put_and_compare(store, op, options.call);
        if (!ours) return ours.error().during("change master key file");
        if (*ours) return next;
    }
    return failure{errc::precondition_failed, key.text(), "other devices were faster every time"};
}

}} // namespace sealsync

#endif
