#include "small_chunks.hpp"
#include "vault_fixture.hpp"

#include <filesystem>
#include <fstream>

namespace {

using namespace vault_fixture;
using engine_type = basic_sync_engine<store_type, small_chunks, manual_clock, keep_both>;

const std::string content = "an attachment of several chunks, each of eight bytes";

struct rig {
    world w{};
    testing::fault_plan faults{1};
    engine_type a = open(1), b = open(2);
    attachment_id id = need(a.collection("emma").attach(attachment_source::from_bytes(content), {"scan", ""}));
    std::string key = "users/alice/collections/emma/attachments/" + id.text() + "/data.blob";

    rig() {
        (void)need(a.sync());
        (void)need(b.sync());
        faults.reset_traffic();
    }
    [[nodiscard]] engine_type open(std::uint64_t seed) {
        return need(open_vault({"alice", "", true, {}}, store_type{w.store, faults}, small_chunks{seed}, w.clock,
                               keep_both{}, memory_replica{}));
    }
    [[nodiscard]] result<std::string> read(const attachment_id& which) {
        std::string got;
        auto done = b.collection("emma").read_attachment(
            which, [&](bytes_view part) { return got += as_text(part), result<void>{}; });
        if (!done) return std::move(done).error();
        return got;
    }
};

TEST_CASE("attachment_reader: what was attached is read, from the source or from the store") {
    rig r;
    CHECK(need(r.read(r.id)) == content);
    std::string pending;
    const auto other = need(r.b.collection("emma").attach(attachment_source::from_bytes("not uploaded"), {}));
    const auto asked = r.faults.traffic().requests();
    CHECK(need(r.read(other)) == "not uploaded");
    CHECK(r.faults.traffic().requests() == asked);
}

TEST_CASE("attachment_reader: an empty attachment is nothing, whole") {
    rig r;
    const auto empty = need(r.a.collection("emma").attach(attachment_source::from_bytes(""), {"empty", ""}));
    (void)need(r.a.sync());
    (void)need(r.b.sync());
    CHECK(need(r.read(empty)).empty());
}

TEST_CASE("attachment_reader: every truncation is found out") {
    rig r;
    const auto whole = stored_at(r.w, r.key);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        store_at(r.w, r.key, bytes_view{whole}.subview(0, size));
        const auto got = r.read(r.id);
        REQUIRE_FALSE(got);
        CHECK(got.error() == errc::tampered);
        CHECK(got.error().object() == r.key);
    }
}

TEST_CASE("attachment_reader: every flipped byte is found out") {
    rig r;
    const auto whole = stored_at(r.w, r.key);
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto damaged = whole;
        damaged[i] ^= std::byte{1};
        store_at(r.w, r.key, damaged);
        const auto got = r.read(r.id);
        REQUIRE_FALSE(got);
        CHECK(got.error() == errc::tampered);
    }
}

TEST_CASE("attachment_reader: another attachment's bytes, chunks in another order, and more bytes are found out") {
    rig r;
    std::string longer = content;
    longer.back() = '!';
    const auto other = need(r.a.collection("emma").attach(attachment_source::from_bytes(longer), {"other", ""}));
    (void)need(r.a.sync());
    const auto whole = stored_at(r.w, r.key);
    store_at(r.w, r.key, stored_at(r.w, "users/alice/collections/emma/attachments/" + other.text() + "/data.blob"));
    CHECK(r.read(r.id).error() == errc::tampered);

    auto swapped = whole;
    std::swap_ranges(swapped.begin() + 4, swapped.begin() + 14, swapped.begin() + 14);
    store_at(r.w, r.key, swapped);
    CHECK(r.read(r.id).error() == errc::tampered);

    // What is appended is never asked for: the length is the segment's.
    auto more = whole;
    append(more, "more");
    store_at(r.w, r.key, more);
    CHECK(need(r.read(r.id)) == content);
}

TEST_CASE("attachment_reader: one that the store has lost is missing, one that was never attached not found") {
    rig r;
    remove_at(r.w, r.key);
    const auto lost = r.read(r.id);
    REQUIRE_FALSE(lost);
    CHECK(lost.error() == errc::missing_object);
    CHECK(lost.error().object() == r.key);
    CHECK(r.read(*attachment_id::make("never")).error() == errc::not_found);
}

TEST_CASE("attachment_reader: a file replaced before it was uploaded is never read as what was attached") {
    rig r;
    const auto path = std::filesystem::temp_directory_path() /
                      ("sealsync-reader-" + std::to_string(reinterpret_cast<std::uintptr_t>(&r)));
    const auto write = [&](std::string_view text) { std::ofstream{path, std::ios::binary} << text; };
    write("before");
    const auto id = need(r.b.collection("emma").attach(attachment_source::from_file(path), {}));
    CHECK(need(r.read(id)) == "before");
    write("after!"); // as long
    CHECK(r.read(id).error() == errc::source_changed);
    std::filesystem::remove(path);
    CHECK(r.read(id).error() == errc::not_found);
}

TEST_CASE("attachment_reader: every request that fails fails the reading, as what it was") {
    for (std::uint64_t n = 0;; ++n) {
        rig r;
        r.faults.at(r.faults.operations() + n, fault::unavailable);
        const auto got = r.read(r.id);
        if (r.faults.happened(fault::unavailable) == 0) {
            CHECK(n == 1); // header and chunks in one
            break;
        }
        CHECK(got.error() == errc::unavailable);
    }
}

TEST_CASE("attachment_reader: a sink that refuses ends the reading with its failure") {
    rig r;
    const auto outcome = r.b.collection("emma").read_attachment(r.id, [](bytes_view) -> result<void> {
        return failure{errc::no_space, "disk"};
    });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::no_space);
}

TEST_CASE("attachment_reader: a stopped reading is cancelled") {
    rig r;
    std::stop_source stop;
    stop.request_stop();
    const auto outcome =
        r.b.collection("emma").read_attachment(r.id, [](bytes_view) { return result<void>{}; }, {stop.get_token()});
    CHECK(outcome.error() == errc::cancelled);
}

TEST_CASE("attachment_reader: only one may use the store at a time, a sync or a reading") {
    rig r;
    auto emma = r.b.collection("emma");
    std::optional<errc> inner;
    need(emma.read_attachment(r.id, [&](bytes_view) {
        if (!inner) inner = r.b.sync().error().code();
        return result<void>{};
    }));
    CHECK(inner == errc::busy);
    CHECK(r.b.sync());
}

TEST_CASE("plain_bytes: the reverse of a layout's sealed_bytes") {
    for (const auto& layout : {stream_layout{4, 8, 2}, stream_layout{0, 1 << 20, 0}, stream_layout{40, 65'536, 16}}) {
        for (const std::uint64_t size : {0U, 1U, 7U, 8U, 9U, 15U, 16U, 17U, 65'536U, 65'537U, 3'000'000U}) {
            CHECK(detail::plain_bytes(layout, layout.sealed_bytes(size)) == size);
        }
    }
    CHECK(detail::plain_bytes({4, 8, 2}, 3) == 0);
}

TEST_CASE("read_all: a source is read in order and whole") {
    memory_source source{testing::random{1}.some_bytes((std::size_t{2} << 20U) + 17)};
    bytes got;
    need(detail::read_all(source, [&](bytes_view part) { return append(got, part), result<void>{}; }));
    bytes expected(got.size());
    need(source.read(0, expected));
    CHECK(got.size() == source.size());
    CHECK(got == expected);
}

} // namespace
