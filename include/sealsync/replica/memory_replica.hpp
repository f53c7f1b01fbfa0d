#ifndef SEALSYNC_REPLICA_MEMORY_REPLICA_HPP
#define SEALSYNC_REPLICA_MEMORY_REPLICA_HPP

#include "replica.hpp"

#include <map>
#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI {

/// A replica that lives as long as its last handle. Copies refer to the same rows, as reopening one file would;
/// `snapshot()` is a backup, or the copied file of a clone.
///
/// No call fails. One transaction at a time over all copies, on any thread: a second one is a bug of the caller.
class memory_replica {
    using rows = std::map<bytes, bytes, bytes_less>;
    using keys = std::set<bytes, bytes_less>;

    struct state {
        std::array<rows, replica_table_count> tables;
        bool in_transaction = false;
    };

public:
    class transaction;

    memory_replica() : state_{std::make_shared<state>()} {}

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
        const auto& pending = pending_[index(table)];
        if (const auto row = pending.stored.find(key); row != pending.stored.end()) return row->second;
        if (pending.erased.find(key) != pending.erased.end()) return std::nullopt;
        const auto& committed = state_->tables[index(table)];
        if (const auto row = committed.find(key); row != committed.end()) return row->second;
        return std::nullopt;
    }

    [[nodiscard]] result<void> store(replica_table table, bytes_view key, bytes_view value) {
        auto& pending = writable(table);
        if (const auto row = pending.erased.find(key); row != pending.erased.end()) pending.erased.erase(row);
        if (const auto row = pending.stored.lower_bound(key); row != pending.stored.end() && row->first == key) {
            row->second.assign(value.begin(), value.end());
        } else {
            pending.stored.emplace_hint(row, to_bytes(key), to_bytes(value));
        }
        return {};
    }

    [[nodiscard]] result<void> erase(replica_table table, bytes_view key) {
        auto& pending = writable(table);
        if (const auto row = pending.stored.find(key); row != pending.stored.end()) pending.stored.erase(row);
        pending.erased.insert(to_bytes(key));
        return {};
    }

    /// The visitor may load, but neither write nor scan.
    [[nodiscard]] result<void> scan(replica_table table, bytes_view from, row_visitor visit) {
        const scanning guard{scanning_};
        const auto& committed = state_->tables[index(table)];
        const auto& pending = pending_[index(table)];
        auto old = committed.lower_bound(from);
        auto fresh = pending.stored.lower_bound(from);
        while (old != committed.end() || fresh != pending.stored.end()) {
            const bool has_both = old != committed.end() && fresh != pending.stored.end();
            const bool replaced = has_both && old->first == fresh->first;
            const bool take_fresh =
                has_both ? replaced || bytes_less{}(fresh->first, old->first) : old == committed.end();
            const auto& row = take_fresh ? *fresh : *old;
            const bool visible = take_fresh || pending.erased.find(row.first) == pending.erased.end();
            if (visible && !visit(row.first, row.second)) break;
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

    struct writes {
        rows stored;
        keys erased;
    };
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

    [[nodiscard]] writes& writable(replica_table table) noexcept {
        SEALSYNC_ASSERT(state_ != nullptr && !scanning_);
        return pending_[index(table)];
    }

    static void apply(writes& pending, rows& committed) noexcept {
        for (const auto& key : pending.erased) committed.erase(key);
        while (!pending.stored.empty()) {
            auto row = pending.stored.extract(pending.stored.begin());
            const auto place = committed.lower_bound(row.key());
            if (place != committed.end() && place->first == row.key()) {
                place->second = std::move(row.mapped());
            } else {
                committed.insert(place, std::move(row));
            }
        }
    }

    std::shared_ptr<state> state_;
    std::array<writes, replica_table_count> pending_;
    bool scanning_ = false;
};

inline result<memory_replica::transaction> memory_replica::begin() { return transaction{state_}; }

static_assert(replica<memory_replica>);

}} // namespace sealsync

#endif
