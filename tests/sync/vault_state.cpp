#include "vault_fixture.hpp"

#include <sealsync/conflict/merge_with.hpp>

namespace {

using namespace vault_fixture;
using unit_type = opened_state<>::unit_type;

TEST_CASE("vault_state: a unit of work is kept if it succeeds, and dropped if it, the unit or the commit fails") {
    world w;
    opened_state<> unit{w};
    const auto put = [&](const std::string& name, result<void> outcome) {
        return unit.state.local.transact([&](unit_type& in) -> result<void> {
            in.set(detail::fact<std::string>{name}, "x");
            return outcome;
        });
    };
    const auto has = [&](const std::string& name) {
        return need(unit.state.local.inspect(
            [&](unit_type& in) -> result<bool> { return in.has(detail::fact<std::string>{name}); }));
    };
    CHECK(put("kept", {}));
    CHECK(has("kept"));
    CHECK(put("refused", failure{errc::invalid_argument}).error() == errc::invalid_argument);
    CHECK_FALSE(has("refused"));
    for (std::uint64_t n = 0; n < 3; ++n) { // begin, store, commit
        unit.row_faults.at(unit.row_faults.calls() + n, errc::no_space);
        CHECK(put("broken", {}).error() == errc::no_space);
        CHECK_FALSE(has("broken"));
    }
}

TEST_CASE("vault_state: inspecting keeps nothing, and tells what could not be read") {
    world w;
    opened_state<> unit{w};
    need(unit.state.local.inspect(
        [](unit_type& in) -> result<void> { return in.set(detail::fact<std::string>{"x"}, "x"), result<void>{}; }));
    CHECK_FALSE(need(unit.state.local.inspect(
        [](unit_type& in) -> result<bool> { return in.has(detail::fact<std::string>{"x"}); })));
    unit.row_faults.at(unit.row_faults.calls() + 1, errc::io_error);
    const auto outcome =
        unit.state.local.inspect([](unit_type& in) -> result<bool> { return in.has(detail::fact<std::string>{"x"}); });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::io_error);
}

TEST_CASE("vault_state: each kind of change has its key") {
    world w;
    opened_state<> unit{w};
    change c;
    c.collection = *collection_id::make("emma");
    c.id = *object_id::make("r");
    c.version = 3;
    c.stored.emplace();
    CHECK(unit.state.key_of(c).text() ==
          "users/alice/collections/emma/records/r.v3.00000000000000000000000000000000.blob");
    c.type = change_type::profile;
    CHECK(unit.state.key_of(c).text() ==
          "users/alice/collections/emma/profile.v3.00000000000000000000000000000000.blob");
    c.type = change_type::attachment;
    CHECK(unit.state.key_of(c).text() == "users/alice/collections/emma/attachments/r/data.blob");
}

TEST_CASE("vault_state: what seals a version is its vault, collection, id and dot") {
    world w;
    opened_state<> unit{w};
    change c;
    c.collection = *collection_id::make("emma");
    c.id = *object_id::make("r");
    const std::string edit = "run:1"; // a context only refers to it
    const auto context = unit.state.context_of(c, edit);
    CHECK(context.kind == object_kind::record);
    CHECK(context.vault == unit.state.vault);
    CHECK(context.collection == "emma");
    CHECK(context.id == "r");
    CHECK(context.edit == edit);
    c.type = change_type::profile;
    CHECK(unit.state.context_of(c, edit).kind == object_kind::profile);
}

TEST_CASE("vault_state: a derived id depends on record and dot, and on nothing of this device") {
    world one, two;
    opened_state<> a{one}, b{two};
    const detail::object_ref r{change_type::record, *collection_id::make("emma"), *object_id::make("r")};
    const detail::object_ref s{change_type::record, *collection_id::make("emma"), *object_id::make("s")};
    const dot first{{}, 1}, second{{}, 2};
    CHECK(a.state.derived_id(r, first) == b.state.derived_id(r, first));
    CHECK(a.state.derived_id(r, first) != a.state.derived_id(r, second));
    CHECK(a.state.derived_id(r, first) != a.state.derived_id(s, first));
    CHECK(a.state.derived_id(r, first).size() == 33);
    CHECK(object_id::valid(a.state.derived_id(r, first)));
}

} // namespace
