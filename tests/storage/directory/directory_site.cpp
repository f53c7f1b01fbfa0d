#include "directory_fixture.hpp"

#include <doctest/doctest.h>

using namespace sealsync;
using namespace directory_tests;

namespace {

using walker = detail::directory_walker<failing_files>;
constexpr auto fail = walker::if_missing::fail;
constexpr auto make = walker::if_missing::make;

/// Whether the folder that the walker entered is the one that has this path.
bool is_folder(const world& w, const handle* entered, const std::string& path) {
    file_facts facts;
    const std::string mark = "mark of " + std::to_string(path.size());
    w.folder.write(path + "/" + mark, "");
    return entered != nullptr && !w.files.facts_at(*entered, mark.c_str(), facts);
}

} // namespace

TEST_CASE("reserved: the store's own folder and what is in it, in any mix of cases, and nothing else") {
    for (const auto* key : {".sealsync", ".sealsync/lock", ".SealSync/stage-0/1", ".SEALSYNC", ".sealsync/"}) {
        CAPTURE(key);
        CHECK(detail::reserved(key));
    }
    for (const auto* key : {"", "sealsync", ".sealsyn", ".sealsyncs", ".sealsync-old/a", "a/.sealsync", "/.sealsync"}) {
        CAPTURE(key);
        CHECK_FALSE(detail::reserved(key));
    }
}

TEST_CASE("reserved_key: the refusal names the key, and why") {
    const auto why = detail::reserved_key(object_key::make(".sealsync/a").value());
    CHECK(why == errc::invalid_key);
    CHECK(why.object() == ".sealsync/a");
    CHECK(why.detail() == "'.sealsync' belongs to the store itself");
}

TEST_CASE("folder_of, name_of: a key is its folder and its name") {
    CHECK(detail::folder_of("a/b/c") == "a/b");
    CHECK(std::string{detail::name_of("a/b/c")} == "c");
    CHECK(detail::folder_of("a") == "");
    CHECK(std::string{detail::name_of("a")} == "a");
}

TEST_CASE("errc_of: what the operating system says is what the caller must do") {
    const std::vector<std::pair<std::errc, errc>> meanings{
        {std::errc::no_space_on_device, errc::no_space},
        {std::errc::read_only_file_system, errc::read_only},
        {std::errc::permission_denied, errc::access_denied},
        {std::errc::operation_not_permitted, errc::access_denied},
        {std::errc::too_many_symbolic_link_levels, errc::access_denied},
        {std::errc::file_too_large, errc::too_large},
        {std::errc::filename_too_long, errc::invalid_key},
        {std::errc::no_lock_available, errc::unsupported},
        {std::errc::not_supported, errc::unsupported},
        {std::errc::function_not_supported, errc::unsupported},
        {std::errc::io_error, errc::io_error},
        {std::errc::too_many_files_open, errc::io_error},
    };
    for (const auto& [system, expected] : meanings) {
        const auto error = make_error_code(system);
        CAPTURE(error.message());
        CHECK(detail::errc_of(error) == expected);
    }
#ifdef EDQUOT
    CHECK(detail::errc_of({EDQUOT, std::generic_category()}) == errc::no_space);
#endif
}

TEST_CASE("is_missing: no such file, or a file where a folder should be; a refusal is not absence") {
    CHECK(detail::is_missing(make_error_code(std::errc::no_such_file_or_directory)));
    CHECK(detail::is_missing(make_error_code(std::errc::not_a_directory)));
    CHECK_FALSE(detail::is_missing(make_error_code(std::errc::permission_denied)));
    CHECK_FALSE(detail::is_missing({}));
}

TEST_CASE("open_or_make: a missing folder is made, one that is there is opened") {
    world w;
    handle made, opened;
    CHECK_FALSE(detail::open_or_make(w.files, w.root, "a", made));
    CHECK(fs::is_directory(w.at("a")));
    w.count("make_directory");
    CHECK_FALSE(detail::open_or_make(w.files, w.root, "a", opened));
    CHECK(w.calls() == 0);
}

TEST_CASE("open_or_make: a folder that somebody else makes at the same moment is just as well") {
    world w;
    fs::create_directory(w.at("a"));
    w.fail("open_directory", std::errc::no_such_file_or_directory);
    handle opened;
    CHECK_FALSE(detail::open_or_make(w.files, w.root, "a", opened));
    CHECK(w.calls() == 2);
}

TEST_CASE("open_or_make: what cannot be made, or is no folder, is an error") {
    world w;
    handle folder;
    w.fail("make_directory", std::errc::no_space_on_device);
    CHECK(detail::open_or_make(w.files, w.root, "a", folder) == std::errc::no_space_on_device);
    w.folder.write("file", "x");
    CHECK(detail::open_or_make(w.files, w.root, "file", folder) == std::errc::not_a_directory);
}

TEST_CASE("directory_site: a failure has the whole path and the system's words") {
    const world w;
    const auto error = make_error_code(std::errc::permission_denied);
    const auto why = w.site.failed(error, "a/b");
    CHECK(why == errc::access_denied);
    CHECK(why.object() == w.shown("a/b"));
    CHECK(why.detail() == error.message());
    const auto link = w.site.failed(make_error_code(std::errc::too_many_symbolic_link_levels), "a");
    CHECK(link.detail() == "a symbolic link, which is never followed");
}

TEST_CASE("directory_walker: the empty path is the root") {
    world w;
    walker walker{w.site};
    const handle* folder = nullptr;
    CHECK_FALSE(walker.enter("", fail, folder));
    CHECK(folder == &w.root);
}

