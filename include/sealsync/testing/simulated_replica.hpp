#ifndef SEALSYNC_TESTING_SIMULATED_REPLICA_HPP
#define SEALSYNC_TESTING_SIMULATED_REPLICA_HPP

#include "../replica/memory_replica.hpp"

#include <functional>
#include <memory>
#include <set>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// What one commit of a replica wrote, as far as the protocol speaks of it.
struct replica_commit {
    std::set<bytes> objects; ///< keys of `replica_table::object`
    std::set<bytes> cursors; ///< keys of `replica_table::cursor`
    bool pending = false;    ///< the sealed segment on its way was written or erased
};

/// A memory_replica that tells of every commit, right after it: whatever is checked then is what a crash at that
/// moment would leave behind.
class simulated_replica {
public:
    using observer = std::function<void(const replica_commit&)>;

    simulated_replica(memory_replica rows, observer committed)
        : rows_{std::move(rows)}, committed_{std::make_shared<observer>(std::move(committed))} {}

    class transaction {
    public:
        [[nodiscard]] result<std::optional<bytes>> load(replica_table table, bytes_view key) const {
            return inner_.load(table, key);
        }
        [[nodiscard]] result<void> store(replica_table table, bytes_view key, bytes_view value) {
            note(table, key);
            return inner_.store(table, key, value);
        }
        [[nodiscard]] result<void> erase(replica_table table, bytes_view key) {
            note(table, key);
            return inner_.erase(table, key);
        }
        [[nodiscard]] result<void> scan(replica_table table, bytes_view from, row_visitor visit) {
            return inner_.scan(table, from, visit);
        }
        [[nodiscard]] result<void> commit() {
            auto done = inner_.commit();
            if (done && *committed_) (*committed_)(written_);
            return done;
        }

    private:
        friend class simulated_replica;
        transaction(memory_replica::transaction inner, std::shared_ptr<observer> committed)
            : inner_{std::move(inner)}, committed_{std::move(committed)} {}

        void note(replica_table table, bytes_view key) {
            if (table == replica_table::object) written_.objects.insert(to_bytes(key));
            if (table == replica_table::cursor) written_.cursors.insert(to_bytes(key));
            if (table == replica_table::header && as_text(key) == "pending") written_.pending = true;
        }

        memory_replica::transaction inner_;
        std::shared_ptr<observer> committed_;
        replica_commit written_;
    };

    [[nodiscard]] result<transaction> begin() {
        auto begun = rows_.begin();
        if (!begun) return std::move(begun).error();
        return transaction{*std::move(begun), committed_};
    }

private:
    memory_replica rows_;
    std::shared_ptr<observer> committed_;
};

static_assert(replica<simulated_replica>);

}}} // namespace sealsync::testing

#endif
