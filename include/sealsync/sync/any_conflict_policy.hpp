#ifndef SEALSYNC_SYNC_ANY_CONFLICT_POLICY_HPP
#define SEALSYNC_SYNC_ANY_CONFLICT_POLICY_HPP

#include "../conflict/conflict_policy.hpp"
#include "../detail/owner.hpp"
#include "../detail/virtual_base.hpp"

#include <utility>

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// A conflict policy behind a virtual call, so that the sync is compiled once for all policies.
class any_conflict_policy {
public:
    template <class Policy>
    explicit any_conflict_policy(std::in_place_t, Policy of)
        : model_{new model<Policy>{std::move(of)}}, reads_{Policy::reads} {}

    [[nodiscard]] bool reads_content() const noexcept { return reads_ != policy_reads::order; }
    [[nodiscard]] bool reads_base() const noexcept { return reads_ == policy_reads::base; }
    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) {
        return model_->resolve(siblings, base);
    }

private:
    struct port : virtual_base {
        virtual result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) = 0;
    };
    template <class Policy>
    struct model final : port {
        explicit model(Policy of) : policy_{std::move(of)} {}
        result<resolution> resolve(std::span<const sibling> siblings, const merge_base& base) override {
            return policy_.resolve(siblings, base);
        }
        [[no_unique_address]] Policy policy_;
    };

    owner<port> model_;
    policy_reads reads_;
};

}}} // namespace sealsync::detail

#endif
