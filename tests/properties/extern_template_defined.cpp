#include "extern_template.hpp"

template class sealsync::basic_sync_engine<sealsync::memory_storage, sealsync::plaintext_cipher, sealsync::system_clock,
                                           sealsync::keep_both>;
template class sealsync::basic_collection<sealsync::default_traits>;
