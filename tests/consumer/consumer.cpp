// What a user compiles: the core, and each part that the build says it has.
#include <sealsync/sealsync.hpp>
#ifdef HAS_BOTAN
#include <sealsync/sealsync_botan.hpp>
#endif
#ifdef HAS_CURL
#include <sealsync/sealsync_curl.hpp>
#endif
#ifdef HAS_PUGIXML
#include <sealsync/sealsync_pugixml.hpp>
#endif
#ifdef HAS_S3
#include <sealsync/sealsync_s3.hpp>
#endif
#ifdef HAS_DEFAULT_ENGINE
#include <sealsync/sealsync_default_engine.hpp>
#endif
#ifdef HAS_SQLITE
#include <sealsync/sealsync_sqlite.hpp>
#endif
#ifdef HAS_SIMDJSON
#include <sealsync/sealsync_simdjson.hpp>
#endif

int main() { return sealsync::object_key::make("users/alice/sync-manifest.json") ? 0 : 1; }
