#include "local_edits.hpp"

#include <sealsync/sync/attachment_reader.hpp>
#include <sealsync/sync/edit_uploader.hpp>

namespace {

using namespace vault_fixture;
using edit_list = detail::list<detail::outgoing_edit>;

/// A push up to its segment.
template <class Traits>
struct basic_rig {
    using opened_type = opened_state<keep_both, plaintext_cipher, Traits>;
    using unit_type = typename opened_type::unit_type;

    world w{};
    opened_type unit{w};
    call_context call{};
    detail::held_edits held{};
    std::vector<sync_progress> told{};
    sync_observer observer{[this](const sync_progress& now) { told.push_back(now); }};
    detail::progress_meter progress{observer, unit.state.syncing.store};
    detail::edit_uploader<typename opened_type::state_type> uploads{unit.state, held, call, progress};

    basic_rig() = default;
    basic_rig(const basic_rig&) = delete;

    [[nodiscard]] edit_list collect() {
        auto edits = vault_fixture::collect(unit.state, held);
        unit.faults.reset_traffic();
        return edits;
    }
    /// Whether everything that the segment will say of this record is known.
    [[nodiscard]] static bool ready(const edit_list& edits, std::string_view id) {
        for (const auto& one : edits) {
            if (one.row.object.id.text() == id) return one.ready;
        }
        FAIL("no such edit");
        return false;
    }
    /// These bytes, which are to be found there when they are uploaded.
    [[nodiscard]] detail::object_ref attach(bytes_view content, const attachment_source& there,
                                            std::string name = "scan.pdf") {
        const auto id = w.cipher.keyed_id(id_purpose::attachment, "emma", content);
        const detail::object_ref ref{change_type::attachment, *collection_id::make("emma"), *object_id::make(id)};
        need(unit.state.local.transact([&](unit_type& in) {
            return detail::note_attachment(unit.state, in, ref, there, content.size(), {std::move(name), ""});
        }));
        return ref;
    }
    [[nodiscard]] detail::object_ref attach(bytes_view content, std::string name = "scan.pdf") {
        return attach(content, attachment_source::from_bytes(content), std::move(name));
    }
    void erase_rows(replica_table table) {
        auto in = need(unit.rows.begin());
        std::vector<bytes> keys;
        need(in.scan(table, {}, [&](bytes_view key, bytes_view) { return keys.push_back(to_bytes(key)), true; }));
        for (const auto& key : keys) need(in.erase(table, key));
        need(in.commit());
    }
};
using rig = basic_rig<default_traits>;

// Sources that are not what was attached: no file, one that only cannot be read (its name is too long), other bytes.
const auto gone = attachment_source::from_file("/nowhere/scan.pdf");
const auto unreadable = attachment_source::from_file("/" + std::string(400, 'x'));
const auto changed = attachment_source::from_bytes("BYTES THE");

TEST_CASE("edit_uploader: each content is put under its key, and then everything is known of its edit") {
    rig r;
    const auto first = edit(r.unit.state, "b", "second in order");
    edit(r.unit.state, "a", "first in order");
    auto edits = r.collect();
    need(r.uploads.upload(edits));
    CHECK(r.unit.faults.traffic().puts == 2);
    CHECK(r.unit.faults.traffic().requests() == 2);
    REQUIRE(edits.size() == 2);
    CHECK(edits[0].row.object == record_ref("a")); // by object: a replica has them side by side
    CHECK(edits[1].row.dot == first);
    for (const auto& one : edits) {
        const auto stored = stored_at(r.w, r.unit.state.key_of(one.what).text());
        CHECK(one.ready);
        CHECK(one.what.dot == one.row.dot);
        CHECK(one.what.size == stored.size());
        CHECK(one.what.stored == r.w.cipher.digest(stored));
        CHECK(one.name == one.row.object.id.text());
        CHECK(one.content.empty());
        const auto parts = need(detail::decode_payload(stored));
        CHECK(parts.collection == "emma");
        CHECK(parts.name == one.name);
    }
    REQUIRE(r.told.size() == 1);
    CHECK(r.told[0].done == 2);
}

TEST_CASE("edit_uploader: an erasure has nothing to upload, and is ready") {
    rig r;
    edit(r.unit.state, "r", "text");
    edit(r.unit.state, "r", std::nullopt);
    auto edits = r.collect();
    REQUIRE(edits.size() == 1);
    need(r.uploads.upload(edits));
    CHECK(edits[0].ready);
    CHECK(edits[0].what.action == change_action::erase);
    CHECK_FALSE(edits[0].what.stored);
    CHECK(r.unit.faults.traffic().requests() == 0);
}

TEST_CASE("edit_uploader: an edit that was replaced since it was collected is left to its successor") {
    rig r;
    edit_together(r.unit.state, {{"x", "replaced"}, {"y", "with it"}});
    edit(r.unit.state, "z", "alone");
    auto edits = r.collect();
    const auto group = edits[0].row.group;
    edit(r.unit.state, "x", "successor");
    need(r.uploads.upload(edits));
    CHECK_FALSE(rig::ready(edits, "x"));
    CHECK(rig::ready(edits, "z"));
    CHECK(r.held.holds(group)); // y must not go without x
    CHECK_FALSE(r.held.holds(edits[2].row.group));
    CHECK(r.held.deferred == 0);
    CHECK(keys_with(r.w, "/records/x.").empty());
    r.held.overtaken = {};
    auto again = r.collect();
    need(r.uploads.upload(again));
    for (const auto& one : again) CHECK(one.ready);
    CHECK(keys_with(r.w, "/records/x.").size() == 1);
}

TEST_CASE("edit_uploader: without its bytes an attachment waits, with all that lists it, and nothing else does") {
    for (const auto& source : {gone, unreadable, changed}) {
        rig r;
        const auto scan = r.attach("the bytes", source);
        edit_together(r.unit.state, {{"lists-it", "x", {scan.id}}, {"with-that", "x"}, {"too", "x", {scan.id}}});
        edit(r.unit.state, "other", "x");
        auto edits = r.collect();
        need(r.uploads.upload(edits));
        CHECK(r.held.lost_sources == std::set{scan});
        for (const auto& one : edits) {
            CHECK(r.held.holds(one.row.group) == (one.row.object != record_ref("other")));
        }
        CHECK_FALSE(rig::ready(edits, scan.id.text()));
        CHECK_FALSE(rig::ready(edits, "lists-it"));
        CHECK(rig::ready(edits, "other"));
        CHECK(r.held.deferred == 2); // the attachment, and once what was made together
        CHECK(keys_with(r.w, "/records/lists-it.").empty());
        CHECK(keys_with(r.w, "/data.blob").empty());
        CHECK(r.collect().size() == 1);
    }
}

TEST_CASE("edit_uploader: an attachment whose bytes are no more and that nothing lists is forgotten") {
    for (const auto& source : {gone, changed}) {
        rig r;
        const auto scan = r.attach("the bytes", source);
        auto edits = r.collect();
        need(r.uploads.upload(edits));
        CHECK(r.held.deferred == 0);
        CHECK(vault_fixture::collect(r.unit.state).empty());
        need(r.unit.state.local.inspect([&](rig::unit_type& in) -> result<void> {
            CHECK(in.object(scan).siblings.empty());
            CHECK_FALSE(in.source(scan));
            return {};
        }));
    }
}

TEST_CASE("edit_uploader: a file that only cannot be read may come back: its attachment is not forgotten") {
    rig r;
    (void)r.attach("the bytes", unreadable);
    auto edits = r.collect();
    need(r.uploads.upload(edits));
    CHECK(r.held.deferred == 1);
    CHECK(r.collect().empty()); // by this push
    CHECK(vault_fixture::collect(r.unit.state).size() == 1);
}

TEST_CASE("edit_uploader: the bytes of an attachment are uploaded once for all its names") {
    rig r;
    const auto scan = r.attach("the bytes", "scan.pdf");
    (void)r.attach("the bytes", "copy.pdf");
    (void)r.attach("other bytes");
    auto edits = r.collect();
    REQUIRE(edits.size() == 3);
    need(r.uploads.upload(edits));
    CHECK(r.unit.faults.traffic().puts == 4); // data and metadata
    for (const auto& one : edits) {
        const auto data = stored_at(r.w, keys_with(r.w, one.row.object.id.text() + "/data").at(0));
        CHECK(one.ready);
        CHECK(one.what.size == data.size());
        CHECK(one.what.stored == r.w.cipher.digest(data));
        CHECK(as_text(data) == (one.row.object == scan ? "the bytes" : "other bytes"));
    }
    CHECK(r.told.at(0).done == 2); // objects, not names
}

TEST_CASE("edit_uploader: a replica that has lost what its outbox names is corrupt") {
    for (const auto table : {replica_table::object, replica_table::content}) {
        rig r;
        edit(r.unit.state, "r", "text");
        auto edits = r.collect();
        r.erase_rows(table);
        CHECK(r.uploads.upload(edits).error() == errc::replica_corrupt);
        CHECK(r.unit.faults.traffic().requests() == 0);
    }
    rig r;
    (void)r.attach("the bytes");
    auto edits = r.collect();
    r.erase_rows(replica_table::object); // the bytes are there still
    CHECK(r.uploads.upload(edits).error() == errc::replica_corrupt);
}

TEST_CASE("edit_uploader: what the cipher, the store or the replica refuses fails the upload, and it can be repeated") {
    struct refusing : plaintext_cipher {
        [[nodiscard]] result<void> seal(const sealing_context&, bytes_view, bytes&) const {
            return failure{errc::too_large, "", "no seal for this"};
        }
    };
    rig r;
    edit(r.unit.state, "a", "text");
    edit(r.unit.state, "b", "text");
    const auto upload = [&] {
        auto edits = r.collect();
        return r.uploads.upload(edits);
    };
    r.unit.state.syncing.cipher = detail::any_cipher{std::in_place, refusing{}};
    CHECK(upload().error() == errc::too_large);
    r.unit.state.syncing.cipher = detail::any_cipher{std::in_place, r.w.cipher};
    for (const auto n : {0U, 1U}) {
        r.unit.faults.at(r.unit.faults.operations() + n, fault::unavailable);
        CHECK(upload().error() == errc::unavailable);
    }
    auto edits = r.collect();
    r.unit.row_faults.at(r.unit.row_faults.calls() + 1, errc::io_error);
    CHECK(r.uploads.upload(edits).error() == errc::io_error);
    CHECK(r.told.empty());
    need(upload());
    CHECK(keys_with(r.w, "/records/").size() == 2);
}

struct late_contents : default_traits {
    static constexpr protocol_rules rules{.blobs_before_segment = false};
};

TEST_CASE("edit_uploader: with the rule `blobs_before_segment` off the contents come late, once") {
    basic_rig<late_contents> r;
    edit(r.unit.state, "r", "text");
    auto edits = r.collect();
    need(r.uploads.upload(edits));
    CHECK(edits[0].ready);
    CHECK(r.unit.faults.traffic().requests() == 0);
    need(r.uploads.put_late());
    CHECK(keys_with(r.w, "/records/").size() == 1);
    need(r.uploads.put_late());
    CHECK(r.unit.faults.traffic().puts == 1);
}

} // namespace
