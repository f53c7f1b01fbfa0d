#include "../../examples/sealsync/folder_writer.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using cli::file_kind;
using cli::folder_writer;
using removal = cli::folder_writer::removal;

namespace {

namespace fs = std::filesystem;

/// A folder, its index and its stage; nothing of a replica.
struct rig {
    ~rig() { fs::remove_all(root); }
    rig() = default;
    rig(const rig&) = delete;
    rig& operator=(const rig&) = delete;

    /// A person's file: the index does not know it.
    void write(const std::string& path, std::string_view content) const { std::ofstream{at(path)} << content; }
    [[nodiscard]] std::string read(const std::string& path) const {
        std::ifstream file{at(path)};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    [[nodiscard]] fs::path at(const std::string& path) const { return root / "folder" / path; }
    [[nodiscard]] cli::file_facts facts(const std::string& path) { return folder.facts(path).value().value(); }

    [[nodiscard]] folder_writer::new_file stage_file(std::string path, std::string_view content) {
        auto made = stage.write(stage.fresh_name(), {file_kind::file, 0640, 5, content.size(), content, {}}).value();
        cli::known_file known{"/" + path, {{}, 1}, made.facts, {}, true};
        return {std::move(path), made.name, std::move(known)};
    }
    /// A file that this device put there.
    void put(const std::string& path, std::string_view content) {
        auto one = stage_file(path, content);
        REQUIRE(writer.place(one).value());
    }
    [[nodiscard]] cli::known_file directory(std::uint16_t mode) const {
        cli::known_file made{"/directory", {{}, 1}, {}, {}, true};
        made.facts.kind = file_kind::directory;
        made.facts.mode = mode;
        return made;
    }
    [[nodiscard]] bool make_directory(const std::string& path, std::uint16_t mode = 0755) {
        return writer.make_directory(path, directory(mode), writer.look(path).value()).value();
    }
    [[nodiscard]] bool may_become(const std::string& path, file_kind wanted) {
        return writer.look(path).value().may_become(wanted);
    }
    /// How many files are left in the stage.
    [[nodiscard]] std::size_t staged() const {
        std::size_t count = 0;
        for (const auto& one : fs::recursive_directory_iterator{root / "stage"}) count += one.is_directory() ? 0 : 1;
        return count;
    }

    fs::path root = [this] {
        auto path = fs::temp_directory_path() /
                    ("sealsync-folder-writer-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        fs::create_directories(path / "folder");
        return path;
    }();
    cli::tree folder = cli::tree::open((root / "folder").string()).value();
    cli::file_index index = cli::file_index::load((root / "no index").string());
    cli::staging stage = cli::staging::open((root / "stage").string()).value();
    cli::console out{true};
    folder_writer writer{folder, index, stage, out};
};

} // namespace

TEST_CASE("folder writer: staged files get free names at once, and the harder places afterwards") {
    rig r;
    r.put("known", "before");
    std::vector files{r.stage_file("free", "a"), r.stage_file("known", "after"), r.stage_file("new/folder/file", "c")};
    REQUIRE(r.writer.place_easy(files));
    CHECK(files[0].placed == true);
    CHECK_FALSE(files[1].placed.has_value());
    CHECK_FALSE(files[2].placed.has_value());
    CHECK(r.index.find("free") == nullptr);
    for (auto& one : files) CHECK(r.writer.place(one).value());
    CHECK(r.read("free") == "a");
    CHECK(r.read("known") == "after");
    CHECK(r.read("new/folder/file") == "c");
    for (const auto* path : {"free", "known", "new/folder/file"}) {
        REQUIRE(r.index.find(path) != nullptr);
        CHECK(r.index.find(path)->facts.untouched(r.facts(path)));
        CHECK(r.facts(path).mode == 0640);
    }
    CHECK(r.staged() == 0);
}

TEST_CASE("folder writer: a file that was changed here is not replaced, nor one that the index does not know") {
    rig r;
    r.put("changed", "before");
    r.write("changed", "by a person");
    r.write("unknown", "a person's");
    for (const auto* path : {"changed", "unknown"}) {
        auto one = r.stage_file(path, "another device's");
        CHECK_FALSE(r.writer.place(one).value());
    }
    CHECK(r.read("changed") == "by a person");
    CHECK(r.read("unknown") == "a person's");
    CHECK(r.index.find("unknown") == nullptr);
    CHECK(r.staged() == 0);
}

TEST_CASE("folder writer: a file takes the place of an empty directory that the index knows, not of a full one") {
    rig r;
    REQUIRE(r.make_directory("empty"));
    REQUIRE(r.make_directory("full"));
    r.write("full/file", "a person's");
    auto one = r.stage_file("empty", "a"), other = r.stage_file("full", "b");
    CHECK(r.writer.place(one).value());
    CHECK_FALSE(r.writer.place(other).value());
    CHECK(r.read("empty") == "a");
    CHECK(r.read("full/file") == "a person's");
}

TEST_CASE("folder writer: nothing is placed through a symbolic link") {
    rig r;
    fs::create_directories(r.root / "outside");
    fs::create_directory_symlink(r.root / "outside", r.at("link"));
    std::vector files{r.stage_file("link/file", "a")};
    REQUIRE(r.writer.place_easy(files));
    CHECK_FALSE(r.writer.place(files[0]).value());
    CHECK(fs::is_empty(r.root / "outside"));
}

TEST_CASE("folder writer: a file that goes away as soon as it has its name is not noted in the index") {
    rig r;
    auto one = r.stage_file("file", "a");
    one.placed = false;
    CHECK_FALSE(r.writer.place(one).value());
    CHECK(r.index.find("file") == nullptr);
}

TEST_CASE("folder writer: a file is removed if it is as the index says; one that was changed here is only forgotten") {
    rig r;
    for (const auto* path : {"file", "gone", "changed"}) r.put(path, "before");
    fs::remove(r.at("gone"));
    r.write("changed", "by a person");
    CHECK(r.writer.remove("file").value() == removal::done);
    CHECK(r.writer.remove("gone").value() == removal::nothing_there);
    CHECK(r.writer.remove("changed").value() == removal::changed_here);
    CHECK_FALSE(fs::exists(r.at("file")));
    CHECK(r.read("changed") == "by a person");
    CHECK(r.index.files().empty());
    CHECK(r.staged() == 0);
}

TEST_CASE("folder writer: a directory is removed if it is empty, and else noted as long as the index has files in it") {
    rig r;
    for (const auto* path : {"empty", "with a person's", "with ours"}) REQUIRE(r.make_directory(path));
    r.write("with a person's/file", "a person's");
    r.put("with ours/file", "ours");
    CHECK(r.writer.remove("empty").value() == removal::done);
    CHECK(r.writer.remove("with a person's").value() == removal::not_empty);
    CHECK(r.writer.remove("with ours").value() == removal::not_empty);
    CHECK(r.index.find("empty") == nullptr);
    CHECK(r.index.find("with a person's") == nullptr);
    CHECK(r.index.find("with ours") != nullptr);
    CHECK(r.read("with a person's/file") == "a person's");
}

TEST_CASE("folder writer: a directory can be filled until its permissions are set, which is done from the inside out") {
    rig r;
    REQUIRE(r.make_directory("outer", 0500));
    REQUIRE(r.make_directory("outer/inner", 0500));
    r.put("outer/inner/file", "a");
    CHECK(r.facts("outer/inner").mode == 0700);
    r.writer.finish_directories();
    CHECK(r.facts("outer").mode == 0500);
    CHECK(r.facts("outer/inner").mode == 0500);
    for (const auto* path : {"outer", "outer/inner"}) fs::permissions(r.at(path), fs::perms::owner_all);
}

TEST_CASE("folder writer: a read-only folder takes files, changes and deletions, and is read-only again") {
    rig r;
    for (const auto* path : {"outer", "outer/inner"}) REQUIRE(r.make_directory(path));
    for (const auto* path : {"outer/inner/changed", "outer/inner/gone"}) r.put(path, "before");
    r.writer.finish_directories();
    for (const auto* path : {"outer/inner", "outer"}) fs::permissions(r.at(path), fs::perms{0500});
    for (auto one : {r.stage_file("outer/inner/changed", "after"), r.stage_file("outer/new", "new")}) {
        CHECK(r.writer.place(one).value());
    }
    CHECK(r.writer.remove("outer/inner/gone").value() == removal::done);
    CHECK(r.make_directory("outer/inner/made", 0700));
    r.writer.finish_directories();
    CHECK(r.facts("outer").mode == 0500);
    CHECK(r.facts("outer/inner").mode == 0500);
    CHECK(r.read("outer/inner/changed") == "after");
    CHECK(r.read("outer/new") == "new");
    CHECK_FALSE(fs::exists(r.at("outer/inner/gone")));
    CHECK_FALSE(fs::exists(folder_writer::list_of_lifted(r.stage)));
    for (const auto* path : {"outer", "outer/inner"}) fs::permissions(r.at(path), fs::perms::owner_all);
}

TEST_CASE(
    "lifted folders: what a crash left open is closed by the next sync, but not what somebody has changed since") {
    rig r;
    const auto list = folder_writer::list_of_lifted(r.stage);
    cli::packer left;
    for (const std::string path : {"read-only", "changed", "gone"}) {
        left.counted(path);
        left.number(std::uint16_t{0550});
    }
    left.raw("cut");
    const auto content = std::move(left).take();
    std::ofstream{list} << cli::ss::as_text(content);
    fs::create_directory(r.at("read-only"));
    fs::permissions(r.at("read-only"), fs::perms{0750});
    fs::create_directory(r.at("changed"));
    fs::permissions(r.at("changed"), fs::perms{0755});
    cli::lifted_folders::recover(r.folder, list);
    CHECK(r.facts("read-only").mode == 0550);
    CHECK(r.facts("changed").mode == 0755);
    CHECK_FALSE(fs::exists(list));
    fs::permissions(r.at("read-only"), fs::perms::owner_all);
}

TEST_CASE("folder writer: a folder without a record is its owner's alone, and noted as nobody's edit") {
    rig r;
    r.put("made/on the way/file", "a");
    CHECK(r.facts("made").mode == 0700);
    REQUIRE(r.index.find("made/on the way") != nullptr);
    CHECK(r.index.find("made/on the way")->id.empty());
    CHECK(r.index.find("made/on the way")->facts.untouched(r.facts("made/on the way")));
}

TEST_CASE("folder writer: a directory takes the place of a file, unless that changes at the last moment") {
    rig r;
    r.put("file", "before");
    CHECK(r.make_directory("file"));
    CHECK(fs::is_directory(r.at("file")));

    r.put("changed", "before");
    const auto here = r.writer.look("changed").value();
    r.write("changed", "by a person");
    CHECK_FALSE(r.writer.make_directory("changed", r.directory(0755), here).value());
    CHECK(r.read("changed") == "by a person");
    CHECK(r.staged() == 0);
}

TEST_CASE("folder writer: a place may be taken if it is free or has what this device put there") {
    rig r;
    r.put("ours", "before");
    r.put("changed", "before");
    r.write("changed", "by a person");
    r.write("unknown", "a person's");
    REQUIRE(r.make_directory("our folder"));
    fs::create_directory(r.at("unknown folder"));
    for (const auto wanted : {file_kind::file, file_kind::directory}) {
        CHECK(r.may_become("free", wanted));
        CHECK(r.may_become("ours", wanted));
        CHECK(r.may_become("our folder", wanted));
        CHECK_FALSE(r.may_become("changed", wanted));
        CHECK_FALSE(r.may_become("unknown", wanted));
    }
    CHECK(r.may_become("unknown folder", file_kind::directory));
    CHECK_FALSE(r.may_become("unknown folder", file_kind::file));
}

TEST_CASE("folder writer: new metadata leave a file's bytes alone, and are refused where they were changed here") {
    rig r;
    r.put("file", "content");
    const cli::file_record newer{file_kind::file, 0600, {1, 7}, 7, {}, {}};
    auto known = *r.index.find("file");
    known.dot = {{}, 2};
    CHECK(r.writer.set_metadata("file", known, newer).value());
    CHECK(r.read("file") == "content");
    CHECK(r.facts("file").mode == 0600);
    CHECK(r.facts("file").mtime == cli::file_time{1, 7});
    CHECK(r.index.find("file")->dot.n == 2);
    CHECK(r.index.find("file")->facts.untouched(r.facts("file")));

    known = *r.index.find("file");
    r.write("file", "by a person");
    CHECK_FALSE(r.writer.set_metadata("file", known, newer).value());
}
