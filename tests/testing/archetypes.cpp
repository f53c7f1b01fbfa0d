#include <sealsync/testing/archetypes.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using namespace sealsync::testing;

// More than the concept grants would hide that an algorithm asks for more.
static_assert(!std::copy_constructible<storage_archetype> && !std::is_move_assignable_v<storage_archetype>);
static_assert(!std::copy_constructible<replica_archetype> && !std::is_move_assignable_v<replica_archetype>);
static_assert(!std::copy_constructible<replica_transaction_archetype>);
static_assert(!std::copy_constructible<clock_archetype> && !std::copy_constructible<conflict_policy_archetype>);
static_assert(!std::is_copy_assignable_v<cipher_archetype> && !std::is_move_assignable_v<cipher_archetype>);
static_assert(!std::is_default_constructible_v<storage_archetype> &&
              !std::is_default_constructible_v<cipher_archetype>);
static_assert(!std::is_same_v<decltype(std::declval<stream_sealer_archetype&>().header()), bytes_view>);

TEST_CASE("archetypes: refuse every call, instead of pretending that it worked") {
    storage_archetype storage{nullptr};
    const call_context call;
    CHECK(storage
              .get(
                  {}, [](std::size_t, const result<get_reply>&) {}, call)
              .error() == errc::unsupported);
    CHECK(storage
              .put(
                  {}, [](std::size_t, const result<put_reply>&) {}, call)
              .error() == errc::unsupported);
    CHECK(storage
              .remove(
                  {}, [](std::size_t, const result<void>&) {}, call)
              .error() == errc::unsupported);
    CHECK(storage.list({}, call).error() == errc::unsupported);
    CHECK(storage.probe(call).error() == errc::unsupported);

    cipher_archetype cipher{nullptr};
    bytes out;
    CHECK(cipher.seal({}, "x", out).error() == errc::unsupported);
    CHECK(cipher.open({}, "x", out).error() == errc::unsupported);
    CHECK(cipher.start_seal({}).error() == errc::unsupported);
    CHECK(cipher.start_open({}, "x").error() == errc::unsupported);
    CHECK(cipher.random({}).error() == errc::unsupported);

    CHECK(replica_archetype{nullptr}.begin().error() == errc::unsupported);
    CHECK(conflict_policy_archetype{nullptr}.resolve({}, {}).error() == errc::unsupported);
}
