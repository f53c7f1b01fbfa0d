#ifndef SEALSYNC_EXT_BOTAN_MASTER_KEY_SLOTS_HPP
#define SEALSYNC_EXT_BOTAN_MASTER_KEY_SLOTS_HPP

#include "../../detail/ranges.hpp"
#include "key_slot.hpp"

// Pure functions: nothing here touches a store. `master_key_store.hpp` does.
namespace sealsync { inline namespace SEALSYNC_ABI {

namespace detail {

[[nodiscard]] inline digest256 mac_of(const master_key_file& file, const user_id& user, const master_key& key) {
    botan_hmac mac{key_schedule{key}.file_key().view()};
    wire_writer prefix;
    prefix.counted(user.text());
    mac.update(prefix.view());
    mac.update(encode_key_file_body(file));
    return mac.finish();
}

/// The whole file is what a holder of the master key wrote: its version and every slot.
[[nodiscard]] inline result<void> check_mac(const master_key_file& file, const user_id& user, const master_key& key) {
    const bool same_key = file.vault == key.vault() && file.epoch == key.epoch();
    if (same_key && equal_in_constant_time(mac_of(file, user, key).value, file.mac.value)) return {};
    return failure{errc::tampered, std::string{key_file_object}, "no holder of this vault's key wrote it"};
}

/// Closes a change: one version further, authenticated again.
[[nodiscard]] inline result<master_key_file> sealed_again(master_key_file file, const user_id& user,
                                                          const master_key& key) {
    if (file.slots.size() > master_key_file::slots_max) {
        return failure{errc::too_large, std::string{key_file_object}, "over 64 slots: remove a device first"};
    }
    ++file.version;
    file.mac = mac_of(file, user, key);
    return file;
}

template <class F>
[[nodiscard]] auto on_key_file(F&& f) -> decltype(f()) {
    return without_botan_exceptions([] { return std::string{key_file_object}; }, std::forward<F>(f));
}

} // namespace detail

struct created_master_key {
    master_key_file file;
    master_key key;
};

/// A new vault: a random vault id and master key, behind a passphrase. Takes the time of one Argon2id.
/// Fails with `errc::invalid_argument` for an empty passphrase or parameters out of bounds.
[[nodiscard]] inline result<created_master_key> create_master_key_file(const user_id& user, std::string_view passphrase,
                                                                       const argon2_parameters& cost = {},
                                                                       random_source random = system_random{}) {
    return detail::on_key_file([&]() -> result<created_master_key> {
        master_key_file file;
        detail::secret<master_key::size> fresh;
        if (auto drawn = random(file.vault.value); !drawn) return std::move(drawn).error();
        if (auto drawn = random(fresh.value); !drawn) return std::move(drawn).error();
        auto key = master_key::make(file.vault, fresh.view(), file.epoch);
        if (!key) return std::move(key).error();
        auto slot = detail::make_passphrase_slot(file, user, *key, passphrase, cost, random);
        if (!slot) return std::move(slot).error();
        file.slots.push_back(*std::move(slot));
        file.mac = detail::mac_of(file, user, *key);
        return created_master_key{std::move(file), *std::move(key)};
    });
}

/// Takes the time of one Argon2id per passphrase slot. Fails with `errc::wrong_key` for a wrong passphrase,
/// `errc::malformed` for a slot that cannot be one, `errc::tampered` for a file that was changed.
[[nodiscard]] inline result<master_key> open_with_passphrase(const master_key_file& file, const user_id& user,
                                                             std::string_view passphrase) {
    return detail::on_key_file([&]() -> result<master_key> {
        if (auto usable = detail::check_passphrase(passphrase); !usable) return std::move(usable).error();
        std::size_t tried = 0;
        for (std::size_t i = 0; i < file.slots.size() && tried < detail::passphrase_slots_max; ++i) {
            if (file.slots[i].kind != key_slot_kind::passphrase) continue;
            ++tried;
            auto opened = detail::try_passphrase(file, i, user, passphrase);
            if (!opened && opened.error() == errc::wrong_key) continue;
            if (!opened) return opened;
            if (auto whole = detail::check_mac(file, user, *opened); !whole) return std::move(whole).error();
            return opened;
        }
        const auto* why = tried == 0 ? "it has no passphrase slot" : "wrong passphrase";
        return failure{errc::wrong_key, std::string{detail::key_file_object}, why};
    });
}

/// Immediate. Fails with `errc::not_found` if the device has no slot (never joined, or removed), `errc::wrong_key` if
/// the slot is another secret's, `errc::tampered` for a file that was changed.
[[nodiscard]] inline result<master_key> open_with_device(const master_key_file& file, const user_id& user,
                                                         const device_id& device, bytes_view secret) {
    return detail::on_key_file([&]() -> result<master_key> {
        if (auto usable = detail::check_device_secret(secret); !usable) return std::move(usable).error();
        std::size_t slot = 0;
        while (slot < file.slots.size() && !detail::is_slot_of(file.slots[slot], device)) ++slot;
        if (slot == file.slots.size()) {
            return failure{errc::not_found, "key slot of device " + device.text(), "open it with the passphrase"};
        }
        const auto parts = detail::slot_parts::read(file.slots[slot].body);
        const auto context = detail::slot_context(file, user, key_slot_kind::device, parts.terms);
        auto opened = detail::unwrap(file, secret, context, parts.key);
        if (!opened && opened.error() == errc::wrong_key) {
            return failure{errc::wrong_key, "key slot of device " + device.text(),
                           "sealed for another secret; open it with the passphrase"};
        }
        if (!opened) return opened;
        if (auto whole = detail::check_mac(file, user, *opened); !whole) return std::move(whole).error();
        return opened;
    });
}

/// The next version of the file, without a slot for `device`. The device keeps whatever it has read: a stolen one that
/// had opened the vault means a new master key.
[[nodiscard]] inline result<master_key_file> remove_device_slot(const master_key_file& file, const user_id& user,
                                                                const master_key& key, const device_id& device) {
    return detail::on_key_file([&]() -> result<master_key_file> {
        if (auto whole = detail::check_mac(file, user, key); !whole) return std::move(whole).error();
        auto next = file;
        detail::drop_if(next.slots, [&](const auto& slot) { return detail::is_slot_of(slot, device); });
        return detail::sealed_again(std::move(next), user, key);
    });
}

/// The next version of the file, in which `secret` opens a slot for `device`, instead of the one it may have had.
/// Fails with `errc::too_large` when 64 slots are taken.
[[nodiscard]] inline result<master_key_file> add_device_slot(const master_key_file& file, const user_id& user,
                                                             const master_key& key, const device_id& device,
                                                             bytes_view secret,
                                                             random_source random = system_random{}) {
    return detail::on_key_file([&]() -> result<master_key_file> {
        if (auto usable = detail::check_device_secret(secret); !usable) return std::move(usable).error();
        if (auto whole = detail::check_mac(file, user, key); !whole) return std::move(whole).error();
        std::array<std::byte, detail::sealed_key::salt_bytes> salt{};
        if (auto drawn = random(salt); !drawn) return std::move(drawn).error();
        const auto context = detail::slot_context(file, user, key_slot_kind::device, device.text());
        auto next = file;
        detail::drop_if(next.slots, [&](const auto& slot) { return detail::is_slot_of(slot, device); });
        next.slots.push_back(
            detail::make_slot(key_slot_kind::device, device.text(), detail::wrap(key, secret, context, salt)));
        return detail::sealed_again(std::move(next), user, key);
    });
}

/// The next version of the file, with one passphrase slot for `passphrase` instead of all it had. This re-wraps the
/// same master key: whoever knew the old passphrase and kept the old file still opens it. A *leaked* passphrase needs a
/// new master key in a new epoch.
[[nodiscard]] inline result<master_key_file> change_passphrase(const master_key_file& file, const user_id& user,
                                                               const master_key& key, std::string_view passphrase,
                                                               const argon2_parameters& cost = {},
                                                               random_source random = system_random{}) {
    return detail::on_key_file([&]() -> result<master_key_file> {
        if (auto whole = detail::check_mac(file, user, key); !whole) return std::move(whole).error();
        auto slot = detail::make_passphrase_slot(file, user, key, passphrase, cost, random);
        if (!slot) return std::move(slot).error();
        auto next = file;
        detail::drop_if(next.slots, [](const auto& s) { return s.kind == key_slot_kind::passphrase; });
        next.slots.insert(next.slots.begin(), *std::move(slot));
        return detail::sealed_again(std::move(next), user, key);
    });
}

}} // namespace sealsync

#endif
