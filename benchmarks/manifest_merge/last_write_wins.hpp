#ifndef SEALSYNC_BENCHMARKS_MANIFEST_MERGE_LAST_WRITE_WINS_HPP
#define SEALSYNC_BENCHMARKS_MANIFEST_MERGE_LAST_WRITE_WINS_HPP

#include "winners.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <unordered_map>
#include <vector>

/// The merge as an application does it by itself: read the changes of all manifests, sort them by timestamp, apply one
/// after the other. The same for every rival, so that they differ by how they read JSON. Like ours, they end with
/// complete changes: who goes on to fetch a version needs its size, its digest and its attachments.
namespace manifest_merge::last_write_wins {

enum class action : std::uint8_t { insert, update, erase };

struct object_key {
    std::string collection, id;
    friend bool operator==(const object_key&, const object_key&) = default;
};

struct hash_of_key {
    std::size_t operator()(const object_key& key) const noexcept {
        const std::hash<std::string> hash;
        return hash(key.id) * 31 + hash(key.collection);
    }
};

struct change {
    std::int64_t timestamp = 0; ///< nanoseconds since 1970
    std::uint64_t version = 0, size = 0;
    action what = action::insert;
    object_key key;
    std::string device, dot, digest;
    std::vector<std::string> replaces, attachments;
};

using state = std::unordered_map<object_key, change, hash_of_key>;

[[nodiscard]] inline action parse_action(std::string_view text) noexcept {
    return text == "insert" ? action::insert : text == "update" ? action::update : action::erase;
}

/// `2025-01-20T14:30:00.123456789Z`; faster than sorting texts.
[[nodiscard]] inline std::int64_t parse_timestamp(std::string_view text) noexcept {
    const auto number = [&](std::size_t at, std::size_t count) {
        std::int64_t value = 0;
        for (const char c : text.substr(at, count)) value = value * 10 + (c - '0');
        return value;
    };
    using namespace std::chrono;
    const auto part = [&](std::size_t at) { return static_cast<unsigned>(number(at, 2)); };
    const sys_days date{year{static_cast<int>(number(0, 4))} / month{part(5)} / day{part(8)}};
    const auto seconds = date.time_since_epoch().count() * std::int64_t{86'400} + number(11, 2) * 3600 +
                         number(14, 2) * 60 + number(17, 2);
    return seconds * 1'000'000'000 + number(20, 9);
}

[[nodiscard]] inline std::string timestamp_text(std::int64_t time) {
    using namespace std::chrono;
    const auto day = static_cast<int>(time / 86'400'000'000'000);
    const year_month_day date{sys_days{days{day}}};
    const auto second = time / 1'000'000'000 % 86'400;
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%09dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60), static_cast<int>(second % 60),
                  static_cast<int>(time % 1'000'000'000));
    return text;
}

[[nodiscard]] inline state merge(std::vector<change> changes) {
    std::sort(changes.begin(), changes.end(),
              [](const change& left, const change& right) { return left.timestamp < right.timestamp; });
    state merged;
    merged.reserve(changes.size());
    for (auto& each : changes) {
        const auto known = merged.find(each.key);
        if (known == merged.end()) {
            merged.emplace(each.key, std::move(each));
        } else {
            known->second = std::move(each);
        }
    }
    return merged;
}

[[nodiscard]] inline std::string shown(const state& merged) {
    winners all;
    for (const auto& [key, last] : merged) {
        const auto* name = last.what == action::insert ? "insert" : last.what == action::update ? "update" : "delete";
        all.add(key.collection, key.id, last.version, timestamp_text(last.timestamp), name);
    }
    return all.text();
}

} // namespace manifest_merge::last_write_wins

#endif
