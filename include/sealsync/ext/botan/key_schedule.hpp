#ifndef SEALSYNC_EXT_BOTAN_KEY_SCHEDULE_HPP
#define SEALSYNC_EXT_BOTAN_KEY_SCHEDULE_HPP

#include "../../cipher/sealing_context.hpp"
#include "../../detail/sorted_table.hpp"
#include "primitives.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The key that everything in a vault is derived from. Copies are wiped when they are destroyed.
class master_key {
public:
    static constexpr std::size_t size = 32;

    /// `epoch` counts the vault's master keys from 1: a leaked one is replaced, not re-wrapped.
    /// Fails with `errc::invalid_argument` unless `secret` is 32 bytes and `epoch` is not 0.
    [[nodiscard]] static result<master_key> make(const vault_id& vault, bytes_view secret, std::uint32_t epoch = 1) {
        if (secret.size() != size) return failure{errc::invalid_argument, "master key", "not 32 bytes"};
        if (epoch == 0) return failure{errc::invalid_argument, "master key", "epochs count from 1"};
        return master_key{vault, secret, epoch};
    }

    [[nodiscard]] const vault_id& vault() const noexcept { return vault_; }
    [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_; }
    /// The 32 bytes themselves: never log or store them unsealed.
    [[nodiscard]] bytes_view secret() const noexcept { return std::span{secret_.data(), secret_.size()}; }

private:
    master_key(const vault_id& vault, bytes_view secret, std::uint32_t epoch) : vault_{vault}, epoch_{epoch} {
        secret_.resize(size);
        std::memcpy(secret_.data(), secret.data(), size);
    }

    vault_id vault_;
    std::uint32_t epoch_;
    Botan::secure_vector<std::uint8_t> secret_;
};

namespace detail {

[[nodiscard]] inline std::array<std::byte, 4> big_endian(std::uint32_t value) noexcept {
    return {static_cast<std::byte>(value >> 24U), static_cast<std::byte>(value >> 16U),
            static_cast<std::byte>(value >> 8U), static_cast<std::byte>(value)};
}

/// What a subkey is for. No key serves two of them.
enum class key_use : std::uint8_t { seal, salt, name };

/// Every key below the master key. Subkeys are kept: deriving one costs as much as sealing a record.
class key_schedule {
public:
    static constexpr std::size_t id_bytes = 12;

    explicit key_schedule(master_key root) : root_{std::move(root)} {
        secret<32> id;
        derive(root_.secret(), "sealsync/v1/key-id", 0, {}, id.value);
        std::memcpy(id_.data(), id.value.data(), id_bytes);
    }

    [[nodiscard]] const master_key& root() const noexcept { return root_; }
    /// Tells keys apart in public. Of the master key also where a collection's key did the sealing, so that an object
    /// moved between collections is tampered with, not "sealed by another key".
    [[nodiscard]] bytes_view id() const noexcept { return id_; }
    [[nodiscard]] botan_hmac& mac() noexcept { return mac_; }

    /// The subkey for `kind` in a collection, or in the account if `collection` is empty.
    [[nodiscard]] secret<32> object_key(key_use use, object_kind kind, std::string_view collection) {
        return cached(use, static_cast<std::uint8_t>(kind), collection);
    }
    /// The key that turns names into ids. Collections are named by the account's key, also the collections within one.
    [[nodiscard]] secret<32> name_key(id_purpose purpose, std::string_view collection) {
        return cached(key_use::name, static_cast<std::uint8_t>(purpose), collection);
    }
    /// Authenticates the master key's own file.
    [[nodiscard]] secret<32> file_key() {
        secret<32> key;
        derive(root_.secret(), "sealsync/v1/master-key-file", 0, {}, key.value);
        return key;
    }

private:
    template <class Text>
    struct subkey_name {
        key_use use;
        std::uint8_t number;
        Text collection;

        template <class Other>
        [[nodiscard]] bool operator==(const subkey_name<Other>& other) const noexcept {
            return use == other.use && number == other.number && collection == other.collection;
        }
        template <class Other>
        [[nodiscard]] bool operator<(const subkey_name<Other>& other) const noexcept {
            if (use != other.use) return use < other.use;
            if (number != other.number) return number < other.number;
            return collection < other.collection;
        }
    };
    static constexpr std::size_t cache_max = 1024;

    [[nodiscard]] secret<32> cached(key_use use, std::uint8_t number, std::string_view collection) {
        const subkey_name<std::string_view> wanted{use, number, collection};
        secret<32> key;
        if (const auto* known = cache_.find(wanted)) {
            std::memcpy(key.value.data(), known->data(), key.value.size());
            return key;
        }
        const bool of_account = collection.empty() || (use == key_use::name && number == collection_purpose);
        const auto base = of_account ? account_key() : collection_key(collection);
        derive(base.view(), label_of(use), number, collection, key.value);
        if (cache_.size() == cache_max) cache_.clear();
        auto& kept = cache_[{use, number, std::string{collection}}];
        kept.resize(key.value.size());
        std::memcpy(kept.data(), key.value.data(), key.value.size());
        return key;
    }

    [[nodiscard]] secret<32> account_key() const {
        secret<32> key;
        std::memcpy(key.value.data(), root_.secret().data(), key.value.size());
        return key;
    }
    /// Derived until a collection is shared: then it is random, and the envelope's key id and epoch are its own.
    [[nodiscard]] secret<32> collection_key(std::string_view collection) {
        secret<32> key;
        derive(root_.secret(), "sealsync/v1/collection", 0, collection, key.value);
        return key;
    }

    /// HKDF without salt: the input is uniformly random already.
    void derive(bytes_view key, std::string_view label, std::uint8_t number, std::string_view collection,
                std::span<std::byte> out) {
        bytes info;
        append(info, big_endian(static_cast<std::uint32_t>(label.size())));
        append(info, label);
        info.push_back(static_cast<std::byte>(number));
        append(info, big_endian(static_cast<std::uint32_t>(collection.size())));
        append(info, collection);
        append(info, big_endian(root_.epoch()));
        hkdf(mac_, key, {}, info, out);
    }

    [[nodiscard]] static constexpr std::string_view label_of(key_use use) noexcept {
        switch (use) {
        case key_use::seal:
            return "sealsync/v1/seal";
        case key_use::salt:
            return "sealsync/v1/salt";
        case key_use::name:
            return "sealsync/v1/name";
        }
        return {};
    }

    static constexpr auto collection_purpose = static_cast<std::uint8_t>(id_purpose::collection);

    master_key root_;
    botan_hmac mac_;
    std::array<std::byte, id_bytes> id_{};
    sorted_table<subkey_name<std::string>, Botan::secure_vector<std::uint8_t>> cache_;
};

} // namespace detail

}} // namespace sealsync

#endif
