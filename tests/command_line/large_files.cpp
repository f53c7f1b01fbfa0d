#include "../../examples/sealsync/large_files.hpp"

#include <sealsync/ext/botan/master_key_slots.hpp>
#include <sealsync/ext/sqlite/sqlite_replica.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

namespace {

namespace ss = sealsync;

const std::string content(100'000, 'a');

/// A device of a vault, with a folder, of which its index says only what it is told.
struct rig {
    rig() = default;
    ~rig() { std::filesystem::remove_all(root); }
    rig(const rig&) = delete;
    rig& operator=(const rig&) = delete;

    [[nodiscard]] std::string at(const std::string& path) const { return (root / "folder" / path).string(); }
    void write(const std::string& path, std::string_view text) const { std::ofstream{at(path)} << text; }
    [[nodiscard]] std::string staged(const std::string& name) const {
        std::ifstream file{root / "stage" / name};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    /// A large file that was written and became a record, not pushed yet.
    struct made {
        std::string attachment;
        ss::dot dot;
        [[nodiscard]] cli::file_record record() const {
            return {cli::file_kind::file, 0644, 5, content.size(), {}, attachment};
        }
    };
    [[nodiscard]] made make(const std::string& path) {
        write(path, content);
        const auto id = records.attach(ss::attachment_source::from_file(at(path))).value();
        ss::put_options options;
        options.attachments = {id};
        const made unnamed{id.text(), {}}; // the record borrows its text
        const auto record = unnamed.record();
        return {id.text(), records.put("/" + path, cli::encode(record), std::move(options)).value().dot};
    }
    void note(const std::string& path, const made& one) {
        index.files()[path] = {"/" + path, one.dot, folder.facts(path).value().value(), one.attachment, true};
    }
    void sync() { REQUIRE(vault.sync().value().refusals.empty()); }
    [[nodiscard]] std::uint64_t received() const { return traffic->received; }

    std::filesystem::path root = [this] {
        auto path = std::filesystem::temp_directory_path() /
                    ("sealsync-large-files-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        std::filesystem::create_directories(path / "store");
        std::filesystem::create_directories(path / "folder");
        return path;
    }();
    cli::store_type store{ss::directory_storage{root / "store"}};
    std::shared_ptr<cli::traffic> traffic = store.counts();
    ss::master_key key =
        ss::create_master_key_file(*ss::user_id::make("alice"), "correct horse", {19 * 1024, 2, 1}).value().key;
    cli::vault_type vault =
        ss::open_vault({"alice", "laptop", true, {}}, store, ss::botan_cipher{key}, ss::system_clock{},
                       cli::folder_policy{}, ss::sqlite_replica::open((root / "replica.db").string()).value())
            .value();
    cli::collection_type records = vault.collection(cli::collection_name);
    cli::tree folder = cli::tree::open((root / "folder").string()).value();
    cli::file_index index = cli::file_index::load((root / "no index").string());
    cli::staging stage = cli::staging::open((root / "stage").string()).value();
    cli::large_files files{folder, index, records, stage};
};

} // namespace

TEST_CASE("large files: the bytes are copied from a file of the folder that has them") {
    rig r;
    const auto one = r.make("file");
    r.note("file", one);
    r.sync();
    r.files.find_sources();
    const auto before = r.received();
    const auto staged = r.files.stage("copy", one.record()).value();
    CHECK(r.staged(staged.name) == content);
    CHECK(staged.facts.mode == 0644);
    CHECK(r.received() == before);
}

TEST_CASE("large files: bytes of a file that was changed are downloaded, and then copied from the stage") {
    rig r;
    const auto one = r.make("file");
    r.note("file", one);
    r.sync();
    r.files.find_sources();
    r.write("file", "by a person");
    const auto before = r.received();
    CHECK(r.staged(r.files.stage("first", one.record()).value().name) == content);
    const auto after = r.received();
    CHECK(after - before >= content.size());
    CHECK(r.staged(r.files.stage("second", one.record()).value().name) == content);
    CHECK(r.received() == after);
}

TEST_CASE("large files: one that was staged is still copied when it has its name") {
    rig r;
    const auto one = r.make("file");
    r.sync();
    const auto staged = r.files.stage("placed", one.record()).value();
    std::filesystem::rename(r.root / "stage" / staged.name, r.at("placed"));
    const auto before = r.received();
    CHECK(r.staged(r.files.stage("copy", one.record()).value().name) == content);
    CHECK(r.received() == before);
}

TEST_CASE("large files: bytes of another size than the record says are refused, and nothing stays in the stage") {
    rig r;
    const auto one = r.make("file");
    r.sync();
    auto wrong = one.record();
    wrong.size += 1;
    const auto staged = r.files.stage("file", wrong);
    REQUIRE_FALSE(staged);
    CHECK(staged.error() == ss::errc::malformed);
    for (const auto& left : std::filesystem::recursive_directory_iterator{r.root / "stage"}) {
        CHECK(left.is_directory());
    }
}

TEST_CASE("large files: a file may go when its bytes are in the store, a small one always") {
    rig r;
    const auto one = r.make("file");
    r.note("file", one);
    const auto& known = *r.index.find("file");
    CHECK_FALSE(r.files.is_stored(known).value());
    r.sync();
    CHECK(r.files.is_stored(known).value());
    CHECK(r.files.is_stored({}).value());
}

TEST_CASE(
    "large files: a version that is not pushed is nowhere when its file is changed, and no file is known to be it") {
    rig r;
    const auto one = r.make("file");
    CHECK_FALSE(r.files.is_nowhere(one.record(), one.dot)); // its bytes are still in the file
    r.write("file", "by a person");
    CHECK(r.files.is_nowhere(one.record(), one.dot));
    r.note("file", one);
    CHECK_FALSE(r.files.is_nowhere(one.record(), one.dot));
}
