#include "../../examples/sealsync/versions.hpp"

#include <sealsync/ext/botan/master_key_slots.hpp>
#include <sealsync/ext/sqlite/sqlite_replica.hpp>

#include <doctest/doctest.h>

#include <filesystem>

namespace {

namespace ss = sealsync;

ss::bytes file(std::string_view content) {
    return cli::encode({cli::file_kind::file, 0644, 0, content.size(), content, {}});
}

/// A device of a vault, without a folder: what its files are is said by its index alone.
struct device {
    device(const std::filesystem::path& root, const std::string& name, const ss::master_key& key)
        : vault{open(root, name, key)},
          records{vault.collection(cli::collection_name)},
          index{cli::file_index::load(root / "no index")} {}

    [[nodiscard]] static cli::vault_type open(const std::filesystem::path& root, const std::string& name,
                                              const ss::master_key& key) {
        return ss::open_vault({"alice", name, true, {}}, cli::store_type{ss::directory_storage{root / "store"}},
                              ss::botan_cipher{key}, ss::system_clock{}, cli::folder_policy{},
                              ss::sqlite_replica::open((root / (name + ".db")).string()).value())
            .value();
    }
    ss::dot put(std::string_view id, std::string_view content) { return records.put(id, file(content)).value().dot; }
    void sync() { REQUIRE(vault.sync().value().refusals.empty()); }
    [[nodiscard]] cli::placement places() { return cli::placement::of(vault, records, index, out).value(); }
    void say(const std::string& path, const std::string& id, const ss::dot& edit) {
        index.files()[path] = {id, edit, {}, {}, true};
    }
    [[nodiscard]] cli::versions versions(const cli::placement* shown) {
        cli::versions found{records};
        REQUIRE(found.read(index, shown));
        return found;
    }

    cli::vault_type vault;
    cli::collection_type records;
    cli::file_index index;
    cli::console out{true};
};

/// Two devices; of /file first a common version, then one of each, of which the phone's is the newer one.
struct rig {
    rig() {
        laptop.put("/file", "first");
        laptop.sync();
        phone.sync();
        laptops = laptop.put("/file", "laptop's");
        phones = phone.put("/file", "phone's");
        laptop.sync();
        phone.sync();
        laptop.sync();
    }
    ~rig() { std::filesystem::remove_all(root); }
    rig(const rig&) = delete;
    rig& operator=(const rig&) = delete;

    /// Where the laptop's version stands, on the phone.
    [[nodiscard]] std::string copy() {
        const auto places = phone.places();
        for (const auto& [path, place] : places.all()) {
            if (place.dot == laptops) return path;
        }
        return {};
    }

    std::filesystem::path root = [this] {
        auto path = std::filesystem::temp_directory_path() /
                    ("sealsync-versions-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        std::filesystem::create_directories(path / "store");
        return path;
    }();
    ss::master_key key =
        ss::create_master_key_file(*ss::user_id::make("alice"), "correct horse", {19 * 1024, 2, 1}).value().key;
    device laptop{root, "laptop", key}, phone{root, "phone", key};
    ss::dot laptops, phones;
};

} // namespace

TEST_CASE("versions: a file is found where its version stands, whatever name it had") {
    rig r;
    r.phone.say("file", "/file", r.laptops); // before the conflict was heard of
    const auto shown = r.phone.places();
    const auto known = r.phone.versions(&shown);
    const auto* moved = known.find("file", r.laptops);
    REQUIRE(moved != nullptr);
    CHECK(shown.find(r.copy()) == moved);
    CHECK(moved->id.starts_with('~'));
    const auto* there = known.find("file", r.phones);
    REQUIRE(there != nullptr);
    CHECK(there->id == "/file");
}

TEST_CASE("versions: what was replaced, or never known, is no version") {
    rig r;
    const auto shown = r.phone.places();
    const auto known = r.phone.versions(&shown);
    CHECK(known.find("file", ss::dot{}) == nullptr);
    CHECK(known.find("file", ss::dot{{}, 7}) == nullptr);
}

TEST_CASE("versions: those of a conflict are contested, and have an id to be edited by that follows every edit") {
    rig r;
    r.phone.say("file", "/file", r.phones);
    const auto copy_id = r.phone.places().find(r.copy())->id;
    r.phone.say(r.copy(), copy_id, r.laptops);
    const auto known = r.phone.versions(nullptr);
    CHECK(known.is_contested(r.phones));
    CHECK(known.is_contested(r.laptops));
    CHECK_FALSE(known.is_contested(ss::dot{{}, 7}));
    CHECK(known.id_now(r.phones).value() == "/file");
    CHECK(known.id_now(r.laptops).value() == copy_id);

    r.phone.put(copy_id, "laptop's, better"); // the newest: it takes the file's name
    CHECK(known.id_now(r.laptops).value().empty());
    CHECK(known.id_now(r.phones).value().starts_with('~'));
}

TEST_CASE("versions: a folder without copies asks for no conflicts") {
    rig r;
    r.phone.say("file", "/file", r.phones);
    CHECK_FALSE(r.phone.versions(nullptr).is_contested(r.phones));
}

TEST_CASE("versions: an edit that the index did not see is lost to a crash, unless pushed, claimed or contested") {
    rig r;
    const auto made = r.phone.put("/new", "collected, then a crash");
    const auto shown = r.phone.places();
    const auto* place = shown.find("new");
    REQUIRE(place != nullptr);
    CHECK(place->pending);
    CHECK(r.phone.versions(&shown).is_lost_edit(*place));
    r.phone.say("renamed", "/new", made);
    CHECK_FALSE(r.phone.versions(&shown).is_lost_edit(*place));
    r.phone.index.files().clear();
    r.phone.sync();
    const auto pushed = r.phone.places();
    CHECK_FALSE(r.phone.versions(&pushed).is_lost_edit(*pushed.find("new")));
}

TEST_CASE("versions: a pending version of a conflict that no file is said to be is unclaimed, not lost") {
    rig r;
    const auto copy = r.copy();
    const auto made = r.phone.put(r.phone.places().find(copy)->id, "edited, then a crash");
    r.phone.say(copy, "~gone", r.laptops);
    const auto shown = r.phone.places();
    const auto known = r.phone.versions(&shown);
    const auto unclaimed = known.unclaimed();
    REQUIRE(unclaimed.size() == 1);
    CHECK(unclaimed[0]->dot == made);
    CHECK_FALSE(known.is_lost_edit(*unclaimed[0]));
    r.phone.say("file", "/file", made);
    CHECK(r.phone.versions(&shown).unclaimed().empty());
}
