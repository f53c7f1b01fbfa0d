#include "vault_fixture.hpp"

#include "../manifest/samples.hpp"

#include <sealsync/manifest/canonical_codec.hpp>
#include <sealsync/sync/segment_form.hpp>
#include <sealsync/testing/simulated_cipher.hpp>

namespace {

using namespace vault_fixture;
using sealsync_tests::sample_segment;
using testing::simulated_cipher;

/// As sealed vaults were written before there was a compact form.
struct json_traits : default_traits {
    static constexpr bool compact_segments = false;
};

template <class Traits>
class sealed_device {
public:
    using engine_type = basic_sync_engine<store_type, simulated_cipher, manual_clock, keep_both, replica_type, Traits>;

    explicit sealed_device(world& of, std::uint64_t randomness, memory_replica kept = {})
        : rows{std::move(kept)},
          engine{need(engine_type::open({"alice", "device", true, {}}, store_type{of.store, faults},
                                        simulated_cipher{7, randomness}, of.clock, keep_both{},
                                        replica_type{rows, row_faults}))} {}

    void put(std::string_view id, std::string_view text) { (void)need(engine.collection("emma").put(id, text)); }
    [[nodiscard]] std::string text(std::string_view id) {
        const auto got = need(engine.collection("emma").get(id));
        return got ? std::string{as_text(got->content)} : "(none)";
    }
    sync_report sync() {
        auto report = need(engine.sync());
        for (const auto& refusal : report.refusals) FAIL(refusal.message());
        return report;
    }

    memory_replica rows;
    testing::fault_plan faults{1};
    testing::replica_fault_plan row_faults{1};
    engine_type engine;
};

/// The only segment whose key has `part`, opened.
[[nodiscard]] bytes opened(const world& w, const std::string& key) {
    const auto name = key_space<default_layout>{*user_id::make("alice"), true}.parse_segment(key);
    REQUIRE(name);
    const simulated_cipher cipher{7, 99};
    const auto log = name->log.hex(), seq = std::to_string(name->seq);
    bytes plain;
    need(cipher.open({object_kind::segment, *cipher.vault(), {}, log, seq}, stored_at(w, key), plain));
    return plain;
}

template <class Engine>
[[nodiscard]] std::vector<std::string> log_as_json(Engine& engine) {
    std::vector<std::string> lines;
    need(engine.log([&](const segment& s) {
        lines.emplace_back(as_text(need(write_segment(s, "collection_id"))));
        return true;
    }));
    return lines;
}

TEST_CASE("segment_form: JSON in a plaintext vault, compact inside a seal, where JSON is read too") {
    const auto s = sample_segment();
    const detail::segment_form<default_traits> plaintext{false};
    const detail::segment_form<default_traits> sealed{true};
    const auto json = need(plaintext.write(s, {})), compact = need(sealed.write(s, {}));
    CHECK(json == need(write_segment(s, default_layout::collection_field)));
    CHECK(compact == need(write_compact_segment(s)));
    CHECK(json == need(detail::segment_form<json_traits>{true}.write(s, {})));
    CHECK(need(plaintext.read(json, {})) == s);
    CHECK(need(sealed.read(json, {})) == s);
    CHECK(need(sealed.read(compact, {})) == s);
    CHECK(need(detail::segment_form<json_traits>{true}.read(compact, {})) == s);
    CHECK(plaintext.read(compact, {}).error() == errc::malformed);
    CHECK(sealed.read("\x02", {}).error() == errc::unknown_format);
    CHECK(sealed.read("", {}).error() == errc::malformed);
}

TEST_CASE("segment_form: a sealed vault with segments of both forms is one vault") {
    world w;
    sealed_device<json_traits> old{w, 1};
    sealed_device<default_traits> fresh{w, 2};
    old.put("a", "1");
    CHECK(old.sync().pushed == 1);
    const auto first = keys_with(w, "/manifest/");
    REQUIRE(first.size() == 1);
    CHECK_FALSE(is_compact(opened(w, first[0])));

    CHECK(fresh.sync().pulled == 1);
    CHECK(fresh.text("a") == "1");
    fresh.put("a", "2");
    CHECK(fresh.sync().pushed == 1);
    CHECK(old.sync().pulled == 1);
    CHECK(old.text("a") == "2");
    CHECK(need(old.engine.verify()).ok());
    CHECK(need(fresh.engine.verify()).ok());

    const auto both = keys_with(w, "/manifest/");
    REQUIRE(both.size() == 2);
    const auto second = opened(w, both[0] == first[0] ? both[1] : both[0]);
    CHECK(is_compact(second));
    CHECK(second.size() * 3 < opened(w, first[0]).size() * 2);
}

TEST_CASE("segment_form: log gives every segment, so that any can be shown as JSON, whatever it was written in") {
    world w;
    sealed_device<json_traits> old{w, 1};
    sealed_device<default_traits> fresh{w, 2};
    old.put("a", "1");
    (void)old.sync();
    fresh.put("b", "2");
    (void)fresh.sync();
    const auto lines = log_as_json(fresh.engine);
    CHECK(lines == log_as_json(old.engine));
    REQUIRE(lines.size() == 2);
    for (const auto& line : lines) CHECK(canonical_codec::read_segment(line, "collection_id"));
    const auto keys = keys_with(w, "/manifest/");
    const auto in_json = is_compact(opened(w, keys[0])) ? keys[1] : keys[0];
    CHECK(std::count(lines.begin(), lines.end(), as_text(opened(w, in_json))) == 1);

    world plain;
    device a{plain};
    a.put("a", "1");
    a.clean_sync();
    CHECK(log_as_json(a.engine()) ==
          std::vector{std::string{as_text(stored_at(plain, keys_with(plain, "/manifest/").at(0)))}});
}

TEST_CASE(
    "segment_form: a segment that was sealed in JSON is finished byte for byte by a run that writes compact ones") {
    world w;
    std::optional<sealed_device<json_traits>> old{std::in_place, w, 1};
    (void)old->sync();
    old->put("a", "1");
    old->faults.at(old->faults.operations() + 2, fault::lost_request); // head, blob, segment
    CHECK(old->engine.sync().error() == errc::connection_lost);
    CHECK(keys_with(w, "/manifest/").empty());

    const auto rows = old->rows;
    old.reset();
    sealed_device<default_traits> fresh{w, 3, rows};
    CHECK(fresh.sync().pushed == 1);
    const auto landed = keys_with(w, "/manifest/");
    REQUIRE(landed.size() == 1);
    CHECK_FALSE(is_compact(opened(w, landed[0])));
    fresh.put("a", "2");
    CHECK(fresh.sync().pushed == 1);
    sealed_device<default_traits> other{w, 4};
    (void)other.sync();
    CHECK(other.text("a") == "2");
}

TEST_CASE("segment_form: a compact segment that is lost on its way is finished byte for byte, too") {
    world w;
    std::optional<sealed_device<default_traits>> first{std::in_place, w, 1};
    (void)first->sync();
    first->put("a", "1");
    first->faults.at(first->faults.operations() + 2, fault::lost_answer);
    CHECK(first->engine.sync().error() == errc::connection_lost);
    const auto landed = keys_with(w, "/manifest/");
    REQUIRE(landed.size() == 1);
    const auto stored = stored_at(w, landed[0]);
    const auto rows = first->rows;
    first.reset();
    sealed_device<default_traits> again{w, 2, rows};
    CHECK(again.sync().pushed == 1);
    CHECK(keys_with(w, "/manifest/") == landed);
    CHECK(stored_at(w, landed[0]) == stored);
}

} // namespace
