#ifndef SEALSYNC_MERGE_REPLACED_DOTS_HPP
#define SEALSYNC_MERGE_REPLACED_DOTS_HPP

#include "paged_table.hpp"
#include "replaced_bucket.hpp"
#include "seeded_hash.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Which versions of which objects were replaced by versions that are themselves gone. (What a sibling replaces the
/// sibling says.) By object and dot, so that a dot named for another object means nothing, and whatever numbers a
/// manifest makes up cost 16 bytes each.
class replaced_dots {
public:
    explicit replaced_dots(const seeded_hash& hash) : hash_{hash}, slots_{hash_of_slot{hash}} {}

    void insert(std::uint32_t object, std::uint32_t run, std::uint64_t n) {
        const replaced_slot slot{n, run, object};
        const auto hash = hash_of_slot{hash_}(slot);
        if (const auto place = find(slot, hash); place.slot.empty()) slots_.insert_at(place, hash, slot);
    }
    [[nodiscard]] bool contains(std::uint32_t object, std::uint32_t run, std::uint64_t n) const {
        const replaced_slot slot{n, run, object};
        return !find(slot, hash_of_slot{hash_}(slot)).slot.empty();
    }
    /// Brings nearer where the others will look.
    SEALSYNC_ALWAYS_INLINE void prefetch(std::uint32_t object, std::uint32_t run, std::uint64_t n) const noexcept {
        prefetch_line(slots_.first_place(hash_of_slot{hash_}({n, run, object})));
    }
    [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
    [[nodiscard]] std::size_t bytes_held() const noexcept { return slots_.bytes_held(); }

    /// Calls `f(run, n)` for each, in no particular order.
    template <class F>
    void for_each(F&& f) const {
        slots_.for_each([&](const replaced_slot& slot) { f(slot.run, slot.n); });
    }

private:
    struct hash_of_slot {
        seeded_hash hash;
        [[nodiscard]] std::uint32_t operator()(const replaced_slot& slot) const noexcept {
            return hash.of_words(slot.n, std::uint64_t{slot.run} << 32U | slot.object);
        }
    };
    using table = paged_table<replaced_bucket, hash_of_slot>;
    [[nodiscard]] table::place find(const replaced_slot& slot, std::uint32_t hash) const {
        return slots_.find(hash, slot, [](const replaced_slot&) { return true; });
    }

    seeded_hash hash_;
    table slots_;
};

}}} // namespace sealsync::detail

#endif
