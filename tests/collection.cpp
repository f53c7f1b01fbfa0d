#include "sync/vault_fixture.hpp"

#include <sealsync/conflict/last_write_wins.hpp>

namespace {

using namespace vault_fixture;

TEST_CASE("collection: what was put is got, whatever bytes and whatever name") {
    world w;
    device a{w};
    auto emma = a.emma();
    CHECK(emma.name() == "emma");
    const std::string name = "r\xc3\xa9port/2025 \n..";
    const auto content = testing::random{1}.some_bytes(1'000);
    const auto made = need(emma.put(name, content));
    const auto got = need(emma.get(name));
    REQUIRE(got);
    CHECK(got->id == name);
    CHECK(got->content == content);
    CHECK(got->version == made);
    CHECK(got->version.number == 1);
    CHECK(got->version.device == a->device());
    CHECK(got->conflicts.empty());
    CHECK_FALSE(need(emma.get("another")));
    a.put("empty", "");
    CHECK(a.text("empty") == "");
}

TEST_CASE("collection: records of two collections are apart, also under one name") {
    world w;
    device a{w};
    auto liam = a->collection("liam");
    a.put("r", "of emma");
    (void)need(liam.put("r", "of liam"));
    CHECK(a.text("r") == "of emma");
    CHECK(as_text(need(liam.get("r"))->content) == "of liam");
    CHECK(need(liam.list()).size() == 1);
    CHECK(need(liam.erase("r")));
    CHECK(a.text("r") == "of emma");
    CHECK(need(a->collections()).size() == 2);
}

TEST_CASE("collection: a version is committed once it is in the store") {
    world w;
    device a{w};
    a.put("r", "1");
    CHECK_FALSE(need(a.emma().get("r"))->version.committed);
    CHECK(need(a->pending()) == 1);
    a.clean_sync();
    CHECK(need(a.emma().get("r"))->version.committed);
    CHECK(need(a->pending()) == 0);
}

TEST_CASE("collection: if_current makes a put on an older version a conflict at once, and changes nothing") {
    world w;
    device a{w};
    const auto first = a.put("r", "1");
    const auto second = need(a.emma().put("r", "2", if_current(first)));
    const auto stale = a.emma().put("r", "3", if_current(first));
    REQUIRE_FALSE(stale);
    CHECK(stale.error() == errc::not_current);
    CHECK(stale.error().kind() == error_kind::conflict);
    CHECK(stale.error().object() == "r");
    CHECK(a.text("r") == "2");
    CHECK(a.emma().erase("r", if_current(first)).error() == errc::not_current);
    CHECK(need(a.emma().erase("r", if_current(second))));
    CHECK(a.emma().put("r", "4", if_current(second)).error() == errc::not_current);
}

TEST_CASE("collection: an erase tells whether there was something to erase") {
    world w;
    device a{w};
    CHECK_FALSE(a.erase("r"));
    a.put("r", "1");
    CHECK(a.erase("r"));
    CHECK_FALSE(a.erase("r"));
    CHECK_FALSE(a.text("r"));
    CHECK(need(a.emma().list()).empty());
}

TEST_CASE("collection: a record over the limit is refused, and told what to do") {
    world w;
    sync_settings settings;
    settings.record_bytes_max = 10;
    device a{w, "laptop", settings};
    a.put("r", std::string(10, 'x'));
    const auto refused = a.emma().put("r", std::string(11, 'x'));
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::too_large);
    CHECK(refused.error().object() == "r");
    CHECK(refused.error().detail().find("attach") != std::string::npos);
    CHECK(a.text("r") == std::string(10, 'x'));
}

TEST_CASE("collection: an update is all or nothing, its first failure is told, and what follows does nothing") {
    world w;
    device a{w};
    const auto first = a.put("r", "1");
    a.put("r", "2");
    const auto outcome = a.emma().update([&](auto& batch) {
        CHECK(batch.put("x", "1"));
        CHECK(batch.erase("r"));
        CHECK_FALSE(batch.put("r", "3", if_current(first)));
        CHECK_FALSE(batch.put("y", "1"));
    });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::not_current);
    CHECK(a.text("r") == "2");
    CHECK_FALSE(a.text("x"));
    CHECK_FALSE(a.text("y"));
}

