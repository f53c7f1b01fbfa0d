#ifndef SEALSYNC_CLI_COUNTED_STORAGE_HPP
#define SEALSYNC_CLI_COUNTED_STORAGE_HPP

#include <sealsync/concepts.hpp>
#include <sealsync/sync_report.hpp>

#include <memory>

namespace cli {

namespace ss = sealsync;

struct traffic {
    ss::request_counts requests{};
    std::uint64_t sent = 0, received = 0; ///< bytes of object bodies
};

/// Any storage, counting what a whole command asks of it: syncs, attachments and key files together.
template <ss::storage Storage>
class counted_storage {
public:
    explicit counted_storage(Storage storage) : storage_{std::move(storage)}, traffic_{std::make_shared<traffic>()} {}

    [[nodiscard]] const std::shared_ptr<traffic>& counts() const noexcept { return traffic_; }

    [[nodiscard]] ss::result<void> get(std::span<const ss::get_op> ops, ss::get_sink got,
                                       const ss::call_context& call) {
        for (const auto& op : ops) {
            ++(op.part == ss::get_part::body ? traffic_->requests.get : traffic_->requests.head);
        }
        const auto counting = [&](std::size_t i, ss::result<ss::get_reply> reply) {
            if (reply) traffic_->received += reply->body.size();
            got(i, std::move(reply));
        };
        return storage_.get(ops, counting, call);
    }
    [[nodiscard]] ss::result<void> put(std::span<const ss::put_op> ops, ss::put_sink stored,
                                       const ss::call_context& call) {
        traffic_->requests.put += ops.size();
        for (const auto& op : ops) {
            traffic_->sent += op.source != nullptr ? op.source->size() : std::uint64_t{op.body.size()};
        }
        return storage_.put(ops, stored, call);
    }
    [[nodiscard]] ss::result<void> remove(std::span<const ss::object_key> keys, ss::remove_sink removed,
                                          const ss::call_context& call) {
        traffic_->requests.remove += keys.size();
        return storage_.remove(keys, removed, call);
    }
    [[nodiscard]] ss::result<ss::list_page> list(const ss::list_query& query, const ss::call_context& call) {
        ++traffic_->requests.list;
        return storage_.list(query, call);
    }
    [[nodiscard]] ss::result<ss::storage_capabilities> probe(const ss::call_context& call) {
        const auto before = ss::probe_requests_of(storage_);
        auto found = storage_.probe(call);
        traffic_->requests += ss::probe_requests_of(storage_) - before;
        return found;
    }
    [[nodiscard]] ss::request_counts probe_requests() const { return ss::probe_requests_of(storage_); }
    [[nodiscard]] std::string identity() const requires ss::remembered_storage<Storage> { return storage_.identity(); }
    void assume(const ss::storage_capabilities& found) requires ss::remembered_storage<Storage> {
        storage_.assume(found);
    }

private:
    Storage storage_;
    std::shared_ptr<traffic> traffic_;
};

} // namespace cli

#endif