TEST_CASE("directory_walker: folders are made only if that is asked for") {
    world w;
    walker walker{w.site};
    const handle* folder = nullptr;
    CHECK(walker.enter("a/b", fail, folder) == std::errc::no_such_file_or_directory);
    CHECK_FALSE(fs::exists(w.at("a")));
    CHECK_FALSE(walker.enter("a/b", make, folder));
    CHECK(is_folder(w, folder, "a/b"));
}

TEST_CASE("directory_walker: what the last path shares with the next is not looked up again") {
    world w;
    fs::create_directories(w.at("a/b/c"));
    fs::create_directories(w.at("a/d"));
    walker walker{w.site};
    const handle* folder = nullptr;
    const auto lookups = [&](const char* path) {
        w.count("open_directory");
        CHECK_FALSE(walker.enter(path, fail, folder));
        return w.calls();
    };
    CHECK(lookups("a/b/c") == 3);
    CHECK(lookups("a/b/c") == 0);
    CHECK(lookups("a/b") == 0);
    CHECK(is_folder(w, folder, "a/b"));
    CHECK(lookups("a/d") == 1);
    CHECK(is_folder(w, folder, "a/d"));
    CHECK(lookups("") == 0);
    CHECK(folder == &w.root);
}

TEST_CASE("directory_walker: a folder whose name begins as another's is not inside it") {
    world w;
    fs::create_directories(w.at("a/x"));
    fs::create_directories(w.at("ab/x"));
    walker walker{w.site};
    const handle* folder = nullptr;
    CHECK_FALSE(walker.enter("a", fail, folder));
    CHECK_FALSE(walker.enter("ab/x", fail, folder));
    CHECK(is_folder(w, folder, "ab/x"));
}

TEST_CASE("directory_walker: a file on the way is no folder, and a link is told from it") {
    world w;
    w.folder.write("file", "x");
    fs::create_directories(w.at("real/inner"));
    fs::create_directory_symlink(w.at("real"), w.at("link"));
    walker walker{w.site};
    const handle* folder = nullptr;
    for (const auto missing : {fail, make}) {
        CHECK(walker.enter("file/a", missing, folder) == std::errc::not_a_directory);
        CHECK(walker.enter("link/inner", missing, folder) == std::errc::too_many_symbolic_link_levels);
    }
    CHECK_FALSE(walker.enter("real/inner", fail, folder));
}

TEST_CASE("directory_walker: after a failure half way it goes on from where it was") {
    world w;
    fs::create_directories(w.at("a/b/c"));
    walker walker{w.site};
    const handle* folder = nullptr;
    w.fail("open_directory", std::errc::io_error, 1);
    CHECK(walker.enter("a/b/c", fail, folder) == std::errc::io_error);
    w.work_again();
    CHECK_FALSE(walker.enter("a/b/c", fail, folder));
    CHECK(is_folder(w, folder, "a/b/c"));
}

TEST_CASE("touched_folders: a folder counts with all its ancestors, each once") {
    detail::touched_folders touched;
    const auto paths = [&] { return std::vector<std::string>{touched.paths().begin(), touched.paths().end()}; };
    CHECK(paths().empty());
    touched.add("a/b");
    touched.add("a/c");
    touched.add("a/b");
    touched.add("ab");
    CHECK(paths() == std::vector<std::string>{"", "a", "a/b", "a/c", "ab"});
}

TEST_CASE("touched_folders: what is in a folder is forgotten before the folder, the root never") {
    detail::touched_folders touched;
    for (const auto* folder : {"a/c", "a/b/x", "d"}) touched.add(folder);
    std::vector<std::string> asked;
    touched.forget_if([&](const std::string& path) {
        asked.push_back(path);
        return path == "a/b";
    });
    CHECK(asked == std::vector<std::string>{"d", "a/c", "a/b/x", "a/b", "a"});
    const auto& paths = touched.paths();
    CHECK(std::vector<std::string>{paths.begin(), paths.end()} ==
          std::vector<std::string>{"", "a", "a/b/x", "a/c", "d"});
}

TEST_CASE("touched_folders: a few are synced one by one, more by one barrier") {
    world w;
    fs::create_directories(w.at("a/b"));
    detail::touched_folders touched;
    touched.add("a/b");
    const auto calls = [&](const char* operation, std::size_t singly_max) {
        w.count(operation);
        CHECK(touched.sync(w.site, singly_max));
        return w.calls();
    };
    CHECK(calls("sync_directory", 3) == 3);
    CHECK(calls("sync_all", 3) == 0);
    if (!failing_files::syncs_all) return;
    CHECK(calls("sync_directory", 2) == 0);
    CHECK(calls("sync_all", 2) == 1);
}

TEST_CASE("touched_folders: a barrier that fails is reported, of either kind") {
    world w;
    fs::create_directories(w.at("a"));
    detail::touched_folders touched;
    touched.add("a");
    w.fail("sync_directory", std::errc::io_error, 1);
    const auto singly = touched.sync(w.site, 2);
    CHECK(singly.error() == errc::io_error);
    CHECK(singly.error().object() == w.shown("a"));
    if (!failing_files::syncs_all) return;
    w.fail("sync_all", std::errc::no_space_on_device);
    CHECK(touched.sync(w.site, 1).error() == errc::no_space);
}

TEST_CASE("touched_folders: one that has gone cannot be made durable, and that is a failure") {
    world w;
    detail::touched_folders touched;
    touched.add("gone");
    CHECK(touched.sync(w.site, 2).error().object() == w.shown("gone"));
}
