#include <sealsync/replica/replica.hpp>

#include "../immovable.hpp"

#include <sealsync/testing/archetypes.hpp>

using namespace sealsync;
using namespace sealsync::testing;

namespace near_miss {

struct transaction_without_load : replica_transaction_archetype {
    void load() = delete;
};
struct transaction_that_loads_bytes : replica_transaction_archetype {
    result<bytes> load(replica_table, bytes_view);
};
struct transaction_without_store : replica_transaction_archetype {
    void store() = delete;
};
struct transaction_that_stores_silently : replica_transaction_archetype {
    void store(replica_table, bytes_view, bytes_view);
};
struct transaction_without_erase : replica_transaction_archetype {
    void erase() = delete;
};
struct transaction_without_scan : replica_transaction_archetype {
    void scan() = delete;
};
struct transaction_that_scans_all : replica_transaction_archetype {
    result<void> scan(replica_table, row_visitor);
};
struct transaction_without_commit : replica_transaction_archetype {
    void commit() = delete;
};
struct transaction_that_commits_silently : replica_transaction_archetype {
    void commit();
};
struct transaction_that_cannot_move : replica_transaction_archetype, immovable {};
struct replica_without_begin : replica_archetype {
    void begin() = delete;
};
struct replica_that_cannot_fail_to_begin : replica_archetype {
    replica_transaction_archetype begin();
};
struct replica_of_something_else : replica_archetype {
    result<int> begin();
};
struct replica_that_cannot_move : replica_archetype, immovable {};

} // namespace near_miss

static_assert(replica<replica_archetype>);
static_assert(!replica_transaction<near_miss::transaction_without_load>);
static_assert(!replica_transaction<near_miss::transaction_that_loads_bytes>);
static_assert(!replica_transaction<near_miss::transaction_without_store>);
static_assert(!replica_transaction<near_miss::transaction_that_stores_silently>);
static_assert(!replica_transaction<near_miss::transaction_without_erase>);
static_assert(!replica_transaction<near_miss::transaction_without_scan>);
static_assert(!replica_transaction<near_miss::transaction_that_scans_all>);
static_assert(!replica_transaction<near_miss::transaction_without_commit>);
static_assert(!replica_transaction<near_miss::transaction_that_commits_silently>);
static_assert(!replica_transaction<near_miss::transaction_that_cannot_move>);
static_assert(!replica<near_miss::replica_without_begin>);
static_assert(!replica<near_miss::replica_that_cannot_fail_to_begin>);
static_assert(!replica<near_miss::replica_of_something_else>);
static_assert(!replica<near_miss::replica_that_cannot_move>);
