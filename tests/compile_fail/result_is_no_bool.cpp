// EXPECT: cannot convert .*result<int>.* to .*bool|no viable conversion from .*result<int>.* to .*'bool'
// ERRORS: 1
#include <sealsync/result.hpp>

#ifdef FIXED
bool good(const sealsync::result<int>& r) { return r.has_value(); }
#else
bool good(const sealsync::result<int>& r) { return r; }
#endif
