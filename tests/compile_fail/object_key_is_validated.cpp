// EXPECT: private
// ERRORS: 1
#include <sealsync/storage/object_key.hpp>

#ifdef FIXED
sealsync::result<sealsync::object_key> key() { return sealsync::object_key::make("a/../b"); }
#else
sealsync::object_key key() { return sealsync::object_key{std::string{"a/../b"}}; }
#endif
