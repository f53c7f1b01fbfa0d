// EXPECT: ignoring return(ed)? value
// ERRORS: 1
#include <sealsync/result.hpp>

sealsync::result<void> committed();

void commit() {
#ifdef FIXED
    static_cast<void>(committed());
#else
    committed();
#endif
}
