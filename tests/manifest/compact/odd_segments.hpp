#ifndef SEALSYNC_TESTS_MANIFEST_COMPACT_ODD_SEGMENTS_HPP
#define SEALSYNC_TESTS_MANIFEST_COMPACT_ODD_SEGMENTS_HPP

#include "../samples.hpp"

#include <set>

/// Random segments in which everything is met that a compact row has a form for: ids of hex digits and of text, the
/// same collections, devices and runs again and again, none, one and many replaced, numbers of every length.
namespace sealsync_tests {

class odd_segments {
public:
    explicit odd_segments(std::uint64_t seed) : random_{seed} {}

    [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }

    [[nodiscard]] segment next() {
        auto s = random_.next_segment();
        std::set<dot> edits;
        for (auto& each : s.changes) {
            make_odd(each, s);
            while (!edits.insert(each.dot).second) each.dot.n = each.dot.n % detail::number_max + 1;
            give_replaced(each);
        }
        if (random_.one_in(2)) {
            std::sort(s.changes.begin(), s.changes.end(),
                      [](const change& l, const change& r) { return l.dot < r.dot; });
        }
        return s;
    }

    /// Flips, deletes, inserts, repeats, exchanges or zeroes a few bytes.
    [[nodiscard]] bytes mutate(bytes from) {
        for (auto edits = 1 + below(2); edits > 0 && !from.empty(); --edits) {
            const auto at = from.begin() + static_cast<std::ptrdiff_t>(below(from.size()));
            const auto rest = static_cast<std::uint64_t>(from.end() - at);
            const auto count = static_cast<std::ptrdiff_t>((std::min)(rest, 1 + below(random_.one_in(3) ? 40 : 2)));
            switch (below(7)) {
            case 0:
                *at ^= std::byte{1} << below(8);
                break;
            case 1:
                from.erase(at, at + count);
                break;
            case 2:
                from.insert(at, static_cast<std::byte>(below(256)));
                break;
            case 3: {
                const bytes again{at, at + count};
                from.insert(at, again.begin(), again.end());
                break;
            }
            case 4:
                *at = std::byte{0};
                break;
            case 5:
                *at = static_cast<std::byte>(std::to_integer<int>(*at) + (random_.one_in(2) ? 1 : 255));
                break;
            default:
                *at = static_cast<std::byte>(below(256));
                break;
            }
        }
        return from;
    }

private:
    void make_odd(change& c, const segment& of) {
        if (!random_.one_in(4)) c.collection = id128_of<collection_id>(1 + below(3));
        if (!random_.one_in(4)) c.device = random_.one_in(2) ? of.device : id128_of<device_id>(below(3));
        if (c.type == change_type::record && random_.one_in(2)) c.id = id128_of<object_id>(below(256));
        if (c.type == change_type::record && random_.one_in(5)) {
            c.id = *object_id::make(digest_of(static_cast<std::uint8_t>(below(256))).hex());
        }
        if (!random_.one_in(4)) c.dot = dot_of(static_cast<std::uint8_t>(below(4)), c.dot.n);
        if (random_.one_in(2)) c.dot.n = 1 + below(40);
        if (random_.one_in(2))
            c.timestamp.nanoseconds = of.last_updated.nanoseconds / 2 + static_cast<int>(below(100'000));
    }
    void give_replaced(change& c) {
        if (random_.one_in(4)) return;
        std::set<dot> old;
        for (auto count = random_.one_in(8) ? below(300) : below(3); count > 0; --count) {
            auto replaced = dot_of(static_cast<std::uint8_t>(below(5)), 1 + below(1'000));
            if (random_.one_in(3)) replaced = {c.dot.run, 1 + below(random_.one_in(2) ? 60 : detail::number_max)};
            if (replaced != c.dot) old.insert(replaced);
        }
        c.replaces.assign(old.begin(), old.end());
        if (old.size() < 2) c.merge = merge_kind::none;
    }
    template <class Id>
    [[nodiscard]] static Id id128_of(std::uint64_t number) {
        return *Id::make(id128<run_id>(static_cast<std::uint8_t>(number)).hex());
    }

    random_manifests random_;
};

} // namespace sealsync_tests

#endif
