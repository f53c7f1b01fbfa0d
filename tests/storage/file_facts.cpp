#include "scratch_folder.hpp"

#include <sealsync/storage/file_facts.hpp>
#include <sealsync/storage/posix_files.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using storage_tests::scratch_folder;
namespace fs = std::filesystem;

namespace {

struct world {
    world() { REQUIRE_FALSE(files.open_root(folder.path(), root)); }
    [[nodiscard]] file_facts facts(const char* name) const {
        file_facts found;
        REQUIRE_FALSE(files.facts_at(root, name, found));
        return found;
    }
    scratch_folder folder;
    posix_files files;
    posix_files::handle root;
};

} // namespace

TEST_CASE("file_facts: until a file system has spoken nothing is a file that may be read") {
    const file_facts unknown;
    CHECK(unknown.kind == file_kind::other);
    CHECK(unknown.size == 0);
    CHECK(unknown.number == 0);
    CHECK(unknown.modified == wall_time{});
}

TEST_CASE("file_facts: a file, a folder and a link are of three kinds, and the link is not followed") {
    const world w;
    w.folder.write("file", "12345");
    fs::create_directory(w.folder.path() / "folder");
    fs::create_symlink("file", w.folder.path() / "link");
    CHECK(w.facts("file").kind == file_kind::regular);
    CHECK(w.facts("file").size == 5);
    CHECK(w.facts("folder").kind == file_kind::directory);
    CHECK(w.facts("link").kind == file_kind::other);
    CHECK(w.facts("link").number != w.facts("file").number);
}

TEST_CASE("file_facts: the number is the file's own, whatever its names and its content") {
    const world w;
    w.folder.write("a", "1");
    w.folder.write("b", "1");
    fs::create_hard_link(w.folder.path() / "a", w.folder.path() / "second-name");
    const auto number = w.facts("a").number;
    CHECK(w.facts("b").number != number);
    CHECK(w.facts("second-name").number == number);
    w.folder.write("a", "other content");
    CHECK(w.facts("a").number == number);
}

TEST_CASE("file_facts: the time is when the content was last written, to the nanosecond that is kept") {
    const world w;
    w.folder.write("a", "1");
    const std::array<::timespec, 2> times{{{1, 0}, {1'700'000'000, 123'000'000}}};
    REQUIRE(::utimensat(AT_FDCWD, (w.folder.path() / "a").c_str(), times.data(), 0) == 0);
    CHECK(w.facts("a").modified == wall_time{std::chrono::milliseconds{1'700'000'000'123}});
}
