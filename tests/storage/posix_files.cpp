#include "scratch_folder.hpp"

#include <sealsync/storage/posix_files.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace sealsync;
using storage_tests::scratch_folder;

namespace {

struct world {
    world() { REQUIRE_FALSE(files.open_root(folder.path(), root)); }
    scratch_folder folder;
    posix_files files;
    posix_files::handle root;
};

} // namespace

TEST_CASE("posix_files: what is written is read back from any offset, and the end is not an error") {
    world w;
    posix_files::handle file;
    REQUIRE_FALSE(w.files.create_file(w.root, "a", file));
    CHECK_FALSE(w.files.write(file, "some "));
    CHECK_FALSE(w.files.write(file, "bytes"));
    bytes out(20);
    std::size_t count = 0;
    CHECK_FALSE(w.files.read(file, 5, out, count));
    CHECK(count == 5);
    CHECK(bytes_view{out}.subview(0, 5) == bytes_view{"bytes"});
    CHECK_FALSE(w.files.read(file, 100, out, count));
    CHECK(count == 0);
    CHECK_FALSE(w.files.sync_file(file));
    CHECK_FALSE(w.files.sync_directory(w.root));
    CHECK_FALSE(file.close());
}

TEST_CASE("posix_files: create and link never replace, rename does") {
    world w;
    w.folder.write("a", "a");
    w.folder.write("b", "b");
    posix_files::handle file;
    CHECK(w.files.create_file(w.root, "a", file) == std::errc::file_exists);
    CHECK(w.files.link(w.root, "a", w.root, "b") == std::errc::file_exists);
    CHECK(w.files.make_directory(w.root, "b") == std::errc::file_exists);
    CHECK_FALSE(w.files.rename(w.root, "a", w.root, "b"));
    CHECK(w.folder.read("b") == "a");
}

TEST_CASE("posix_files: a lock keeps out whoever opened the file for itself, until it is closed") {
    world w;
    posix_files::handle one, two;
    REQUIRE_FALSE(w.files.open_lock(w.root, "lock", one));
    REQUIRE_FALSE(w.files.open_lock(w.root, "lock", two));
    CHECK_FALSE(w.files.try_lock(one, lock_mode::shared));
    CHECK_FALSE(w.files.try_lock(two, lock_mode::shared));
    CHECK(w.files.try_lock(two, lock_mode::exclusive) == std::errc::operation_would_block);
    REQUIRE_FALSE(one.close());
    CHECK_FALSE(w.files.try_lock(two, lock_mode::exclusive));
}

TEST_CASE("posix_files: a listing tells files, folders and everything else apart") {
    world w;
    w.folder.write("file", "x");
    std::filesystem::create_directory(w.folder.path() / "folder");
    std::filesystem::create_symlink("file", w.folder.path() / "link");
    std::set<std::pair<std::string, file_kind>> found;
    const auto note = [&](std::string_view name, file_kind kind) { found.emplace(name, kind); };
    REQUIRE_FALSE(w.files.read_directory(w.root, note));
    CHECK(found == std::set<std::pair<std::string, file_kind>>{
                       {"file", file_kind::regular}, {"folder", file_kind::directory}, {"link", file_kind::other}});
    found.clear();
    REQUIRE_FALSE(w.files.read_directory(w.root, note));
    CHECK(found.size() == 3);
}

TEST_CASE("posix_files: facts are of the name itself, not of what a link points to") {
    world w;
    w.folder.write("file", "12345");
    std::filesystem::create_symlink("file", w.folder.path() / "link");
    file_facts facts;
    REQUIRE_FALSE(w.files.facts_at(w.root, "file", facts));
    CHECK(facts.kind == file_kind::regular);
    CHECK(facts.size == 5);
    CHECK(facts.modified > wall_time{});
    REQUIRE_FALSE(w.files.facts_at(w.root, "link", facts));
    CHECK(facts.kind == file_kind::other);
    CHECK(w.files.facts_at(w.root, "missing", facts) == std::errc::no_such_file_or_directory);
}

TEST_CASE("posix_files: make_root makes what is missing and is content with what is there") {
    world w;
    const auto deep = w.folder.path() / "a" / "b";
    CHECK_FALSE(w.files.make_root(deep));
    CHECK(std::filesystem::is_directory(deep));
    CHECK_FALSE(w.files.make_root(deep));
    w.folder.write("file", "x");
    CHECK(w.files.make_root(w.folder.path() / "file" / "below"));
}

TEST_CASE("posix_files: a handle closes once, also after it was moved") {
    world w;
    auto moved = std::move(w.root);
    file_facts facts;
    CHECK_FALSE(w.files.facts_of(moved, facts));
    CHECK(facts.kind == file_kind::directory);
    CHECK_FALSE(moved.close());
    CHECK_FALSE(moved.close());
    CHECK(w.files.facts_of(moved, facts) == std::errc::bad_file_descriptor);
}
