#ifndef SEALSYNC_MANIFEST_CANONICAL_LAYOUT_HPP
#define SEALSYNC_MANIFEST_CANONICAL_LAYOUT_HPP

#include "validate.hpp"

/// The canonical JSON of manifests, said once: the writer and the strict reader both walk it, so that they cannot
/// differ. `Json` is `json_writer` or `json_reader`; the latter fills what the former reads.
namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A blank field (0, "", []) is either written like any other, or left out: never both.
enum class blank { written, omitted };

/// Attachments are versioned by nothing but their bytes: `version` and `replaces` may be blank there only.
template <class Json, class Change>
void lay_out_change(Json& json, Change& c, std::string_view collection_field, const manifest_limits& limits) {
    const auto begin = json.position();
    const auto each_value = [&](auto& item) { json.value(item); };
    json.open();
    json.field("type", c.type);
    const bool attachment = c.type == change_type::attachment;
    const auto of_versions = attachment ? blank::omitted : blank::written;
    json.field(collection_field, c.collection);
    if (c.type == change_type::record) json.field("record_id", c.id);
    if (attachment) json.field("attachment_hmac", c.id);
    json.field("version", c.version, of_versions);
    json.field("timestamp", c.timestamp);
    json.field("device_id", c.device);
    json.field("action", c.action);
    json.field("dot", c.dot);
    json.list("replaces", c.replaces, limits.dots_max, each_value, of_versions);
    json.field("size", c.size);
    if (c.action != change_action::erase) json.field("digest", c.stored);
    if (!attachment) json.list("attachments", c.attachments, limits.attachments_max, each_value);
    if (!attachment) json.field("merge", c.merge, blank::omitted);
    if (attachment) json.field("filename", c.filename, blank::omitted);
    if (attachment) json.field("media_type", c.media_type, blank::omitted);
    json.engaged("packed", c.packed, [&](auto& place) {
        json.open();
        json.field("object", place.object);
        json.field("offset", place.offset);
        json.field("length", place.length);
        json.close();
    });
    json.close();
    json.require(begin, check_change(c, limits));
}

/// What every manifest begins with, so that a reader knows what it lacks before it meets it.
template <class Json, class Manifest>
void lay_out_beginning(Json& json, Manifest& m) {
    const auto begin = json.position();
    json.open();
    json.field("format", m.format);
    json.require(begin, check_format(m.format));
    json.list("critical", m.critical, critical_max, [&](auto& name) { json.value(name); });
    json.require(begin, check_critical(m.critical));
    json.field("vault", m.vault);
    json.field("scope", m.scope);
}

/// All of a segment that stands before its changes.
template <class Json, class Segment>
void lay_out_segment_header(Json& json, Segment& s, const manifest_limits& limits) {
    const auto begin = json.position();
    lay_out_beginning(json, s);
    json.field("device_id", s.device);
    json.field("device_name", s.device_name, blank::omitted);
    json.field("log", s.log);
    json.field("version", s.seq);
    json.field_or_blank("previous", s.previous);
    json.field("last_updated", s.last_updated);
    json.map("seen", s.seen, limits.logs_max, [&](auto& position) {
        json.map_key(position.log);
        json.value(position.seq);
    });
    json.require(begin, check_segment(s, limits));
}

template <class Json, class Segment>
void lay_out_segment(Json& json, Segment& s, std::string_view collection_field, const manifest_limits& limits) {
    SEALSYNC_ASSERT(is_collection_field(collection_field));
    const auto begin = json.position();
    lay_out_segment_header(json, s, limits);
    json.list("changes", s.changes, limits.changes_max,
              [&](auto& each) { lay_out_change(json, each, collection_field, limits); });
    json.close();
    json.require(begin, check_distinct(s.changes));
}

template <class Json, class Head>
void lay_out_head(Json& json, Head& h, const manifest_limits& limits) {
    const auto begin = json.position();
    lay_out_beginning(json, h);
    json.map("logs", h.logs, limits.logs_max, [&](auto& entry) {
        json.map_key(entry.log);
        json.open();
        json.field("device_id", entry.device);
        json.field("seq", entry.seq);
        json.field("digest", entry.stored);
        json.close();
    });
    json.field("checkpoint", h.checkpoint);
    json.close();
    json.require(begin, check_head(h, limits));
}

}}} // namespace sealsync::detail

#endif
