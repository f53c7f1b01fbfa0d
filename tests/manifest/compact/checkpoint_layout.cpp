#include <sealsync/manifest/compact/checkpoint_layout.hpp>
#include <sealsync/manifest/compact/reader.hpp>
#include <sealsync/manifest/compact/writer.hpp>

#include "odd_checkpoints.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;

std::string written(const checkpoint& c) {
    detail::compact_writer out{100'000};
    detail::lay_out_compact_checkpoint(out, c, {});
    return to_hex(std::move(out).take().value());
}

result<checkpoint> read(const std::string& hex) {
    bytes raw(hex.size() / 2);
    REQUIRE(from_hex(hex, raw));
    detail::compact_reader in{raw};
    checkpoint c;
    detail::lay_out_compact_checkpoint(in, c, {});
    if (auto done = in.finish(); !done) return std::move(done).error();
    return c;
}

/// Why it is not read with `to` in the place of the only `from`.
std::string refusal(const std::string& from, const std::string& to) {
    auto hex = written(sample_checkpoint());
    const auto at = hex.find(from);
    REQUIRE(at != std::string::npos);
    const auto c = read(hex.replace(at, from.size(), to));
    REQUIRE_FALSE(c);
    CHECK(c.error() == errc::malformed);
    return c.error().detail();
}

TEST_CASE("checkpoint_layout: what stands before the siblings, byte for byte") {
    auto c = sample_checkpoint();
    c.last_updated = stamp{128};
    CHECK(written(c) == "01" // encoding
                        "02" // a checkpoint
                        "01" // format
                        "00" /* nothing critical */
                            + c.vault.hex() + "0b" + to_hex(c.scope) + "06" + to_hex("iphone") + "02" + "ac02" +
                            c.previous->hex() + "8001" + "02" + c.logs[0].log.hex() + "04" + to_hex("ipad") + "76" +
                            c.logs[0].stored.hex() + c.logs[1].log.hex() + "06" + to_hex("iphone") + "01" +
                            c.logs[1].stored.hex() + "02" + c.met[0].run.hex() + "03" +
                            "0102" // 1-3: two more than the first
                            "0200" // 7: two above 5, the least that could follow
                            "0001" // 9-10
                            + c.met[1].run.hex() + "01" + "0100");
}

TEST_CASE("checkpoint_layout: the first part has no previous, and may cover and have met nothing") {
    auto c = sample_checkpoint();
    c.part = c.parts = 1;
    c.previous.reset();
    c.logs.clear();
    c.met.clear();
    c.siblings.clear();
    CHECK(read(written(c)).value() == c);
}

TEST_CASE("checkpoint_layout: a rule of the checkpoint that is broken is found by the reader") {
    const auto c = sample_checkpoint();
    const auto previous = c.previous->hex(), run = c.met[0].run.hex(), other = c.met[1].run.hex();
    CHECK(refusal("02ac02" + previous, "00ac02" + previous) == "at byte 0: part: not from 1 to parts");
    CHECK(refusal("02ac02" + previous, "0201" + previous) == "at byte 0: part: not from 1 to parts");
    CHECK(refusal(c.logs[1].log.hex(), c.logs[0].log.hex()).find("not ascending") != std::string::npos);
    CHECK(refusal(other, run).find("not ascending") != std::string::npos);
    CHECK(refusal(run + "030102", run + "030002").find("not numbered from 1") != std::string::npos);
    CHECK(refusal(other + "010100", other + "00").find("no edit") != std::string::npos);
}

TEST_CASE("checkpoint_layout: a part that breaks a rule is not written") {
    auto c = sample_checkpoint();
    c.previous.reset();
    detail::compact_writer absent{100'000};
    detail::lay_out_compact_checkpoint(absent, c, {});
    CHECK(std::move(absent).take().error() == errc::invalid_argument);
    c = sample_checkpoint();
    c.met[0].edits.insert(detail::number_max + 1);
    detail::compact_writer over{100'000};
    detail::lay_out_compact_checkpoint(over, c, {});
    CHECK(std::move(over).take().error().detail() == "met: " + c.met[0].run.hex() + ": over 2^53 - 1");
}

} // namespace
