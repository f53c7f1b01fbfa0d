#include "../../tries.hpp"
#include "../histories.hpp"

#include <doctest/doctest.h>

using namespace sealsync_tests;
using sealsync::detail::segment_scan;
using sealsync::detail::staged_changes;

namespace {

std::vector<vector_level> levels() {
    std::vector<vector_level> all;
    for (const auto level : {vector_level::portable, vector_level::neon, vector_level::avx2, vector_level::avx512}) {
        if (has_level(level)) all.push_back(level);
    }
    return all;
}

const detail::seeded_hash hash_of_tests{7};

/// A scan that has read many manifests before, as they are used.
struct reading {
    explicit reading(vector_level which, const manifest_limits& limits = {})
        : level{which}, scan{field, limits, which} {}

    [[nodiscard]] std::optional<std::vector<change>> read(bytes_view json) {
        stage.clear();
        if (!scan.read(json, stage)) return std::nullopt;
        std::vector<change> changes;
        for (std::size_t i = 0; i < stage.size(); ++i) {
            changes.push_back(detail::change_of(stage[i], stage.rest(stage[i]), stage.texts));
        }
        return changes;
    }

    vector_level level;
    segment_scan scan;
    staged_changes stage{hash_of_tests};
};

/// The common shape, as this library writes it: ids of 32 digits, one version replaced or none, no attachments.
segment common_segment(std::size_t changes) {
    auto s = sample_segment();
    s.changes.clear();
    std::mt19937_64 random{3};
    for (std::size_t i = 0; i < changes; ++i) {
        auto c = record_change();
        c.collection = *collection_id::make(id128<vault_id>(static_cast<std::uint8_t>(i % 3)).hex());
        c.id = *object_id::make(id128<vault_id>(static_cast<std::uint8_t>(random() % 40)).hex());
        c.device = *device_id::make(id128<vault_id>(9).hex());
        c.version = 1 + random() % 1'200;
        c.timestamp = {static_cast<std::int64_t>(random() >> 1U)};
        c.dot = dot_of(1, 90 + i);
        c.replaces.clear();
        if (i % 2 == 0) c.replaces.push_back(dot_of(static_cast<std::uint8_t>(2 + random() % 3), 1 + random() % 1'000));
        c.size = random() % 1'000'000;
        c.attachments.clear();
        if (i % 5 == 3) c.attachments.push_back(*object_id::make(digest_of(static_cast<std::uint8_t>(i)).hex()));
        if (i % 7 == 0) {
            c.action = change_action::erase;
            c.stored.reset();
            c.attachments.clear();
            c.size = 0;
        }
        s.changes.push_back(std::move(c));
    }
    return s;
}

/// What the codec takes and nothing else, with the same value, at every level.
class agreement {
public:
    agreement() {
        for (const auto level : levels()) readers_.push_back(std::make_unique<reading>(level));
    }
    void check(bytes_view json) {
        const auto expected = canonical_codec::read_segment(json, field);
        for (auto& reader : readers_) {
            const auto scanned = reader->read(json);
            const bool same = expected ? scanned && *scanned == expected->changes : !scanned;
            if (!same) FAIL_CHECK("level ", static_cast<int>(reader->level), ": ", as_text(json));
        }
    }
    /// Each byte of a range as every other kind of character, and with a bit flipped.
    void check_mutations(bytes json, std::size_t begin, std::size_t end) {
        check(json);
        for (std::size_t at = begin; at < end; at += stride) {
            const auto was = json[at];
            for (const char c : std::string_view{"09afgA\"\\,: \x80"}) {
                json[at] = static_cast<std::byte>(c);
                check(json);
            }
            for (const unsigned bit : {0U, 1U, 4U, 5U}) {
                json[at] = was ^ static_cast<std::byte>(1U << bit);
                check(json);
            }
            json[at] = was;
        }
    }
    void check_truncations(const bytes& json, std::size_t begin) {
        for (auto size = begin; size < json.size(); size += stride) check(bytes_view{json}.first(size));
    }

private:
    std::vector<std::unique_ptr<reading>> readers_;
};

} // namespace

TEST_CASE("segment_scan: takes random canonical segments, with the value that the codec gives, at every level") {
    for (const auto level : levels()) {
        reading reader{level};
        random_manifests random{23};
        for (int i = 0; i < 300; ++i) {
            const auto s = random.next_segment();
            const auto scanned = reader.read(*write_segment(s, field));
            REQUIRE(scanned);
            CHECK(*scanned == s.changes);
        }
    }
}

TEST_CASE("segment_scan: what it has learned takes no more memory than docs/merging.md says") {
    CHECK(sizeof(segment_scan) < 230'000);
}

TEST_CASE("segment_scan: takes the common shape, erases among it, at every level") {
    const auto s = common_segment(300);
    for (const auto level : levels()) {
        reading reader{level};
        const auto scanned = reader.read(*write_segment(s, field));
        REQUIRE(scanned);
        CHECK(*scanned == s.changes);
    }
}

TEST_CASE("segment_scan: every truncation and mutation of the common shape is taken or not as the codec does") {
    agreement all;
    const auto json = *write_segment(common_segment(6), field);
    all.check_truncations(json, 0);
    all.check_mutations(json, json.size() - 300, json.size());
    // The fifth of more: what the first ones taught is used then, and it is far enough from the end to be scanned.
    const auto more = *write_segment(common_segment(9), field);
    const auto text = as_text(more);
    std::size_t fifth = 0;
    for (int i = 0; i < 5; ++i) fifth = text.find("{\"type\"", fifth + 1);
    all.check_mutations(more, fifth - 1, text.find("{\"type\"", fifth + 1) + 40);
}

TEST_CASE("segment_scan: every truncation and mutation of a segment of all shapes is taken or not as the codec does") {
    agreement all;
    const auto json = *write_segment(sample_segment(), field);
    all.check_truncations(json, 0);
    all.check_mutations(json, 0, json.size());
}

TEST_CASE("segment_scan: an edit twice in a segment is refused, however far apart") {
    for (const auto level : levels()) {
        reading reader{level};
        for (const std::size_t apart : {1U, 5U, 100U}) {
            auto s = common_segment(150);
            const auto json = *write_segment(s, field);
            const auto first = s.changes[20].dot.text() + '"', second = s.changes[20 + apart].dot.text() + '"';
            std::string text{as_text(json)};
            text.replace(text.find(second), second.size(), first);
            CHECK_FALSE(canonical_codec::read_segment(bytes_view{text}, field));
            CHECK_FALSE(reader.read(bytes_view{text}));
        }
    }
}

TEST_CASE("segment_scan: edits that do not ascend are taken if none is there twice") {
    auto s = common_segment(30);
    std::reverse(s.changes.begin(), s.changes.end());
    reading reader{best_level()};
    CHECK(reader.read(*write_segment(s, field)) == s.changes);
}

TEST_CASE("segment_scan: limits hold as in the codec") {
    const auto json = *write_segment(common_segment(30), field);
    for (const auto level : levels()) {
        for (const int which : {0, 1, 2, 3, 4}) {
            manifest_limits limits;
            if (which == 0) limits.bytes_max = json.size() - 1;
            if (which == 1) limits.changes_max = 29;
            if (which == 2) limits.dots_max = 0;
            if (which == 3) limits.text_bytes_max = 4;
            if (which == 4) limits.attachments_max = 0;
            REQUIRE_FALSE(canonical_codec::read_segment(json, field, limits));
            CHECK_FALSE(reading{level, limits}.read(json));
        }
        manifest_limits exact;
        exact.bytes_max = json.size();
        exact.changes_max = 30;
        exact.dots_max = exact.attachments_max = 1;
        CHECK(reading{level, exact}.read(json));
    }
}

TEST_CASE("segment_scan: a segment without changes is taken") {
    auto s = sample_segment();
    s.changes.clear();
    reading reader{best_level()};
    CHECK(reader.read(*write_segment(s, field)) == s.changes);
    CHECK_FALSE(reader.read(bytes_view{}));
}

TEST_CASE("segment_scan: any small number of changes, and any rarer one among them, is taken at every level") {
    for (const auto level : levels()) {
        reading reader{level};
        for (std::size_t size = 1; size < 12; ++size) {
            const auto common = common_segment(size);
            CHECK(reader.read(*write_segment(common, field)) == common.changes);
            for (std::size_t at = 0; at <= size; ++at) {
                auto s = common;
                for (auto rare : sample_segment().changes) {
                    rare.dot.n += 1'000'000;
                    s.changes.insert(s.changes.begin() + static_cast<std::ptrdiff_t>(at), rare);
                }
                CHECK(reader.read(*write_segment(s, field)) == s.changes);
            }
        }
    }
}

TEST_CASE("segment_scan: braces in names are no ends") {
    auto s = common_segment(6);
    auto named = attachment_change();
    for (const char* name :
         {"}", "},{\"type\":\"record\",", "\"}]}", "a},{b", "}}}}}}}}}}}}}}}}", "\\\"},{\"type\":"}) {
        named.filename = name;
        named.dot.n += 1'000;
        s.changes.insert(s.changes.begin() + 3, named);
    }
    const auto json = *write_segment(s, field);
    agreement all;
    all.check(json);
    all.check(json); // when all is learned
    auto text = std::string{as_text(json)};
    for (std::size_t at = text.find("\\\""); at != std::string::npos; at = text.find("\\\"", at + 1)) {
        auto torn = text;
        torn.erase(at, 1); // no longer escaped: now it is an end
        all.check(bytes_view{torn});
    }
}

TEST_CASE("segment_scan: a brace within a change is not its end") {
    agreement all;
    const auto json = *write_segment(common_segment(9), field);
    all.check(json);
    std::string text{as_text(json)};
    const auto begin = text.find("{\"type\"", text.find("{\"type\"") + 1), end = text.find("},", begin);
    for (auto at = begin; at < end; ++at) {
        auto other = text;
        other[at] = '}';
        all.check(bytes_view{other});
        other = text;
        other.insert(at, "}");
        all.check(bytes_view{other});
    }
}

TEST_CASE("segment_scan: collections and devices of other names, sizes and kinds of ids are taken in any order") {
    std::mt19937_64 random{17};
    for (const auto level : levels()) {
        reading reader{level};
        for (int round = 0; round < 20; ++round) {
            auto s = common_segment(60);
            for (auto& c : s.changes) {
                if (random() % 3 != 0) continue;
                c.collection = *collection_id::make(std::string(1 + random() % 128, 'c'));
                c.device = *device_id::make(std::string(1 + random() % 128, 'd'));
                c.id = random() % 2 == 0 ? *object_id::make(digest_of(static_cast<std::uint8_t>(random())).hex())
                                         : *object_id::make(std::string(1 + random() % 128, 'i'));
            }
            CHECK(reader.read(*write_segment(s, field)) == s.changes);
        }
    }
}

TEST_CASE("segment_scan: what is refused near the end has staged nothing that counts, and the next is read as ever") {
    const auto s = common_segment(40);
    const auto json = *write_segment(s, field);
    auto broken = json;
    broken[broken.size() - 100] = std::byte{'\n'};
    for (const auto level : levels()) {
        reading reader{level};
        CHECK_FALSE(reader.read(broken));
        CHECK(reader.read(json) == s.changes);
        CHECK_FALSE(reader.read(broken));
        CHECK(reader.read(json) == s.changes);
    }
}

TEST_CASE("segment_scan: edits of several runs among each other are taken, but none twice") {
    for (const auto level : levels()) {
        reading reader{level};
        auto s = common_segment(30);
        for (std::size_t i = 0; i < s.changes.size(); ++i) {
            s.changes[i].dot = dot_of(static_cast<std::uint8_t>(20 + i % 3), 1'000 + i / 3);
        }
        CHECK(reader.read(*write_segment(s, field)) == s.changes);
        auto text = std::string{as_text(*write_segment(s, field))};
        const auto last = '"' + s.changes[29].dot.text() + '"', first = '"' + s.changes[2].dot.text() + '"';
        text.replace(text.find(last), last.size(), first);
        CHECK_FALSE(canonical_codec::read_segment(bytes_view{text}, field));
        CHECK_FALSE(reader.read(bytes_view{text}));
    }
}

TEST_CASE("segment_scan: a field with a name of any length is looked for in the text alone") {
    for (const std::size_t size : {127U, 128U, 996U, 2'500U, 5'000U}) {
        const std::string name(size, 'k');
        const auto written = *write_segment(common_segment(20), name);
        for (const auto level : levels()) {
            segment_scan scan{name, {}, level};
            staged_changes stage{hash_of_tests};
            CHECK(scan.read(written, stage));
            CHECK(stage.size() == 20);
            stage.clear();
            const auto begin = as_text(written).substr(0, as_text(written).find("{\"type\""));
            for (const std::size_t rest : {1U, 1'024U, 1'500U, 3'000U}) { // no byte behind it may be read
                const auto text = std::string{begin} + std::string(rest, 'x');
                CHECK_FALSE(scan.read(to_bytes(bytes_view{text}), stage));
            }
        }
    }
}
