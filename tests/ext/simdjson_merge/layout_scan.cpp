#include <sealsync/ext/simdjson/simdjson_changes.hpp>
#include <sealsync/ext/simdjson_merge/layout_scan.hpp>
#include <sealsync/manifest/writer.hpp>
#include <sealsync/merge/entry_change.hpp>

#include "../../manifest/json_disguise.hpp"
#include "../../manifest/samples.hpp"
#include "../../tries.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

constexpr std::array levels{vector_level::portable, vector_level::neon, vector_level::avx2, vector_level::avx512};

/// A scan beside the walk that it must agree with.
class scan_and_walk {
public:
    explicit scan_and_walk(vector_level level = best_level(), const manifest_limits& limits = {})
        : level_{level}, limits_{limits} {}

    /// Whether the scan took it; then the walk did, with the same changes. The text stands in memory of its own size.
    bool scanned(std::string_view json) {
        const std::vector<char> exact(json.begin(), json.end());
        const std::string_view text{exact.data(), exact.size()};
        stage_.clear();
        if (!scan_.read(text, field, limits_, level_, stage_)) return false;
        walked_.clear();
        const auto own = [&](const change_view& view) { walked_.push_back(*to_change(view)); };
        const auto walked = walk_.read(text, field, limits_, own);
        REQUIRE_MESSAGE(walked, walked.error().message(), json);
        REQUIRE_MESSAGE(stage_.size() == walked_.size(), json);
        for (std::size_t i = 0; i < walked_.size(); ++i) {
            const auto staged = detail::change_of(stage_[i], stage_.rest(stage_[i]), stage_.texts);
            REQUIRE_MESSAGE(staged == walked_[i], json);
            REQUIRE(stage_.hash(i) == hash_of(stage_[i]));
        }
        return true;
    }
    bool walked(std::string_view json) {
        return walk_.read(json, field, limits_, [](const change_view&) {}).has_value();
    }

private:
    [[nodiscard]] std::uint32_t hash_of(const detail::merge_entry& entry) const {
        return detail::staged_changes::hash_of(hash_, entry, stage_.texts.collections.hash(entry.collection));
    }

    vector_level level_;
    manifest_limits limits_;
    detail::seeded_hash hash_{1};
    detail::staged_changes stage_{hash_};
    detail::layout_scan scan_;
    simdjson_changes walk_;
    std::vector<change> walked_;
};

using fields = std::vector<std::pair<std::string, std::string>>;

fields record_fields(std::uint64_t n) {
    return {
        {"type", "\"record\""},
        {std::string{field}, "\"emma\""},
        {"record_id", "\"rec-" + std::to_string(n) + "\""},
        {"version", std::to_string(n % 3 == 0 ? 12'345'678 : n)},
        {"timestamp", "\"2025-01-2" + std::to_string(n % 10) + "T14:30:00.12345678" + std::to_string(n % 10) + "Z\""},
        {"device_id", "\"iphone\""},
        {"action", n % 2 == 0 ? "\"update\"" : "\"insert\""},
        {"dot", "\"" + dot_of(1, n).text() + "\""},
        {"replaces", n % 4 == 0 ? "[\"" + dot_of(2, n).text() + "\"]" : "[]"},
        {"size", std::to_string(n * 77)},
        {"digest", "\"" + digest_of(static_cast<std::uint8_t>(n)).hex() + "\""},
        {"attachments", n % 5 == 0 ? "[\"" + digest_of(7).hex() + "\"]" : "[]"}};
}
std::string object(const fields& all, std::string_view space = "") {
    std::string made{"{"};
    for (const auto& [key, value] : all) {
        made += made.size() == 1 ? "" : ",";
        made.append(space).append("\"").append(key).append("\":").append(space).append(value);
    }
    return made.append(space).append("}");
}
std::string manifest(const std::vector<std::string>& changes) {
    auto s = sample_segment();
    s.changes.clear();
    auto json = std::string{as_text(write_segment(s, field).value())};
    std::string list;
    for (const auto& each : changes) list += (list.empty() ? "" : ",") + each;
    return json.insert(json.rfind("]}"), list);
}
std::vector<std::string> records(std::size_t count) {
    std::vector<std::string> all;
    for (std::uint64_t n = 1; n <= count; ++n) all.push_back(object(record_fields(n)));
    return all;
}

TEST_CASE("layout_scan: at every level, any white space that a program uses throughout is taken") {
    for (const auto level : levels) {
        if (!has_level(level)) continue;
        scan_and_walk both{level};
        for (const std::string_view space : {"", " ", "\n", "\r\n\t\t", "\n                "}) {
            std::vector<std::string> changes;
            for (std::uint64_t n = 1; n <= 200; ++n) changes.push_back(object(record_fields(n), space));
            CHECK(both.scanned(manifest(changes)));
        }
        CHECK(both.scanned(manifest({})));
    }
}