TEST_CASE("collection: an update returns the versions it makes, and the later of two edits of a record stands") {
    world w;
    device a{w};
    std::optional<version> one, two;
    need(a.emma().update([&](auto& batch) {
        one = batch.put("r", "1");
        two = batch.put("r", "2");
        CHECK_FALSE(batch.erase("nothing"));
    }));
    REQUIRE(two);
    CHECK(two->number == one->number + 1);
    CHECK(a.text("r") == "2");
    CHECK(need(a->pending()) == 1);
    need(a.emma().update([](auto&) {}));
}

TEST_CASE("collection: a listing has every record that is shown, without contents") {
    world w;
    device a{w};
    for (const std::string id : {"c", "a", "b", "gone"}) a.put(id, "content of " + id);
    a.erase("gone");
    const auto entries = need(a.emma().list());
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].id == "a");
    CHECK(entries[2].id == "c");
    CHECK(entries[1].version.number == 1);
    CHECK(need(a.emma().conflicts()).empty());
}

TEST_CASE("collection: records with versions beside are listed as conflicts, until one is chosen") {
    world w;
    device a{w}, b{w};
    for (const std::string id : {"x", "y"}) {
        a.put(id, "from a");
        b.put(id, "from b");
    }
    a.put("z", "x");
    a.clean_sync();
    CHECK(b.clean_sync().conflicts == 2);
    const auto conflicts = need(b.emma().conflicts());
    REQUIRE(conflicts.size() == 2);
    for (const auto& entry : conflicts) {
        REQUIRE(entry.conflicts.size() == 1);
        const auto beside = need(b.emma().get(entry.conflicts[0].id));
        REQUIRE(beside);
        CHECK(beside->id == entry.id); // the record's own name
        CHECK(beside->version == entry.conflicts[0].version);
        CHECK(need(b.emma().erase(entry.conflicts[0].id)));
    }
    CHECK(need(b.emma().conflicts()).empty());
}

TEST_CASE("collection: what waits for a sync is told by its record's id, in order, until it is pushed") {
    world w;
    device a{w}, b{w};
    a.put("shared", "a's");
    a.clean_sync();
    b.put("shared", "b's");
    b.clean_sync();
    a.clean_sync();
    CHECK(need(a.emma().pending()).empty());

    const auto edited = a.put(need(a.emma().get("shared"))->conflicts.at(0).id, "better");
    a.put("new", "1");
    const auto last = a.put("new", "2");
    a.put("gone", "x");
    a.erase("gone");
    (void)need(a.emma().attach(attachment_source::from_bytes("scan"), {}));
    (void)need(a->collection("liam").put("other", "x"));
    const auto waiting = need(a.emma().pending());
    REQUIRE(waiting.size() == 3);
    CHECK(waiting[0].id == "shared");
    CHECK(waiting[0].version == edited);
    CHECK(waiting[1].id == "new");
    CHECK(waiting[1].version == last);
    CHECK(waiting[2].id == "gone");
    CHECK(waiting[2].version.erased);
    a.clean_sync();
    CHECK(need(a.emma().pending()).empty());
}

TEST_CASE("collection: the records of a stored object are found by its key, of an attachment all that list it") {
    world w;
    device a{w}, b{w};
    const auto scan = need(a.emma().attach(attachment_source::from_bytes("scan"), {}));
    a.put("one", "1", {std::nullopt, {scan}});
    a.put("two", "2", {std::nullopt, {scan}});
    a.clean_sync();
    (void)need(a->collection("liam").put("one", "liam's"));
    a.clean_sync();
    b.clean_sync();
    std::size_t records = 0, attachments = 0;
    for (const auto& key : keys_with(w, "")) {
        const auto owners = need(b.emma().owners(key));
        records += owners.size() == 1 && key.find("/records/") != key.npos ? 1 : 0;
        attachments += owners.size() == 2 && key.find("/attachments/") != key.npos ? 1 : 0;
    }
    CHECK(records == 2);
    CHECK(attachments == 2);
    CHECK(need(b.emma().owners("")).empty());
}

