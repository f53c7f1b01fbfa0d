#include "sabotaged.hpp"
#include "stage.hpp"

using namespace stage;

TEST_CASE("any answer of a push is lost, then a crash, the record is edited again, and a sync: nothing is lost") {
    everywhere([](auto policy, condition_mode conditions) {
        for (std::uint64_t request = 0; request < 6; ++request) {
            for (const auto what : {fault::lost_answer, fault::unknown_outcome, fault::lost_request}) {
                scene<decltype(policy)> s{conditions};
                auto &a = s.join(), &b = s.join();
                s.sync(a);
                const auto first = s.put(a, "rec", "pushed, but was it?");
                a.faults.at(a.faults.operations() + request, what);
                s.try_sync(a);
                s.reopen(a);
                const auto again = s.put(a, "rec", "edited again");
                s.sync(a);
                s.sync(b);
                CHECK(b.view.reflects(first));
                CHECK(b.view.reflects(again));
                CHECK(s.siblings(b, "rec") == std::vector{again});
                s.converge();
            }
        }
    });
}

TEST_CASE("a crash at any request of a push, before or after it: the next process finishes, others see it once") {
    everywhere([](auto policy, condition_mode conditions) {
        for (std::uint64_t request = 0; request < 8; ++request) {
            for (const auto when : {crash_point::before, crash_point::after}) {
                scene<decltype(policy)> s{conditions};
                auto &a = s.join(), &b = s.join();
                s.sync(a);
                const auto one = s.put(a, "one", "1"), two = s.put(a, "two", "2");
                a.faults.crash_at(a.faults.operations() + request, when);
                s.try_sync(a);
                s.sync(a);
                s.sync(b);
                CHECK(s.all_know(one));
                CHECK(s.all_know(two));
                s.converge();
            }
        }
    });
}

TEST_CASE("a crash at any replica call of a pull or a push leaves what the oracle expects") {
    everywhere([](auto policy, condition_mode conditions) {
        if (conditions != condition_mode::as_is) return;
        for (std::uint64_t call = 0;; ++call) {
            scene<decltype(policy)> s{conditions};
            auto &a = s.join(), &b = s.join();
            (void)s.put(a, "rec", "of a");
            (void)s.put(b, "rec", "of b");
            s.sync(a);
            const auto first = b.disk.calls();
            b.disk.crash_at(first + call, call % 2 == 0 ? crash_point::before : crash_point::after);
            s.try_sync(b);
            const bool crashed = b.disk.crashes() > 0;
            s.converge();
            if (!crashed) break;
            REQUIRE(call < 1000);
        }
    });
}

TEST_CASE("a device dies between its segment and the head: whoever lists heals the head for everybody") {
    const auto play = [](auto traits) {
        scene<keep_both, decltype(traits)> s{condition_mode::as_is};
        auto &a = s.join(), &b = s.join();
        s.sync(b);
        s.sync(a);
        const auto orphan = s.put(a, "rec", "committed, not announced");
        a.faults.crash_at(a.faults.operations() + 3, crash_point::before); // the poll, the blob, the segment, the head
        s.try_sync(a);
        s.world().die(a);
        s.sync(b, true);
        auto& newcomer = s.join();
        s.sync(newcomer);
        return newcomer.view.reflects(orphan);
    };
    CHECK(play(default_traits{}));
    sabotages::sabotaged::rules = {.heal_everything = false};
    CHECK_FALSE(play(sabotages::sabotaged{})); // what the rule is for
}

TEST_CASE("the same bytes attached under two names by two devices are stored once, and both names are known") {
    everywhere([](auto policy, condition_mode conditions) {
        scene<decltype(policy)> s{conditions};
        auto &a = s.join(), &b = s.join();
        const std::string scan(200, 's');
        const auto attach = [&](auto& d, const char* record, const char* filename) {
            const auto id = s.emma(d).attach(attachment_source::from_bytes(scan), {filename, "image/png"});
            REQUIRE(id.has_value());
            (void)s.put(d, record, "lists a scan", {{}, {*id}});
            return *id;
        };
        const auto id = attach(a, "from-a", "left.png");
        CHECK(attach(b, "from-b", "right.png") == id);
        a.meanwhile.before(a.meanwhile.calls() + 3, [&] { s.try_sync(b); }); // between the requests of the other
        s.sync(a);
        s.converge();
        for (auto* d : s.world().running()) {
            const auto entry = s.emma(*d).attachment(id);
            REQUIRE((entry.has_value() && entry->has_value()));
            CHECK((*entry)->names.size() == 2);
            CHECK((*entry)->committed);
            std::string read;
            const auto done = s.emma(*d).read_attachment(id, [&](bytes_view part) {
                read += as_text(part);
                return result<void>{};
            });
            CHECK(done.has_value());
            CHECK(read == scan);
        }
        const auto stored = s.world().store().list({"users/alice/collections/emma/attachments/", {}, 100}, {});
        CHECK(stored->entries.size() == 2); // metadata and data
    });
}

TEST_CASE("an update stays whole for others though one of its records is edited again before the push") {
    everywhere([](auto policy, condition_mode conditions) {
        scene<decltype(policy)> s{conditions};
        auto &a = s.join(), &b = s.join();
        s.sync(a);
        a.doing.together = true;
        REQUIRE(s.emma(a)
                    .update([](auto& batch) {
                        batch.put("one", "1");
                        batch.put("two", "2");
                        batch.put("three", "3");
                    })
                    .has_value());
        a.doing.together = false;
        for (int i = 0; i < 10; ++i) (void)s.put(a, "other-" + std::to_string(i), "between");
        (void)s.put(a, "two", "again");
        for (std::uint64_t request = 0; request < 20; ++request) {
            a.faults.crash_at(a.faults.operations() + request, crash_point::after);
            s.try_sync(a);
            s.sync(b);
            (void)s.put(a, "one", "and again " + std::to_string(request));
        }
        s.converge();
    });
}
