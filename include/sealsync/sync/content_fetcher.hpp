#ifndef SEALSYNC_SYNC_CONTENT_FETCHER_HPP
#define SEALSYNC_SYNC_CONTENT_FETCHER_HPP

#include "../detail/sorted_table.hpp"
#include "stored_content.hpp"

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
    /// What became of a content.
    struct outcome {
        std::optional<failure> loss{}; ///< the store has lost or damaged it
        stored_content held{};         ///< nothing if it is staged
        std::string staged_name{};     ///< the application's id of the object
    };
    using outcome_map = std::map<bytes, outcome, bytes_less>; ///< by content key

    content_fetcher(State& state, const call_context& call) : state_{state}, call_{call} {}

    /// Whether a content was fetched by this pull, or by one before it that did not come to its end.
    [[nodiscard]] bool has(unit_type& unit, const bytes& content_key) {
        if (held_.contains(content_key)) return true;
        look_for_staged(unit);
        return staged_->contains(content_key);
    }
    [[nodiscard]] bool lost(const bytes& content_key) const { return losses_.contains(content_key); }
    /// What the store has lost or damaged of all that was asked for.
    [[nodiscard]] const outcome_map& losses() const noexcept { return losses_; }
    /// To ask once more.
    void forget_losses() noexcept { losses_.clear(); }

    /// Moves a content into its place; gives the object's name, until `clear()`. Nothing if it was not fetched.
    [[nodiscard]] std::optional<std::string_view> settle(unit_type& unit, const object_ref& ref,
                                                         const sibling_version& version) {
        const auto key = unit_type::content_key(ref, version);
        if (const auto at = held_.find(key); at != held_.end()) {
            const auto& parts = at->second.held.parts;
            unit.store_content(ref, version, parts.content);
            return parts.name;
        }
        look_for_staged(unit);
        const auto staged = staged_->find(key);
        if (staged == staged_->end()) return std::nullopt;
        unit.unstage(key, true);
        return std::string_view{staged->second.staged_name};
    }

    /// One GET per need. Fails only if the store cannot be asked; what the store has lost or damaged is in `losses()`.
    /// While one batch is staged, the next is fetched.
    [[nodiscard]] result<void> fetch(std::span<const need> needs, function_ref<void(std::uint64_t)> progress) {
        while (!needs.empty()) {
            const auto batch = needs.first(batch_size(needs));
            needs = needs.subspan(batch.size());
            auto full = held_bytes_ + stored_bytes(batch) > held_max() ? take_held() : outcome_map{};
            if (state_.syncing.width() == 1) {
                if (auto alone = stage(std::exchange(full, {})); !alone) return alone;
            }
            result<void> fetched, staged;
            state_.syncing.run_parts(full.empty() ? 1 : 2, [&](std::size_t part) {
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

    /// The application's names of the collections met.
    [[nodiscard]] const sorted_table<collection_id, std::string>& collection_names() const noexcept { return names_; }

    /// Forgets what was held or staged: it has been settled and saved.
    void clear() noexcept {
        held_.clear();
        held_bytes_ = 0;
        staged_.reset();
    }

private:
    void look_for_staged(unit_type& unit) {
        if (staged_) return;
        auto& all = staged_.emplace();
        unit.each_staged([&](bytes_view key, std::string_view name) { all[to_bytes(key)].staged_name = name; });
    }

    /// Half of it if as much again may be on its way into the replica.
    [[nodiscard]] std::size_t held_max() const noexcept {
        return state_.settings.batch_bytes_max / (state_.syncing.width() > 1 ? 2 : 1);
    }
    [[nodiscard]] outcome_map take_held() noexcept {
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
        std::size_t sum = 0;
        for (const auto& one : batch) sum += static_cast<std::size_t>(one.version->size);
        return sum;
    }

    [[nodiscard]] result<void> fetch_batch(std::span<const need> batch) {
        list<get_op> ops;
        ops.reserve(batch.size());
        for (const auto& one : batch) ops.push_back(get_of(state_, *one.version));
        std::optional<failure> broken;
        const auto take = [&](std::size_t i, result<get_reply> reply) {
            auto content = open_content(state_, *batch[i].version, std::move(reply));
            if (content) {
                hold(batch[i], *std::move(content));
            } else if (!is_of_the_store(content.error())) {
                losses_[batch[i].content_key].loss = std::move(content).error();
            } else if (!broken) {
                broken = std::move(content).error();
            }
        };
        auto done = state_.syncing.store.get(ops, take, call_);
        if (broken) return broken->during("fetch a record");
        return done;
    }

    void hold(const need& wanted, stored_content content) {
        const auto& collection = wanted.version->collection;
        if (names_.find(collection) == nullptr) names_[collection] = content.parts.collection;
        held_bytes_ += content.plain.size();
        held_[wanted.content_key].held = std::move(content);
    }

    [[nodiscard]] result<void> stage(const outcome_map& full) {
        if (full.empty()) return {};
        auto staged = state_.local.transact([&](unit_type& unit) -> result<void> {
            for (const auto& [key, one] : full) unit.stage(key, one.held.parts.name, one.held.parts.content);
            return {};
        });
        if (!staged || !staged_) return staged;
        for (const auto& [key, one] : full) (*staged_)[key].staged_name = one.held.parts.name;
        return {};
    }

    State& state_;
    const call_context& call_;
    outcome_map held_;
    std::size_t held_bytes_ = 0;
    std::optional<outcome_map> staged_; ///< since the replica was asked
    outcome_map losses_;
    sorted_table<collection_id, std::string> names_;
};

}}} // namespace sealsync::detail

#endif
