#include "fixtures.hpp"

#include <sealsync/ext/botan/master_key_store.hpp>
#include <sealsync/storage/memory_storage.hpp>
#include <sealsync/testing/faulty_storage.hpp>

using namespace sealsync;
using fixtures::alice;
using fixtures::cheap;
using fixtures::laptop;
using fixtures::phone;
using testing::condition_mode;
using testing::fault;
using testing::fault_plan;
using testing::faulty_storage;

namespace {

constexpr std::string_view key_text = "users/alice/master-key.blob";
const bytes secret = fixtures::counted_bytes(32);
const create_vault_key_options quick{.cost = cheap};

template <class T>
failure refusal(const result<T>& outcome) {
    REQUIRE_FALSE(outcome);
    return outcome.error();
}

/// A memory store behind faults; `plan` and `memory` are handles to what is inside.
struct world {
    memory_storage memory;
    fault_plan plan{1};
    faulty_storage<memory_storage> store{memory, plan};

    void put(bytes_view body) {
        const put_op op{.key = object_key::make(std::string{key_text}).value(), .body = body};
        REQUIRE(memory.put(std::span{&op, 1}, [](std::size_t, result<put_reply> put) { REQUIRE(put); }, {}));
    }
    [[nodiscard]] master_key_file stored() { return load_master_key_file(memory, alice).value(); }
};

/// A vault that is already there, made once.
const created_master_key& made() {
    static const auto vault = create_master_key_file(alice, "correct horse", cheap).value();
    return vault;
}
world world_with_vault() {
    world w;
    w.put(encode(made().file));
    return w;
}

auto adding(const device_id& device) {
    return [device](const master_key_file& file) { return add_device_slot(file, alice, made().key, device, secret); };
}

} // namespace

TEST_CASE("create_vault_key: creates the file once, with a probe, two GETs and one conditional PUT") {
    world w;
    const auto created = create_vault_key(w.store, alice, "correct horse", quick);
    REQUIRE(created);
    CHECK(w.plan.traffic().gets == 2);
    CHECK(w.plan.traffic().puts == 1);
    const auto loaded = load_master_key_file(w.store, alice);
    REQUIRE(loaded);
    CHECK(*loaded == created->file);
    CHECK(open_with_passphrase(*loaded, alice, "correct horse")->secret() == created->key.secret());
}

TEST_CASE("create_vault_key: a vault that is there is never overwritten") {
    auto w = world_with_vault();
    const auto error = refusal(create_vault_key(w.store, alice, "other", quick));
    CHECK(error == errc::already_exists);
    CHECK(error.object() == key_text);
    CHECK(w.plan.traffic().puts == 0);
    CHECK(w.stored() == made().file);
}

TEST_CASE("create_vault_key: of two devices at the same moment, one creates the vault and the other is told") {
    auto w = world_with_vault();
    w.plan.next(fault::hidden); // not there yet when this device looked
    const auto error = refusal(create_vault_key(w.store, alice, "other", quick));
    CHECK(error == errc::already_exists);
    CHECK(error.detail() == "another device created the vault at the same time");
    CHECK(w.stored() == made().file);
}

TEST_CASE("create_vault_key: a store that cannot create once is refused, unless a person accepts it") {
    for (const auto mode : {condition_mode::off, condition_mode::ignored}) {
        world w;
        w.plan.conditions(mode);
        const auto error = refusal(create_vault_key(w.store, alice, "correct horse", quick));
        CHECK(error == errc::unsupported);
        CHECK(error.detail() == "the store cannot create a file only once");
        CHECK(w.plan.traffic().requests() == 0);
        auto accepted = quick;
        accepted.accept_unsafe_creation = true;
        CHECK(create_vault_key(w.store, alice, "correct horse", accepted).has_value());
    }
}

TEST_CASE("create_vault_key: create-only is enough, an eventual store is not") {
    world w;
    w.plan.conditions(condition_mode::create_only);
    CHECK(create_vault_key(w.store, alice, "correct horse", quick).has_value());
    world folder;
    folder.plan.claim({.writes = conditional_writes::full, .eventual = true});
    CHECK(refusal(create_vault_key(folder.store, alice, "correct horse", quick)) == errc::unsupported);
}

