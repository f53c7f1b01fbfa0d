// EXPECT: constraint|not satisfied
#include <sealsync/layout.hpp>

struct half_a_layout {
    static constexpr std::string_view collections = "wings";
#ifdef FIXED
    static constexpr std::string_view collection_field = "wing_id";
#endif
};

sealsync::object_key head(const sealsync::key_space<half_a_layout>& keys) { return keys.head(); }
