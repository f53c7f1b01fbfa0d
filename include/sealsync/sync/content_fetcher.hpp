#ifndef SEALSYNC_SYNC_CONTENT_FETCHER_HPP
#define SEALSYNC_SYNC_CONTENT_FETCHER_HPP

#include "vault_state.hpp"

#include <numeric>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Fetches, opens and checks the contents of versions. Up to `batch_bytes_max` are held; more than that are staged
/// in the replica as they come, where a stopped or crashed pull finds them again.
template <class State>
class content_fetcher {
public:
    using unit_type = typename State::unit_type;

    struct need {
        const change* version; ///< must stay where it is until it is fetched
        bytes content_key;
    };
    using loss_map = std::map<bytes, failure, bytes_less>;

    content_fetcher(State& state, const call_context& call) : state_{state}, call_{call} {}

    /// Whether a content was fetched by this pull, or by one before it that did not come to its end.
    [[nodiscard]] bool has(unit_type& unit, const bytes& content_key) {
        if (held_.contains(content_key)) return true;
        if (!staged_) staged_ = unit.staged();
        return staged_->contains(content_key);
    }
    [[nodiscard]] bool lost(const bytes& content_key) const { return losses_.contains(content_key); }
    /// What the store has lost or damaged of all that was asked for, by content key.
    [[nodiscard]] const loss_map& losses() const noexcept { return losses_; }
    /// To ask once more.
    void forget_losses() noexcept { losses_.clear(); }

    /// Moves a content into its place; gives the object's name, until `clear()`. Nothing if it was not fetched.
    [[nodiscard]] std::optional<std::string_view> settle(unit_type& unit, const object_ref& ref,
                                                         const sibling_version& version) {
        const auto key = unit_type::content_key(ref, version);
        if (const auto held = held_.find(key); held != held_.end()) {
            unit.store_content(ref, version, held->second.content);
            return held->second.name;
        }
        if (!staged_) staged_ = unit.staged();
        const auto staged = staged_->find(key);
        if (staged == staged_->end()) return std::nullopt;
        unit.unstage(key, true);
        return staged->second;
    }

    /// One GET per need. Fails only if the store cannot be asked; what the store has lost or damaged is in `losses()`.
    /// While one batch is staged, the next is fetched.
    [[nodiscard]] result<void> fetch(std::span<const need> needs, function_ref<void(std::uint64_t)> progress) {
        while (!needs.empty()) {
            const auto batch = needs.first(batch_size(needs));
            needs = needs.subspan(batch.size());
            auto full = held_bytes_ + stored_bytes(batch) > held_max() ? take_held() : content_map{};
            if (state_.width() == 1) {
                if (auto alone = stage(std::exchange(full, {})); !alone) return alone;
            }
            result<void> fetched, staged;
            state_.run_parts(full.empty() ? 1 : 2, [&](std::size_t part) {
                if (part == 0) {
                    fetched = fetch_batch(batch);
                } else {
                    staged = stage(full);
                }
            });
            if (!fetched) return fetched;
            if (!staged) return staged;
            progress(batch.size());
        }
        return held_bytes_ > held_max() ? stage(take_held()) : result<void>{}; // one larger record
    }

    /// The application's names of the collections met, for the commit.
    [[nodiscard]] const std::map<collection_id, std::string>& collection_names() const noexcept { return names_; }

    /// For after the commit: what was held or staged has been settled.
    void clear() noexcept {
        held_.clear();
        held_bytes_ = 0;
        staged_.reset();
    }

private:
    struct content {
        bytes plain;
        std::string_view name; ///< both of `plain`
        bytes_view content;
    };
    using content_map = std::map<bytes, content, bytes_less>;

    /// Half of it if as much again may be on its way into the replica.
    [[nodiscard]] std::size_t held_max() const noexcept {
        return state_.settings.batch_bytes_max / (state_.width() > 1 ? 2 : 1);
    }
    [[nodiscard]] content_map take_held() noexcept {
        held_bytes_ = 0;
        return std::exchange(held_, {});
    }

    [[nodiscard]] std::size_t batch_size(std::span<const need> needs) const {
        std::size_t count = 0, size = 0;
        for (const auto& one : needs.first((std::min)(needs.size(), state_.settings.batch_objects_max))) {
            size += one.version->size;
            if (count > 0 && size > held_max()) break;
            ++count;
        }
        return count;
    }
    [[nodiscard]] static std::size_t stored_bytes(std::span<const need> batch) {
        return std::accumulate(batch.begin(), batch.end(), std::size_t{0}, [](std::size_t sum, const need& one) {
            return sum + static_cast<std::size_t>(one.version->size);
        });
    }

    [[nodiscard]] result<void> fetch_batch(std::span<const need> batch) {
        std::vector<get_op> ops;
        ops.reserve(batch.size());
        for (const auto& one : batch) {
            get_op op{state_.key_of(*one.version)};
            op.size_max = one.version->size;
            ops.push_back(std::move(op));
        }
        std::optional<failure> broken;
        auto done = state_.store.get(
            ops,
            [&](std::size_t i, result<get_reply> reply) {
                auto kept = reply ? keep(batch[i], reply->body, ops[i].key) : result<void>{std::move(reply).error()};
                if (kept) return;
                auto why = std::move(kept).error();
                if (why == errc::not_found || why == errc::too_large || why.kind() == error_kind::data ||
                    why.kind() == error_kind::security) {
                    losses_.insert_or_assign(batch[i].content_key, as_loss(std::move(why), ops[i].key));
                } else if (!broken) {
                    broken = std::move(why);
                }
            },
            call_);
        if (broken) return broken->during("fetch a record");
        return done;
    }

    [[nodiscard]] static failure as_loss(failure why, const object_key& key) {
        if (why == errc::not_found) return failure{errc::missing_object, key.text()};
        if (why == errc::too_large) return failure{errc::tampered, key.text(), "longer than its segment says"};
        return why;
    }

    [[nodiscard]] result<void> keep(const need& wanted, bytes_view stored, const object_key& key) {
        const auto& what = *wanted.version;
        if (stored.size() != what.size || state_.sync_cipher.digest(stored) != what.stored) {
            return failure{errc::tampered, key.text(), "not the bytes whose digest its segment has"};
        }
        bytes plain;
        const auto edit = what.edit.text();
        if (auto opened = state_.sync_cipher.open(state_.context_of(what, edit), stored, plain); !opened) {
            return failure{opened.error().code(), key.text(), opened.error().detail()};
        }
        const auto parts = decode_payload(plain);
        if (!parts) return failure{parts.error().code(), key.text(), parts.error().detail()};
        if (!names_.contains(what.collection)) names_.emplace(what.collection, parts->collection);
        held_bytes_ += plain.size();
        held_.insert_or_assign(wanted.content_key, content{std::move(plain), parts->name, parts->content});
        return {};
    }

    [[nodiscard]] result<void> stage(const content_map& full) {
        if (full.empty()) return {};
        auto staged = state_.transact([&](unit_type& unit) -> result<void> {
            for (const auto& [key, one] : full) unit.stage(key, one.name, one.content);
            return {};
        });
        if (!staged || !staged_) return staged;
        for (const auto& [key, one] : full) staged_->insert_or_assign(key, one.name);
        return {};
    }

    State& state_;
    const call_context& call_;
    content_map held_;
    std::size_t held_bytes_ = 0;
    std::optional<typename unit_type::staged_map> staged_; ///< what is staged, once `has()` has looked
    loss_map losses_;
    std::map<collection_id, std::string> names_;
};

}}} // namespace sealsync::detail

#endif
