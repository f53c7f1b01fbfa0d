// EXPECT: Replica must model sealsync::replica: docs/concepts/replica.md
// ERRORS: 1
#include <sealsync/sealsync.hpp>

namespace ss = sealsync;

struct broken_replica {
    struct transaction {
        ss::result<std::optional<ss::bytes>> load(ss::replica_table, ss::bytes_view);
        ss::result<void> store(ss::replica_table, ss::bytes_view, ss::bytes_view);
        ss::result<void> erase(ss::replica_table, ss::bytes_view);
#ifdef FIXED
        ss::result<void> scan(ss::replica_table, ss::bytes_view, ss::row_visitor);
#endif
        ss::result<void> commit();
    };
    ss::result<transaction> begin();
};

auto opened() {
    return ss::open_vault({.user = "alice"}, ss::memory_storage{}, ss::plaintext_cipher{}, ss::system_clock{},
                          ss::keep_both{}, broken_replica{});
}
