#include <sealsync/ext/simdjson_merge/masked_text.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using namespace sealsync;
using detail::masked_text;

TEST_CASE("masked_text: every character of it counts, and nothing behind it") {
    for (std::size_t size = 0; size <= masked_text::size_max; ++size) {
        const masked_text text{std::string(size, 'a')};
        CHECK(text.size() == size);
        const auto same = std::string(size, 'a') + std::string(160 - size, '?');
        CHECK(text.differs<detail::portable_vector>(same.data()) == 0);
        for (std::size_t at = 0; at < size; ++at) {
            auto other = same;
            other[at] = 'b';
            CHECK(text.differs<detail::portable_vector>(other.data()) != 0);
        }
    }
}

TEST_CASE("masked_text: of a shape some characters may be anything") {
    const auto shape = masked_text::of_shape("00:00", '0');
    CHECK(shape.differs<detail::portable_vector>("12:34                           ") == 0);
    CHECK(shape.differs<detail::portable_vector>("12.34                           ") != 0);
}

} // namespace
