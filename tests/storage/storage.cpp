#include <sealsync/storage/storage.hpp>

#include "../immovable.hpp"

#include <sealsync/testing/archetypes.hpp>

using namespace sealsync;
using namespace sealsync::testing;

namespace near_miss {

struct unchanged : storage_archetype {};
struct storage_without_get : storage_archetype {
    void get() = delete;
};
struct storage_without_put : storage_archetype {
    void put() = delete;
};
struct storage_without_remove : storage_archetype {
    void remove() = delete;
};
struct storage_without_list : storage_archetype {
    void list() = delete;
};
struct storage_without_probe : storage_archetype {
    void probe() = delete;
};
struct storage_that_cannot_move : storage_archetype, immovable {};
struct storage_with_a_get_of_one : storage_archetype {
    result<void> get(const get_op&, get_sink, const call_context&);
};
struct storage_whose_get_says_nothing : storage_archetype {
    void get(std::span<const get_op>, get_sink, const call_context&);
};
struct storage_whose_put_says_bool : storage_archetype {
    bool put(std::span<const put_op>, put_sink, const call_context&);
};
struct storage_that_changes_what_it_puts : storage_archetype {
    result<void> put(std::span<put_op>, put_sink, const call_context&);
};
struct storage_that_removes_without_context : storage_archetype {
    result<void> remove(std::span<const object_key>, remove_sink);
};
struct storage_that_changes_the_context : storage_archetype {
    result<storage_capabilities> probe(call_context&);
};
struct storage_that_lists_entries : storage_archetype {
    result<std::vector<list_entry>> list(const list_query&, const call_context&);
};

} // namespace near_miss

static_assert(storage<storage_archetype>);
static_assert(storage<near_miss::unchanged>, "deriving alone must not be what the near-misses are refused for");
static_assert(!storage<int>);
static_assert(!storage<near_miss::storage_without_get>);
static_assert(!storage<near_miss::storage_without_put>);
static_assert(!storage<near_miss::storage_without_remove>);
static_assert(!storage<near_miss::storage_without_list>);
static_assert(!storage<near_miss::storage_without_probe>);
static_assert(!storage<near_miss::storage_that_cannot_move>);
static_assert(!storage<near_miss::storage_with_a_get_of_one>);
static_assert(!storage<near_miss::storage_whose_get_says_nothing>);
static_assert(!storage<near_miss::storage_whose_put_says_bool>);
static_assert(!storage<near_miss::storage_that_changes_what_it_puts>);
static_assert(!storage<near_miss::storage_that_removes_without_context>);
static_assert(!storage<near_miss::storage_that_changes_the_context>);
static_assert(!storage<near_miss::storage_that_lists_entries>);
static_assert(!storage<const storage_archetype>, "operations change a store");
