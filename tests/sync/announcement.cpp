#include "vault_fixture.hpp"

#include <sealsync/sync/announcement.hpp>

namespace {

using namespace vault_fixture;
using state_type = opened_state<>::state_type;
using announcement = detail::announcement<state_type>;
using answer = announcement::answer;
using cursor_map = detail::cursor_map;

const std::string head_key = "users/alice/sync-manifest.json";

log_id log(std::uint8_t number) {
    log_id id;
    id.value[0] = std::byte{number};
    return id;
}
detail::cursor_row cursor(std::uint64_t seq, std::string_view device = "phone") {
    digest256 stored;
    stored.value[0] = static_cast<std::byte>(seq);
    return {*device_id::make(device), seq, stored};
}

struct rig {
    world w{};
    opened_state<> unit{w};
    call_context call{};

    [[nodiscard]] announcement another() { return {unit.state, call}; }
    /// The head as a reader finds it.
    [[nodiscard]] head stored() {
        auto reader = another();
        REQUIRE(need(reader.read({})) == answer::found);
        return reader.known();
    }
    void write(const head& h) { store_at(w, head_key, need(write_head(h))); }
    [[nodiscard]] head plain() { return {1, {}, unit.state.vault, unit.state.keys.root(), {}, {}}; }
};

TEST_CASE("announcement: a missing head is missing, and the first join creates it") {
    rig r;
    auto one = r.another();
    CHECK(need(one.read({})) == answer::missing);
    CHECK(one.behind({}));
    CHECK(need(one.join({{log(1), cursor(3)}})));
    CHECK_FALSE(one.behind({{log(1), cursor(3)}}));
    const auto now = r.stored();
    REQUIRE(now.logs.size() == 1);
    CHECK(now.logs[0].log == log(1));
    CHECK(now.logs[0].seq == 3);
    CHECK(now.logs[0].device.text() == "phone");
    CHECK(now.logs[0].stored == cursor(3).stored);
}

TEST_CASE("announcement: with the etag of the head as it is, reading it is a 304") {
    rig r;
    auto one = r.another();
    (void)need(one.read({}));
    (void)need(one.join({}));
    auto two = r.another();
    CHECK(need(two.read(one.etag())) == answer::unchanged);
    two.assume({{log(1), cursor(1)}}, one.etag());
    CHECK_FALSE(two.behind({{log(1), cursor(1)}}));
    CHECK(two.behind({{log(1), cursor(2)}}));
    CHECK(need(two.join({{log(1), cursor(2)}}))); // with the etag assumed
    CHECK(r.stored().logs[0].seq == 2);
}

TEST_CASE("announcement: nothing is written if the head names all of it") {
    rig r;
    auto one = r.another();
    (void)need(one.read({}));
    (void)need(one.join({{log(1), cursor(5)}}));
    r.unit.faults.reset_traffic();
    auto two = r.another();
    (void)need(two.read({}));
    CHECK(need(two.join({{log(1), cursor(5)}})));
    CHECK(need(two.join({{log(1), cursor(4)}}))); // a head ahead of us is not ours to set back
    CHECK(r.unit.faults.traffic().puts == 0);
    CHECK(r.stored().logs[0].seq == 5);
}

TEST_CASE("announcement: a join takes the greater number of each log, and keeps logs that it does not know") {
    rig r;
    auto one = r.another();
    (void)need(one.read({}));
    (void)need(one.join({{log(1), cursor(5)}, {log(2), cursor(1)}}));
    auto two = r.another();
    (void)need(two.read({}));
    CHECK(two.behind({{log(2), cursor(4)}}));
    (void)need(two.join({{log(1), cursor(3)}, {log(2), cursor(4)}, {log(3), cursor(1)}}));
    const auto now = r.stored();
    REQUIRE(now.logs.size() == 3);
    CHECK(now.logs[0].seq == 5);
    CHECK(now.logs[1].seq == 4);
    CHECK(now.logs[2].seq == 1);
}

TEST_CASE("announcement: a checkpoint that a newer version named is kept") {
    rig r;
    auto h = r.plain();
    h.checkpoint = "users/alice/checkpoints/00000000000000000007.abc";
    r.write(h);
    auto one = r.another();
    (void)need(one.read({}));
    (void)need(one.join({{log(1), cursor(1)}}));
    CHECK(r.stored().checkpoint == h.checkpoint);
}

TEST_CASE("announcement: cursors cover a head only if they have come as far in every log it names") {
    rig r;
    auto one = r.another();
    (void)need(one.read({}));
    CHECK(one.covered_by({}));
    (void)need(one.join({{log(1), cursor(2)}, {log(2), cursor(2)}}));
    CHECK(one.covered_by({{log(1), cursor(2)}, {log(2), cursor(3)}, {log(3), cursor(1)}}));
    CHECK_FALSE(one.covered_by({{log(1), cursor(2)}, {log(2), cursor(1)}}));
    CHECK_FALSE(one.covered_by({{log(1), cursor(2)}}));
}

TEST_CASE("announcement: a lost race is read again and joined, so that nothing of the winner is lost") {
    rig r;
    auto one = r.another(), two = r.another();
    (void)need(one.read({}));
    (void)need(two.read({}));
    (void)need(one.join({{log(1), cursor(1)}}));
    CHECK(need(two.join({{log(2), cursor(1)}}))); // If-None-Match lost
    auto three = r.another();
    (void)need(three.read({}));
    (void)need(one.read({}));
    (void)need(one.join({{log(1), cursor(2)}}));
    CHECK(need(three.join({{log(3), cursor(1)}}))); // If-Match lost
    const auto now = r.stored();
    REQUIRE(now.logs.size() == 3);
    CHECK(now.logs[0].seq == 2);
}

TEST_CASE("announcement: a head that is deleted during the race is created again") {
    rig r;
    auto one = r.another();
    (void)need(one.read({}));
    (void)need(one.join({{log(1), cursor(1)}}));
    remove_at(r.w, head_key);
    CHECK(need(one.join({{log(2), cursor(1)}})));
    CHECK(r.stored().logs.back().log == log(2));
}

TEST_CASE("announcement: after too many lost races the head is left to others") {
    rig r;
    r.unit.state.settings.head_attempts_max = 3;
    auto one = r.another();
    (void)need(one.read({}));
    for (std::uint64_t i = 0; i < 3; ++i)
        r.unit.faults.at(r.unit.faults.operations() + std::uint64_t{2} * i, fault::unknown_outcome);
    // A write that was applied although the answer is unknown is found when the head is read again.
    CHECK(need(one.join({{log(1), cursor(1)}})));

    r.unit.state.settings.head_attempts_max = 0;
    CHECK_FALSE(need(one.join({{log(1), cursor(2)}})));
}

TEST_CASE("announcement: a store that fails for good fails the join, and says at what") {
    rig r;
    auto one = r.another();
    r.unit.faults.next(fault::unavailable);
    CHECK(one.read({}).error() == errc::unavailable);
    (void)need(one.read({}));
    r.unit.faults.next(fault::no_space);
    const auto outcome = one.join({});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::no_space);
    CHECK(outcome.error().message().find("write the head") != std::string::npos);
}

