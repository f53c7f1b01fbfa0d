#include "row_pairs.hpp"

namespace {

using namespace sealsync_tests;

TEST_CASE("row_viewer: put_hex writes the digits that to_hex does") {
    bytes raw(256);
    for (std::size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<std::byte>(i);
    std::string text(512, '?');
    detail::put_hex(raw, text.data());
    CHECK(text == to_hex(raw));
}

TEST_CASE("row_viewer: a row is shown as the change that it was made of, whatever was shown before") {
    auto packed = plain_change(20);
    packed.packed = packed_place{"packs/p", 3, 4};
    auto profile = plain_change(21);
    profile.type = change_type::profile;
    profile.id = {};
    const std::vector<change> all{record_change(), attachment_change(), erase_change(), packed,
                                  profile,         plain_change(30)};
    const written_rows rows{all};
    const manifest_limits limits;
    detail::row_reader reader{rows.rows, 0, rows.tables, begin, limits};
    detail::row_viewer viewer;
    std::size_t met = 0;
    for (detail::compact_row row; reader.next(row); ++met) {
        const auto view = viewer(row, rows.tables);
        const auto& c = all[met];
        CHECK(view.id == c.id.text());
        CHECK(view.dot == c.dot);
        CHECK(view.stored == c.stored);
        CHECK(view.attachments.size() == c.attachments.size());
        CHECK(view.filename == c.filename);
        CHECK(view.packed.has_value() == c.packed.has_value());
        CHECK(to_change(view).value() == c);
    }
    CHECK(reader.finish());
    CHECK(met == all.size());
}

} // namespace
