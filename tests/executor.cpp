#include <sealsync/executor.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <thread>
#include <vector>

namespace ss = sealsync;

TEST_CASE("calling_thread: does every part once, in order, on the calling thread") {
    ss::calling_thread here;
    const auto self = std::this_thread::get_id();
    std::vector<std::size_t> parts;
    here.run(4, [&](std::size_t i) {
        CHECK(std::this_thread::get_id() == self);
        parts.push_back(i);
    });
    CHECK(parts == std::vector<std::size_t>{0, 1, 2, 3});
    CHECK(here.width() == 1);
}

TEST_CASE("calling_thread: no parts are no calls") {
    ss::calling_thread{}.run(0, [](std::size_t) { FAIL("called"); });
}

TEST_CASE("calling_thread: what a part throws comes out, and the parts after it are left out") {
    std::size_t calls = 0;
    const auto throwing = [&](std::size_t i) {
        ++calls;
        if (i == 1) throw std::runtime_error{"part 1"};
    };
    CHECK_THROWS_WITH_AS(ss::calling_thread{}.run(3, throwing), "part 1", std::runtime_error);
    CHECK(calls == 2);
}

TEST_CASE("calling_thread: a part may run parts of its own") {
    ss::calling_thread here;
    std::size_t calls = 0;
    here.run(3, [&](std::size_t) { here.run(2, [&](std::size_t) { ++calls; }); });
    CHECK(calls == 6);
}
