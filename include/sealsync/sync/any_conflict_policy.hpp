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
        : model_{new model<Policy>{std::move(of)}},
          reads_content_{Policy::reads_content},
          reads_base_{wants_base<Policy>()} {}

    /// Whether the policy judges by the siblings' contents.
    [[nodiscard]] bool reads_content() const noexcept { return reads_content_; }
    /// Whether the policy merges with the content of the version that all siblings replaced.
    [[nodiscard]] bool reads_base() const noexcept { return reads_base_; }
    [[nodiscard]] result<resolution> resolve(std::span<const sibling> siblings, const sibling* base) {
        return model_->resolve(siblings, base);
    }

private:
    template <class Policy>
    [[nodiscard]] static constexpr bool wants_base() {
        if constexpr (requires { Policy::reads_base; }) {
            return Policy::reads_base;
        } else {
            return false;
        }
    }

    struct port : virtual_base {
        virtual result<resolution> resolve(std::span<const sibling> siblings, const sibling* base) = 0;
    };
    template <class Policy>
    struct model final : port {
        explicit model(Policy of) : policy_{std::move(of)} {}
        result<resolution> resolve(std::span<const sibling> siblings, const sibling* base) override {
            return policy_.resolve(siblings, base);
        }
        [[no_unique_address]] Policy policy_;
    };

    owner<port> model_;
    bool reads_content_;
    bool reads_base_;
};

}}} // namespace sealsync::detail

#endif
