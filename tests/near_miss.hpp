#ifndef SEALSYNC_TESTS_NEAR_MISS_HPP
#define SEALSYNC_TESTS_NEAR_MISS_HPP

// A near-miss is an archetype with one member hidden by another that will not do. Each must be refused, or a concept
// asks for less than its page says.
namespace near_miss {

struct immovable {
    immovable() = default;
    immovable(immovable&&) = delete;
};

} // namespace near_miss

#endif
