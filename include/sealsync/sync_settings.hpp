#ifndef SEALSYNC_SYNC_SETTINGS_HPP
#define SEALSYNC_SYNC_SETTINGS_HPP

#include "executor.hpp"
#include "manifest/limits.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

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
