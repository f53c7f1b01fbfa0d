#ifndef SEALSYNC_TESTS_SYNC_SCENARIO_HPP
#define SEALSYNC_TESTS_SYNC_SCENARIO_HPP

#include "../tries.hpp"
#include "vault_fixture.hpp"

#include <set>

namespace vault_fixture {

/// Two devices, each with all that can go wrong, through a group of edits, an attachment, a conflict and an erase.
/// Whatever a step suffers, it is tried again, after a crash by a new process.
class scenario {
    world all{};

public:
    device a{all, "laptop"}, b{all, "phone"};

    void run() {
        step(a, [&] { return a.emma().put("r1", "first"); });
        step(a, [&] { return a.emma().put("r2", "second"); });
        step(a, [&] {
            return a.emma().update([](auto& batch) {
                batch.put("g1", "together");
                batch.put("g2", "together");
            });
        });
        step(a, [&] { return attach(a, "scan.pdf"); });
        step(a, [&] { return a.emma().put("r3", "with a scan", {{}, {scan}}); });
        sync(a);
        sync(b);
        step(b, [&] { return attach(b, "the same.pdf"); });
        step(a, [&] { return a.emma().put("r1", "from a"); });
        step(b, [&] { return b.emma().put("r1", "from b"); });
        step(b, [&] { return b.emma().erase("r2"); });
        sync(a);
        sync(b);
        sync(a);
    }

    /// Everything that was acknowledged is on both devices, and the store is whole.
    void check() {
        for (auto* one : {&a, &b}) {
            one->faults.calm();
            one->row_faults.calm();
        }
        // Once by listing: a head that was lost on the way is found to be behind then.
        for (int round = 0; round < 2; ++round) {
            for (auto* one : {&a, &b}) REQUIRE(one->rediscover().refusals.empty());
        }
        for (auto* one : {&a, &b}) check(*one);
        CHECK(a.text("r1") == b.text("r1"));
        CHECK(a->sync()->idle());
    }

private:
    /// Once more for the one fault, and once for what it left behind.
    static constexpr int attempts = 4;

    template <class Work>
    void step(device& on, Work&& work) {
        for (int i = 0; i < attempts; ++i) {
            try {
                if (work()) return;
            } catch (const testing::simulated_crash&) {
                on.reopen();
            }
        }
        FAIL("a step fails without a fault");
    }
    void sync(device& on) {
        step(on, [&] {
            const auto report = on->sync();
            return report && report->refusals.empty() && report->waiting == 0 && report->announced;
        });
    }
    bool attach(device& on, std::string filename) {
        auto id = on.emma().attach(attachment_source::from_bytes("the scan's bytes"), {std::move(filename), ""});
        if (id) scan = *id;
        return id.has_value();
    }

    void check(device& on) {
        auto contents = on.beside("r1");
        contents.push_back(on.text("r1").value_or("(gone)"));
        std::sort(contents.begin(), contents.end());
        CHECK(contents == std::vector<std::string>{"from a", "from b"});
        CHECK_FALSE(on.text("r2"));
        CHECK(on.text("g1") == "together");
        CHECK(on.text("g2") == "together");
        CHECK(on.text("r3") == "with a scan");
        const auto record = need(on.emma().get("r3"));
        REQUIRE(record);
        CHECK(record->attachments == std::vector{scan});
        std::string got;
        need(on.emma().read_attachment(scan, [&](bytes_view part) { return got += as_text(part), result<void>{}; }));
        CHECK(got == "the scan's bytes");
        const auto entry = need(on.emma().attachment(scan));
        REQUIRE(entry);
        std::set<std::string> names; // a crash after the commit and before the answer may attach it twice
        for (const auto& name : entry->names) names.insert(name.filename);
        CHECK(names == std::set<std::string>{"scan.pdf", "the same.pdf"});
        CHECK(need(on->pending()) == 0);
        const auto verified = need(on->verify());
        for (const auto& problem : verified.problems) FAIL_CHECK(problem.message());
        CHECK(verified.foreign == 0);
    }

    attachment_id scan;
};

[[nodiscard]] inline device& of(scenario& all, bool second) { return second ? all.b : all.a; }

/// Lets `fail(device, n)` break the n-th call of one device, n = 0, 1, ... (or every `stride`), until a run needs no
/// fault.
template <class Fail, class Happened>
void fail_every_call(Fail&& fail, Happened&& happened) {
    for (const bool second : {false, true}) {
        for (std::uint64_t n = 0;; n += sealsync_tests::stride) {
            scenario all;
            fail(of(all, second), n);
            CAPTURE(second);
            CAPTURE(n);
            all.run();
            const bool enough = !happened(of(all, second), n);
            all.check();
            if (enough) {
                CHECK(n > 10); // the device did call
                break;
            }
        }
    }
}

} // namespace vault_fixture

#endif
