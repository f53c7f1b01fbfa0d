#ifndef SEALSYNC_REPLICA_MEMORY_REPLICA_HPP
#define SEALSYNC_REPLICA_MEMORY_REPLICA_HPP

#include "replica.hpp"

#include <map>
#include <memory>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A replica that lives as long as its last handle. Copies refer to the same rows, as reopening one file would;
/// `snapshot()` is a backup, or the copied file of a clone.
///
/// No call fails. One transaction at a time over all copies, on any thread: a second one is a bug of the caller.
class memory_replica {
    struct row {
        bytes value;
        bool erased = false; ///< by a transaction that has not committed
    };
    using rows = std::map<bytes, row, bytes_less>;

    struct state {
        std::array<rows, replica_table_count> tables;
        bool in_transaction = false;
    };

public:
    class transaction;

    memory_replica() : state_{new state} {}

    [[nodiscard]] result<transaction> begin();

    /// An independent copy of what is committed.
    [[nodiscard]] memory_replica snapshot() const {
        memory_replica copy;
        copy.state_->tables = state_->tables;
        return copy;
    }

private:
    std::shared_ptr<state> state_;
};

/// Collects writes, shows them to its own reads and applies them at `commit()`; without it they are dropped.
class memory_replica::transaction {
public:
    transaction(transaction&&) noexcept = default;
    transaction& operator=(transaction&&) = delete;
    ~transaction() {
        if (state_) state_->in_transaction = false;
    }

    [[nodiscard]] result<std::optional<bytes>> load(replica_table table, bytes_view key) const {
        const auto* found = find(pending_[index(table)], key);
        if (found == nullptr) found = find(state_->tables[index(table)], key);
        if (found == nullptr || found->erased) return std::nullopt;
        return found->value;
    }

    [[nodiscard]] result<void> store(replica_table table, bytes_view key, bytes_view value) {
        write(table, key, row{to_bytes(value)});
        return {};
    }

    [[nodiscard]] result<void> erase(replica_table table, bytes_view key) {
        write(table, key, row{{}, true});
        return {};
    }

    /// The visitor may load, but neither write nor scan.
    [[nodiscard]] result<void> scan(replica_table table, bytes_view from, row_visitor visit) {
        const scanning guard{scanning_};
        const auto& committed = state_->tables[index(table)];
        const auto& pending = pending_[index(table)];
        auto old = committed.lower_bound(from);
        auto fresh = pending.lower_bound(from);
        while (old != committed.end() || fresh != pending.end()) {
            const bool has_both = old != committed.end() && fresh != pending.end();
            const bool replaced = has_both && old->first == fresh->first;
            const bool take_fresh =
                has_both ? replaced || bytes_less{}(fresh->first, old->first) : old == committed.end();
            const auto& next = take_fresh ? *fresh : *old;
            if (!next.second.erased && !visit(next.first, next.second.value)) break;
            if (replaced || !take_fresh) ++old;
            if (take_fresh) ++fresh;
        }
        return {};
    }

    /// Moves the rows over without allocating, so that it cannot fail halfway.
    [[nodiscard]] result<void> commit() {
        SEALSYNC_ASSERT(state_ != nullptr && !scanning_);
        for (std::size_t i = 0; i < pending_.size(); ++i) apply(pending_[i], state_->tables[i]);
        state_->in_transaction = false;
        state_ = nullptr;
        return {};
    }

private:
    friend class memory_replica;

    struct scanning {
        explicit scanning(bool& flag) noexcept : flag_{flag} {
            SEALSYNC_ASSERT(!flag_);
            flag_ = true;
        }
        scanning(const scanning&) = delete;
        scanning& operator=(const scanning&) = delete;
        ~scanning() { flag_ = false; }
        bool& flag_;
    };

    explicit transaction(std::shared_ptr<state> of) : state_{std::move(of)} {
        SEALSYNC_ASSERT(!state_->in_transaction);
        state_->in_transaction = true;
    }

    [[nodiscard]] static std::size_t index(replica_table table) noexcept {
        const auto number = static_cast<std::size_t>(table);
        SEALSYNC_ASSERT(number >= 1 && number <= replica_table_count);
        return number - 1;
    }

    [[nodiscard]] static const row* find(const rows& in, bytes_view key) noexcept {
        const auto at = in.find(key);
        return at == in.end() ? nullptr : &at->second;
    }

    void write(replica_table table, bytes_view key, row&& made) {
        SEALSYNC_ASSERT(state_ != nullptr && !scanning_);
        auto& pending = pending_[index(table)];
        const auto place = pending.lower_bound(key);
        if (place != pending.end() && place->first == key) {
            place->second = std::move(made);
        } else {
            pending.emplace_hint(place, to_bytes(key), std::move(made));
        }
    }

    static void apply(rows& pending, rows& committed) noexcept {
        while (!pending.empty()) {
            auto next = pending.extract(pending.begin());
            const auto place = committed.lower_bound(next.key());
            const bool there = place != committed.end() && place->first == next.key();
            if (there && next.mapped().erased) {
                committed.erase(place);
            } else if (there) {
                place->second = std::move(next.mapped());
            } else if (!next.mapped().erased) {
                committed.insert(place, std::move(next));
            }
        }
    }

    std::shared_ptr<state> state_;
    std::array<rows, replica_table_count> pending_;
    bool scanning_ = false;
};

inline result<memory_replica::transaction> memory_replica::begin() { return transaction{state_}; }

static_assert(replica<memory_replica>);

}} // namespace sealsync

#endif
