#ifndef SEALSYNC_TESTS_MANIFEST_COMPACT_ODD_CHECKPOINTS_HPP
#define SEALSYNC_TESTS_MANIFEST_COMPACT_ODD_CHECKPOINTS_HPP

#include "odd_segments.hpp"

#include <sealsync/manifest/checkpoint.hpp>

/// Checkpoints in which everything is met that their compact form has: any part of any number of parts, runs met whole,
/// with gaps and up to the greatest number, siblings in any order, twins among them.
namespace sealsync_tests {

inline interval_set numbers(std::initializer_list<std::uint64_t> met) {
    interval_set set;
    for (const auto n : met) set.insert(n);
    return set;
}

inline checkpoint sample_checkpoint() {
    checkpoint c;
    c.vault = id128<vault_id>(1);
    c.scope = "users/alice";
    c.device = *device_id::make("iphone");
    c.part = 2;
    c.parts = 300;
    c.previous = digest_of(0x42);
    c.last_updated = *stamp::parse("2025-01-20T14:32:00Z");
    c.logs = sample_head().logs;
    c.met = {{id128<run_id>(1), numbers({1, 2, 3, 7, 9, 10})}, {id128<run_id>(2), numbers({1})}};
    c.siblings = {record_change(), attachment_change(), erase_change()};
    return c;
}

class odd_checkpoints {
public:
    explicit odd_checkpoints(std::uint64_t seed) : segments_{seed} {}

    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return segments_.below(bound); }
    [[nodiscard]] bytes mutate(bytes from) { return segments_.mutate(std::move(from)); }

    [[nodiscard]] checkpoint next() {
        auto s = segments_.next();
        checkpoint c;
        c.vault = s.vault;
        c.scope = s.scope;
        c.device = s.device;
        c.parts = below(2) == 0 ? 1 : 1 + below(detail::number_max);
        c.part = 1 + below(c.parts);
        if (c.part > 1) c.previous = digest();
        c.last_updated = s.last_updated;
        for (const auto& each : s.seen) c.logs.push_back({each.log, s.device, each.seq, digest()});
        for (std::uint8_t run = 0; run < 4; ++run) {
            if (below(2) == 0) c.met.push_back({id128<run_id>(run), edits()});
        }
        c.siblings = std::move(s.changes);
        add_twins(c.siblings);
        return c;
    }

private:
    [[nodiscard]] digest256 digest() { return digest_of(static_cast<std::uint8_t>(below(256))); }
    [[nodiscard]] interval_set edits() {
        interval_set set;
        for (auto count = 1 + below(6); count > 0; --count) {
            const auto n = 1 + below(below(3) == 0 ? detail::number_max - 400 : 60);
            for (auto more = below(below(4) == 0 ? 400 : 3) + 1; more > 0; --more) set.insert(n + more - 1);
        }
        if (below(8) == 0) set.insert(detail::number_max);
        return set;
    }
    void add_twins(std::vector<change>& siblings) {
        const auto single = siblings.size();
        for (std::size_t i = 0; i < single; ++i) {
            if (!siblings[i].stored || below(3) != 0) continue;
            auto twin = siblings[i];
            for (auto& each : twin.stored->value) each = ~each;
            siblings.push_back(std::move(twin));
        }
        if (below(2) == 0) return;
        for (auto& each : siblings) std::swap(each, siblings[below(siblings.size())]);
    }

    odd_segments segments_;
};

} // namespace sealsync_tests

#endif
