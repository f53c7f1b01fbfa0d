#include "small_chunks.hpp"
#include "vault_fixture.hpp"

#include <sealsync/sync/attachment_reader.hpp>
#include <sealsync/sync/attachment_uploader.hpp>

namespace {

using namespace vault_fixture;
using opened = opened_state<keep_both, small_chunks>;
using uploader = detail::attachment_uploader<opened::state_type>;

struct rig {
    world w{};
    opened unit{w};
    call_context call{};
    uploader attachments{unit.state, call};

    [[nodiscard]] detail::object_ref attach(bytes_view content, bool known = false) {
        memory_source source{to_bytes(content)};
        const auto collection = *collection_id::make("emma");
        const detail::object_ref ref{change_type::attachment, collection,
                                     need(detail::dedupe_id(unit.state, collection, source))};
        need(unit.state.local.transact([&](opened::unit_type& in) -> result<void> {
            auto noted = detail::note_attachment(unit.state, in, ref, attachment_source::from_bytes(content),
                                                 content.size(), {"scan.pdf", ""});
            if (!noted || !known) return noted;
            auto row = in.object(ref);
            row.siblings.versions().at(0).pending = 0;
            row.siblings.versions().at(0).what.stored.emplace().value[0] = std::byte{7};
            in.store_object(ref, row, false);
            return {};
        }));
        unit.faults.reset_traffic();
        return ref;
    }
    [[nodiscard]] result<detail::upload_outcome> upload(const detail::object_ref& ref) {
        auto outcomes = attachments.upload({&ref, 1});
        if (!outcomes) return std::move(outcomes).error();
        CHECK(outcomes->size() == 1);
        if ((*outcomes)[0].lost) return *(*outcomes)[0].lost;
        return (*outcomes)[0];
    }
    [[nodiscard]] std::string data_key(const detail::object_ref& ref) {
        return unit.state.keys.attachment_data(ref.collection, ref.id).text();
    }
    [[nodiscard]] testing::traffic asked() { return unit.faults.traffic(); }
};

TEST_CASE("attachment_uploader: a new one is a HEAD, the metadata and then the data, sealed") {
    for (const std::string content : {"", "12345678", "longer than one chunk of eight"}) {
        rig r;
        const auto ref = r.attach(content);
        const auto done = need(r.upload(ref));
        CHECK(r.asked().details == 1);
        CHECK(r.asked().puts == 2);
        CHECK(r.asked().requests() == 3);
        const auto sealed = stored_at(r.w, r.data_key(ref));
        CHECK(done.size == sealed.size());
        CHECK(done.size == r.unit.state.syncing.cipher.layout().sealed_bytes(content.size()));
        CHECK(done.stored == r.w.cipher.digest(sealed));
        const auto metadata = stored_at(r.w, r.unit.state.keys.attachment_metadata(ref.collection, ref.id).text());
        CHECK(as_text(metadata) == "{\"format\":1,\"size\":" + std::to_string(content.size()) + "}");
    }
}

TEST_CASE("attachment_uploader: one that is there with its exact length is not uploaded again") {
    rig r;
    const auto ref = r.attach("some content");
    const auto first = need(r.upload(ref));
    r.unit.faults.reset_traffic();
    const auto second = need(r.upload(ref));
    CHECK(second.size == first.size);
    CHECK(second.stored == first.stored);
    CHECK(r.asked().details == 1);
    CHECK(r.asked().requests() == 1);
}

TEST_CASE("attachment_uploader: one that is there with another length is uploaded") {
    rig r;
    const auto ref = r.attach("some content");
    store_at(r.w, r.data_key(ref), "cut off");
    (void)need(r.upload(ref));
    CHECK(r.asked().puts == 2);
    CHECK(stored_at(r.w, r.data_key(ref)).size() == r.unit.state.syncing.cipher.layout().sealed_bytes(12));
}

TEST_CASE("attachment_uploader: one that a committed change lists costs nothing") {
    rig r;
    const auto ref = r.attach("some content", true);
    const auto done = need(r.upload(ref));
    CHECK(done.stored.value[0] == std::byte{7});
    CHECK(r.asked().requests() == 0);
}

TEST_CASE("attachment_uploader: each request that fails fails the upload, and the next one completes it") {
    for (std::uint64_t n = 0; n < 3; ++n) {
        for (const auto what : {fault::lost_request, fault::lost_answer, fault::unavailable}) {
            rig r;
            const auto ref = r.attach("some content");
            r.unit.faults.at(r.unit.faults.operations() + n, what);
            const auto failed = r.upload(ref);
            REQUIRE_FALSE(failed);
            CHECK(failed.error().kind() == error_kind::retry);
            (void)need(r.upload(ref));
            CHECK(keys_with(r.w, ref.id.text()).size() == 2);
        }
    }
}

TEST_CASE("attachment_uploader: a source that is not what was attached is never published") {
    rig r;
    const auto ref = r.attach("as attached");
    need(r.unit.state.local.transact([&](opened::unit_type& in) -> result<void> {
        in.store_source(ref, attachment_source::from_bytes("as changed!").encode());
        return {};
    }));
    CHECK(r.upload(ref).error() == errc::source_changed);
    CHECK(keys_with(r.w, "/data.blob").empty());
}

TEST_CASE("attachment_uploader: many are three batches, and one whose source is lost stops no other") {
    rig r;
    const auto good = r.attach("as attached"), bad = r.attach("as attached, too"), known = r.attach("known", true);
    need(r.unit.state.local.transact([&](opened::unit_type& in) -> result<void> {
        in.store_source(bad, attachment_source::from_bytes("as changed......").encode());
        return {};
    }));
    const std::vector wanted{good, bad, known};
    const auto outcomes = need(r.attachments.upload(wanted));
    CHECK_FALSE(outcomes[0].lost);
    CHECK_FALSE(outcomes[2].lost);
    REQUIRE(outcomes[1].lost);
    CHECK(*outcomes[1].lost == errc::source_changed);
    CHECK(keys_with(r.w, "/data.blob") == std::vector<std::string>{r.data_key(good)});
    CHECK(r.asked().details == 2);
    CHECK(r.asked().puts == 4);
}

TEST_CASE("attachment_uploader: a store that cannot write is not taken for a lost source") {
    rig r;
    const auto ref = r.attach("as attached");
    r.unit.faults.at(r.unit.faults.operations() + 2, fault::no_space);
    const auto outcomes = r.attachments.upload({&ref, 1});
    REQUIRE_FALSE(outcomes);
    CHECK(outcomes.error() == errc::no_space);
}

TEST_CASE("attachment_uploader: a source that is lost, or does not decode, is a damaged replica") {
    rig r;
    const auto ref = r.attach("x");
    need(r.unit.state.local.transact([&](opened::unit_type& in) -> result<void> {
        in.store_source(ref, "\x07");
        return {};
    }));
    CHECK(r.upload(ref).error() == errc::replica_corrupt);
    need(r.unit.state.local.transact([&](opened::unit_type& in) -> result<void> {
        in.erase_source(ref);
        return {};
    }));
    CHECK(r.upload(ref).error() == errc::replica_corrupt);
}

} // namespace