TEST_CASE("layout_scan: the fields may stand in any order") {
    scan_and_walk both;
    std::mt19937_64 random{1};
    for (int i = 0; i < tries(2'000); ++i) {
        auto order = record_fields(1);
        std::shuffle(order.begin(), order.end(), random);
        std::vector<std::string> changes;
        for (std::uint64_t n = 1; n <= 12; ++n) {
            auto ordered = order;
            const auto values = record_fields(n);
            for (auto& [key, value] : ordered) {
                const auto& name = key;
                value =
                    std::find_if(values.begin(), values.end(), [&](auto& each) { return each.first == name; })->second;
            }
            changes.push_back(object(ordered, i % 2 == 0 ? "" : " "));
        }
        REQUIRE(both.scanned(manifest(changes)));
    }
}

TEST_CASE("layout_scan: a blank anywhere is no matter, and once it was seen it is expected") {
    scan_and_walk both;
    REQUIRE(both.scanned(manifest(records(30))));
    const auto json = manifest(records(6));
    const auto begin = json.find("{\"type\"");
    for (auto at = begin; at < json.size(); ++at) {
        auto spaced = json;
        spaced.insert(at, " ");
        REQUIRE_MESSAGE(both.scanned(spaced) == both.walked(spaced), spaced);
    }
}

TEST_CASE("layout_scan: whatever byte of a learned record is another, taken is only what the walk takes") {
    for (const auto level : levels) {
        if (!has_level(level)) continue;
        scan_and_walk both{level};
        REQUIRE(both.scanned(manifest(records(30))));
        const auto json = manifest({object(record_fields(4)), object(record_fields(5))});
        int taken = 0;
        for (auto at = json.find("{\"type\""); at < json.size(); at += stride) {
            for (const char other : {'0', '1', 'a', 'g', '"', '\\', ' ', ',', '}', ']', '.', '\0', '\xc3'}) {
                auto altered = json;
                altered[at] = other;
                taken += both.scanned(altered) ? 1 : 0;
            }
        }
        CHECK(taken > tries(500));
    }
}

TEST_CASE("layout_scan: bytes that are zero are no text that was learned") {
    const std::string zeros(32, '\0');
    for (const std::string& text : {std::string{"iphone"}, std::string{"emma"}, id128<run_id>(1).hex()}) {
        for (std::size_t size = 1; size <= zeros.size(); ++size) {
            scan_and_walk both;
            auto json = manifest(records(2)); // the second is scanned right after the first has taught how
            const auto at = json.rfind(text);
            json.replace(at, (std::min)(size, text.size()), zeros.substr(0, size));
            CHECK_FALSE(both.scanned(json));
        }
    }
}

/// `last` after records that teach how all are written.
bool scanned_after(scan_and_walk& both, const fields& last) {
    auto changes = records(20);
    changes.push_back(object(last));
    return both.scanned(manifest(changes));
}

TEST_CASE("layout_scan: each value in every other form") {
    static const std::vector<std::string> values{"0",
                                                 "1",
                                                 "-1",
                                                 "01",
                                                 "1.0",
                                                 "1e3",
                                                 "9007199254740991",
                                                 "9007199254740992",
                                                 "99999999",
                                                 "\"\"",
                                                 "\"emma\"",
                                                 "\"em\\u006da\"",
                                                 "\".emma\"",
                                                 "\"emma \"",
                                                 "\"" + std::string(32, 'a') + "\"",
                                                 "\"" + std::string(33, 'a') + "\"",
                                                 "\"" + std::string(36, 'b') + "\"",
                                                 "\"" + std::string(64, 'a') + "\"",
                                                 "\"" + std::string(64, 'A') + "\"",
                                                 "\"" + std::string(65, 'a') + "\"",
                                                 "\"" + std::string(128, 'c') + "\"",
                                                 "\"" + std::string(129, 'c') + "\"",
                                                 "\"2025-01-20T14:30:00Z\"",
                                                 "\"2025-01-20T14:30:00.5Z\"",
                                                 "\"2025-02-29T14:30:00.123456789Z\"",
                                                 "\"2025-02-29T14:30:00.123456780Z\"",
                                                 "\"2024-02-29T14:30:00.123456789Z\"",
                                                 "\"1969-12-31T23:59:59.999999999Z\"",
                                                 "\"2262-01-01T00:00:00.000000000Z\"",
                                                 "\"2025-01-20T24:30:00.123456789Z\"",
                                                 "\"2025-01-20t14:30:00.123456789Z\"",
                                                 "\"2025-01-20T14:30:00.1234567890Z\"",
                                                 "\"delete\"",
                                                 "\"update\"",
                                                 "\"upsert\"",
                                                 "\"" + dot_of(1, 21).text() + "\"",
                                                 "\"" + dot_of(1, 3).text() + "\"",
                                                 "\"" + dot_of(9, 123'456'789).text() + "\"",
                                                 "\"" + id128<run_id>(1).hex() + ":0\"",
                                                 "\"" + id128<run_id>(1).hex() + ":01\"",
                                                 "[]",
                                                 "[ ]",
                                                 "[\"" + dot_of(1, 21).text() + "\"]",
                                                 "[\"" + dot_of(2, 4).text() + "\"]",
                                                 "[\"" + dot_of(2, 4).text() + "\",\"" + dot_of(2, 5).text() + "\"]",
                                                 "[\"" + dot_of(2, 5).text() + "\",\"" + dot_of(2, 4).text() + "\"]",
                                                 "[ \"" + dot_of(2, 4).text() + "\" ]",
                                                 "[\"" + digest_of(3).hex() + "\"]",
                                                 "[\"" + digest_of(3).hex() + "\",\"" + digest_of(4).hex() + "\"]",
                                                 "[\"" + digest_of(4).hex() + "\",\"" + digest_of(3).hex() + "\"]",
                                                 "null",
                                                 "true",
                                                 "{}",
                                                 "{\"a\":1,\"a\":1}"};
    scan_and_walk both;
    int taken = 0, walked = 0;
    for (std::size_t which = 0; which < record_fields(1).size(); ++which) {
        for (const auto& value : values) {
            auto last = record_fields(21);
            last[which].second = value;
            taken += scanned_after(both, last) ? 1 : 0;
            auto changes = records(20);
            changes.push_back(object(last));
            walked += both.walked(manifest(changes)) ? 1 : 0;
        }
    }
    CHECK(taken == walked); // none of them is so rare that all must be walked
    CHECK(taken > 50);
}

TEST_CASE("layout_scan: fields that are missing, that stand twice, and that nobody knows") {
    scan_and_walk both;
    const auto count = record_fields(1).size();
    for (std::size_t i = 0; i < count; ++i) {
        auto less = record_fields(21), twice = less, unknown = less, escaped = less;
        less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
        twice.push_back(twice[i]);
        unknown.insert(unknown.begin() + static_cast<std::ptrdiff_t>(i), {"x", "[{\"dot\":null}]"});
        escaped[i].first.replace(0, 1, "\\u00" + to_hex(std::array{static_cast<std::byte>(escaped[i].first[0])}));
        CHECK_FALSE(scanned_after(both, less));
        CHECK_FALSE(scanned_after(both, twice));
        CHECK(scanned_after(both, unknown));
        CHECK(scanned_after(both, escaped));
    }
    auto deep = record_fields(21);
    deep.emplace_back("x", "[[[[[]]]]]");
    CHECK(scanned_after(both, deep));
    deep.back().second = "[[[[[[]]]]]]";
    CHECK_FALSE(scanned_after(both, deep));
}

TEST_CASE("layout_scan: a delete has no digest and no size, and is written in a layout of its own") {
    scan_and_walk both;
    auto erased = record_fields(21);
    erased[6].second = "\"delete\"";
    CHECK_FALSE(scanned_after(both, erased));
    erased.erase(erased.begin() + 10);
    CHECK_FALSE(scanned_after(both, erased));
    erased[9].second = "0";
    CHECK(scanned_after(both, erased));
    CHECK(scanned_after(both, erased));
    erased[9].second = "1";
    CHECK_FALSE(scanned_after(both, erased));
    erased[9].second = "0";
    erased[10].second = "[\"" + digest_of(7).hex() + "\"]";
    CHECK_FALSE(scanned_after(both, erased));
    erased[10].second = "[]";
    erased[6].second = "\"update\"";
    CHECK_FALSE(scanned_after(both, erased));
}

TEST_CASE("layout_scan: what stands around the changes is judged as by the walk") {
    scan_and_walk both;
    const auto json = manifest(records(20));
    REQUIRE(both.scanned(json));
    const auto altered = [&](std::string_view from, std::string_view to) {
        auto other = json;
        other.replace(other.find(from), from.size(), to);
        const bool taken = both.scanned(other);
        CHECK_MESSAGE(taken == both.walked(other), other);
        return taken;
    };
    CHECK_FALSE(altered("\"format\":1", "\"format\":2"));
    CHECK_FALSE(altered("\"critical\":[]", "\"critical\":[\"x\"]"));
    CHECK_FALSE(altered("\"log\"", "\"logs\""));
    CHECK_FALSE(altered("{\"format\"", "{\"changes\":[],\"format\""));
    CHECK_FALSE(altered("}]}", "}],\"changes\":[]}"));
    CHECK_FALSE(altered("}]}", "}]}]"));
    CHECK_FALSE(altered("}]}", "}}"));
    CHECK_FALSE(altered("}]}", "},]}"));
    CHECK_FALSE(altered("}]}", "}]\xc3}"));
    CHECK_FALSE(altered(",{\"type\"", "{\"type\""));
    CHECK_FALSE(altered(dot_of(1, 8).text(), dot_of(1, 9).text()));
    CHECK(altered("}]}", "} ] ,\"x\":\"]}\\\"\" }\n"));
    CHECK(altered("{\"format\"", " {\"x\":{\"changes\":[\"]\\\"\"]},\"format\""));
    CHECK(altered(dot_of(1, 8).text(), dot_of(3, 1).text()));
    auto last = json;
    const auto list = last.find("\"changes\"");
    last = "{" + last.substr(list, last.size() - list - 1) + "," + last.substr(1, list - 2) + "}";
    CHECK(both.scanned(last));
    for (std::size_t size = 0; size < json.size(); size += 7) REQUIRE_FALSE(both.scanned(json.substr(0, size)));
}

TEST_CASE("layout_scan: plain manifests, and what is mostly of rarer shapes, are left to the walk") {
    scan_and_walk both;
    auto plain = manifest(records(20));
    plain.erase(plain.find("\"format\":1,"), 11);
    CHECK_FALSE(both.scanned(plain));
    CHECK(both.walked(plain));
    std::vector<std::string> changes;
    for (std::uint64_t n = 1; n <= 200; ++n) {
        auto unknown = record_fields(n);
        unknown.emplace_back("x", "1");
        changes.push_back(object(unknown));
    }
    CHECK_FALSE(both.scanned(manifest(changes)));
    CHECK(both.walked(manifest(changes)));
}

TEST_CASE("layout_scan: the limits are those of the walk") {
    const auto json = manifest(records(20));
    CHECK(scan_and_walk(best_level(), {.bytes_max = json.size()}).scanned(json));
    CHECK_FALSE(scan_and_walk(best_level(), {.bytes_max = json.size() - 1}).scanned(json));
    CHECK(scan_and_walk(best_level(), {.changes_max = 20}).scanned(json));
    CHECK_FALSE(scan_and_walk(best_level(), {.changes_max = 19}).scanned(json));
    CHECK_FALSE(scan_and_walk(best_level(), {.dots_max = 0}).scanned(json));
    CHECK_FALSE(scan_and_walk(best_level(), {.attachments_max = 0}).scanned(json));
}

TEST_CASE("layout_scan: another collection field is another text") {
    const detail::seeded_hash hash{1};
    detail::staged_changes stage{hash};
    detail::layout_scan scan;
    const auto json = manifest(records(20));
    CHECK(scan.read(bytes_view{json}, field, {}, best_level(), stage));
    CHECK_FALSE(scan.read(bytes_view{json}, "collection_id", {}, best_level(), stage));
    auto renamed = json;
    for (auto at = renamed.find(field); at != std::string::npos; at = renamed.find(field)) {
        renamed.replace(at, field.size(), "collection_id");
    }
    CHECK(scan.read(bytes_view{renamed}, "collection_id", {}, best_level(), stage));
    CHECK_FALSE(scan.read(bytes_view{renamed}, field, {}, best_level(), stage));
}

TEST_CASE("layout_scan: of random, disguised and mutated segments, what is taken the walk takes alike") {
    random_manifests random{51};
    json_disguise disguise{52};
    scan_and_walk both;
    int taken = 0, walked = 0;
    std::string json;
    for (int i = 0; i < tries(10'000); ++i) {
        if (i % 20 == 0) {
            auto s = random.next_segment();
            for (std::uint64_t n = 1; random.one_in(2) && n < 9; ++n) {
                s.changes.push_back(record_change());
                s.changes.back().dot = dot_of(7, n);
            }
            json = as_text(write_segment(s, field).value());
            if (random.one_in(3)) json = disguise(json);
        }
        const auto mutated = i % 20 == 0 ? json : random.mutate(json);
        taken += both.scanned(mutated) ? 1 : 0;
        walked += both.walked(mutated) ? 1 : 0;
    }
    CHECK(walked > tries(1'000));
    CHECK(taken * 10 > walked * 9); // the others are plain, or their changes hide behind an escape
}

} // namespace
