#ifndef SEALSYNC_LAYOUT_HPP
#define SEALSYNC_LAYOUT_HPP

#include "ids.hpp"
#include "storage/object_key.hpp"

#include <concepts>
#include <initializer_list>

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
