#include "../storage/scratch_folder.hpp"

#include <sealsync/storage/directory_storage.hpp>
#include <sealsync/testing/faulty_storage.hpp>
#include <sealsync/testing/storage_conformance.hpp>

#include <doctest/doctest.h>

namespace ss = sealsync;
using storage_tests::scratch_folder;

TEST_CASE("conformance: directory_storage is a storage") {
    const scratch_folder folder;
    ss::directory_storage store{folder.path()};
    const auto report = ss::testing::check_storage(store);
    INFO(report.text());
    CHECK(report.ok());
}

TEST_CASE("conformance: a folder that another program carries is a storage") {
    const scratch_folder folder;
    ss::directory_storage store{folder.path() / "new", {.create = true, .eventual = true}};
    const auto report = ss::testing::check_storage(store);
    INFO(report.text());
    CHECK(report.ok());
}

TEST_CASE("conformance: faulty_storage over a directory, without faults, is a storage") {
    const scratch_folder folder;
    ss::testing::faulty_storage store{ss::directory_storage{folder.path()}, ss::testing::fault_plan{1}};
    const auto report = ss::testing::check_storage(store);
    INFO(report.text());
    CHECK(report.ok());
}
