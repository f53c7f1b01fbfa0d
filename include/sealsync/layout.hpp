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

/// Every key of one user's vault. A sealed vault says `.blob` where a plaintext one says `.json`, so that no
/// object of one is ever taken for one of the other.
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

    struct segment_name {
        device_id device;
        log_id log;
        std::uint64_t seq = 0;
    };
    /// The reverse of `segment()`; nothing if the key is not a segment's.
    [[nodiscard]] std::optional<segment_name> parse_segment(std::string_view text) const {
        const auto take = [&](std::size_t count) {
            const auto part = text.substr(0, count);
            text.remove_prefix(part.size());
            return part;
        };
        const auto prefix = devices_prefix();
        if (take(prefix.size()) != prefix) return std::nullopt;
        auto device = device_id::make(take(text.find('/')));
        if (!device || take(10) != "/manifest/") return std::nullopt;
        const auto log = log_id::parse(take(32));
        if (!log || take(1) != "/") return std::nullopt;
        auto digits = take(20);
        if (digits.size() != 20 || text != manifest_ending_) return std::nullopt;
        digits.remove_prefix((std::min)(digits.find_first_not_of('0'), digits.size() - 1));
        const auto seq = detail::parse_number(digits);
        if (!seq || *seq == 0) return std::nullopt;
        return segment_name{*std::move(device), *log, *seq};
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

    std::string root_;
    std::string manifest_ending_;
};

}} // namespace sealsync

#endif
