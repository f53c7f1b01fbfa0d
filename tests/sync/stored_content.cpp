#include "vault_fixture.hpp"

#include <sealsync/sync/stored_content.hpp>

namespace {

using namespace vault_fixture;

/// Opens no record that was sealed for somebody else.
struct picky_cipher : plaintext_cipher {
    using plaintext_cipher::plaintext_cipher;
    [[nodiscard]] result<void> open(const sealing_context& context, bytes_view in, bytes& out) const {
        const bool ours = context.kind != object_kind::record || as_text(in).find("for others") == std::string::npos;
        if (!ours) return failure{errc::wrong_key, "", "sealed for others"};
        return plaintext_cipher::open(context, in, out);
    }
};

using opened_by_picky = opened_state<keep_both, picky_cipher>;

/// A way in which a content is not what its segment says, with no way for the store or the author to hide it.
struct damage {
    std::string name;
    errc found;
    std::function<void(world&, author&, change&)> apply;
};

[[nodiscard]] std::string key_of(const author& by, const change& c) {
    return by.keys.record(c.collection, c.id, c.version, *c.stored).text();
}
/// The segment tells the truth about these bytes, whatever they are.
void store_honestly(world& w, author& by, change& c, bytes_view stored) {
    c.size = stored.size();
    c.stored = w.cipher.digest(stored);
    store_at(w, key_of(by, c), stored);
}

[[nodiscard]] std::vector<damage> all_damages() {
    const auto rewrite = [](auto&& how) {
        return [how](world& w, author& by, change& c) {
            auto body = stored_at(w, key_of(by, c));
            how(body);
            store_at(w, key_of(by, c), body);
        };
    };
    return {
        {"missing", errc::missing_object, [](world& w, author& by, change& c) { remove_at(w, key_of(by, c)); }},
        {"longer than it was", errc::tampered, rewrite([](bytes& body) { body.push_back(std::byte{0}); })},
        {"cut", errc::tampered, rewrite([](bytes& body) { body.pop_back(); })},
        {"empty", errc::tampered, rewrite([](bytes& body) { body.clear(); })},
        {"flipped", errc::tampered, rewrite([](bytes& body) { body.back() ^= std::byte{1}; })},
        {"said to be longer, with its digest", errc::tampered, [](world&, author&, change& c) { ++c.size; }},
        {"said to be shorter, with its digest", errc::tampered, [](world&, author&, change& c) { --c.size; }},
        {"does not open", errc::wrong_key,
         [](world& w, author& by, change& c) {
             store_honestly(w, by, c, detail::encode(detail::payload{"emma", "r", "for others"}));
         }},
        {"of a newer format", errc::unknown_format,
         [](world& w, author& by, change& c) { store_honestly(w, by, c, bytes{std::byte{9}}); }},
        {"ends within its name", errc::malformed,
         [](world& w, author& by, change& c) {
             auto cut = detail::encode(detail::payload{"emma", "r", ""});
             cut.pop_back();
             store_honestly(w, by, c, cut);
         }},
    };
}

// The one judgement.

struct rig {
    world w{};
    opened_by_picky unit{w};
    author other{w, 1};

    [[nodiscard]] result<detail::stored_content> open(const change& c) {
        return detail::open_content(unit.state, c, unit.state.syncing.store.get_one(detail::get_of(unit.state, c), {}));
    }
};

TEST_CASE("stored_content: it is asked for by its key, and for no more bytes than its segment says") {
    rig r;
    const auto c = r.other.record("r", "content");
    const auto op = detail::get_of(r.unit.state, c);
    CHECK(op.key.text() == key_of(r.other, c));
    CHECK(op.size_max == c.size);
    CHECK(op.part == get_part::body);
    CHECK_FALSE(op.range);
}

TEST_CASE("stored_content: what is whole is opened, with its names; it may be moved") {
    rig r;
    for (const std::string text : {"", "content", "a content that is longer than what a small string holds"}) {
        auto content = need(r.open(r.other.record("r", text)));
        const auto moved = std::move(content);
        CHECK(moved.parts.collection == "emma");
        CHECK(moved.parts.name == "r");
        CHECK(as_text(moved.parts.content) == text);
    }
}

TEST_CASE("stored_content: what is lost or damaged says how, names the object, and is a loss") {
    for (const auto& one : all_damages()) {
        CAPTURE(one.name);
        rig r;
        auto c = r.other.record("r", "content");
        one.apply(r.w, r.other, c);
        const auto outcome = r.open(c);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == one.found);
        CHECK(outcome.error().object() == key_of(r.other, c));
        CHECK(!detail::is_of_the_store(outcome.error()));
    }
}

TEST_CASE("stored_content: a store that cannot be asked fails as it does, and nothing is lost") {
    rig r;
    const auto c = r.other.record("r", "content");
    for (const auto code : {errc::unavailable, errc::connection_lost, errc::cancelled, errc::outcome_unknown,
                            errc::closed, errc::throttled}) {
        const auto outcome = detail::open_content(r.unit.state, c, failure{code, "the store", "why"});
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == code);
        CHECK(outcome.error().detail() == "why");
        CHECK(detail::is_of_the_store(outcome.error()));
    }
    CHECK(r.open(c));
}

// By an engine.

TEST_CASE("stored_content: a pull and a verification judge each damage alike: the same object, the same reason") {
    for (const auto& one : all_damages()) {
        CAPTURE(one.name);
        world w;
        auto reader = need(
            open_vault({"alice", "reader", true}, w.store, picky_cipher{42}, w.clock, keep_both{}, memory_replica{}));
        author other{w, 1};
        auto damaged = other.record("r", "content");
        const auto whole = other.record("whole", "content");
        one.apply(w, other, damaged);
        other.push({damaged, whole});
        for (int time = 0; time < 2; ++time) { // each sync looks again
            sync_options options;
            options.rediscover = true;
            const auto pulled = need(reader.sync(options));
            const auto verified = need(reader.verify());
            REQUIRE(pulled.refusals.size() == 1);
            REQUIRE(verified.problems.size() == 1);
            CHECK(pulled.refusals[0] == one.found);
            CHECK(pulled.refusals[0].object() == key_of(other, damaged));
            CHECK(verified.problems[0] == one.found);
            CHECK(verified.problems[0].object() == pulled.refusals[0].object());
            CHECK(verified.problems[0].detail() == pulled.refusals[0].detail());
        }
        const auto got = need(reader.collection("emma").get("whole"));
        REQUIRE(got);
        CHECK(as_text(got->content) == "content");
    }
}

TEST_CASE("stored_content: neither a pull nor a verification finds anything in what is whole") {
    world w;
    auto reader =
        need(open_vault({"alice", "reader", true}, w.store, picky_cipher{42}, w.clock, keep_both{}, memory_replica{}));
    author other{w, 1};
    other.push({other.record("a", "content"), other.record("b", "")});
    sync_options options;
    options.rediscover = true;
    CHECK(need(reader.sync(options)).refusals.empty());
    CHECK(need(reader.verify()).ok());
}

} // namespace
