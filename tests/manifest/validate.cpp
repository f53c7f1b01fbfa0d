#include <sealsync/manifest/validate.hpp>

#include "samples.hpp"

#include <doctest/doctest.h>

namespace {

using namespace sealsync_tests;
using namespace sealsync::detail;

template <class Spoil>
void check_refused(const change& from, Spoil spoil, std::string_view reason) {
    auto c = from;
    REQUIRE(check_change(c, {}));
    spoil(c);
    const auto checked = check_change(c, {});
    REQUIRE_FALSE_MESSAGE(checked, reason);
    CHECK(checked.error() == errc::malformed);
    CHECK_MESSAGE(checked.error().detail().find(reason) != std::string::npos, checked.error().detail());
    CHECK(checked.error().detail().rfind("change " + c.dot.text(), 0) == 0);
}

template <class Spoil>
failure segment_refusal(Spoil spoil, const manifest_limits& limits = {}) {
    auto s = sample_segment();
    REQUIRE(check_segment(s, {}));
    spoil(s);
    const auto checked = check_segment(s, limits);
    REQUIRE_FALSE(checked);
    return checked.error();
}

TEST_CASE("validate: an id is there unless it is a profile's, and a dedupe id is a digest") {
    check_refused(
        record_change(), [](change& c) { c.id = {}; }, "id: absent");
    check_refused(
        record_change(), [](change& c) { c.type = change_type::profile; }, "of a profile");
    check_refused(
        attachment_change(), [](change& c) { c.id = *object_id::make("a1"); }, "attachment_hmac");
    check_refused(
        record_change(), [](change& c) { c.collection = {}; }, "collection");
    check_refused(
        record_change(), [](change& c) { c.device = {}; }, "device_id");
    check_refused(
        record_change(), [](change& c) { c.type = change_type{9}; }, "type or action: unknown");
    check_refused(
        record_change(), [](change& c) { c.action = change_action{0}; }, "type or action: unknown");
}

TEST_CASE("validate: records and profiles have versions, attachments may") {
    check_refused(
        record_change(), [](change& c) { c.version = 0; }, "version: 0");
    auto profile = record_change();
    profile.type = change_type::profile;
    profile.id = {};
    check_refused(
        profile, [](change& c) { c.version = 0; }, "version: 0");
    auto attachment = attachment_change();
    CHECK(attachment.version == 0);
    attachment.version = 3;
    CHECK(check_change(attachment, {}));
}

TEST_CASE("validate: times are not before 1970") {
    check_refused(
        record_change(), [](change& c) { c.timestamp.nanoseconds = -1; }, "timestamp");
    CHECK(segment_refusal([](segment& s) { s.last_updated.nanoseconds = -1; }) == errc::malformed);
}

TEST_CASE("validate: an edit is numbered from 1, and replaces others, each once, in order") {
    check_refused(
        record_change(), [](change& c) { c.dot.n = 0; }, "dot: not numbered from 1");
    check_refused(
        record_change(),
        [](change& c) {
            c.replaces = {dot_of(2, 1), dot_of(1, 3)};
        },
        "not ascending");
    check_refused(
        record_change(),
        [](change& c) {
            c.replaces = {dot_of(1, 3), dot_of(1, 3)};
        },
        "repeated");
    check_refused(
        record_change(), [](change& c) { c.replaces = {dot_of(1, 0)}; }, "not numbered from 1");
    check_refused(
        record_change(), [](change& c) { c.replaces = {c.dot}; }, "replaces: itself");
}

TEST_CASE("validate: a delete has no bytes, and everything else has their digest") {
    check_refused(
        record_change(), [](change& c) { c.stored.reset(); }, "digest: absent");
    check_refused(
        erase_change(), [](change& c) { c.stored = digest_of(1); }, "of a delete");
    check_refused(
        erase_change(), [](change& c) { c.size = 1; }, "size: of a delete");
    check_refused(
        erase_change(),
        [](change& c) {
            c.packed = packed_place{"p", 0, 1};
        },
        "packed: of a delete");
    check_refused(
        erase_change(), [](change& c) { c.attachments = record_change().attachments; }, "of a delete");
}

TEST_CASE("validate: attachments are listed by records, each once, in order, by their dedupe ids") {
    check_refused(
        record_change(), [](change& c) { std::swap(c.attachments[0], c.attachments[1]); }, "not ascending");
    check_refused(
        record_change(), [](change& c) { c.attachments[1] = c.attachments[0]; }, "repeated");
    check_refused(
        record_change(), [](change& c) { c.attachments = {*object_id::make("a1")}; }, "64 lower-case");
    check_refused(
        attachment_change(), [](change& c) { c.attachments = {c.id}; }, "of an attachment");
}

TEST_CASE("validate: names of attachments are UTF-8 without NUL, not too long, and of attachments") {
    check_refused(
        record_change(), [](change& c) { c.filename = "a"; }, "not of an attachment");
    check_refused(
        record_change(), [](change& c) { c.media_type = "a/b"; }, "not of an attachment");
    check_refused(
        attachment_change(), [](change& c) { c.filename = "\xff"; }, "filename: not UTF-8");
    check_refused(
        attachment_change(),
        [](change& c) {
            c.filename = std::string{"a\0b", 3};
        },
        "filename: holds a NUL");
    check_refused(
        attachment_change(), [](change& c) { c.media_type = "\xc3"; }, "media_type: not UTF-8");
    auto c = attachment_change();
    c.filename = std::string(4'096, 'x');
    CHECK(check_change(c, {}));
    c.filename += 'x';
    CHECK(check_change(c, {}).error() == errc::too_large);
    CHECK(check_change(c, {}).error().detail().find("filename: over 4096 bytes") != std::string::npos);
}

TEST_CASE("validate: a packed place is a key and a range that ends within 2^53 - 1") {
    const auto packed = [](packed_place place) { return [place](change& c) { c.packed = place; }; };
    check_refused(record_change(), packed({"", 0, 1}), "packed object: empty");
    check_refused(record_change(), packed({"../x", 0, 1}), "packed object: relative part");
    check_refused(record_change(), packed({"p", 0, 0}), "packed: length 0");
    check_refused(record_change(), packed({"p", number_max, 1}), "packed: ends above");
    check_refused(record_change(), packed({"p", number_max + 1, 1}), "packed: ends above");
    check_refused(record_change(), packed({"p", 1, ~std::uint64_t{0}}), "packed: ends above");
    auto c = record_change();
    c.packed = packed_place{"p", number_max - 1, 1};
    CHECK(check_change(c, {}));
}

TEST_CASE("validate: a segment has a scope, a device, a number, and a predecessor unless it is the first") {
    CHECK(segment_refusal([](segment& s) { s.scope = ""; }).detail() == "scope: empty");
    CHECK(segment_refusal([](segment& s) { s.scope = "users/../x"; }).detail() == "scope: relative part");
    CHECK(segment_refusal([](segment& s) { s.scope = "users/\xff"; }).detail() == "scope: not UTF-8");
    CHECK(segment_refusal([](segment& s) { s.device = {}; }) == errc::malformed);
    CHECK(segment_refusal([](segment& s) { s.device_name = "\xff"; }).detail() == "device_name: not UTF-8");
    CHECK(segment_refusal([](segment& s) { s.version = 0; }).detail() == "version: 0");
    CHECK(segment_refusal([](segment& s) { s.version = 1; }).detail().find("in the first") != std::string::npos);
    CHECK(segment_refusal([](segment& s) { s.previous.reset(); }).detail().find("absent") != std::string::npos);
    manifest_limits limits;
    limits.text_bytes_max = 10;
    CHECK(segment_refusal([](segment&) {}, limits) == errc::too_large);
}

TEST_CASE("validate: seen names each log once, in order, from 1") {
    CHECK(segment_refusal([](segment& s) { s.seen[1].seq = 0; }) == errc::malformed);
    CHECK(segment_refusal([](segment& s) { std::swap(s.seen[0], s.seen[1]); }) == errc::malformed);
    const auto twice = segment_refusal([](segment& s) { s.seen[1].log = s.seen[0].log; });
    CHECK(twice.detail().find(id128<log_id>(3).hex()) != std::string::npos);
}

TEST_CASE("validate: an edit is in a segment once, in whatever order the edits are") {
    const auto with = [](std::initializer_list<dot> edits) {
        std::vector<change> changes;
        for (const auto& edit : edits) changes.emplace_back().dot = edit;
        return check_distinct(changes);
    };
    CHECK(with({}));
    CHECK(with({dot_of(1, 1), dot_of(1, 2), dot_of(2, 1)}));
    CHECK(with({dot_of(2, 1), dot_of(1, 2), dot_of(1, 1)}));
    CHECK(with({dot_of(1, 1), dot_of(1, 1)}).error() == errc::malformed);
    const auto apart = with({dot_of(2, 1), dot_of(1, 1), dot_of(2, 1)});
    CHECK(apart.error().detail().find(dot_of(2, 1).text()) != std::string::npos);
}

TEST_CASE("validate: a head names each log once, in order, from 1, with its device") {
    const auto refusal = [](auto spoil) {
        auto h = sample_head();
        REQUIRE(check_head(h, {}));
        spoil(h);
        const auto checked = check_head(h, {});
        REQUIRE_FALSE(checked);
        return checked.error();
    };
    CHECK(refusal([](head& h) { std::swap(h.logs[0], h.logs[1]); }) == errc::malformed);
    CHECK(refusal([](head& h) { h.logs[1].log = h.logs[0].log; }) == errc::malformed);
    CHECK(refusal([](head& h) { h.logs[0].seq = 0; }) == errc::malformed);
    CHECK(refusal([](head& h) { h.logs[0].device = {}; }) == errc::malformed);
    CHECK(refusal([](head& h) { h.scope = "/"; }) == errc::malformed);
    CHECK(refusal([](head& h) { h.checkpoint = "a//b"; }).detail() == "checkpoint: empty part");
    auto h = sample_head();
    h.checkpoint.clear();
    h.logs.clear();
    CHECK(check_head(h, {}));
}

TEST_CASE("validate: only format 1 without critical extensions is known") {
    CHECK(check_format(1));
    CHECK(check_format(2).error() == errc::unknown_format);
    CHECK(check_critical({}));
    CHECK(check_critical({"a"}).error() == errc::unknown_critical);
}

TEST_CASE("validate: somebody else's text is cut and cleaned for a message") {
    CHECK(printable("plain name") == "plain name");
    CHECK(printable("a\nb\x7f\xc3\xa9") == "a?b???");
    CHECK(printable(std::string(100, 'x')) == std::string(64, 'x') + "...");
}

} // namespace
