#include "../manifest/samples.hpp"

#include <sealsync/merge/entry_rest.hpp>

#include <doctest/doctest.h>

using namespace sealsync_tests;
using namespace sealsync::detail;

TEST_CASE("entry_rest: what an entry has no place for is read as it was written, block after block") {
    const seeded_hash hash{1};
    repeated_texts texts{hash};
    std::vector<std::byte> out;
    change_viewer viewer;
    auto c = record_change();
    c.replaces.push_back(dot_of(3, 9));
    c.packed = packed_place{"packs/1", 10, 20};
    append_rest(out, viewer(c), true, texts);
    const auto second = out.size();
    append_rest(out, viewer(attachment_change()), false, texts);
    CHECK(second % 16 == 0);

    const rest_view first{out.data()};
    CHECK(first.header().bytes == second);
    REQUIRE(first.header().dots == 2);
    CHECK(texts.run(first.dot(0).run) == c.replaces[1].run);
    CHECK(first.dot(1).n == 9);
    REQUIRE(first.header().attachments == 2);
    CHECK(first.attachment(1).hex() == c.attachments[1].text());
    CHECK(first.id() == c.id.text());
    CHECK(first.packed_object() == "packs/1");
    CHECK(first.header().packed_length == 20);

    const rest_view other{out.data() + second};
    CHECK(other.id().empty());
    CHECK(other.filename() == "x-ray.png");
    CHECK(other.media_type() == "image/png");
    CHECK(other.packed_object().empty());
}
