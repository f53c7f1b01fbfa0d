#include <sealsync/result.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace sealsync;

namespace {

/// Counts its living instances, so that a leak or a double destruction shows.
struct counted {
    explicit counted(int& alive) : alive_{&alive} { ++*alive_; }
    counted(const counted& other) : alive_{other.alive_} { ++*alive_; }
    counted& operator=(const counted&) = default;
    ~counted() { --*alive_; }
    int* alive_;
};

result<int> half_of(int number) {
    if (number % 2 != 0) return failure{errc::invalid_argument, std::to_string(number), "odd"};
    return number / 2;
}

result<std::string> described(int number) {
    auto half = half_of(number);
    if (!half) return std::move(half).error().during("describe");
    return std::to_string(*half);
}

} // namespace

TEST_CASE("result: holds the value or the failure, never both") {
    const auto good = half_of(8);
    REQUIRE(good);
    CHECK(good.has_value());
    CHECK(*good == 4);

    const auto bad = half_of(7);
    CHECK_FALSE(bad);
    CHECK_FALSE(bad.has_value());
    CHECK(bad.error() == errc::invalid_argument);
    CHECK(bad.error().detail() == "odd");
}

TEST_CASE("result: value() throws what error() would have said, as std::system_error") {
    CHECK(half_of(2).value() == 1);
    try {
        static_cast<void>(half_of(3).value());
        FAIL("value() of a failure returned");
    } catch (const std::system_error& error) {
        CHECK(error.code() == errc::invalid_argument);
        CHECK(std::string{error.what()}.find("3: invalid argument (odd); correct the call") == 0);
    }
    result<int> kept{5};
    kept.value() = 6;
    CHECK(std::as_const(kept).value() == 6);
}

TEST_CASE("result: value_or gives the other value only for a failure") {
    CHECK(half_of(4).value_or(9) == 2);
    CHECK(half_of(5).value_or(9) == 9);
}

TEST_CASE("result: a failure propagates into a result of another type") {
    CHECK(*described(10) == "5");
    CHECK(described(11).error().message() == "describe: 11: invalid argument (odd); correct the call");
}

TEST_CASE("result: arrow and star reach the value as an lvalue, a constant and an rvalue") {
    result<std::string> text{"abc"};
    text->push_back('d');
    *text += 'e';
    const auto& constant = text;
    CHECK(constant->size() == 5);
    CHECK(*constant == "abcde");
    const std::string taken = *std::move(text);
    CHECK(taken == "abcde");
}

TEST_CASE("result: carries what can only be moved") {
    result<std::unique_ptr<int>> owner{std::make_unique<int>(7)};
    auto moved = std::move(owner);
    REQUIRE(moved);
    const std::unique_ptr<int> taken = *std::move(moved);
    CHECK(*taken == 7);
    CHECK(*result<std::unique_ptr<int>>{std::make_unique<int>(8)}.value() == 8);
}

TEST_CASE("result: copying, moving and assigning in every combination keeps each value and leaks none") {
    int alive = 0;
    {
        const result<counted> value{counted{alive}};
        const result<counted> error{failure{errc::busy, "x"}};
        for (const auto* from : {&value, &error}) {
            for (const auto* to : {&value, &error}) {
                auto target = *to;
                target = *from;
                CHECK(target.has_value() == from->has_value());
                if (!target) CHECK(target.error() == errc::busy);
                auto moved = std::move(target);
                CHECK(moved.has_value() == from->has_value());
            }
        }
        CHECK(alive == 1);
    }
    CHECK(alive == 0);
}

TEST_CASE("result: assigning a result to itself keeps its value") {
    result<std::string> text{std::string(100, 'x')};
    const auto& same = text;
    text = same;
    CHECK(*text == std::string(100, 'x'));
}

TEST_CASE("result: converts from what its value is made of, as a return statement would") {
    const result<std::string> from_literal = "abc";
    CHECK(*from_literal == "abc");
    const result<std::optional<int>> none = std::nullopt;
    REQUIRE(none);
    CHECK_FALSE(none->has_value());
    static_assert(!std::is_constructible_v<result<std::vector<int>>, const char*>);
}

TEST_CASE("result<void>: is success unless made from a failure") {
    const result<void> good;
    CHECK(good);
    CHECK_NOTHROW(good.value());

    const result<void> bad = failure{errc::closed, "replica"};
    CHECK_FALSE(bad);
    CHECK(bad.error().object() == "replica");
    CHECK_THROWS_AS(bad.value(), std::system_error);
}

TEST_CASE("result<void>: copies are independent and moves take the failure along") {
    result<void> bad = failure{errc::closed};
    const auto copy = bad;
    auto moved = std::move(bad);
    CHECK(copy.error() == errc::closed);
    CHECK(moved.error() == errc::closed);
    moved = result<void>{};
    CHECK(moved);
    CHECK(copy.error() == errc::closed);
    moved = copy;
    CHECK(std::move(moved).error() == errc::closed);
}

static_assert(sizeof(result<void>) == sizeof(void*), "success must cost no more than a pointer");
static_assert(!std::is_default_constructible_v<result<int>>, "a result of nothing would be neither");
static_assert(!std::is_convertible_v<result<int>, bool>, "only an explicit question is a condition");
