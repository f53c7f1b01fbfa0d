#include <sealsync/function_ref.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace sealsync;

namespace {

int apply(function_ref<int(int)> f, int value) { return f(value); }
int twice(int value) { return 2 * value; }

struct counter {
    int calls = 0;
    int operator()(int value) { return calls += value; }
};

} // namespace

TEST_CASE("function_ref: calls lambdas, functions and function objects") {
    const int offset = 10;
    CHECK(apply([&](int value) { return value + offset; }, 1) == 11);
    CHECK(apply(&twice, 4) == 8);
    counter count;
    CHECK(apply(count, 3) == 3);
}

TEST_CASE("function_ref: borrows, so that the callable's state is the caller's") {
    counter count;
    const function_ref<int(int)> f{count};
    const auto copy = f;
    f(1);
    copy(2);
    CHECK(count.calls == 3);
}

TEST_CASE("function_ref: moves arguments through without copying them") {
    const auto take = [](std::unique_ptr<int> owned) { return *owned; };
    const function_ref<int(std::unique_ptr<int>)> f{take};
    CHECK(f(std::make_unique<int>(5)) == 5);
}

TEST_CASE("function_ref: references stay references") {
    std::string text = "a";
    const auto extend = [](std::string& t) -> std::string& { return t += 'b'; };
    const function_ref<std::string&(std::string&)> f{extend};
    CHECK(&f(text) == &text);
    CHECK(text == "ab");
}

static_assert(!std::is_constructible_v<function_ref<int(int)>, int>);
static_assert(!std::is_constructible_v<function_ref<int(int)>, int (&)(int)>, "a function has no address of an object");
static_assert(!std::is_constructible_v<function_ref<int(std::string)>, int (*)(int)>);
static_assert(!std::is_default_constructible_v<function_ref<void()>>, "there is always something to call");
static_assert(std::is_trivially_copyable_v<function_ref<void()>>);