struct records_layout : default_layout {
    static constexpr std::string_view collections = "records";
};
struct records_traits : default_traits {
    using layout = records_layout;
};

/// A vault whose user, folder and collections are called as parts of keys are.
[[nodiscard]] auto vault_of_words(world& w) {
    return need(open_vault<records_traits>({"records", "devices", true, {}, {}}, w.store, w.cipher, w.clock,
                                           keep_both{}, memory_replica{}));
}
const std::string words_prefix = "users/records/records/attachments/"; // of its collection "attachments"
const std::string words_ending = ".00112233445566778899aabbccddeeff.blob";

TEST_CASE("collection: owners are found whatever user, folder, collection and record are called") {
    world w;
    auto vault = vault_of_words(w);
    auto named = vault.collection("attachments"), other = vault.collection("records");
    const auto scan = need(named.attach(attachment_source::from_bytes("scan"), {}));
    const std::vector<std::string> ids{"attachments", "data.blob",           "devices", "profile", "records",
                                       "users",       "x.v1" + words_ending, "x.v1.y"};
    for (const auto& id : ids) (void)need(named.put(id, "of " + id, {std::nullopt, {scan}}));
    (void)need(named.put_profile("of the collection"));
    (void)need(other.put("attachments", "of another collection"));
    (void)need(vault.sync());

    for (const auto& id : ids) {
        CAPTURE(id);
        const auto keys = keys_with(w, words_prefix + "records/" + id + ".v1.");
        REQUIRE(keys.size() == 1);
        CHECK(need(named.owners(keys[0])) == std::vector{id});
        CHECK(need(other.owners(keys[0])).empty());
    }
    for (const std::string part : {"/data.blob", "/metadata.blob"}) {
        const auto keys = keys_with(w, words_prefix + "attachments/" + scan.text() + part);
        REQUIRE(keys.size() == 1);
        auto owners = need(named.owners(keys[0]));
        std::sort(owners.begin(), owners.end());
        CHECK(owners == ids);
        CHECK(need(other.owners(keys[0])).empty());
    }
    const auto keys = keys_with(w, "users/records/records/records/records/attachments.v1.");
    REQUIRE(keys.size() == 1);
    CHECK(need(other.owners(keys[0])) == std::vector<std::string>{"attachments"});
    CHECK(need(named.owners(keys[0])).empty());
}

TEST_CASE("collection: a profile, a segment, and a key of another vault have no owners") {
    world w;
    auto vault = vault_of_words(w);
    auto named = vault.collection("attachments");
    const auto scan = need(named.attach(attachment_source::from_bytes("scan"), {}));
    for (const std::string id : {"profile", "records"}) (void)need(named.put(id, "x", {std::nullopt, {scan}}));
    (void)need(named.put_profile("of the collection"));
    (void)need(vault.sync());
    for (const auto& key : keys_with(w, "")) {
        if (key.starts_with(words_prefix + "records/") || key.starts_with(words_prefix + "attachments/")) continue;
        CAPTURE(key);
        CHECK(need(named.owners(key)).empty());
    }
    REQUIRE(keys_with(w, words_prefix + "profile.v1.").size() == 1);
    REQUIRE(need(named.owners(words_prefix + "records/records.v1" + words_ending)).size() == 1);
    for (const auto& key : {
             "users/alice/records/attachments/records/records.v1" + words_ending,
             "users/records/collections/attachments/records/records.v1" + words_ending,
             "x/" + words_prefix + "records/records.v1" + words_ending,
             words_prefix + "records/records.v1" + words_ending + ".tmp",
             words_prefix + "records/records.v0" + words_ending,
             words_prefix + "records/records",
             words_prefix + "attachments/" + scan.text() + "/thumbnail.blob",
             words_prefix + "attachments/" + scan.text() + "/",
         }) {
        CAPTURE(key);
        CHECK(need(named.owners(key)).empty());
    }
}

