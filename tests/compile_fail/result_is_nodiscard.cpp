// EXPECT: ignoring return(ed)? value
// ERRORS: 1
#include <sealsync/result.hpp>

sealsync::result<int> asked();

void ask() {
#ifdef FIXED
    static_cast<void>(asked());
#else
    asked();
#endif
}
