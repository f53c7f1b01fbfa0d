#include "vault_fixture.hpp"

#include <sealsync/sync/log_reader.hpp>

namespace {

using namespace vault_fixture;

const auto by = *device_id::make("other");

struct rig {
    world w{};
    opened_state<> unit{w};
    author other{w, 1};
    detail::log_reader<opened_state<>::state_type> reader{unit.state};

    /// What the reader makes of `s` in place of segment 1 of its log.
    [[nodiscard]] result<detail::received_segment> open(const segment& s) {
        return reader.open(by, other.next.log, 1, need(write_segment(s, "collection_id")), std::nullopt);
    }
    [[nodiscard]] std::string key(std::uint64_t seq = 1) { return other.keys.segment(by, other.next.log, seq).text(); }
};

TEST_CASE("log_reader: a segment in its place is read, and its digest is of the stored bytes") {
    rig r;
    auto s = r.other.next;
    s.changes.push_back(r.other.record("r", "x"));
    const auto got = need(r.open(s));
    CHECK(got.content == s);
    CHECK(got.stored == r.w.cipher.digest(need(write_segment(s, "collection_id"))));
}

template <class Change>
failure refusal_of(Change&& change) {
    rig r;
    auto s = r.other.next;
    change(s);
    const auto got = r.open(s);
    REQUIRE_FALSE(got);
    CHECK(got.error().object() == r.key());
    return got.error();
}

TEST_CASE("log_reader: a segment of another place is refused, saying of which") {
    const auto scope = refusal_of([](segment& s) { s.scope = "users/bob"; });
    CHECK(scope == errc::tampered);
    CHECK(scope.detail() == "belongs to another scope");
    const auto device = refusal_of([](segment& s) { s.device = *device_id::make("stranger"); });
    CHECK(device == errc::tampered);
    CHECK(device.detail() == "belongs to another device");
    const auto log = refusal_of([](segment& s) { s.log.value[7] ^= std::byte{1}; });
    CHECK(log == errc::tampered);
    CHECK(log.detail() == "belongs to another log");
    const auto place = refusal_of([](segment& s) {
        s.seq = 2;
        s.previous.emplace();
    });
    CHECK(place == errc::tampered);
    CHECK(place.detail() == "belongs to another place in its log");
}

TEST_CASE("log_reader: a segment of another vault is refused as that") {
    CHECK(refusal_of([](segment& s) { s.vault.value[0] ^= std::byte{1}; }) == errc::other_vault);
}

TEST_CASE("log_reader: a segment must continue the one before it, if that is known") {
    rig r;
    r.other.push({});
    auto second = r.other.next;
    const auto json = need(write_segment(second, "collection_id"));
    CHECK(r.reader.open(by, second.log, 2, json, second.previous));
    CHECK(r.reader.open(by, second.log, 2, json, std::nullopt));
    auto wrong = *second.previous;
    wrong.value[0] ^= std::byte{1};
    const auto refused = r.reader.open(by, second.log, 2, json, wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::tampered);
    CHECK(refused.error().object() == r.key(2));
}

TEST_CASE("log_reader: bytes that are no segment are refused, whatever they are") {
    rig r;
    const auto json = need(write_segment(r.other.next, "collection_id"));
    for (std::size_t size = 0; size < json.size(); ++size) {
        const auto got = r.reader.open(by, r.other.next.log, 1, bytes_view{json}.subview(0, size), std::nullopt);
        REQUIRE_FALSE(got);
        CHECK(got.error() == errc::malformed);
        CHECK(got.error().object() == r.key());
    }
    const auto other_field = r.reader.open(by, r.other.next.log, 1, "{\"format\":1,\"family_member_id\":1}", {});
    CHECK(other_field.error() == errc::malformed);
}

TEST_CASE("log_reader: a newer format and an unknown critical extension are refused by name") {
    rig r;
    const auto text = std::string{as_text(need(write_segment(r.other.next, "collection_id")))};
    const auto refusal = [&](std::string_view from, std::string_view to) {
        auto changed = text;
        changed.replace(changed.find(from), from.size(), to);
        const auto got = r.reader.open(by, r.other.next.log, 1, changed, std::nullopt);
        REQUIRE_FALSE(got);
        return got.error();
    };
    CHECK(refusal("\"format\":1", "\"format\":2") == errc::unknown_format);
    const auto critical = refusal("\"critical\":[]", "\"critical\":[\"teleport\"]");
    CHECK(critical == errc::unknown_critical);
    CHECK(critical.message().find("teleport") != std::string::npos);
}

} // namespace
