#ifndef SEALSYNC_TESTS_IMMOVABLE_HPP
#define SEALSYNC_TESTS_IMMOVABLE_HPP

/// A base for near-misses of concepts: archetypes with one member hidden by another that will not do. Each must be
/// refused, or a concept asks for less than its page says.
struct immovable {
    immovable() = default;
    immovable(immovable&&) = delete;
};

#endif
