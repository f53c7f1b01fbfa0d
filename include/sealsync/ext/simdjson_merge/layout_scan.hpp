#ifndef SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_SCAN_HPP
#define SEALSYNC_EXT_SIMDJSON_MERGE_LAYOUT_SCAN_HPP

#include "../../detail/prefetch.hpp"
#include "../../merge/scan/avx512_vector.hpp"
#include "../../merge/scan/edit_ranges.hpp"
#include "../../merge/scan/neon_vector.hpp"
#include "../simdjson/manifest_walk.hpp"
#include "layout_change_scan.hpp"

#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// The verified scan of what other programs write. Whatever a program's white space and its order of fields are, it
/// writes one record like the other: how, is learned from records that are walked, and what differs between records is
/// decoded where it must stand. simdjson sees what stands around the changes and those that are walked, one at a time.
/// What is taken `manifest_walk` takes, with the same value. No more is said of what is not taken: a walk will, from
/// the beginning. Kept and used again, always with one stage.
class layout_scan {
public:
    /// If it returns false, what it staged counts for nothing.
    [[nodiscard]] bool read(bytes_view manifest, std::string_view collection_field, const manifest_limits& limits,
                            vector_level level, staged_changes& stage) {
        const auto text = as_text(manifest);
        if (text.size() > limits.bytes_max || limits.dots_max == 0 ||
            limits.attachments_max < scanned_attachments_max) {
            return false;
        }
        begin(collection_field, limits, stage.size());
        const auto before = text.substr(0, find_changes(text));
        if (before.empty()) return false;
        return read_changes(text.substr(before.size()), level, stage) && edits_.distinct() && is_segment(before);
    }

private:
    static constexpr std::size_t layouts_max = 4;

    /// Where changes are read, in the manifest or in a copy of its end that has room behind it.
    struct cursor {
        const char *at, *end;
        bool copied = false;
    };

    struct known_layout {
        change_layout layout;
        std::size_t used = 0; ///< in this manifest
    };

    void begin(std::string_view collection_field, const manifest_limits& limits, std::size_t staged) {
        if (!memo_) memo_ = std::make_unique<layout_memo>();
        if (field_ != collection_field) layouts_.clear();
        for (auto& each : layouts_) each.used = 0;
        field_ = collection_field;
        limits_ = limits;
        edits_.clear();
        walked_ = 0;
        staged_before_ = staged;
    }

    /// The size of what stands before the first change, the bracket included; 0 if there is no list of changes.
    [[nodiscard]] static std::size_t find_changes(std::string_view text) noexcept {
        const char *const begin = text.data(), *const end = begin + text.size();
        const auto* const brace = skip_json_space(begin, end);
        json_field_cursor fields{{brace, static_cast<std::size_t>(end - brace)}};
        while (fields.next()) {
            if (fields.key() == "changes") {
                return *fields.value() == '[' ? static_cast<std::size_t>(fields.value() + 1 - begin) : 0;
            }
            if (!fields.skip_value()) break;
        }
        return 0;
    }

    /// Whether what stands around the changes is a segment without any.
    [[nodiscard]] bool is_segment(std::string_view before) {
        around_.assign(before).append(after_);
        walk_.begin(bytes_view{around_}, field_, limits_);
        if (!walk_.ok()) return false;
        segment s;
        bool has_changes = false;
        const auto sink = [&](const change_view&) { has_changes = true; };
        walk_.read_segment(s, sink);
        return walk_.finish() && s.format == manifest_format && !has_changes;
    }

