#ifndef SEALSYNC_TESTS_CONFLICT_SIBLINGS_HPP
#define SEALSYNC_TESTS_CONFLICT_SIBLINGS_HPP

#include <sealsync/conflict/sibling.hpp>

namespace conflict_tests {

/// The edit `n` of the run `run`. The content is borrowed.
inline sealsync::sibling edit(int run, std::uint64_t n, std::int64_t time, sealsync::bytes_view content = {}) {
    sealsync::sibling made;
    made.dot.run.value[0] = static_cast<std::byte>(run);
    made.dot.n = n;
    made.timestamp.nanoseconds = time;
    made.content = content;
    return made;
}

} // namespace conflict_tests

#endif
