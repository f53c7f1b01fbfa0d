#include "../../examples/sealsync/local_changes.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace {

namespace fs = std::filesystem;

struct rig {
    rig() = default;
    ~rig() { fs::remove_all(root); }
    rig(const rig&) = delete;
    rig& operator=(const rig&) = delete;

    void write(const std::string& path, std::string_view content) const { std::ofstream{root / path} << content; }
    /// Makes the index say that the folder is as it was last read.
    void note_all() {
        for (const auto& one : find().changed) index.files()[one.path] = {"/" + one.path, {}, one.facts, {}, false};
    }
    [[nodiscard]] cli::local_changes find() { return cli::find_changes(folder, index, out).value(); }
    [[nodiscard]] std::vector<std::string> changed() {
        std::vector<std::string> paths;
        for (const auto& one : find().changed) paths.push_back(one.path);
        std::sort(paths.begin(), paths.end());
        return paths;
    }

    fs::path root = [this] {
        auto path = fs::temp_directory_path() /
                    ("sealsync-local-changes-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        fs::create_directories(path / "folder");
        return path;
    }();
    cli::tree folder = cli::tree::open(root.string()).value();
    cli::file_index index = cli::file_index::load((root / "no index").string());
    cli::console out{true};
};

using paths = std::vector<std::string>;

} // namespace

TEST_CASE("local changes: a folder that is as the index says has none") {
    rig r;
    r.write("file", "a");
    r.write("folder/file", "b");
    r.note_all();
    CHECK(r.find().none());
}

TEST_CASE("local changes: a new file and a changed one are found, a folder before what is in it") {
    rig r;
    r.write("changed", "before");
    r.write("same", "before");
    r.note_all();
    r.write("changed", "afterwards");
    r.write("new", "a");
    CHECK(r.changed() == paths{"changed", "new"});

    fs::create_directory(r.root / "new folder");
    r.write("new folder/file", "a");
    const auto found = r.find();
    const auto at = [&](std::string_view path) {
        return std::find_if(found.changed.begin(), found.changed.end(),
                            [&](const auto& one) { return one.path == path; });
    };
    CHECK(at("new folder") < at("new folder/file"));
    CHECK(at("new folder/file") != found.changed.end());
}

TEST_CASE("local changes: what the index has and the folder has not is gone, with all that was in it") {
    rig r;
    r.write("file", "a");
    r.write("folder/file", "b");
    r.note_all();
    fs::remove(r.root / "file");
    fs::remove_all(r.root / "folder");
    const auto found = r.find();
    CHECK(found.changed.empty());
    CHECK(found.gone == paths{"file", "folder", "folder/file"});
}

TEST_CASE("local changes: a device's own state is none of them") {
    rig r;
    r.note_all();
    fs::create_directory(r.root / ".sealsync");
    r.write(".sealsync/config", "a");
    CHECK(r.find().none());
}
