// EXPECT: Cipher must model sealsync::cipher: docs/concepts/cipher.md
// ERRORS: 1
#include <sealsync/sealsync.hpp>

namespace ss = sealsync;

struct broken_cipher : ss::plaintext_cipher {
#ifndef FIXED
    void random() = delete;
#endif
};

auto opened() {
    return ss::open_vault({.user = "alice"}, ss::memory_storage{}, broken_cipher{}, ss::system_clock{}, ss::keep_both{},
                          ss::memory_replica{});
}
