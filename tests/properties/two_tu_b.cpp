#include <sealsync/sealsync.hpp>

[[nodiscard]] sealsync::result<sealsync::object_key> key_made_elsewhere(const char* text);
[[nodiscard]] const std::error_category& category_seen_elsewhere();

sealsync::result<sealsync::object_key> key_made_elsewhere(const char* text) { return sealsync::object_key::make(text); }

const std::error_category& category_seen_elsewhere() { return sealsync::sealsync_category(); }