TEST_CASE("announcement: a damaged head counts as missing, is told, and is replaced") {
    rig r;
    for (const std::string damage : {"", "{", "not json at all", "{\"format\":1}"}) {
        store_at(r.w, head_key, damage);
        auto one = r.another();
        CHECK(need(one.read({})) == answer::missing);
        REQUIRE(one.damage());
        CHECK(one.damage()->kind() == error_kind::data);
        CHECK(one.damage()->object() == head_key);
        CHECK(one.behind({}));
        CHECK(need(one.join({{log(1), cursor(1)}})));
        CHECK_FALSE(one.damage());
        CHECK(r.stored().logs.size() == 1);
    }
}

TEST_CASE("announcement: a head that is torn for a moment is read again, at most twice") {
    for (const std::uint64_t torn : {1U, 2U, 3U}) {
        rig r;
        r.write(r.plain());
        for (std::uint64_t i = 0; i < torn; ++i) r.unit.faults.next(fault::truncated_body);
        auto one = r.another();
        const auto gets = r.unit.faults.traffic().gets;
        CHECK(need(one.read({})) == (torn < 3 ? answer::found : answer::missing));
        CHECK(one.damage().has_value() == (torn == 3));
        CHECK(r.unit.faults.traffic().gets - gets == (std::min)(torn + 1, std::uint64_t{3}));
    }
}

