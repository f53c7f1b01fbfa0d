// EXPECT: result<failure> would be ambiguous
#include <sealsync/result.hpp>

#ifdef FIXED
using outcome = sealsync::result<int>;
#else
using outcome = sealsync::result<sealsync::failure>;
#endif

bool good(const outcome& o) { return o.has_value(); }
