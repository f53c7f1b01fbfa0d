#ifndef SEALSYNC_SYNC_LOG_READER_HPP
#define SEALSYNC_SYNC_LOG_READER_HPP

#include "segment_form.hpp"
#include "vault_state.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A segment as it was fetched, opened and checked.
struct received_segment {
    segment content;
    digest256 stored;
    std::size_t size = 0; ///< of the stored object
};

/// Opens segments and checks that each is the one that belongs in its slot.
template <class State>
class log_reader {
public:
    explicit log_reader(State& state) : state_{state} {}

    /// `previous`: digest of the segment before, unless it is not known. Fails with `errc::tampered`,
    /// `errc::other_vault`, `errc::malformed`, `errc::unknown_format` or `errc::unknown_critical`.
    [[nodiscard]] result<received_segment> open(const device_id& device, const log_id& log, std::uint64_t seq,
                                                bytes_view stored, const std::optional<digest256>& previous) {
        const auto key = state_.keys.segment(device, log, seq).text();
        const auto log_text = log.hex();
        const auto seq_text = std::to_string(seq);
        bytes plain;
        const sealing_context context{object_kind::segment, state_.vault, {}, log_text, seq_text};
        if (auto opened = state_.syncing.cipher.open(context, stored, plain); !opened) {
            return named(std::move(opened).error(), key);
        }
        auto parsed = form_.read(plain, state_.settings.manifest);
        if (!parsed) return named(std::move(parsed).error(), key);
        if (parsed->format == 0) return failure{errc::unknown_format, key, "a plain manifest has no place in a log"};
        if (parsed->vault != state_.vault) return failure{errc::other_vault, key, "vault " + parsed->vault.hex()};
        if (const auto* over = find_over(*parsed)) {
            return failure{errc::malformed, key, "change " + over->dot.text() + ": version over 2^53 - 2^20"};
        }
        if (const char* why = misplaced(*parsed, device, log, seq)) return failure{errc::tampered, key, why};
        if (seq > 1 && previous && parsed->previous != previous) {
            return failure{errc::tampered, key, "does not continue the segment before it"};
        }
        return received_segment{*std::move(parsed), state_.syncing.cipher.digest(stored), stored.size()};
    }

private:
    [[nodiscard]] const char* misplaced(const segment& s, const device_id& device, const log_id& log,
                                        std::uint64_t seq) const {
        if (s.scope != state_.keys.root()) return "belongs to another scope";
        if (s.device != device) return "belongs to another device";
        if (s.log != log) return "belongs to another log";
        if (s.seq != seq) return "belongs to another place in its log";
        return nullptr;
    }
    [[nodiscard]] static const change* find_over(const segment& s) noexcept {
        for (const auto& c : s.changes) {
            if (c.version > version_max) return &c;
        }
        return nullptr;
    }
    [[nodiscard]] static failure named(failure why, const std::string& key) {
        return failure{why.code(), key, why.object().empty() ? why.detail() : why.object() + ": " + why.detail()};
    }

    State& state_;
    segment_form<typename State::traits_type> form_{state_.sealed};
};

}}} // namespace sealsync::detail

#endif
