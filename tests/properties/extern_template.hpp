// An engine that is compiled once, as docs/building.md says: this header declares it, extern_template_defined.cpp
// defines it, and extern_template_used.cpp only calls it.
#ifndef SEALSYNC_TESTS_PROPERTIES_EXTERN_TEMPLATE_HPP
#define SEALSYNC_TESTS_PROPERTIES_EXTERN_TEMPLATE_HPP

#include <sealsync/sealsync.hpp>

using vault = sealsync::basic_sync_engine<sealsync::memory_storage, sealsync::plaintext_cipher, sealsync::system_clock,
                                          sealsync::keep_both>;
extern template class sealsync::basic_sync_engine<sealsync::memory_storage, sealsync::plaintext_cipher,
                                                  sealsync::system_clock, sealsync::keep_both>;
extern template class sealsync::basic_collection<sealsync::default_traits>;

#endif
