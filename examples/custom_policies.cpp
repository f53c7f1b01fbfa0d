// Policies of your own: a clock, a conflict policy, and a storage that counts what another one is asked for. Each
// models its concept (docs/concepts/), and is shown to by the conformance suite that comes with it.
#include <sealsync/sealsync.hpp>
#include <sealsync/testing/clock_conformance.hpp>
#include <sealsync/testing/conflict_policy_conformance.hpp>
#include <sealsync/testing/storage_conformance.hpp>

#include <iostream>

namespace ss = sealsync;

/// For devices without a trusted clock: time stands still, and only `replaces` and the hybrid stamps order edits.
struct no_clock {
    [[nodiscard]] ss::wall_time now() const noexcept { return {}; }
};
static_assert(ss::clock<no_clock>);

/// Shows the longest text: for notes that only grow. The rest is absorbed by the next edit.
struct longest_wins {
    static constexpr ss::policy_reads reads = ss::policy_reads::contents;

    [[nodiscard]] ss::result<ss::resolution> resolve(std::span<const ss::sibling> siblings,
                                                     const ss::merge_base&) const {
        const auto longer = [](const ss::sibling& a, const ss::sibling& b) {
            if (a.content.size() != b.content.size()) return a.content.size() < b.content.size();
            return ss::shown_before(b, a); // every device must choose the same of equals
        };
        const auto longest = std::max_element(siblings.begin(), siblings.end(), longer);
        return ss::resolution{.shown = static_cast<std::size_t>(longest - siblings.begin())};
    }
};
static_assert(ss::conflict_policy<longest_wins>);

/// A storage around another: every request passes through, and large bodies are refused.
template <ss::storage Inner>
class limited_storage {
public:
    limited_storage(Inner inner, std::size_t body_bytes_max) : inner_{std::move(inner)}, limit_{body_bytes_max} {}

    [[nodiscard]] ss::result<void> get(std::span<const ss::get_op> ops, ss::get_sink sink,
                                       const ss::call_context& call) {
        return inner_.get(ops, sink, call);
    }
    [[nodiscard]] ss::result<void> put(std::span<const ss::put_op> ops, ss::put_sink sink,
                                       const ss::call_context& call) {
        for (const auto& op : ops) {
            const auto size = op.source ? op.source->size() : op.body.size();
            if (size > limit_) return ss::failure{ss::errc::too_large, op.key.text(), std::to_string(size) + " bytes"};
        }
        return inner_.put(ops, sink, call);
    }
    [[nodiscard]] ss::result<void> remove(std::span<const ss::object_key> keys, ss::remove_sink sink,
                                          const ss::call_context& call) {
        return inner_.remove(keys, sink, call);
    }
    [[nodiscard]] ss::result<ss::list_page> list(const ss::list_query& query, const ss::call_context& call) {
        return inner_.list(query, call);
    }
    [[nodiscard]] ss::result<ss::storage_capabilities> probe(const ss::call_context& call) {
        return inner_.probe(call);
    }

private:
    Inner inner_;
    std::size_t limit_;
};
static_assert(ss::storage<limited_storage<ss::memory_storage>>);

namespace {

bool conforms(const char* what, const ss::testing::conformance_report& report) {
    std::cout << what << ": " << report.checks << " checks, " << report.failures.size() << " failures\n"
              << report.text();
    return report.ok();
}

} // namespace

int main() {
    constexpr std::size_t limit = std::size_t{64} << 20U;
    limited_storage store{ss::memory_storage{}, limit};
    if (!conforms("clock", ss::testing::check_clock(no_clock{})) ||
        !conforms("conflict policy", ss::testing::check_conflict_policy(longest_wins{})) ||
        !conforms("storage", ss::testing::check_storage(store))) {
        return 1;
    }

    const auto device = [&](const char* name) {
        return ss::open_vault({.user = "bob", .device_name = name}, store, ss::plaintext_cipher{}, no_clock{},
                              longest_wins{}, ss::memory_replica{})
            .value();
    };
    auto desk = device("desk"), tablet = device("tablet");
    desk.collection("notes").put("shopping", "milk").value();
    tablet.collection("notes").put("shopping", "milk, bread, eggs").value();
    for (auto* one : {&desk, &tablet, &desk}) one->sync().value();
    const auto shown = desk.collection("notes").get("shopping").value();
    std::cout << "shopping: " << ss::as_text(shown->content) << "\n";
    return ss::as_text(shown->content) == "milk, bread, eggs" ? 0 : 1;
}
