#ifndef SEALSYNC_TESTS_MERGE_AGREEMENT_HPP
#define SEALSYNC_TESTS_MERGE_AGREEMENT_HPP

#include <sealsync/ext/simdjson/simdjson_codec.hpp>
#include <sealsync/ext/simdjson_merge/simdjson_manifest_merger.hpp>
#include <sealsync/manifest/writer.hpp>
#include <sealsync/merge/manifest_merger.hpp>

#include "../manifest/samples.hpp"

#include <functional>

/// The same manifests fed to all who can read or merge them: what one says of them the others say.
namespace sealsync_tests {

/// A manifest whose versions random ones may meet: few objects, few runs.
inline bytes standing_segment() {
    auto s = sample_segment();
    s.changes.push_back(record_change());
    s.changes.back().dot = dot_of(2, 1);
    s.changes.back().replaces = {};
    s.changes.back().merge = merge_kind::none;
    s.changes.back().stored = digest_of(0x33);
    return write_segment(s, field).value();
}

class merge_agreement {
public:
    explicit merge_agreement(std::function<void(bool)> hold) : hold_{std::move(hold)} {}

    /// True if any reader takes it.
    bool feed(bytes_view manifest) {
        const bool compact = is_compact(manifest); // which has one reader
        const auto strict =
            compact ? compact_codec::read_segment(manifest) : canonical_codec::read_segment(manifest, field);
        const auto any = compact ? strict : simdjson_codec::read_segment(manifest, field);
        hold_(!strict || (any && *any == *strict));
        hold_(!any || compact || is_json(manifest));
        hold_(agree(strict_.add(manifest), strict));
        hold_(agree(any_.add(manifest), any));
        if (strict) strict_read_.add(*strict);
        if (any) any_read_.add(*any);
        hold_(same(strict_, strict_read_));
        hold_(same(any_, any_read_));
        return any.has_value();
    }

private:
    static bool agree(const result<merge_counts>& merged, const result<segment>& read) {
        if (!merged || !read) return !merged && !read && merged.error().code() == read.error().code();
        return merged->changes() == read->changes.size();
    }
    /// simdjson's own parser has no room for numbers over 64 bits in fields that nobody knows.
    static bool is_json(bytes_view text) {
        simdjson::dom::parser parser;
        const auto error = parser.parse(as_text(text).data(), text.size()).error();
        return !error || error == simdjson::NUMBER_ERROR;
    }
    template <class Left, class Right>
    static bool same(const Left& left, const Right& right) {
        bool all = left.objects() == right.objects();
        left.for_each_object([&](const object_view& object) {
            const auto other = right.find(object.type(), object.collection(), object.id());
            all = all && other && siblings(object) == siblings(*other) && winner(object) == winner(*other);
        });
        return all;
    }
    static std::vector<change> siblings(const object_view& object) {
        std::vector<change> all;
        object.for_each_sibling([&](const version_view& version) { all.push_back(version.to_change()); });
        return all;
    }
    static std::optional<change> winner(const object_view& object) {
        const auto found = object.winner();
        return found ? std::optional{found->to_change()} : std::nullopt;
    }

    std::function<void(bool)> hold_;
    merge_settings settings_{.collection_field = std::string{field}, .seed = 7};
    manifest_merger strict_{settings_}, strict_read_{settings_}, any_read_{settings_};
    simdjson_manifest_merger any_{settings_};
};

} // namespace sealsync_tests

#endif
