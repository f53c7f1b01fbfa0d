#ifndef SEALSYNC_SYNC_ANY_REPLICA_HPP
#define SEALSYNC_SYNC_ANY_REPLICA_HPP

#include "../detail/owner.hpp"
#include "../detail/virtual_base.hpp"
#include "../replica/replica.hpp"

#include <utility>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A unit of work behind virtual calls: models `replica_transaction`.
class any_transaction {
public:
    template <class Transaction>
    explicit any_transaction(std::in_place_t, Transaction of) : model_{new model<Transaction>{std::move(of)}} {}

    [[nodiscard]] result<std::optional<bytes>> load(replica_table table, bytes_view key) {
        return model_->load(table, key);
    }
    [[nodiscard]] result<void> store(replica_table table, bytes_view key, bytes_view value) {
        return model_->store(table, key, value);
    }
    [[nodiscard]] result<void> erase(replica_table table, bytes_view key) { return model_->erase(table, key); }
    [[nodiscard]] result<void> scan(replica_table table, bytes_view from, row_visitor visit) {
        return model_->scan(table, from, visit);
    }
    [[nodiscard]] result<void> commit() { return model_->commit(); }

private:
    struct port : virtual_base {
        virtual result<std::optional<bytes>> load(replica_table table, bytes_view key) = 0;
        virtual result<void> store(replica_table table, bytes_view key, bytes_view value) = 0;
        virtual result<void> erase(replica_table table, bytes_view key) = 0;
        virtual result<void> scan(replica_table table, bytes_view from, row_visitor visit) = 0;
        virtual result<void> commit() = 0;
    };
    template <class Transaction>
    struct model final : port {
        explicit model(Transaction of) : transaction_{std::move(of)} {}
        result<std::optional<bytes>> load(replica_table table, bytes_view key) override {
            return transaction_.load(table, key);
        }
        result<void> store(replica_table table, bytes_view key, bytes_view value) override {
            return transaction_.store(table, key, value);
        }
        result<void> erase(replica_table table, bytes_view key) override { return transaction_.erase(table, key); }
        result<void> scan(replica_table table, bytes_view from, row_visitor visit) override {
            return transaction_.scan(table, from, visit);
        }
        result<void> commit() override { return transaction_.commit(); }
        Transaction transaction_;
    };
    owner<port> model_;
};

/// A replica behind virtual calls, so that the sync is compiled once for all replicas. Models `replica`. One heap
/// allocation for each unit of work.
class any_replica {
public:
    template <class Replica>
    explicit any_replica(std::in_place_t, Replica of) : model_{new model<Replica>{std::move(of)}} {}

    [[nodiscard]] result<any_transaction> begin() { return model_->begin(); }

private:
    struct port : virtual_base {
        virtual result<any_transaction> begin() = 0;
    };
    template <class Replica>
    struct model final : port {
        explicit model(Replica of) : replica_{std::move(of)} {}
        result<any_transaction> begin() override {
            auto begun = replica_.begin();
            if (!begun) return std::move(begun).error();
            return any_transaction{std::in_place, *std::move(begun)};
        }
        Replica replica_;
    };
    owner<port> model_;
};

static_assert(replica<any_replica>);

}}} // namespace sealsync::detail

#endif
