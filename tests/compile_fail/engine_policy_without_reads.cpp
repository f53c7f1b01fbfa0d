// EXPECT: ConflictPolicy must model sealsync::conflict_policy: docs/concepts/conflict_policy.md
// ERRORS: 1
#include <sealsync/sealsync.hpp>

namespace ss = sealsync;

struct broken_policy {
#ifdef FIXED
    static constexpr ss::policy_reads reads = ss::policy_reads::order;
#endif
    ss::result<ss::resolution> resolve(std::span<const ss::sibling>, const ss::merge_base&);
};

auto opened() {
    return ss::open_vault({.user = "alice"}, ss::memory_storage{}, ss::plaintext_cipher{}, ss::system_clock{},
                          broken_policy{}, ss::memory_replica{});
}
