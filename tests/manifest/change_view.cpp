#include <sealsync/manifest/change_view.hpp>

#include "samples.hpp"

#include <doctest/doctest.h>

using namespace sealsync_tests;

TEST_CASE("change_view: a change seen through a view and owned again is the same") {
    random_manifests random{17};
    change_viewer viewer;
    for (int i = 0; i < 200; ++i) {
        for (const auto& each : random.next_segment().changes) CHECK(*to_change(viewer(each)) == each);
    }
}

TEST_CASE("change_view: an id that is none is refused when it is owned") {
    const auto c = record_change();
    change_viewer viewer;
    const std::string_view bad[] = {"a/b"};
    for (const int which : {0, 1, 2, 3}) {
        auto view = viewer(c);
        if (which == 0) view.id = bad[0];
        if (which == 1) view.collection = bad[0];
        if (which == 2) view.device = bad[0];
        if (which == 3) view.attachments = bad;
        const auto owned = to_change(view);
        REQUIRE_FALSE(owned);
        CHECK(owned.error() == errc::invalid_id);
        CHECK(owned.error().detail().find(c.dot.text()) != std::string::npos);
    }
}