TEST_CASE("collection: what no segment names is an orphan only under a key that the vault would make") {
    world w;
    auto vault = vault_of_words(w);
    auto named = vault.collection("attachments");
    (void)need(named.put("records", "old"));
    (void)need(named.put("records", "x", {std::nullopt, {need(named.attach(attachment_source::from_bytes("s"), {}))}}));
    (void)need(named.put_profile("of the collection"));
    (void)need(vault.sync());
    auto report = need(vault.verify());
    CHECK(report.ok());
    CHECK(report.orphans == 0);
    CHECK(report.foreign == 0);

    const std::vector<std::string> orphans{
        words_prefix + "records/records.v9" + words_ending,
        words_prefix + "profile.v9" + words_ending,
        words_prefix + "attachments/lost/data.blob",
        words_prefix + "attachments/lost/metadata.blob",
    };
    const std::vector<std::string> foreign{
        "users/records/holiday.blob",
        "users/records/sync-manifest.blob", // of a sealed vault
        "users/records/collections/attachments/records/lost.v1" + words_ending,
        words_prefix + "records/records.v0" + words_ending,
        words_prefix + "attachments/lost/thumbnail.blob",
        "users/records/devices/devices/manifest/00112233445566778899aabbccddeeff/42.json",
    };
    for (const auto& key : orphans) store_at(w, key, "x");
    for (const auto& key : foreign) store_at(w, key, "x");
    report = need(vault.verify());
    CHECK(report.ok());
    CHECK(report.orphans == orphans.size());
    CHECK(report.foreign == foreign.size());
}

TEST_CASE("collection: the history has what was replaced and what stands, oldest first") {
    world w;
    device a{w};
    CHECK(need(a.emma().history("r")).empty());
    a.put("r", "1");
    a.clean_sync();
    a.put("r", "2");
    a.clean_sync();
    a.erase("r");
    a.clean_sync();
    const auto all = need(a.emma().history("r"));
    REQUIRE(all.size() == 3);
    CHECK(all[0].number == 1);
    CHECK(all[1].number == 2);
    CHECK(all[2].erased);
    CHECK(
        std::is_sorted(all.begin(), all.end(), [](const auto& l, const auto& r) { return l.timestamp < r.timestamp; }));
}

TEST_CASE("collection: the profile is a record of its own, and syncs") {
    world w;
    device a{w}, b{w};
    CHECK_FALSE(need(a.emma().profile()));
    const auto first = need(a.emma().put_profile("Emma, born 2019"));
    CHECK(need(a.emma().list()).empty());
    CHECK(a.emma().put_profile("x", if_current(version{})).error() == errc::not_current);
    (void)need(a.emma().put_profile("Emma", if_current(first)));
    a.clean_sync();
    b.clean_sync();
    const auto got = need(b.emma().profile());
    REQUIRE(got);
    CHECK(as_text(got->content) == "Emma");
    CHECK(got->version.number == 2);
    CHECK(need(b->collections()) == std::vector<std::string>{"emma"});
}

