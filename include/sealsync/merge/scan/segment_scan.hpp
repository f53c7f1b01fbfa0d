#ifndef SEALSYNC_MERGE_SCAN_SEGMENT_SCAN_HPP
#define SEALSYNC_MERGE_SCAN_SEGMENT_SCAN_HPP

#include "../../detail/prefetch.hpp"
#include "../../manifest/canonical_codec.hpp"
#include "avx512_vector.hpp"
#include "change_scan.hpp"
#include "neon_vector.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The verified scan: stages the changes of a segment in the canonical layout, most of them by `scan_change`, the
/// others by the strict reader, one at a time. What it takes `canonical_codec` takes, with the same value. It says no
/// more of what it does not take: a reader will, from the beginning. Kept and used again by one thread, with one
/// stage.
class segment_scan {
public:
    segment_scan(std::string_view collection_field, const manifest_limits& limits, vector_level level)
        : field_{collection_field},
          limits_{limits},
          level_{level},
          memo_{collection_field},
          common_{limits.dots_max > 0 && limits.attachments_max > 0 && collection_field.size() < 128} {
        SEALSYNC_ASSERT(has_level(level) && is_collection_field(collection_field));
    }

    /// If it returns false, what it staged counts for nothing.
    [[nodiscard]] bool read(bytes_view manifest, staged_changes& stage) {
        const auto text = as_text(manifest);
        if (text.size() > limits_.bytes_max || text.substr(0, beginning.size()) != beginning) return false;
        json_reader in{text};
        header_ = {};
        lay_out_segment_header(in, header_, limits_);
        if (!in.ok()) return false;
        auto rest = text.substr(in.position());
        if (rest.substr(0, changes.size()) != changes) return false;
        rest.remove_prefix(changes.size());
        if (rest == "]}") return true;
        edits_.clear();
        const auto* const end = read_changes(rest, stage);
        return end != nullptr && std::string_view{end, 2} == "]}" && edits_.distinct();
    }

    /// When the numbers that the stage gave to texts mean nothing any more.
    void forget() noexcept { memo_.forget(); }

private:
    static constexpr std::string_view beginning = "{\"format\":1,\"critical\":[],", changes = ",\"changes\":[";

    /// Where the changes of a text end, which then has two more characters, or null.
    [[nodiscard]] const char* read_changes(std::string_view text, staged_changes& stage) {
        switch (level_) {
#if defined(SEALSYNC_SCAN_X86)
        case vector_level::avx512:
            return read_by_avx512(text, stage);
        case vector_level::avx2:
            return read_by_avx2(text, stage);
#endif
#if defined(SEALSYNC_SCAN_NEON)
        case vector_level::neon:
            return read_by<neon_vector>(text, stage);
#endif
        default:
            return read_by<portable_vector>(text, stage);
        }
    }
#if defined(SEALSYNC_SCAN_X86)
    [[nodiscard]] SEALSYNC_TARGET_AVX512 SEALSYNC_INLINES_ALL SEALSYNC_NEVER_INLINE const char*
    read_by_avx512(std::string_view text, staged_changes& stage) {
        return read_by<avx512_vector>(text, stage);
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2,bmi,bmi2") SEALSYNC_INLINES_ALL SEALSYNC_NEVER_INLINE const
        char* read_by_avx2(std::string_view text, staged_changes& stage) {
        return read_by<avx2_vector>(text, stage);
    }
#endif

    /// The last changes are read from a copy with room behind it, so that none looks beyond the text.
    template <class Vector>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE const char* read_by(std::string_view text, staged_changes& stage) {
        const char *at = text.data(), *end = at + text.size();
        const auto left = [&] { return static_cast<std::size_t>(end - at); };
        for (std::size_t count = 1; count <= limits_.changes_max; ++count, ++at) {
            if (left() < scan_window && end != tail_.data() + tail_size_) {
                end = copy_tail(at, left());
                at = tail_.data();
            }
            prefetch_text<512>(at);
            const char* next = common_ ? scan_change<Vector>(at, memo_, stage, edits_) : nullptr;
            if (next == nullptr) {
                next = read_with_care({at, left()}, stage);
                if (next == nullptr || next == end) return nullptr;
            }
            at = next;
            if (*at != ',') return left() == 2 ? at : nullptr;
        }
        return nullptr;
    }
    /// Reads on from the copy, to its end.
    [[nodiscard]] SEALSYNC_NEVER_INLINE const char* copy_tail(const char* at, std::size_t size) noexcept {
        tail_.fill('\0');
        std::memcpy(tail_.data(), at, size);
        tail_size_ = size;
        return tail_.data() + size;
    }

    /// One change of any shape, and what it teaches.
    [[nodiscard]] SEALSYNC_NEVER_INLINE const char* read_with_care(std::string_view text, staged_changes& stage) {
        json_reader in{text};
        change c;
        lay_out_change(in, c, field_, limits_);
        if (!in.ok()) return nullptr;
        stage.stage(viewer_(c));
        edits_.add(stage.texts.index_of(c.dot.run), c.dot.n);
        memo_.learn(c, stage.texts);
        return text.data() + in.position();
    }

    std::string field_;
    manifest_limits limits_;
    vector_level level_;
    scan_memo memo_;
    bool common_; ///< the common shape fits the limits and the window
    segment header_;
    change_viewer viewer_;
    std::array<char, 2 * scan_window> tail_{};
    std::size_t tail_size_ = 0;
    edit_ranges edits_;
};

}}} // namespace sealsync::detail

#endif
