// EXPECT: merge_with: the function must return .*docs/concepts/conflict_policy.md
// ERRORS: 1
#include <sealsync/conflict/merge_with.hpp>

#ifdef FIXED
using merged = sealsync::bytes;
#else
using merged = std::string;
#endif

merged first(std::optional<sealsync::bytes_view>, std::span<const sealsync::bytes_view>);

using merging = sealsync::merge_with<decltype(&first)>;
template class sealsync::merge_with<decltype(&first)>;
