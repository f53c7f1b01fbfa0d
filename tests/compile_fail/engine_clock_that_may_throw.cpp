// EXPECT: Clock must model sealsync::clock: docs/concepts/clock.md
// ERRORS: 1
#include <sealsync/sealsync.hpp>

namespace ss = sealsync;

struct broken_clock {
#ifdef FIXED
    ss::wall_time now() noexcept;
#else
    ss::wall_time now();
#endif
};

auto opened() {
    return ss::open_vault({.user = "alice"}, ss::memory_storage{}, ss::plaintext_cipher{}, broken_clock{},
                          ss::keep_both{}, ss::memory_replica{});
}
