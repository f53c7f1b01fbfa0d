#ifndef SEALSYNC_MERGE_TEXT_INDEX_HPP
#define SEALSYNC_MERGE_TEXT_INDEX_HPP

#include "indexed_bucket.hpp"
#include "paged_table.hpp"
#include "seeded_hash.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Texts that come again and again (collections, devices, runs), numbered from 0 as they are met.
class text_index {
public:
    explicit text_index(const seeded_hash& hash) : hash_{&hash} {}

    /// Quickest of the text that was asked for before.
    [[nodiscard]] std::uint32_t index_of(std::string_view text) {
        if (last_ < texts_.size() && texts_[last_].text == text) return last_;
        const auto hash = hash_->of_text(text);
        const auto known = find(text, hash);
        if (known != no_index) return last_ = known;
        last_ = static_cast<std::uint32_t>(texts_.size());
        texts_.push_back({std::string{text}, hash});
        slots_.insert(hash, {hash, last_});
        return last_;
    }
    /// `no_index` if it was never met.
    [[nodiscard]] std::uint32_t known(std::string_view text) const { return find(text, hash_->of_text(text)); }

    [[nodiscard]] std::string_view text(std::uint32_t index) const noexcept { return texts_[index].text; }
    /// The same in every index of one seed.
    [[nodiscard]] std::uint32_t hash(std::uint32_t index) const noexcept { return texts_[index].hash; }
    [[nodiscard]] std::size_t size() const noexcept { return texts_.size(); }

private:
    struct known_text {
        std::string text;
        std::uint32_t hash;
    };
    [[nodiscard]] std::uint32_t find(std::string_view text, std::uint32_t hash) const {
        return slots_.find(hash, hash, [&](const indexed_slot& slot) { return texts_[slot.index].text == text; })
            .slot.index;
    }

    const seeded_hash* hash_;
    std::vector<known_text> texts_;
    std::uint32_t last_ = 0;
    paged_table<indexed_bucket, hash_of_indexed> slots_;
};

/// What a scope's manifests repeat. A run is kept as its 16 bytes.
struct repeated_texts {
    explicit repeated_texts(const seeded_hash& hash) : collections{hash}, devices{hash}, runs{hash}, hash_{&hash} {}

    [[nodiscard]] std::uint32_t index_of(const run_id& run) { return runs.index_of(as_text(run.value)); }
    [[nodiscard]] run_id run(std::uint32_t index) const noexcept {
        run_id id;
        std::memcpy(id.value.data(), runs.text(index).data(), id.value.size());
        return id;
    }
    [[nodiscard]] std::size_t size() const noexcept { return collections.size() + devices.size() + runs.size(); }

    [[nodiscard]] const seeded_hash& hash() const noexcept { return *hash_; }

    text_index collections, devices, runs;

private:
    const seeded_hash* hash_;
};

}}} // namespace sealsync::detail

#endif