    [[nodiscard]] bool read_changes(std::string_view text, vector_level level, staged_changes& stage) {
        switch (level) {
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
    [[nodiscard]] SEALSYNC_TARGET_AVX512 SEALSYNC_INLINES_ALL SEALSYNC_NEVER_INLINE bool
    read_by_avx512(std::string_view text, staged_changes& stage) {
        return read_by<avx512_vector>(text, stage);
    }
    [[nodiscard]] SEALSYNC_TARGET("avx2,bmi,bmi2") SEALSYNC_INLINES_ALL SEALSYNC_NEVER_INLINE
        bool read_by_avx2(std::string_view text, staged_changes& stage) {
        return read_by<avx2_vector>(text, stage);
    }
#endif

    template <class Vector>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bool read_by(std::string_view text, staged_changes& stage) {
        cursor in{text.data(), text.data() + text.size()};
        in.at = skip_json_space(in.at, in.end);
        if (in.at < in.end && *in.at == ']') return end_at(in);
        for (std::size_t count = 1; count <= limits_.changes_max; ++count) {
            make_room(in);
            const auto* const begin = in.at;
            prefetch_text<512>(begin);
            if (!read_change<Vector>(in, stage)) return false;
            if (!in.copied && in.at - begin > 512) prefetch_text<512>(begin + 512);
            const auto& staged = stage[stage.size() - 1];
            edits_.add(staged.run, staged.n);
            if (stands<Vector>(in.at, between_)) {
                in.at += between_.size - 1; // the brace is the next change's
            } else if (!step_over_comma(in)) {
                return end_at(in);
            }
        }
        return false;
    }
    template <class Vector>
    [[nodiscard]] SEALSYNC_ALWAYS_INLINE bool read_change(cursor& in, staged_changes& stage) {
        for (std::size_t i = 0; i < layouts_.size(); ++i) {
            const auto* const next = layout_change_scan<Vector>{layouts_[i].layout, *memo_, stage}(in.at);
            if (next == nullptr) continue;
            in.at = next;
            ++layouts_[i].used;
            if (i > 0 && layouts_[i].used > layouts_[i - 1].used) std::swap(layouts_[i], layouts_[i - 1]);
            return true;
        }
        return walk_change(in, stage);
    }

    /// So that no scan looks beyond the text.
    SEALSYNC_ALWAYS_INLINE void make_room(cursor& in) {
        if (static_cast<std::size_t>(in.end - in.at) < layout_window && !in.copied) copy_tail(in);
    }
    SEALSYNC_NEVER_INLINE void copy_tail(cursor& in) {
        const auto size = static_cast<std::size_t>(in.end - in.at);
        tail_.assign(2 * layout_window, '\0');
        tail_.replace(0, size, in.at, size);
        in = {tail_.data(), tail_.data() + size, true};
    }

    /// Whether a change follows; if not, `in` is behind the white space.
    [[nodiscard]] SEALSYNC_NEVER_INLINE bool step_over_comma(cursor& in) noexcept {
        const auto* const begin = in.at;
        in.at = skip_json_space(in.at, in.end);
        if (in.at == in.end || *in.at != ',') return false;
        in.at = skip_json_space(in.at + 1, in.end);
        const auto size = static_cast<std::size_t>(in.at + 1 - begin);
        if (in.at < in.end && *in.at == '{' && short_text{}.fits(size)) between_ = short_text{{begin, size}};
        return true;
    }
    [[nodiscard]] bool end_at(const cursor& in) noexcept {
        after_ = {in.at, static_cast<std::size_t>(in.end - in.at)};
        return after_.substr(0, 1) == "]";
    }

    /// One change of any shape, and what it teaches.
    [[nodiscard]] SEALSYNC_NEVER_INLINE bool walk_change(cursor& in, staged_changes& stage) {
        constexpr std::size_t walks_at_least = 64,
                              walks_one_in = 4; // of more, all are walked: at once, that is quicker
        const auto staged = stage.size();
        if (++walked_ > walks_at_least + (staged - staged_before_) / walks_one_in) return false;
        if (in.at == in.end || *in.at != '{') return false;
        const auto* const next = end_of_json_container(in.at, in.end);
        if (next == nullptr) return false;
        const std::string_view text{in.at, static_cast<std::size_t>(next - in.at)};
        walk_.read_lone_change(text, field_, limits_, [&](const change_view& view) { stage.stage(view); });
        if (!walk_.finish() || stage.size() == staged) return false;
        learn(text, stage);
        in.at = next;
        make_room(in);
        return true;
    }
    void learn(std::string_view text, const staged_changes& stage) {
        if (text.size() + 64 > layout_window) return;
        layout_learner learner{field_};
        const auto layout = learner.learn(text);
        if (!layout) return;
        memo_->learn(learner.places(), stage[stage.size() - 1], stage.texts);
        for (auto& each : layouts_) {
            if (each.layout.join(*layout)) return;
        }
        if (layouts_.size() == layouts_max) layouts_.pop_back();
        layouts_.push_back({*layout, 0});
    }

    std::string field_;
    manifest_limits limits_;
    manifest_walk walk_;
    std::unique_ptr<layout_memo> memo_;
    std::vector<known_layout> layouts_; ///< those that are used most first
    short_text between_{",{"};
    std::string tail_, around_;
    std::string_view after_; ///< the changes
    std::size_t walked_ = 0, staged_before_ = 0;
    edit_ranges edits_;
};

}}} // namespace sealsync::detail

#endif
