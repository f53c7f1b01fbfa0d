#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_MEMO_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_MEMO_HPP

#include "../../manifest/scan/scan_memo.hpp"
#include "../../manifest/scan/scan_time.hpp"
#include "change_layout.hpp"

namespace sealsync::inline SEALSYNC_ABI::detail {

/// A text that changes repeat, and its number.
struct repeated_text {
    std::uint64_t key = 0;  ///< the first eight characters, behind the end of a short text too
    std::uint32_t size = 0; ///< 0: none
    std::uint32_t index = 0, hash = 0;
    masked_text text;

    template <class Vector>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t differs(const char* at) const noexcept {
        return text.differs<Vector>(at);
    }
};

/// The day that a time begins with, `2025-01-20`: those of one log are mostly the same, and a calendar costs.
class day_memo {
public:
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bool is_of(const char* time) const noexcept {
        return ((load_word(time) ^ first_) | (load_word(time + 2) ^ last_)) == 0;
    }
    /// When it began, in nanoseconds since 1970.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::int64_t begin() const noexcept { return begin_; }

    /// Not zero if there is no such day: then it is not learned.
    [[nodiscard]] SEALSYNC_NEVER_INLINE std::uint64_t learn(const char* time, time_digits digits) noexcept {
        digits.pairs[4] = digits.pairs[5] = digits.pairs[6] = 0;
        digits.nanoseconds = 0;
        const auto midnight = time_of(digits);
        if (midnight.bad != 0) return midnight.bad;
        first_ = load_word(time);
        last_ = load_word(time + 2);
        begin_ = midnight.nanoseconds;
        return 0;
    }

private:
    std::uint64_t first_ = 0, last_ = 0; ///< eight characters of ten, from either end
    std::int64_t begin_ = 0;
};

/// What changes repeat, so that it is compared instead of judged and hashed.
struct layout_memo {
    memo_table<repeated_text, 256> collections;
    memo_table<repeated_text, 32> devices;
    memo_table<repeated_text, 128> runs;               ///< as 32 hex digits
    const repeated_text *device = &none, *run = &none; ///< of the change before

    day_memo day;
    std::vector<std::string_view> attachments; ///< of the change that is being read

    /// Of a change that was read and staged: its entry knows the numbers.
    void learn(const repeated_places& places, const merge_entry& entry, const repeated_texts& texts) {
        learn(collections, places.collection, texts.collections.text(entry.collection), entry.collection,
              texts.collections.hash(entry.collection));
        learn(devices, places.device, texts.devices.text(entry.device), entry.device);
        learn(runs, places.edit, texts.run(entry.run).hex(), entry.run);
        if (places.replaced == nullptr) return;
        learn(runs, places.replaced, texts.run(entry.replaced_run).hex(), entry.replaced_run);
    }

private:
    template <std::size_t Size>
    void learn(memo_table<repeated_text, Size>& table, const char* at, std::string_view text, std::uint32_t index,
               std::uint32_t hash = 0) {
        const auto key = load_word(at);
        device = run = &none; // which the table may move away
        table.place(key) = {key, static_cast<std::uint32_t>(text.size()), index, hash, masked_text{text}};
    }

    /// Its key says that a NUL stands there, its text that it does not: so it is never found.
    static constexpr repeated_text none{.size = 1, .text = masked_text{"?"}};
};

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
