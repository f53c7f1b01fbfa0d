#ifndef SEALSYNC_FWD_HPP
#define SEALSYNC_FWD_HPP

#include "config.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

class failure;
template <class T>
class result;

class memory_storage;
class posix_files;
template <class Files>
class basic_directory_storage;
using directory_storage = basic_directory_storage<posix_files>;
class plaintext_cipher;
class system_clock;
class manual_clock;
class last_write_wins;
class keep_both;
class merge_text;
class memory_replica;

struct default_traits;
template <class Traits = default_traits>
class basic_collection;
template <class Storage, class Cipher, class Clock, class ConflictPolicy, class Replica = memory_replica,
          class Traits = default_traits>
class basic_sync_engine;

}} // namespace sealsync

#endif
