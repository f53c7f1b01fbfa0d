#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_MEMO_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_MEMO_HPP

#include "../../merge/scan/scan_memo.hpp"
#include "../../merge/scan/scan_time.hpp"
#include "change_layout.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A text that changes repeat, and its number.
struct repeated_text {
    std::uint64_t key = 0; ///< the first eight characters, behind the end of a short text too
    std::uint32_t index = 0, hash = 0;
    short_text text;
};

/// What changes repeat, so that it is compared instead of judged and hashed.
struct layout_memo {
    memo_table<repeated_text, 256> collections;
    memo_table<repeated_text, 32> devices;
    memo_table<repeated_text, 128> runs; ///< as 32 hex digits

    known_day day;                             ///< of the change before
    std::size_t id_size = 0;                   ///< the same
    std::vector<std::string_view> attachments; ///< of the change that is being read

    /// Of a change that was read and staged: its entry knows the numbers.
    void learn(const repeated_places& places, const merge_entry& entry, const repeated_texts& texts) {
        learn(collections, places.collection, texts.collections.text(entry.collection), entry.collection,
              texts.collections.hash(entry.collection));
        learn(devices, places.device, texts.devices.text(entry.device), entry.device);
        learn(runs, places.dot, texts.run(entry.run).hex(), entry.run);
        if (places.replaced == nullptr) return;
        learn(runs, places.replaced, texts.run(entry.replaced_run).hex(), entry.replaced_run);
    }

private:
    template <std::size_t Size>
    void learn(memo_table<repeated_text, Size>& table, const char* at, std::string_view text, std::uint32_t index,
               std::uint32_t hash = 0) {
        const auto key = load_word(at);
        table.place(key) = {key, index, hash, short_text{text}};
    }
};

}}} // namespace sealsync::detail

#endif
