#include <sealsync/manifest/compact/row.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using namespace sealsync::detail;

namespace {

TEST_CASE("row: the fields of its word lie side by side and fill it") {
    std::uint32_t filled = 0;
    for (const auto& field :
         {row_fields::shape, row_fields::action, row_fields::replaces, row_fields::extras, row_fields::timestamp,
          row_fields::n, row_fields::version, row_fields::size, row_fields::collection, row_fields::device,
          row_fields::run, row_fields::replaced_run, row_fields::replaced_n}) {
        CHECK((filled & field.put(field.mask)) == 0);
        CHECK(field.of(field.put(field.mask)) == field.mask);
        filled |= field.put(field.mask);
    }
    CHECK(filled == 0xffffffff);
}

TEST_CASE("row: its shape says what it is a change of") {
    compact_row row;
    for (const auto shape : {row_shape::record_128, row_shape::record_256, row_shape::record_text}) {
        row.shape = shape;
        CHECK(row.type() == change_type::record);
    }
    row.shape = row_shape::profile;
    CHECK(row.type() == change_type::profile);
    row.shape = row_shape::attachment;
    CHECK(row.type() == change_type::attachment);
}

} // namespace
