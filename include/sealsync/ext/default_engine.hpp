#ifndef SEALSYNC_EXT_DEFAULT_ENGINE_HPP
#define SEALSYNC_EXT_DEFAULT_ENGINE_HPP

#include "../conflict/keep_both.hpp"
#include "../sync_engine.hpp"
#include "botan/botan_cipher.hpp"
#include "s3/s3_storage.hpp"
#include "sqlite/sqlite_replica.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI {

/// The engine for most: a bucket, sealed by Botan, no edit lost, a replica in one SQLite file.
using sync_engine = basic_sync_engine<s3_storage, botan_cipher, system_clock, keep_both, sqlite_replica>;

}} // namespace sealsync

#endif
