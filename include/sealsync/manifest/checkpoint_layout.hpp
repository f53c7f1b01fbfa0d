#ifndef SEALSYNC_MANIFEST_CHECKPOINT_LAYOUT_HPP
#define SEALSYNC_MANIFEST_CHECKPOINT_LAYOUT_HPP

#include "canonical_layout.hpp"
#include "checkpoint.hpp"

/// The canonical JSON of a checkpoint's part, and its rules: see `canonical_layout.hpp` and `validate.hpp`.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

[[nodiscard]] inline result<void> check_met(const std::vector<met_run>& met) {
    for (std::size_t i = 0; i < met.size(); ++i) {
        const auto name = [&] { return "met: " + met[i].run.hex(); };
        if (i > 0 && met[i].run <= met[i - 1].run) return malformed(name() + ": not ascending, or repeated");
        if (met[i].edits.empty()) return malformed(name() + ": no edit");
        const auto& intervals = met[i].edits.intervals();
        if (intervals.front().first == 0) return malformed(name() + ": not numbered from 1");
        if (intervals.back().last > number_max) return malformed(name() + ": over 2^53 - 1");
    }
    return {};
}

/// Everything before the siblings.
[[nodiscard]] inline result<void> check_checkpoint(const checkpoint& c, const manifest_limits& limits) {
    if (auto ok = check_key("scope", c.scope, limits); !ok) return ok;
    if (c.device.empty()) return malformed("device_id: absent");
    if (c.part == 0 || c.part > c.parts) return malformed("part: not from 1 to parts");
    if ((c.part == 1) == c.previous.has_value()) return malformed("previous: absent, or in the first part");
    if (c.last_updated.nanoseconds < 0) return malformed("last_updated: before 1970");
    std::vector<log_position> positions;
    positions.reserve(c.logs.size());
    for (const auto& each : c.logs) {
        if (each.device.empty()) return malformed("logs: " + each.log.hex() + ": device_id absent");
        positions.push_back({each.log, each.seq});
    }
    if (auto ok = check_positions("logs", positions); !ok) return ok;
    return check_met(c.met);
}

/// All parts of one checkpoint, in order.
[[nodiscard]] inline result<void> check_parts(std::span<const checkpoint> parts) {
    const auto wrong = [](std::string why) { return failure{errc::invalid_argument, "checkpoint", std::move(why)}; };
    if (parts.empty()) return wrong("no part");
    const auto& first = parts.front();
    if (first.parts != parts.size()) {
        return wrong(std::to_string(parts.size()) + " of " + std::to_string(first.parts) + " parts");
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto& part = parts[i];
        const bool same = part.vault == first.vault && part.scope == first.scope && part.device == first.device;
        if (!same || part.parts != first.parts) return wrong("part " + std::to_string(i + 1) + " is of another one");
        if (part.part != i + 1)
            return wrong("part " + std::to_string(part.part) + " in the place of " + std::to_string(i + 1));
    }
    return {};
}

/// A version is a sibling once: of a dot there may be several, of a dot and stored digest one.
[[nodiscard]] inline result<void> check_siblings(const std::vector<change>& siblings) {
    std::vector<std::pair<dot, std::optional<digest256>>> versions;
    versions.reserve(siblings.size());
    for (const auto& each : siblings) versions.emplace_back(each.dot, each.stored);
    std::sort(versions.begin(), versions.end());
    const auto twice = std::adjacent_find(versions.begin(), versions.end());
    if (twice == versions.end()) return {};
    return malformed("sibling " + twice->first.text() + ": twice in a checkpoint");
}

template <class Json, class Checkpoint>
void lay_out_checkpoint(Json& json, Checkpoint& c, std::string_view collection_field, const manifest_limits& limits) {
    SEALSYNC_ASSERT(is_collection_field(collection_field));
    const auto begin = json.position();
    lay_out_beginning(json, c);
    json.field("device_id", c.device);
    json.field("part", c.part);
    json.field("parts", c.parts);
    json.field_or_blank("previous", c.previous);
    json.field("last_updated", c.last_updated);
    json.map("logs", c.logs, limits.logs_max, [&](auto& entry) {
        json.map_key(entry.log);
        json.open();
        json.field("device_id", entry.device);
        json.field("seq", entry.seq);
        json.field("digest", entry.stored);
        json.close();
    });
    json.map("met", c.met, limits.logs_max, [&](auto& run) {
        json.map_key(run.run);
        json.value(run.edits);
    });
    json.require(begin, [&] { return check_checkpoint(c, limits); });
    json.list("siblings", c.siblings, limits.changes_max,
              [&](auto& each) { lay_out_change(json, each, collection_field, limits); });
    json.close();
    json.require(begin, [&] { return check_siblings(c.siblings); });
}

}}} // namespace sealsync::detail

#endif
