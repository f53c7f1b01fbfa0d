// EXPECT: no matching function for call to .*device_of
// ERRORS: 1
#include <sealsync/ids.hpp>

sealsync::device_id device_of(sealsync::device_id device) { return device; }

#ifdef FIXED
sealsync::device_id device_of(const sealsync::device_id& device, int) { return device_of(device); }
#else
sealsync::device_id device_of(const sealsync::user_id& user, int) { return device_of(user); }
#endif
