#include "vault_fixture.hpp"

template class sealsync::basic_sync_engine<vault_fixture::store_type, sealsync::plaintext_cipher,
                                           sealsync::manual_clock, sealsync::keep_both, vault_fixture::replica_type,
                                           sealsync::default_traits>;
template class sealsync::basic_collection<sealsync::default_traits>;