namespace {

/// Takes every write, and another device's unconditional one right after it.
struct overtaken : memory_storage {
    result<void> put(std::span<const put_op> ops, put_sink stored, const call_context& call) {
        auto done = memory_storage::put(ops, stored, call);
        const auto theirs = encode(made().file);
        const put_op op{.key = ops[0].key, .body = theirs};
        REQUIRE(memory_storage::put(
            std::span{&op, 1}, [](std::size_t, result<put_reply>) {}, call));
        return done;
    }
};

} // namespace

TEST_CASE("create_vault_key: whose file is overwritten before it is read back is told") {
    overtaken store;
    const auto error = refusal(create_vault_key(store, alice, "other", quick));
    CHECK(error == errc::already_exists);
    CHECK(*load_master_key_file(store, alice) == made().file);
}

TEST_CASE("create_vault_key: a lost answer is found to have been applied") {
    for (const auto lost : {fault::lost_answer, fault::unknown_outcome, fault::duplicate_put}) {
        world w;
        w.plan.at(1, lost);
        const auto created = create_vault_key(w.store, alice, "correct horse", quick);
        REQUIRE(created);
        CHECK(w.stored() == created->file);
        CHECK(w.plan.happened(lost) == 1);
    }
}

TEST_CASE("create_vault_key: a lost request leaves nothing, and says that it may be tried again") {
    world w;
    w.plan.at(1, fault::lost_request);
    CHECK(refusal(create_vault_key(w.store, alice, "correct horse", quick)).kind() == error_kind::retry);
    CHECK(refusal(load_master_key_file(w.store, alice)) == errc::no_vault);
    CHECK(create_vault_key(w.store, alice, "correct horse", quick).has_value());
}

TEST_CASE("create_vault_key: read-only and full stores are named as what they are") {
    for (const auto& [what, code] : {std::pair{fault::read_only, errc::read_only}, {fault::no_space, errc::no_space}}) {
        world w;
        w.plan.at(1, what);
        CHECK(refusal(create_vault_key(w.store, alice, "correct horse", quick)) == code);
        CHECK(refusal(load_master_key_file(w.store, alice)) == errc::no_vault);
    }
}

TEST_CASE("create_vault_key: whichever request fails, trying again gives one vault that opens") {
    for (const auto what : {fault::lost_request, fault::lost_answer, fault::unavailable}) {
        for (std::uint64_t call = 0; call < 3; ++call) {
            world w;
            w.plan.at(call, what);
            auto created = create_vault_key(w.store, alice, "correct horse", quick);
            if (!created) created = create_vault_key(w.store, alice, "correct horse", quick);
            // Lost on the way back and not read again: the file is whole, and its passphrase opens it.
            if (!created) CHECK(created.error() == errc::already_exists);
            CHECK(open_with_passphrase(w.stored(), alice, "correct horse").has_value());
        }
    }
}

TEST_CASE("load_master_key_file: nothing there is no vault, and anything else keeps its reason") {
    world w;
    CHECK(refusal(load_master_key_file(w.store, alice)) == errc::no_vault);
    w.put("not a key file");
    CHECK(refusal(load_master_key_file(w.store, alice)) == errc::malformed);
    w.put(bytes(master_key_file::bytes_max + 1));
    CHECK(refusal(load_master_key_file(w.store, alice)) == errc::too_large);
    w.plan.next(fault::throttled);
    CHECK(refusal(load_master_key_file(w.store, alice)) == errc::throttled);
}

TEST_CASE("load_master_key_file: a file older than the one seen is a rollback") {
    auto w = world_with_vault();
    CHECK(load_master_key_file(w.store, alice, 1).has_value());
    const auto error = refusal(load_master_key_file(w.store, alice, 2));
    CHECK(error == errc::rolled_back);
    CHECK(error.detail() == "version 1, but this device has seen version 2");
}

TEST_CASE("load_master_key_file: a stopped call is cancelled") {
    auto w = world_with_vault();
    std::stop_source stop;
    stop.request_stop();
    CHECK(refusal(load_master_key_file(w.store, alice, 0, {.stop = stop.get_token()})) == errc::cancelled);
}

TEST_CASE("update_master_key_file: one change is a probe, two GETs and one PUT") {
    auto w = world_with_vault();
    const auto updated = update_master_key_file(w.store, alice, adding(laptop));
    REQUIRE(updated);
    CHECK(w.plan.traffic().gets == 2);
    CHECK(w.plan.traffic().puts == 1);
    CHECK(w.stored() == *updated);
    CHECK(open_with_device(w.stored(), alice, laptop, secret).has_value());
}