TEST_CASE("collection: a conflict of profiles is seen, read, edited and settled like any other") {
    world w;
    device a{w}, b{w, "phone"};
    (void)a.put("", "Emma");
    a.clean_sync();
    b.clean_sync();
    (void)need(a.emma().put_profile("Emma, born 2019"));
    w.clock.advance(std::chrono::seconds{1});
    (void)need(b.emma().put_profile("Emma, allergic"));
    CHECK(need(a.emma().pending()).at(0).id.empty());
    a.clean_sync();
    b.clean_sync();
    a.clean_sync();
    for (auto* one : {&a, &b}) {
        const auto conflicts = need(one->emma().conflicts());
        REQUIRE(conflicts.size() == 1);
        CHECK(conflicts[0].id.empty());
        const auto shown = need(one->emma().profile());
        REQUIRE(shown);
        CHECK(as_text(shown->content) == "Emma, allergic");
        REQUIRE(shown->conflicts.size() == 1);
        CHECK(one->text(shown->conflicts[0].id) == "Emma, born 2019");
        CHECK(need(one->emma().list()).empty());
    }
    const auto beside = need(a.emma().profile())->conflicts.at(0).id;
    CHECK(a.erase(beside));
    a.clean_sync();
    b.clean_sync();
    for (auto* one : {&a, &b}) {
        CHECK(need(one->emma().conflicts()).empty());
        CHECK(as_text(need(one->emma().profile())->content) == "Emma, allergic");
    }
    CHECK(need(b.emma().history("")).size() > 1);
    CHECK(need(b.emma().erase_profile()));
    b.clean_sync();
    a.clean_sync();
    CHECK_FALSE(need(a.emma().profile()));
}

TEST_CASE("collection: the id of a conflict that somebody has settled makes no record") {
    world w;
    device a{w}, b{w, "phone"};
    a.put("r", "1");
    a.clean_sync();
    b.clean_sync();
    a.put("r", "2");
    b.put("r", "3");
    a.clean_sync();
    b.clean_sync();
    a.clean_sync();
    const auto beside = need(a.emma().get("r"))->conflicts.at(0).id;
    CHECK(b.erase(beside));
    b.clean_sync();
    a.clean_sync();
    const auto settled = a.emma().put(beside, "too late");
    REQUIRE_FALSE(settled);
    CHECK(settled.error() == errc::not_current);
    CHECK(settled.error().object() == beside);
    CHECK_FALSE(need(a.emma().erase(beside)));
    CHECK_FALSE(need(a.emma().get(beside)));
    CHECK(need(a.emma().history(beside)).empty());
    CHECK(need(a.emma().list()).size() == 1);
    a.put("~notes", "an id of the application's own"); // only the whole form is reserved
    CHECK(a.text("~notes") == "an id of the application's own");
}

TEST_CASE("collection: an edit keeps the attachments of the version it edits, unless it names others or none") {
    world w;
    device a{w}, b{w, "phone"};
    const auto scan = need(a.emma().attach(attachment_source::from_bytes("scan")));
    const auto photo = need(a.emma().attach(attachment_source::from_bytes("photo")));
    const auto listed = [&](device& on) { return need(on.emma().get("r"))->attachments; };
    a.put("r", "1", {.attachments = {scan}});
    a.put("r", "2");
    CHECK(listed(a) == std::vector{scan});
    a.clean_sync();
    b.clean_sync();
    b.put("r", "3");
    CHECK(listed(b) == std::vector{scan});
    b.put("r", "4", {.attachments = {photo}});
    CHECK(listed(b) == std::vector{photo});
    b.clean_sync();
    a.clean_sync();
    CHECK(listed(a) == std::vector{photo});
    a.put("r", "5", {.attachments = std::vector<attachment_id>{}});
    CHECK(listed(a).empty());
    a.put("r", "6", {.attachments = {scan}});
    CHECK(a.erase("r"));
    a.put("r", "7"); // of what is deleted nothing is left
    CHECK(listed(a).empty());
}