TEST_CASE("announcement: another vault's head is refused where nothing is sealed, and not touched") {
    rig r;
    auto h = r.plain();
    h.vault.value[0] ^= std::byte{1};
    r.write(h);
    const auto before = stored_at(r.w, head_key);
    auto one = r.another();
    const auto outcome = one.read({});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::other_vault);
    CHECK(outcome.error().object() == head_key);
    CHECK(stored_at(r.w, head_key) == before);
}

/// Answers every get of the head as it is told.
struct refusing_storage : memory_storage {
    refusing_storage(memory_storage at, errc code) : memory_storage{std::move(at)}, code_{code} {}
    result<void> get(std::span<const get_op> ops, get_sink got, const call_context& call) {
        if (ops.front().key.text() != head_key) return memory_storage::get(ops, got, call);
        got(0, failure{code_, head_key, "as told"});
        return {};
    }
    errc code_;
};

TEST_CASE("announcement: a head that cannot be read is a hint less; a store that cannot be asked is a failure") {
    const auto read_by = [](errc code) {
        rig r;
        r.write(r.plain());
        opened_state<>::state_type state{
            refusing_storage{r.w.store, code}, plaintext_cipher{43}, r.w.clock, keep_both{}, memory_replica{},
            {*user_id::make("alice"), false},  sync_settings{}};
        detail::announcement<opened_state<>::state_type> one{state, r.call};
        auto outcome = one.read({});
        if (outcome) CHECK(one.damage().has_value());
        return outcome;
    };
    for (const auto code : {errc::access_denied, errc::too_large, errc::io_error, errc::malformed, errc::unsupported}) {
        const auto outcome = read_by(code);
        REQUIRE(outcome);
        CHECK(*outcome == answer::missing);
    }
    for (const auto code : {errc::unavailable, errc::connection_lost, errc::cancelled, errc::throttled}) {
        CHECK(read_by(code).error() == code);
    }
}

TEST_CASE("announcement: a head of a newer format, or with an unknown critical extension, is left to newer devices") {
    rig r;
    const auto text = std::string{as_text(need(write_head(r.plain())))};
    const auto with = [&](std::string_view from, std::string_view to) {
        auto changed = text;
        changed.replace(changed.find(from), from.size(), to);
        store_at(r.w, head_key, changed);
        auto one = r.another();
        CHECK(need(one.read({})) == answer::missing);
        CHECK_FALSE(need(one.join({{log_id{}, {*device_id::make("other"), 1, {}}}})));
        CHECK(as_text(stored_at(r.w, head_key)) == changed);
        REQUIRE(one.damage());
        CHECK(one.damage()->object() == head_key);
        return one.damage()->code();
    };
    CHECK(with("\"format\":1", "\"format\":2") == errc::unknown_format);
    CHECK(with("\"critical\":[]", "\"critical\":[\"teleport\"]") == errc::unknown_critical);
}

TEST_CASE("announcement: stores with weak conditions are written without them, or create-only") {
    using mode = testing::condition_mode;
    for (const auto weak : {mode::off, mode::create_only, mode::ignored}) {
        rig r;
        r.unit.faults.conditions(weak);
        r.unit.state.syncing.capabilities = need(r.unit.state.syncing.store.probe({}));
        auto one = r.another();
        (void)need(one.read({}));
        CHECK(need(one.join({{log(1), cursor(1)}})));
        CHECK(need(one.join({{log(1), cursor(2)}})));
        CHECK(r.stored().logs[0].seq == 2);
    }
}

} // namespace
