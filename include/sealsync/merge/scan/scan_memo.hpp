#ifndef SEALSYNC_MERGE_SCAN_SCAN_MEMO_HPP
#define SEALSYNC_MERGE_SCAN_SCAN_MEMO_HPP

#include "../merge_entry.hpp"
#include "../text_index.hpp"
#include "pattern.hpp"
#include "scan_time.hpp"

#include <bit>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// What changes of a manifest have in common, by its first eight characters that differ: a place or none, and no
/// more than four are looked at. Who makes up manifests can fill it with what does not come again, and so have them
/// read slowly; nothing worse.
template <class Memo, std::size_t Size>
class memo_table {
public:
    memo_table() noexcept { clear(); }

    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const Memo* find(std::uint64_t key) const noexcept {
        const auto* const first = &memos_[place_of(key)];
        for (std::size_t i = 0; i < tries; ++i) {
            if (first[i].key == key) [[likely]]
                return &first[i];
        }
        return nullptr;
    }
    /// The same, if what was found the last time is mostly found again.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const Memo* find_again(std::uint64_t key) noexcept {
        const auto& last = memos_[last_];
        if (last.key == key && last.text.size != 0) [[likely]]
            return &last;
        const auto* const found = find(key);
        if (found != nullptr) last_ = static_cast<std::size_t>(found - memos_.data());
        return found;
    }
    /// Where to learn what has this key.
    [[nodiscard]] Memo& place(std::uint64_t key) noexcept {
        const auto first = place_of(key);
        for (auto i = first; i < first + tries; ++i) {
            if (memos_[i].text.size == 0 || memos_[i].key == key) return memos_[i];
        }
        return memos_[first];
    }

    void clear() noexcept {
        memos_.fill({});
        for (std::size_t i = 0; i < memos_.size(); ++i) memos_[i].key = key_of_empty(i);
    }

private:
    static constexpr std::size_t tries = 4;
    [[nodiscard]] static std::size_t place_of(std::uint64_t key) noexcept {
        return static_cast<std::size_t>(key * 0x9e3779b97f4a7c15U >> 32U) % Size;
    }
    /// One that is never looked for there.
    [[nodiscard]] static std::uint64_t key_of_empty(std::size_t at) noexcept {
        std::uint64_t key = 0;
        while (at - place_of(key) < tries) ++key;
        return key;
    }

    std::array<Memo, Size + tries - 1> memos_;
    std::size_t last_ = 0;
};

/// Two numbers of texts, one after the other, as an entry has them: run and replaced run, collection and device.
[[nodiscard]] constexpr std::uint64_t text_pair(std::uint32_t first, std::uint32_t second) noexcept {
    return std::bit_cast<std::uint64_t>(std::array{first, second});
}

/// `{"type":"record","family_member_id":"...","record_id":"...","version":`, with a hole for the id.
struct beginning_memo {
    std::uint64_t key = 0;
    std::uint64_t kind_hash = 0;  ///< of records of this collection with ids of this size
    std::uint64_t facts = 0;      ///< of records with ids of this size
    std::uint64_t collection = 0; ///< and 0, a pair
    std::uint32_t id_at = 0, id_size = 0;
    pattern<256> text;
};

/// `,"timestamp":"...","device_id":"...","action":"......","dot":"...:`, with holes for time and action.
struct author_memo {
    std::uint64_t key = 0;
    std::uint64_t runs = 0, device = 0; ///< pairs: the run twice; 0 and the device
    std::uint32_t run = 0, action_at = 0;
    pattern<256> text;

    static constexpr std::string_view before_time = ",\"timestamp\":\"", before_device = "Z\",\"device_id\":\"",
                                      before_action = "\",\"action\":\"", before_dot = "\",\"dot\":\"";
    static constexpr std::size_t time_at = before_time.size(), time_size = 29;
    static constexpr std::size_t device_at = time_at + time_size + before_device.size();
    static constexpr std::size_t action_size = 6;
};

/// What follows an edit: `","replaces":["<run>:`, or `","replaces":[],"size":`.
struct replaced_memo {
    std::uint64_t key = 0;
    std::array<std::uint64_t, 4> kept{};   ///< of an entry's numbers, all bits of those that there are
    std::uint64_t kept_runs = 0, runs = 0; ///< pairs: all bits of the author's that count; 0 and the replaced one
    pattern<64> text;

    /// All bits, or none if nothing is replaced.
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE std::uint64_t if_any() const noexcept { return kept[1]; }