TEST_CASE("collection: what was attached is known, under each of its names, before and after its sync") {
    world w;
    device a{w}, b{w};
    const auto source = attachment_source::from_bytes("scan bytes");
    const auto id = need(a.emma().attach(source, {"scan.pdf", "application/pdf"}));
    CHECK(need(a.emma().attach(source, {"scan.pdf", "application/pdf"})) == id);
    CHECK(need(a->pending()) == 1);
    CHECK(need(a.emma().attach(source, {"copy.pdf", "application/pdf"})) == id);
    auto entry = need(a.emma().attachment(id));
    REQUIRE(entry);
    CHECK(entry->size == 10);
    CHECK_FALSE(entry->committed);
    CHECK(entry->names.size() == 2);
    a.clean_sync();
    b.clean_sync();
    entry = need(b.emma().attachment(id));
    REQUIRE(entry);
    CHECK(entry->committed);
    CHECK(entry->size == 10);
    CHECK(entry->names.at(0).media_type == "application/pdf");
    CHECK_FALSE(need(b.emma().attachment(*attachment_id::make("never"))));
    CHECK_FALSE(need(b->collection("liam").attachment(id)));
}

TEST_CASE("collection: the same bytes attached under two names by two devices are one object with both names") {
    world w;
    device a{w}, b{w};
    const auto of_a = need(a.emma().attach(attachment_source::from_bytes("same"), {"of a", ""}));
    const auto of_b = need(b.emma().attach(attachment_source::from_bytes("same"), {"of b", ""}));
    CHECK(of_a == of_b);
    a.clean_sync();
    b.clean_sync();
    a.clean_sync();
    for (auto* one : {&a, &b}) {
        const auto names = need(one->emma().attachment(of_a))->names;
        REQUIRE(names.size() == 2);
        CHECK(names[0].filename != names[1].filename);
    }
    CHECK(keys_with(w, "/data.blob").size() == 1);
    CHECK(need(a->verify()).ok());
}

TEST_CASE("collection: an attachment over the limit, or that cannot be read, is refused") {
    world w;
    sync_settings settings;
    settings.attachment_bytes_max = 3;
    device a{w, "laptop", settings};
    CHECK(a.emma().attach(attachment_source::from_bytes("1234"), {}).error() == errc::too_large);
    CHECK(a.emma().attach(attachment_source::from_file("/nowhere/at/all"), {}).error() == errc::not_found);
    CHECK(need(a->pending()) == 0);
}

TEST_CASE("collection: every call of the replica that fails fails the function, and nothing is changed") {
    const std::vector<std::pair<const char*, bool (*)(device&)>> functions{
        {"put", [](device& on) { return on.emma().put("r", "2").has_value(); }},
        {"erase", [](device& on) { return on.emma().erase("r").has_value(); }},
        {"get", [](device& on) { return on.emma().get("r").has_value(); }},
        {"list", [](device& on) { return on.emma().list().has_value(); }},
        {"conflicts", [](device& on) { return on.emma().conflicts().has_value(); }},
        {"history", [](device& on) { return on.emma().history("r").has_value(); }},
        {"put_profile", [](device& on) { return on.emma().put_profile("2").has_value(); }},
        {"profile", [](device& on) { return on.emma().profile().has_value(); }},
        {"attach", [](device& on) { return on.emma().attach(attachment_source::from_bytes("b"), {}).has_value(); }},
        {"attachment", [](device& on) { return on.emma().attachment(*attachment_id::make("x")).has_value(); }},
        {"collections", [](device& on) { return on->collections().has_value(); }},
        {"device_name", [](device& on) { return on->device_name(on->device()).has_value(); }},
        {"pending", [](device& on) { return on->pending().has_value(); }},
    };
    for (const auto& function : functions) {
        CAPTURE(function.first);
        for (std::uint64_t n = 0;; ++n) {
            world w;
            device a{w};
            a.put("r", "1");
            (void)need(a.emma().put_profile("1"));
            const auto begun = a.row_faults.calls();
            a.row_faults.at(begun + n, errc::io_error);
            const bool done = function.second(a);
            if (a.row_faults.calls() <= begun + n) {
                CHECK(done);
                CHECK(n > 1);
                break;
            }
            REQUIRE_FALSE(done);
            a.row_faults.calm();
            CHECK(a.text("r") == "1");
            CHECK(as_text(need(a.emma().profile())->content) == "1");
            CHECK(need(a->pending()) == 2);
        }
    }
}

} // namespace
