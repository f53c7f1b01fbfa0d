#include <sealsync/sync_engine.hpp>
#include <sealsync/testing/archetypes.hpp>

#include <doctest/doctest.h>

using namespace sealsync::testing;

// Every member is compiled over types that have only what the concepts grant: what the engine asks for beyond them is
// an error here, before it is one in somebody's program.
template class sealsync::basic_sync_engine<storage_archetype, cipher_archetype, clock_archetype,
                                           conflict_policy_archetype, replica_archetype>;

TEST_CASE("engine: over archetypes that refuse every call, opening a vault fails and says so") {
    const auto opened = sealsync::open_vault({.user = "alice", .device_name = "laptop"}, storage_archetype{nullptr},
                                             cipher_archetype{nullptr}, clock_archetype{nullptr},
                                             conflict_policy_archetype{nullptr}, replica_archetype{nullptr});
    REQUIRE_FALSE(opened);
    CHECK(opened.error() == sealsync::errc::unsupported);
}
