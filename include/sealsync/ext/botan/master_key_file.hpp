#ifndef SEALSYNC_EXT_BOTAN_MASTER_KEY_FILE_HPP
#define SEALSYNC_EXT_BOTAN_MASTER_KEY_FILE_HPP

#include "../../detail/wire.hpp"
#include "../../ids.hpp"
#include "../../result.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// Who can open a slot. Numbers are part of the format.
enum class key_slot_kind : std::uint8_t {
    passphrase = 1,
    device = 2,
    recovery_code = 3, ///< reserved
};

/// The master key, sealed once more. Slots of unknown kind are kept as they are.
struct key_slot {
    key_slot_kind kind = key_slot_kind::passphrase;
    bytes body;
    [[nodiscard]] friend bool operator==(const key_slot&, const key_slot&) = default;
};

/// `users/{user}/master-key.blob`, as it is stored. Nothing in it is to be believed before one of its slots has been
/// opened: `mac` covers the rest under a key derived from the master key. `master_key_slots.hpp` opens and changes it.
struct master_key_file {
    static constexpr std::size_t bytes_max = std::size_t{64} << 10U;
    static constexpr std::size_t slots_max = 64;

    vault_id vault;            ///< in clear, so that another vault is recognised without a key
    std::uint64_t version = 1; ///< counts the changes; a device refuses one older than it has seen
    std::uint32_t epoch = 1;   ///< of the master key
    std::vector<key_slot> slots;
    digest256 mac;

    [[nodiscard]] friend bool operator==(const master_key_file&, const master_key_file&) = default;
};

namespace detail {

inline constexpr std::string_view key_file_magic = "SSMK";
inline constexpr std::uint8_t key_file_format = 1;

/// Everything but the MAC.
[[nodiscard]] inline bytes encode_key_file_body(const master_key_file& file) {
    wire_writer out;
    out.raw(key_file_magic);
    out.byte(key_file_format);
    out.raw(file.vault.value);
    out.number(file.version);
    out.number(file.epoch);
    out.number(file.slots.size());
    for (const auto& slot : file.slots) {
        out.byte(static_cast<std::uint8_t>(slot.kind));
        out.counted(slot.body);
    }
    return std::move(out).take();
}

/// Reads the fields of one file and remembers the first that is wrong, and where.
class key_file_reader {
public:
    explicit key_file_reader(bytes_view in) noexcept : size_{in.size()}, in_{in} {}

    [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t least, std::uint64_t most) {
        const auto at = position();
        const auto value = in_.number();
        check(name, at, value >= least && value <= most);
        return value;
    }
    [[nodiscard]] std::uint8_t byte(std::string_view name, std::uint8_t least = 0) {
        const auto at = position();
        const auto value = in_.byte();
        check(name, at, value >= least);
        return value;
    }
    /// Not empty.
    [[nodiscard]] bytes_view counted(std::string_view name) {
        const auto at = position();
        const auto value = in_.counted();
        check(name, at, !value.empty());
        return value;
    }
    void expect(std::string_view name, bytes_view value) {
        const auto at = position();
        check(name, at, in_.raw(value.size()) == value);
    }
    void fill(std::string_view name, std::span<std::byte> out) {
        const auto at = position();
        const auto value = in_.raw(out.size());
        check(name, at, true);
        if (in_.ok()) std::memcpy(out.data(), value.data(), value.size());
    }
    /// The last field: nothing may follow.
    void fill_last(std::string_view name, std::span<std::byte> out) {
        const auto at = position();
        fill(name, out);
        check(name, at, in_.rest().empty());
    }
    [[nodiscard]] bool ok() const noexcept { return fault_.empty(); }
    [[nodiscard]] failure fault() const { return failure{errc::malformed, "master key file", fault_}; }

private:
    [[nodiscard]] std::size_t position() const noexcept { return size_ - in_.rest().size(); }
    void check(std::string_view name, std::size_t at, bool allowed) {
        if (fault_.empty() && !in_.ok()) fault_ = describe(name, "is cut short", at);
        if (fault_.empty() && !allowed) fault_ = describe(name, "is not allowed", at);
    }
    [[nodiscard]] static std::string describe(std::string_view name, std::string_view what, std::size_t at) {
        return std::string{name}.append(" at byte ").append(std::to_string(at)).append(" ").append(what);
    }

    std::size_t size_;
    wire_reader in_;
    std::string fault_;
};

[[nodiscard]] inline result<std::vector<key_slot>> read_key_slots(key_file_reader& in) {
    const auto count = in.number("slot count", 1, master_key_file::slots_max);
    std::vector<key_slot> slots;
    for (std::uint64_t i = 0; in.ok() && i < count; ++i) {
        const auto name = "slot " + std::to_string(i);
        const auto kind = in.byte(name, 1);
        const auto body = in.counted(name);
        slots.push_back({static_cast<key_slot_kind>(kind), to_bytes(body)});
    }
    if (!in.ok()) return in.fault();
    return slots;
}

} // namespace detail

[[nodiscard]] inline bytes encode(const master_key_file& file) {
    auto out = detail::encode_key_file_body(file);
    append(out, file.mac.value);
    return out;
}

/// Fails with `errc::malformed`, saying where, or with `errc::unknown_format`.
[[nodiscard]] inline result<master_key_file> parse_master_key_file(bytes_view stored) {
    if (stored.size() > master_key_file::bytes_max) {
        return failure{errc::malformed, "master key file", std::to_string(stored.size()) + " bytes, over 64 KiB"};
    }
    detail::key_file_reader in{stored};
    in.expect("magic", detail::key_file_magic);
    const auto format = in.byte("format");
    if (in.ok() && format != detail::key_file_format) {
        return failure{errc::unknown_format, "master key file", "format " + std::to_string(format)};
    }
    master_key_file file;
    in.fill("vault id", file.vault.value);
    file.version = in.number("version", 1, detail::number_max);
    file.epoch = static_cast<std::uint32_t>(in.number("epoch", 1, 0xffffffffU));
    auto slots = detail::read_key_slots(in);
    if (!slots) return std::move(slots).error();
    file.slots = *std::move(slots);
    in.fill_last("MAC", file.mac.value);
    if (!in.ok()) return in.fault();
    return file;
}

}} // namespace sealsync

#endif