    static constexpr std::string_view before_dot = "\",\"replaces\":[\"", none = "\",\"replaces\":[],\"size\":";
    static constexpr std::size_t key_at = before_dot.size();
};

/// What a scan has learned from changes that were read with all care.
struct scan_memo {
    explicit scan_memo(std::string_view collection_field)
        : before_collection{"{\"type\":\"record\",\"" + std::string{collection_field} + "\":\""} {}

    void learn(const change& c, repeated_texts& texts);
    void forget() noexcept {
        beginnings.clear();
        authors.clear();
        replaced.clear();
    }

    std::string before_collection;
    memo_table<beginning_memo, 256> beginnings;
    memo_table<author_memo, 32> authors;
    memo_table<replaced_memo, 128> replaced;

    /// As it was in the change before.
    std::size_t usual_beginning = 0, usual_version = 0, usual_n = 0; ///< sizes
    known_day usual_day;

private:
    void learn_beginning(const change& c, repeated_texts& texts);
    void learn_author(const change& c, repeated_texts& texts);
    void learn_replaced(const change& c, repeated_texts& texts);
};

inline void scan_memo::learn(const change& c, repeated_texts& texts) {
    if (c.type != change_type::record) return;
    learn_beginning(c, texts);
    learn_author(c, texts);
    learn_replaced(c, texts);
}

inline void scan_memo::learn_beginning(const change& c, repeated_texts& texts) {
    constexpr std::string_view before_id = "\",\"record_id\":\"", before_version = "\",\"version\":";
    const auto &collection = c.collection.text(), &id = c.id.text();
    beginning_memo memo;
    memo.id_at = static_cast<std::uint32_t>(before_collection.size() + collection.size() + before_id.size());
    memo.id_size = static_cast<std::uint32_t>(id.size());
    if ((id.size() > 32 && id.size() != 64) || !memo.text.fits(memo.id_at + id.size() + before_version.size())) return;
    memo.text.put(before_collection).put(collection).put(before_id).put_hole(id.size()).put(before_version);
    memo.key = load_word(memo.text.text.data() + before_collection.size());
    const auto number = texts.collections.index_of(collection);
    memo.collection = text_pair(number, 0);
    const auto form = id.size() == 64 ? id_form::digest : id_form::text;
    memo.facts = merge_entry::facts(change_type::record, change_action{}, form, false);
    memo.kind_hash =
        texts.hash().of_kind(merge_entry::kind_of(change_type::record, form), texts.collections.hash(number));
    beginnings.place(memo.key) = memo;
}

inline void scan_memo::learn_author(const change& c, repeated_texts& texts) {
    author_memo memo;
    memo.text.put(memo.before_time).put("0000-00-00T00:00:00.000000000");
    for (std::size_t i = memo.time_at; i < memo.text.size; ++i) {
        if (memo.text.text[i] == '0') memo.text.mask[i] = '\0';
    }
    memo.text.put(memo.before_device).put(c.device.text()).put(memo.before_action);
    memo.action_at = memo.text.size;
    memo.text.put_hole(memo.action_size).put(memo.before_dot).put(c.dot.run.hex()).put(":");
    memo.key = load_word(memo.text.text.data() + memo.device_at);
    memo.run = texts.index_of(c.dot.run);
    memo.runs = text_pair(memo.run, memo.run);
    memo.device = text_pair(0, texts.devices.index_of(c.device.text()));
    authors.place(memo.key) = memo;
}

inline void scan_memo::learn_replaced(const change& c, repeated_texts& texts) {
    constexpr std::uint64_t all = ~std::uint64_t{0};
    constexpr std::uint32_t whole = ~std::uint32_t{0};
    const auto place = [&](const replaced_memo& what, std::uint64_t if_any) {
        auto memo = what;
        memo.key = load_word(memo.text.text.data() + memo.key_at);
        memo.kept = {all, if_any, all, all};
        memo.kept_runs = text_pair(whole, if_any == 0 ? whole : 0);
        replaced.place(memo.key) = memo;
    };
    if (c.replaces.empty()) place({.text = pattern<64>{replaced_memo::none}}, 0);
    for (const auto& each : c.replaces) {
        place({.runs = text_pair(0, texts.index_of(each.run)),
               .text = pattern<64>{replaced_memo::before_dot}.put(each.run.hex()).put(":")},
              all);
    }
}

}}} // namespace sealsync::detail

#endif
