#ifndef SEALSYNC_SYNC_ANY_STORAGE_HPP
#define SEALSYNC_SYNC_ANY_STORAGE_HPP

#include "../detail/owner.hpp"
#include "../detail/virtual_base.hpp"
#include "../storage/storage.hpp"

#include <utility>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A storage behind virtual calls, so that the sync is compiled once for all storages. A call costs a few nanoseconds,
/// a request never less than microseconds. Models `storage`, and both optional refinements with neutral answers.
class any_storage {
public:
    template <class Storage>
    explicit any_storage(std::in_place_t, Storage store) : model_{new model<Storage>{std::move(store)}} {}

    [[nodiscard]] result<void> get(std::span<const get_op> ops, get_sink sink, const call_context& call) {
        return model_->get(ops, sink, call);
    }
    [[nodiscard]] result<void> put(std::span<const put_op> ops, put_sink sink, const call_context& call) {
        return model_->put(ops, sink, call);
    }
    [[nodiscard]] result<void> remove(std::span<const object_key> keys, remove_sink sink, const call_context& call) {
        return model_->remove(keys, sink, call);
    }
    [[nodiscard]] result<list_page> list(const list_query& query, const call_context& call) {
        return model_->list(query, call);
    }
    [[nodiscard]] result<storage_capabilities> probe(const call_context& call) { return model_->probe(call); }
    /// Empty unless the storage models `remembered_storage`.
    [[nodiscard]] std::string identity() const { return model_->identity(); }
    /// Does nothing unless the storage models `remembered_storage`.
    void assume(const storage_capabilities& found) { model_->assume(found); }
    /// Nothing unless the storage models `probing_storage`.
    [[nodiscard]] request_counts probe_requests() const { return model_->probe_requests(); }

private:
    struct port : virtual_base {
        virtual result<void> get(std::span<const get_op> ops, get_sink sink, const call_context& call) = 0;
        virtual result<void> put(std::span<const put_op> ops, put_sink sink, const call_context& call) = 0;
        virtual result<void> remove(std::span<const object_key> keys, remove_sink sink, const call_context& call) = 0;
        virtual result<list_page> list(const list_query& query, const call_context& call) = 0;
        virtual result<storage_capabilities> probe(const call_context& call) = 0;
        virtual std::string identity() = 0;
        virtual void assume(const storage_capabilities& found) = 0;
        virtual request_counts probe_requests() = 0;
    };

    template <class Storage>
    struct model final : port {
        explicit model(Storage store) : store_{std::move(store)} {}

        result<void> get(std::span<const get_op> ops, get_sink sink, const call_context& call) override {
            return store_.get(ops, sink, call);
        }
        result<void> put(std::span<const put_op> ops, put_sink sink, const call_context& call) override {
            return store_.put(ops, sink, call);
        }
        result<void> remove(std::span<const object_key> keys, remove_sink sink, const call_context& call) override {
            return store_.remove(keys, sink, call);
        }
        result<list_page> list(const list_query& query, const call_context& call) override {
            return store_.list(query, call);
        }
        result<storage_capabilities> probe(const call_context& call) override { return store_.probe(call); }
        std::string identity() override {
            if constexpr (remembered_storage<Storage>) {
                return store_.identity();
            } else {
                return {};
            }
        }
        void assume(const storage_capabilities& found) override {
            if constexpr (remembered_storage<Storage>) store_.assume(found);
        }
        request_counts probe_requests() override { return probe_requests_of(store_); }

        Storage store_;
    };

    owner<port> model_;
};

static_assert(remembered_storage<any_storage> && probing_storage<any_storage>);

}}} // namespace sealsync::detail

#endif
