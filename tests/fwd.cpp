#include <sealsync/fwd.hpp>

// What fwd.hpp is for: signatures of a user's header, before the library itself is included.
sealsync::result<int> promised(const sealsync::failure& why);
template <class Engine>
struct is_engine {
    static constexpr bool value = false;
};
template <class S, class C, class K, class P, class R, class T>
struct is_engine<sealsync::basic_sync_engine<S, C, K, P, R, T>> {
    static constexpr bool value = true;
};
using engine = sealsync::basic_sync_engine<sealsync::memory_storage, sealsync::plaintext_cipher, sealsync::system_clock,
                                           sealsync::keep_both>;
static_assert(is_engine<engine>::value);

#include <sealsync/result.hpp>

#include <doctest/doctest.h>

sealsync::result<int> promised(const sealsync::failure& why) { return why; }

TEST_CASE("fwd: what was declared ahead is the same thing afterwards") {
    CHECK(promised(sealsync::failure{sealsync::errc::busy}).error() == sealsync::errc::busy);
}