TEST_CASE("update_master_key_file: when another device was faster, both changes are kept") {
    auto w = world_with_vault();
    int called = 0;
    const auto updated = update_master_key_file(w.store, alice, [&](const master_key_file& file) {
        if (called++ == 0) REQUIRE(update_master_key_file(w.memory, alice, adding(phone)));
        return adding(laptop)(file);
    });
    REQUIRE(updated);
    CHECK(called == 2);
    CHECK(updated->version == 3);
    CHECK(open_with_device(w.stored(), alice, laptop, secret).has_value());
    CHECK(open_with_device(w.stored(), alice, phone, secret).has_value());
}

TEST_CASE("update_master_key_file: gives up when others are faster every time") {
    auto w = world_with_vault();
    const auto outcome = update_master_key_file(w.store, alice,
                                                [&](const master_key_file& file) {
                                                    REQUIRE(update_master_key_file(w.memory, alice, adding(phone)));
                                                    return adding(laptop)(file);
                                                },
                                                {.attempts = 3});
    CHECK(refusal(outcome) == errc::precondition_failed);
    CHECK(w.stored().version == 4);
}

TEST_CASE("update_master_key_file: without conditional writes it writes and reads back") {
    for (const auto mode : {condition_mode::off, condition_mode::create_only, condition_mode::ignored}) {
        auto w = world_with_vault();
        w.plan.conditions(mode);
        const auto updated = update_master_key_file(w.store, alice, adding(laptop));
        REQUIRE(updated);
        CHECK(w.stored() == *updated);
    }
}

TEST_CASE("update_master_key_file: lost answers are found out, whichever request loses its own") {
    for (const auto what : {fault::lost_request, fault::lost_answer, fault::unavailable, fault::unknown_outcome}) {
        for (std::uint64_t call = 0; call < 3; ++call) {
            auto w = world_with_vault();
            w.plan.at(call, what);
            if (!update_master_key_file(w.store, alice, adding(laptop))) {
                REQUIRE(update_master_key_file(w.store, alice, adding(laptop)));
            }
            CHECK(open_with_device(w.stored(), alice, laptop, secret).has_value());
            CHECK(open_with_passphrase(w.stored(), alice, "correct horse").has_value());
        }
    }
}

TEST_CASE("update_master_key_file: refuses a missing vault, a rolled back one, and a change without a version") {
    world empty;
    CHECK(refusal(update_master_key_file(empty.store, alice, adding(laptop))) == errc::no_vault);
    auto w = world_with_vault();
    CHECK(refusal(update_master_key_file(w.store, alice, adding(laptop), {.last_seen_version = 2})) ==
          errc::rolled_back);
    const auto unchanged = [](const master_key_file& file) -> result<master_key_file> { return file; };
    CHECK(refusal(update_master_key_file(w.store, alice, unchanged)) == errc::invalid_argument);
    const auto failing = [](const master_key_file&) -> result<master_key_file> { return failure{errc::cancelled}; };
    CHECK(refusal(update_master_key_file(w.store, alice, failing)) == errc::cancelled);
    CHECK(w.plan.traffic().puts == 0);
}

TEST_CASE("update_master_key_file: written but gone is not success") {
    auto w = world_with_vault();
    w.plan.at(2, fault::vanished);
    const auto error = refusal(update_master_key_file(w.store, alice, adding(laptop)));
    CHECK(error == errc::outcome_unknown);
    CHECK(error.detail() == "written, but the store does not have it");
}

namespace {

/// Says that all went well, and calls nobody back.
struct silent : memory_storage {
    result<void> get(std::span<const get_op>, get_sink, const call_context&) { return {}; }
    result<void> put(std::span<const put_op>, put_sink, const call_context&) { return {}; }
};
struct unprobed : memory_storage {
    result<storage_capabilities> probe(const call_context&) { return failure{errc::access_denied, "store"}; }
};

} // namespace

TEST_CASE("master key store: a store that does not answer is unavailable, one that cannot be probed says why") {
    silent mute;
    CHECK(refusal(load_master_key_file(mute, alice)) == errc::unavailable);
    CHECK(refusal(create_vault_key(mute, alice, "correct horse", quick)) == errc::unavailable);
    unprobed closed;
    CHECK(refusal(create_vault_key(closed, alice, "correct horse", quick)) == errc::access_denied);
    CHECK(refusal(update_master_key_file(closed, alice, adding(laptop))) == errc::access_denied);
}
