#include <sealsync/detail/owner.hpp>

#include <doctest/doctest.h>

namespace {

using sealsync::detail::owner;

struct counted {
    explicit counted(int& live) : live_{live} { ++live_; }
    ~counted() { --live_; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    int& live_;
};

TEST_CASE("owner: destroys what it owns, once, and owns nothing by default") {
    int live = 0;
    {
        const owner<counted> nothing;
        CHECK_FALSE(nothing);
        CHECK(nothing.get() == nullptr);
        const owner<counted> one{new counted{live}};
        CHECK(one);
        CHECK(live == 1);
        CHECK(&one->live_ == &live);
        CHECK(&(*one).live_ == &live);
    }
    CHECK(live == 0);
}

TEST_CASE("owner: moves, and a move into another destroys neither twice") {
    int live = 0;
    {
        owner<counted> one{new counted{live}}, other{new counted{live}};
        owner<counted> moved{std::move(one)};
        CHECK_FALSE(one);
        CHECK(moved);
        moved = std::move(other);
        CHECK(moved);
        CHECK(live == 1);
    }
    CHECK(live == 0);
}

} // namespace
