#include "../counted_requests.hpp"
#include "vault_fixture.hpp"

namespace {

using namespace vault_fixture;

/// get, head, put, list.
request_counts counts(std::uint64_t get, std::uint64_t head, std::uint64_t put, std::uint64_t list) {
    return {get, head, put, list, 0};
}
/// The engine's own count, proven against what the store was asked for.
request_counts requests_of(device& on, const sync_options& options = {}) {
    on.faults.reset_traffic();
    const auto report = on.clean_sync(options);
    const auto seen = on.faults.traffic();
    CHECK(report.requests == request_counts{seen.gets, seen.details, seen.puts, seen.lists, seen.removes});
    CHECK(report.bytes_sent == seen.bytes_up);
    CHECK(report.bytes_received == seen.bytes_down);
    return report.requests;
}
attachment_id attach(device& on, std::string_view content, std::string filename) {
    return need(on.emma().attach(attachment_source::from_bytes(content), {std::move(filename), ""}));
}

TEST_CASE("requests: an idle sync is one conditional GET, answered 304, and nothing else") {
    world w;
    device a{w}, b{w};
    a.put("r", "1");
    a.sync();
    b.sync();
    for (int i = 0; i < 3; ++i) {
        CHECK(requests_of(a) == counts(1, 0, 0, 0));
        CHECK(a.faults.traffic().not_modified == 1);
        CHECK(requests_of(b) == counts(1, 0, 0, 0));
        CHECK(b.faults.traffic().not_modified == 1);
        CHECK(b.faults.traffic().bytes_down == 0);
    }
}

TEST_CASE("requests: an idle sync stays one conditional GET after the process has ended and begun again") {
    world w;
    device a{w};
    a.put("r", "1");
    a.sync();
    a.reopen();
    CHECK(requests_of(a) == counts(1, 0, 0, 0));
    CHECK(a.faults.traffic().not_modified == 1);
}

TEST_CASE("requests: opening a replica that knows its vault asks nothing; a new one GETs the vault file") {
    world w;
    device a{w};
    a.faults.reset_traffic();
    a.reopen();
    CHECK(a.faults.traffic().requests() == 0);
    device b{w};
    CHECK(b.faults.traffic().requests() == 1);
    CHECK(b.faults.traffic().gets == 1);
}

TEST_CASE("requests: a push of k records is one GET of the head, k PUTs, the segment and the head") {
    world w;
    device a{w};
    a.put("first", "1");
    a.sync();
    for (const std::uint64_t k : {1U, 2U, 7U, 50U}) {
        for (std::uint64_t i = 0; i < k; ++i) a.put("r" + std::to_string(i), "of push " + std::to_string(k));
        CHECK(requests_of(a) == counts(1, 0, k + 2, 0));
        CHECK(requests_of(a) == counts(1, 0, 0, 0));
    }
}

TEST_CASE("requests: edits of one record between two syncs are one blob; an erase is none") {
    world w;
    device a{w};
    a.put("r", "1");
    a.put("other", "1");
    a.sync();
    for (int i = 0; i < 5; ++i) a.put("r", "edit " + std::to_string(i));
    CHECK(requests_of(a) == counts(1, 0, 1 + 2, 0));
    a.erase("r");
    a.erase("other");
    CHECK(requests_of(a) == counts(1, 0, 2, 0));
}

TEST_CASE("requests: a record that was made and erased before any sync costs a segment, and no blob") {
    world w;
    device a{w};
    a.sync();
    a.put("r", "1");
    a.erase("r");
    CHECK(requests_of(a) == counts(1, 0, 2, 0));
}

TEST_CASE("requests: a new attachment is a HEAD, its metadata and its data") {
    world w;
    device a{w};
    a.sync();
    const auto one = attach(a, "scan", "scan.pdf");
    const auto two = attach(a, "photo", "photo.jpg");
    a.put("r", "with both", {{}, {one, two}});
    CHECK(requests_of(a) == counts(1, 2, 1 + 2 * 2 + 2, 0));
}

TEST_CASE("requests: an attachment whose bytes are in the store costs a HEAD, also if no segment names it yet") {
    world w;
    device a{w}, b{w};
    a.sync();
    b.sync();
    attach(a, "scan", "scan.pdf");
    a.faults.at(a.faults.operations() + 4, fault::lost_request); // head, HEAD, metadata, data, and not the segment
    CHECK(a->sync().error() == errc::connection_lost);
    attach(b, "scan", "same bytes.pdf");
    CHECK(requests_of(b) == counts(1, 1, 2, 0));
}

TEST_CASE("requests: an attachment that a merged change lists is not looked for again, whatever its name") {
    world w;
    device a{w}, b{w};
    a.sync();
    b.sync();
    attach(a, "scan", "scan.pdf");
    a.sync();
    attach(b, "scan", "same bytes.pdf");
    CHECK(requests_of(b) == counts(1 + 1, 0, 2, 0));
    attach(a, "scan", "a third name.pdf");
    CHECK(requests_of(a) == counts(1 + 1, 0, 2, 0));
    CHECK(keys_with(w, "/data.blob").size() == 1);
}

TEST_CASE("requests: an empty attachment is stored, once") {
    world w;
    device a{w};
    a.sync();
    const auto id = attach(a, "", "empty.txt");
    CHECK(requests_of(a) == counts(1, 1, 2 + 2, 0));
    CHECK(keys_with(w, id.text()).size() == 2);
}

TEST_CASE("requests: a pull is one GET of the head, one for each new segment, one for each record shown anew") {
    world w;
    device a{w}, b{w};
    a.sync();
    b.sync();
    for (std::uint64_t segments = 1; segments <= 3; ++segments) {
        for (std::uint64_t i = 0; i < segments; ++i) {
            a.put("x" + std::to_string(i), "round " + std::to_string(segments));
            a.put("y" + std::to_string(i), "round " + std::to_string(segments));
            a.sync();
        }
        CHECK(requests_of(b) == counts(1 + segments + 2 * segments, 0, 0, 0));
    }
}

TEST_CASE("requests: of a record edited in three segments only the last version is fetched, of an erased one none") {
    world w;
    device a{w}, b{w};
    a.sync();
    b.sync();
    for (int i = 0; i < 3; ++i) {
        a.put("r", "version " + std::to_string(i));
        a.put("gone", "version " + std::to_string(i));
        if (i == 2) a.erase("gone");
        a.sync();
    }
    CHECK(requests_of(b) == counts(1 + 3 + 1, 0, 0, 0));
    CHECK(b.text("r") == "version 2");
    CHECK_FALSE(b.text("gone"));
}

TEST_CASE("requests: attachments are not fetched by a pull; reading one is a GET for each 4 MiB") {
    world w;
    device a{w}, b{w};
    a.sync();
    b.sync();
    const auto id = attach(a, std::string(9U << 20U, 'x'), "large.bin");
    a.sync();
    CHECK(requests_of(b) == counts(2, 0, 0, 0));
    b.faults.reset_traffic();
    std::uint64_t got = 0;
    need(b.emma().read_attachment(id, [&](bytes_view part) { return got += part.size(), result<void>{}; }));
    CHECK(got == 9U << 20U);
    CHECK(b.faults.traffic().gets == 3);
    CHECK(b.faults.traffic().requests() == 3);
}

TEST_CASE("requests: a pull and a push together cost one GET and one PUT of the head") {
    world w;
    device a{w}, b{w};
    a.sync();
    b.sync();
    a.put("a", "1");
    a.sync();
    b.put("b", "1");
    CHECK(requests_of(b) == counts(1 + 1 + 1, 0, 1 + 2, 0));
    CHECK(requests_of(a) == counts(1 + 1 + 1, 0, 0, 0));
}

TEST_CASE("requests: whoever has merged all that the head names does not write it") {
    world w;
    device a{w}, b{w}, c{w};
    a.put("r", "1");
    a.sync();
    CHECK(requests_of(b).put == 0);
    CHECK(requests_of(c).put == 0);
}

TEST_CASE("requests: every rediscover_every polls, and when asked to, the segments are listed") {
    world w;
    sync_settings settings;
    settings.rediscover_every = 3;
    device a{w, "laptop", settings};
    a.put("r", "1");
    a.sync(); // without a head it lists; the count begins
    CHECK(requests_of(a) == counts(1, 0, 0, 0));
    CHECK(requests_of(a) == counts(1, 0, 0, 0));
    CHECK(requests_of(a) == counts(1, 0, 0, 1));
    CHECK(requests_of(a) == counts(1, 0, 0, 0));
    a.reopen(); // the count is kept
    sync_options options;
    CHECK(requests_of(a, options) == counts(1, 0, 0, 0));
    CHECK(requests_of(a, options) == counts(1, 0, 0, 1));
    options.rediscover = true;
    CHECK(requests_of(a, options) == counts(1, 0, 0, 1));
}

TEST_CASE("requests: a sync in an empty vault lists once, and writes the first head") {
    world w;
    device a{w};
    CHECK(requests_of(a) == counts(1, 0, 1, 1));
    CHECK(requests_of(a) == counts(1, 0, 0, 0));
}

TEST_CASE("requests: more changes than a segment holds are several segments and one head") {
    world w;
    sync_settings settings;
    settings.changes_per_segment_max = 10;
    device a{w, "laptop", settings};
    a.sync();
    for (int i = 0; i < 35; ++i) a.put("r" + std::to_string(i), "x");
    CHECK(requests_of(a) == counts(1, 0, 35 + 4 + 1, 0));
}

TEST_CASE("requests: a lost race for the head costs a GET and a PUT more, and the news is pulled by the next sync") {
    world w;
    device a{w}, b{w};
    a.sync();
    b.sync();
    // b reads the head, then a writes it, then b must not believe that it knows what a wrote.
    b.put("b", "1");
    const auto between = [&](const sync_progress& progress) {
        if (progress.phase != sync_phase::pushing) return;
        a.put("a", "1");
        a.sync();
    };
    sync_options options;
    options.observer = between;
    CHECK(requests_of(b, options) == counts(1 + 1, 0, 1 + 1 + 2, 0));
    CHECK_FALSE(b.text("a"));
    CHECK(requests_of(b) == counts(1 + 1 + 1, 0, 0, 0));
    CHECK(b.text("a") == "1");
    CHECK(requests_of(a) == counts(1 + 1 + 1, 0, 0, 0));
    CHECK(a.text("b") == "1");
}

} // namespace
