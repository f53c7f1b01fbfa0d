// EXPECT: Storage must model sealsync::storage: docs/concepts/storage.md
// ERRORS: 1
#include <sealsync/sealsync.hpp>

namespace ss = sealsync;

struct broken_storage {
    ss::result<void> get(std::span<const ss::get_op>, ss::get_sink, const ss::call_context&);
    ss::result<void> put(std::span<const ss::put_op>, ss::put_sink, const ss::call_context&);
    ss::result<void> remove(std::span<const ss::object_key>, ss::remove_sink, const ss::call_context&);
#ifdef FIXED
    ss::result<ss::list_page> list(const ss::list_query&, const ss::call_context&);
#endif
    ss::result<ss::storage_capabilities> probe(const ss::call_context&);
};

auto opened() {
    return ss::open_vault({.user = "alice"}, broken_storage{}, ss::plaintext_cipher{}, ss::system_clock{},
                          ss::keep_both{}, ss::memory_replica{});
}
