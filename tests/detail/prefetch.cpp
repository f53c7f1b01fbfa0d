#include <sealsync/detail/prefetch.hpp>

#include <doctest/doctest.h>

#include <memory>

using namespace sealsync::detail;

TEST_CASE("prefetch: where no memory is nothing happens, and what is there stays as it is") {
    const auto one = std::make_unique<char>('x');
    prefetch_line(nullptr);
    prefetch_line_to_write(nullptr);
    prefetch_text<512>(nullptr);
    prefetch_text<512>(reinterpret_cast<const char*>(~std::uintptr_t{0}));
    prefetch_line_to_write(one.get());
    prefetch_text<512>(one.get());
    CHECK(*one == 'x');
}
