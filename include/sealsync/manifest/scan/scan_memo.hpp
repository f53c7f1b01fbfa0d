#ifndef SEALSYNC_MANIFEST_SCAN_SCAN_MEMO_HPP
#define SEALSYNC_MANIFEST_SCAN_SCAN_MEMO_HPP

#include "../../merge/merge_entry.hpp"
#include "../../merge/text_index.hpp"
#include "word.hpp"

namespace sealsync::inline SEALSYNC_ABI::detail {

/// What changes of a manifest have in common, by its first eight characters that differ: a place or none, and no
/// more than four are looked at. Who makes up manifests can fill it with what does not come again, and so have them
/// read slowly; nothing worse.
template <class Memo, std::size_t Size>
class memo_table {
public:
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const Memo* find(std::uint64_t key) const noexcept {
        for (std::size_t i = place_of(key), end = i + tries; i < end; ++i) {
            if (memos_[i].key == key && memos_[i].size != 0) return &memos_[i];
        }
        return nullptr;
    }
    /// Where to learn what has this key.
    [[nodiscard]] Memo& place(std::uint64_t key) noexcept {
        const auto first = place_of(key);
        for (auto i = first; i < first + tries; ++i) {
            if (memos_[i].size == 0 || memos_[i].key == key) return memos_[i];
        }
        return memos_[first];
    }

private:
    static constexpr std::size_t tries = 4;
    [[nodiscard]] static std::size_t place_of(std::uint64_t key) noexcept {
        return static_cast<std::size_t>(key * 0x9e3779b97f4a7c15U >> 32U) % Size;
    }
    std::array<Memo, Size + tries> memos_{};
};

/// `{"type":"record","family_member_id":"...","record_id":"`
struct beginning_memo {
    std::uint64_t key = 0;
    std::uint32_t size = 0;
    std::uint32_t collection = 0, collection_hash = 0;
    std::array<char, 256> text{};
};

/// `,"timestamp":"...","device_id":"...","action":"......","dot":"...:`, with a mask that leaves out time and action.
struct author_memo {
    std::uint64_t key = 0;
    std::uint32_t size = 0;
    std::uint32_t action_at = 0;
    std::uint32_t device = 0, run = 0;
    std::array<char, 288> text{}, mask{};

    static constexpr std::string_view before_time = ",\"timestamp\":\"", before_device = "\",\"device_id\":\"",
                                      before_action = "\",\"action\":\"", before_dot = "\",\"dot\":\"";
    static constexpr std::size_t time_at = before_time.size(), time_size = 30;
    static constexpr std::size_t device_at = time_at + time_size - 1 + before_device.size() + 1;
    static constexpr std::size_t action_size = 6;
};

/// `"<run>:`
struct run_memo {
    std::uint64_t key = 0;
    std::uint32_t size = 0;
    std::uint32_t run = 0;
    std::array<char, 64> text{};
};

/// What a scan has learned from changes that were read with all care.
struct scan_memo {
    explicit scan_memo(std::string_view collection_field)
        : before_collection{"{\"type\":\"record\",\"" + std::string{collection_field} + "\":\""} {}

    void learn(const change& c, repeated_texts& texts);

    std::string before_collection;
    std::size_t id_size = 32; ///< of the change before
    memo_table<beginning_memo, 256> beginnings;
    memo_table<author_memo, 32> authors;
    memo_table<run_memo, 128> runs;

private:
    void learn_run(const run_id& run, repeated_texts& texts);
};

/// Appends to the text of a memo.
template <class Memo>
void put(Memo& memo, std::string_view text) noexcept {
    SEALSYNC_ASSERT(memo.size + text.size() <= memo.text.size());
    std::memcpy(memo.text.data() + memo.size, text.data(), text.size());
    memo.size += static_cast<std::uint32_t>(text.size());
}

inline void scan_memo::learn_run(const run_id& run, repeated_texts& texts) {
    const auto hex = run.hex();
    auto& memo = runs.place(load_word(hex.data()));
    memo = {.key = load_word(hex.data()), .run = texts.index_of(run)};
    put(memo, "\"");
    put(memo, hex);
    put(memo, ":");
}

inline void scan_memo::learn(const change& c, repeated_texts& texts) {
    constexpr std::string_view after_collection = "\",\"record_id\":\"";
    if (c.type != change_type::record) return;
    id_size = c.id.text().size();
    beginning_memo beginning;
    if (before_collection.size() + c.collection.text().size() + after_collection.size() <= beginning.text.size()) {
        put(beginning, before_collection);
        put(beginning, c.collection.text());
        put(beginning, after_collection);
        beginning.key = load_word(beginning.text.data() + before_collection.size());
        beginning.collection = texts.collections.index_of(c.collection.text());
        beginning.collection_hash = texts.collections.hash(beginning.collection);
        beginnings.place(beginning.key) = beginning;
    }
    author_memo author;
    put(author, author_memo::before_time);
    put(author, "0000-00-00T00:00:00.000000000Z");
    put(author, author_memo::before_device);
    author.key = load_word((c.device.text() + "\",\"acti").data());
    put(author, c.device.text());
    put(author, author_memo::before_action);
    author.action_at = author.size;
    put(author, "??????");
    put(author, author_memo::before_dot);
    put(author, c.edit.run.hex());
    put(author, ":");
    for (std::size_t i = 0; i < author.size; ++i) author.mask[i] = author.text[i] == '?' ? '\0' : '\xff';
    for (std::size_t i = 0; i < author_memo::time_size; ++i) {
        if (author.text[author_memo::time_at + i] == '0') author.mask[author_memo::time_at + i] = '\0';
    }
    author.device = texts.devices.index_of(c.device.text());
    author.run = texts.index_of(c.edit.run);
    authors.place(author.key) = author;
    for (const auto& replaced : c.replaces) learn_run(replaced.run, texts);
}

} // namespace sealsync::inline SEALSYNC_ABI::detail

#endif
