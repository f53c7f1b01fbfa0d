#include "directory_fixture.hpp"

#include <sealsync/storage/directory/directory_get.hpp>
#include <sealsync/testing/storage_driver.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace sealsync;
using namespace directory_tests;
using testing::key_of;

namespace {

/// One part after the other, but claims to be several threads, so that batches are read in slices.
class wide_executor final : public executor {
public:
    [[nodiscard]] std::size_t width() const noexcept override { return 4; }
    void run(std::size_t count, function_ref<void(std::size_t)> f) override {
        for (std::size_t i = 0; i < count; ++i) f(i);
    }
};

std::map<std::size_t, result<get_reply>> get(const site_type& site, const std::vector<get_op>& ops,
                                             const call_context& call = {}, result<void>* called = nullptr) {
    std::map<std::size_t, result<get_reply>> replies;
    const auto take = [&](std::size_t i, result<get_reply> reply) {
        CHECK(replies.emplace(i, std::move(reply)).second);
    };
    auto outcome = detail::directory_get<failing_files>{site, ops, take}.run(call);
    if (called != nullptr) {
        *called = std::move(outcome);
    } else {
        CHECK(outcome);
    }
    return replies;
}

} // namespace

TEST_CASE("directory_get: each operation is answered once, with what is there or why not") {
    const world w;
    w.folder.write("a", "one");
    w.folder.write("b/c", "two");
    const auto replies = get(w.site, {{key_of("a")}, {key_of("missing")}, {key_of("b/c")}, {key_of(".sealsync/lock")}});
    REQUIRE(replies.size() == 4);
    CHECK(as_text(replies.at(0)->body) == "one");
    CHECK(replies.at(1).error() == errc::not_found);
    CHECK(as_text(replies.at(2)->body) == "two");
    CHECK(replies.at(3).error() == errc::invalid_key);
}

TEST_CASE("directory_get: in slices it answers the same, in the order of the batch") {
    const world w;
    auto site = w.site;
    wide_executor threads;
    site.workers = &threads;
    std::vector<get_op> ops;
    for (std::size_t i = 0; i < 500; ++i) {
        const auto name = "f/" + std::to_string(i);
        if (i % 5 != 0) w.folder.write(name, "content of " + std::to_string(i));
        get_op op{key_of(name)};
        op.size_max = 1'000;
        ops.push_back(std::move(op));
    }
    const auto replies = get(site, ops);
    REQUIRE(replies.size() == ops.size());
    for (std::size_t i = 0; i < ops.size(); ++i) {
        if (i % 5 == 0) {
            CHECK(replies.at(i).error() == errc::not_found);
        } else {
            CHECK(as_text(replies.at(i)->body) == "content of " + std::to_string(i));
        }
    }
}

TEST_CASE("directory_get: one that is stopped answers nothing more") {
    const world w;
    w.folder.write("a", "one");
    std::stop_source stop;
    stop.request_stop();
    result<void> called;
    CHECK(get(w.site, {{key_of("a")}}, {stop.get_token()}, &called).empty());
    REQUIRE_FALSE(called);
    CHECK(called.error() == errc::cancelled);
}
