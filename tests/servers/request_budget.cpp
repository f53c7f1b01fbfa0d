#include "../counted_requests.hpp"
#include "vault.hpp"

#include <sealsync/ext/default_engine.hpp>

using namespace servers;

namespace {

/// What a request asked of which kind of object; the ids in keys are none that a test could know.
[[nodiscard]] std::string kind_of(const std::string& request) {
    const auto is_of = [&](const char* part) { return request.find(part) != std::string::npos; };
    const auto method = request.substr(0, request.find(' '));
    if (is_of("list-type=2")) return "LIST";
    if (is_of("/sync-manifest.blob")) return method + " head";
    if (is_of("/manifest/")) return method + " segment";
    if (is_of("/records/")) return method + " record";
    if (is_of("/metadata.blob")) return method + " metadata";
    if (is_of("/data.blob")) return method + " data";
    if (is_of("/sealsync-probe-")) return "probe";
    return request;
}

using kinds = std::map<std::string, std::uint64_t>;

/// Two devices on Ceph, which says itself what it was asked for.
struct budget {
    using device_type = device<ss::s3_storage>;
    static_assert(std::is_same_v<device_type::engine_type, ss::sync_engine>);

    bucket in{"CEPH"};
    access_log log{in};
    vault<ss::s3_storage> of{[this] { return open_store(in); }};
    device_type laptop{of, "laptop"};
    device_type phone{of, "phone"};

    /// The requests of one sync, by kind: as Ceph saw them, and the engine's own report says the same.
    kinds sync(device_type& on) {
        (void)log.requests();
        const auto report = on.sync();
        kinds seen;
        ss::request_counts counts;
        for (const auto& request : log.requests()) {
            const auto kind = kind_of(request);
            ++seen[kind];
            ++(kind == "LIST"                   ? counts.list
               : request.starts_with("HEAD ")   ? counts.head
               : request.starts_with("GET ")    ? counts.get
               : request.starts_with("DELETE ") ? counts.remove
                                                : counts.put);
        }
        CHECK(report.requests == counts);
        return seen;
    }
    void settle() {
        for (auto* one : {&laptop, &phone, &laptop}) one->sync();
    }
};

} // namespace

TEST_CASE("budget: an idle sync is one conditional GET of the head, with no body" * servers::need("CEPH")) {
    budget all;
    all.laptop.put("r", "1");
    all.settle();
    for (int i = 0; i < 3; ++i) {
        for (auto* one : {&all.laptop, &all.phone}) {
            CHECK(all.sync(*one) == kinds{{"GET head", 1}});
            CHECK(one->sync().bytes_received == 0);
        }
    }
}

TEST_CASE("budget: a store is probed once, and never again by a device that has its replica" * servers::need("CEPH")) {
    budget all;
    all.laptop.put("r", "1");
    const auto first = all.sync(all.laptop);
    CHECK(first.at("probe") > 10);
    all.settle();
    all.laptop.reopen();
    all.laptop.put("r", "2");
    CHECK(all.sync(all.laptop) == kinds{{"GET head", 1}, {"PUT record", 1}, {"PUT segment", 1}, {"PUT head", 1}});
    all.laptop.reopen();
    CHECK(all.sync(all.laptop) == kinds{{"GET head", 1}});
    CHECK(all.laptop.text("r") == "2");
}

TEST_CASE("budget: a push is one GET and one PUT of the head, one PUT of a segment, and one for each record" *
          servers::need("CEPH")) {
    budget all;
    all.settle();
    for (const std::uint64_t count : {1U, 7U, 50U}) {
        for (std::uint64_t i = 0; i < count; ++i) all.laptop.put("r" + std::to_string(i), std::to_string(count));
        CHECK(all.sync(all.laptop) ==
              kinds{{"GET head", 1}, {"PUT record", count}, {"PUT segment", 1}, {"PUT head", 1}});
        CHECK(all.sync(all.laptop) == kinds{{"GET head", 1}});
    }
    need(all.laptop.emma().erase("r0"));
    CHECK(all.sync(all.laptop) == kinds{{"GET head", 1}, {"PUT segment", 1}, {"PUT head", 1}});
}

TEST_CASE("budget: an attachment is a HEAD and two PUTs more; one that is known is nothing" * servers::need("CEPH")) {
    budget all;
    all.settle();
    const auto one = all.laptop.attach("a scan", "scan.pdf"), two = all.laptop.attach("a photo", "photo.jpg");
    all.laptop.put("r", "with both", {{}, {one, two}});
    CHECK(all.sync(all.laptop) == kinds{{"GET head", 1},
                                        {"HEAD data", 2},
                                        {"PUT metadata", 2},
                                        {"PUT data", 2},
                                        {"PUT record", 1},
                                        {"PUT segment", 1},
                                        {"PUT head", 1}});
    all.phone.sync();
    CHECK(all.phone.attach("a scan", "the same.pdf") == one);
    CHECK(all.sync(all.phone) == kinds{{"GET head", 1}, {"PUT segment", 1}, {"PUT head", 1}});
}

TEST_CASE("budget: a pull is one GET of the head, one of each new segment and each record shown anew" *
          servers::need("CEPH")) {
    budget all;
    all.settle();
    for (std::uint64_t segments = 1; segments <= 3; ++segments) {
        for (std::uint64_t i = 0; i < segments; ++i) {
            all.laptop.put("new " + std::to_string(i), std::to_string(segments));
            all.laptop.put("edited each time", std::to_string(i));
            all.laptop.sync();
        }
        CHECK(all.sync(all.phone) == kinds{{"GET head", 1}, {"GET segment", segments}, {"GET record", segments + 1}});
        CHECK(all.sync(all.phone) == kinds{{"GET head", 1}});
    }
}

TEST_CASE("budget: a pull and a push together read and write the head once" * servers::need("CEPH")) {
    budget all;
    all.settle();
    all.laptop.put("l", "1");
    all.laptop.sync();
    all.phone.put("p", "1");
    CHECK(all.sync(all.phone) == kinds{{"GET head", 1},
                                       {"GET segment", 1},
                                       {"GET record", 1},
                                       {"PUT record", 1},
                                       {"PUT segment", 1},
                                       {"PUT head", 1}});
}

TEST_CASE("budget: a newcomer lists nothing, and reads each segment and each record once" * servers::need("CEPH")) {
    budget all;
    for (int i = 0; i < 5; ++i) {
        all.laptop.put("r" + std::to_string(i % 3), std::to_string(i));
        all.laptop.sync();
    }
    budget::device_type newcomer{all.of, "tablet"};
    auto seen = all.sync(newcomer);
    seen.erase("probe");
    CHECK(seen == kinds{{"GET head", 1}, {"GET segment", 5}, {"GET record", 3}});
}
