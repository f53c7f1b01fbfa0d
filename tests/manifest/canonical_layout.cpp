#include <sealsync/manifest/canonical_layout.hpp>

#include "samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

/// A third walker beside the writer and the reader: the names of the fields, in their order.
class field_names {
public:
    std::string names;

    [[nodiscard]] static std::size_t position() { return 0; }
    void open() { names += "{ "; }
    void close() { names += "} "; }
    template <class T>
    void field(std::string_view name, const T& item, detail::blank as = detail::blank::written) {
        if (as == detail::blank::written || !(item == T{})) add(name);
    }
    void field_or_blank(std::string_view name, const std::optional<digest256>&) { add(name); }
    template <class T, class Each>
    void engaged(std::string_view name, const std::optional<T>& item, Each each) {
        if (!item) return;
        add(name);
        each(*item);
    }
    template <class T, class Each>
    void list(std::string_view name, const std::vector<T>& items, std::size_t, Each each,
              detail::blank as = detail::blank::written) {
        if (as == detail::blank::omitted && items.empty()) return;
        map(name, items, 0, each);
    }
    template <class T, class Each>
    void map(std::string_view name, const std::vector<T>& items, std::size_t, Each each) {
        add(name);
        for (const auto& item : items) each(item);
    }
    template <class T>
    void map_key(const T&) {}
    template <class T>
    void value(const T&) {}
    void require(std::size_t, const result<void>& kept) { CHECK(kept); }

private:
    void add(std::string_view name) { names += std::string{name} + ' '; }
};

std::string fields_of(const change& c) {
    field_names walker;
    detail::lay_out_change(walker, c, "collection_id", {});
    return walker.names;
}

TEST_CASE("canonical layout: the fields of a record, in their order") {
    auto c = record_change();
    CHECK(fields_of(c) == "{ type collection_id record_id version timestamp device_id action dot replaces size digest "
                          "attachments } ");
    c.attachments.clear();
    c.replaces.clear();
    c.packed = packed_place{"p", 0, 1};
    CHECK(fields_of(c) == "{ type collection_id record_id version timestamp device_id action dot replaces size digest "
                          "attachments packed { object offset length } } ");
}

TEST_CASE("canonical layout: a profile is a record without an id, a delete one without a digest") {
    auto c = record_change();
    c.type = change_type::profile;
    c.id = {};
    CHECK(fields_of(c) ==
          "{ type collection_id version timestamp device_id action dot replaces size digest attachments } ");
    CHECK(fields_of(erase_change()) ==
          "{ type collection_id record_id version timestamp device_id action dot replaces size attachments } ");
}

TEST_CASE("canonical layout: an attachment has a version and replaces only if they say something") {
    auto c = attachment_change();
    CHECK(fields_of(c) == "{ type collection_id attachment_hmac timestamp device_id action dot size digest filename "
                          "media_type } ");
    c.version = 2;
    c.replaces = {dot_of(1, 1)};
    c.filename.clear();
    c.media_type.clear();
    CHECK(fields_of(c) ==
          "{ type collection_id attachment_hmac version timestamp device_id action dot replaces size digest } ");
}

TEST_CASE("canonical layout: the fields of a segment and of a head, in their order") {
    auto s = sample_segment();
    s.changes.clear();
    s.device_name = "phone";
    field_names walker;
    detail::lay_out_segment(walker, s, "collection_id", {});
    CHECK(walker.names == "{ format critical vault scope device_id device_name log version previous last_updated seen "
                          "changes } ");
    const auto h = sample_head();
    field_names of_head;
    detail::lay_out_head(of_head, h, {});
    CHECK(of_head.names ==
          "{ format critical vault scope logs { device_id seq digest } { device_id seq digest } checkpoint } ");
}

} // namespace
