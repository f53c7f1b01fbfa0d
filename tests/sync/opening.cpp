#include "vault_fixture.hpp"

#include <sealsync/conflict/last_write_wins.hpp>

namespace {

using namespace vault_fixture;
using state_type = opened_state<>::state_type;
using engine_type = device::engine_type;

const std::string vault_key = "users/alice/vault.json";

result<engine_type> open(world& w, memory_replica rows, vault_options options,
                         testing::fault_plan faults = testing::fault_plan{},
                         testing::replica_fault_plan row_faults = testing::replica_fault_plan{}) {
    return engine_type::open(std::move(options), store_type{w.store, std::move(faults)}, w.cipher, w.clock, keep_both{},
                             replica_type{std::move(rows), std::move(row_faults)});
}
vault_options alice() { return {"alice", "laptop", true, {}}; }

TEST_CASE("opening: the first device creates the vault, the others join it") {
    world w;
    memory_replica one, two;
    const auto first = need(open(w, one, alice()));
    CHECK(keys_with(w, "").size() == 1);
    const auto second = need(open(w, two, alice()));
    CHECK(first.vault() == second.vault());
    CHECK(first.vault() == vault_of(w));
    CHECK(first.device() != second.device());
}

TEST_CASE("opening: what the replica was told once it remembers") {
    world w;
    memory_replica rows;
    const auto device = need(open(w, rows, alice())).device();
    remove_at(w, vault_key); // nobody asks for it any more
    auto again = need(open(w, rows, {"alice", "", true, {}}));
    CHECK(again.device() == device);
    CHECK(need(again.device_name(device)) == "laptop");
    auto renamed = need(open(w, rows, {"alice", "old laptop", true, {}}));
    CHECK(need(renamed.device_name(device)) == "old laptop");
}

TEST_CASE("opening: a vault that does not exist is only created if it may be") {
    world w;
    const auto outcome = open(w, {}, {"alice", "laptop", false, {}});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::no_vault);
    CHECK(keys_with(w, "").empty());
}

TEST_CASE("opening: a user's id that could leave the prefix is refused before anything is asked") {
    world w;
    testing::fault_plan faults;
    for (const std::string user : {"", "..", "a/b", ".hidden", "a b", "a\nb"}) {
        const auto outcome = open(w, {}, {user, "laptop", true, {}}, faults);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::invalid_id);
    }
    CHECK(faults.operations() == 0);
}

TEST_CASE("opening: a replica of another user is refused") {
    world w;
    memory_replica rows;
    (void)need(open(w, rows, alice()));
    const auto outcome = open(w, rows, {"bob", "laptop", true, {}});
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::already_joined);
}

TEST_CASE("opening: of two devices that create at once, one wins, and both are in its vault") {
    world w;
    testing::fault_plan slow;
    // Both look before either writes: the slow one was told that there is nothing.
    slow.next(fault::hidden);
    const auto first = need(open(w, {}, alice()));
    const auto second = need(open(w, {}, alice(), slow));
    CHECK(first.vault() == second.vault());
}

TEST_CASE("opening: a store without conditional writes is read back, too") {
    world w;
    testing::fault_plan weak;
    weak.conditions(testing::condition_mode::off);
    const auto first = need(open(w, {}, alice(), weak));
    CHECK(first.vault() == vault_of(w));
}

TEST_CASE("opening: every request lost, every answer lost: then it opens, and all are in one vault") {
    for (const auto what :
         {fault::lost_request, fault::lost_answer, fault::unavailable, fault::unknown_outcome, fault::no_space}) {
        for (std::uint64_t n = 0; n < 3; ++n) {
            world w;
            memory_replica rows;
            testing::fault_plan faults;
            faults.at(n, what);
            auto opened = open(w, rows, alice(), faults);
            if (!opened) opened = open(w, rows, alice());
            REQUIRE(opened);
            CHECK(opened->vault() == vault_of(w));
            CHECK(need(open(w, {}, alice())).vault() == opened->vault());
        }
    }
}

TEST_CASE("opening: every call of the replica fails or is its process's last: then it opens as one device") {
    for (const bool crash : {false, true}) {
        for (std::uint64_t n = 0;; ++n) {
            world w;
            memory_replica rows;
            testing::replica_fault_plan faults;
            if (crash) {
                faults.crash_at(n, crash_point::after);
            } else {
                faults.at(n, errc::io_error);
            }
            try {
                (void)open(w, rows, alice(), testing::fault_plan{}, faults);
            } catch (const testing::simulated_crash&) {
            }
            const auto opened = need(open(w, rows, alice()));
            CHECK(opened.vault() == vault_of(w));
            CHECK(need(open(w, rows, alice())).device() == opened.device());
            if (faults.calls() <= n) break;
        }
    }
}

/// Writes a fact as another version of this library would have.
void set_fact(const memory_replica& rows, std::string_view name, bytes_view value) {
    auto copy = rows;
    auto in = need(copy.begin());
    need(in.store(replica_table::header, name, value));
    need(in.commit());
}

TEST_CASE("opening: a replica of a newer format is refused, unchanged") {
    world w;
    memory_replica rows;
    (void)need(open(w, rows, alice()));
    set_fact(rows, "format", bytes{std::byte{2}});
    const auto outcome = open(w, rows, alice());
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::unknown_format);
    CHECK(outcome.error().detail() == "format 2");
}

TEST_CASE("opening: a replica whose ids are damaged is refused") {
    for (const std::string fact : {"vault", "device"}) {
        world w;
        memory_replica rows;
        (void)need(open(w, rows, alice()));
        set_fact(rows, fact, "../x");
        const auto outcome = open(w, rows, alice());
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::replica_corrupt);
    }
}

TEST_CASE("opening: a vault is sealed or plaintext for life") {
    world w;
    memory_replica rows;
    (void)need(open(w, rows, alice()));
    set_fact(rows, "sealed", bytes{std::byte{1}});
    const auto outcome = open(w, rows, alice());
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::other_vault);
}

/// Plaintext that says it is for one vault, as a sealing cipher's keys are.
struct bound_cipher : plaintext_cipher {
    vault_id of;
    [[nodiscard]] std::optional<vault_id> vault() const noexcept { return of; }
};

TEST_CASE("opening: keys say which vault; keys of another than the replica's are refused") {
    world w;
    memory_replica rows;
    bound_cipher keys;
    keys.of.value[0] = std::byte{7};
    const auto open_with = [&](const bound_cipher& cipher) {
        return open_vault(alice(), w.store, cipher, w.clock, keep_both{}, rows);
    };
    CHECK(need(open_with(keys)).vault() == keys.of);
    CHECK(keys_with(w, "").empty()); // no vault file: the keys come from the master key
    keys.of.value[0] = std::byte{8};
    const auto outcome = open_with(keys);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::other_vault);
    CHECK(outcome.error().detail().find("08") != std::string::npos);
}

TEST_CASE("opening: a vault file that is not ours is malformed, and stays as it is") {
    for (const std::string file :
         {"", "{}", "{\"format\":1,\"vault\":\"\"}", "{\"format\":1,\"vault\":\"0123\"}",
          "{\"format\":2,\"vault\":\"00000000000000000000000000000001\"}", "{\"format\":1,\"vault\":\"}"}) {
        world w;
        store_at(w, vault_key, file);
        const auto outcome = open(w, {}, alice());
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error() == errc::malformed);
        CHECK(outcome.error().object() == vault_key);
        CHECK(as_text(stored_at(w, vault_key)) == file);
    }
}

TEST_CASE("opening: the vault file is read as it was written") {
    vault_id vault;
    vault.value[3] = std::byte{0xab};
    const auto key = need(object_key::make(vault_key));
    CHECK(need(detail::read_vault_file(key, detail::write_vault_file(vault))) == vault);
}

TEST_CASE("opening: a policy that reads more than the one before has what it needs fetched, however often it reopens") {
    world w;
    basic_device<last_write_wins> a{w}, b{w};
    a.put("r", "from a");
    b.put("r", "from b");
    b.clean_sync();
    a.clean_sync();
    b.clean_sync(); // knows of a's version, and needs no content of it
    device both{w, "phone", {}, b.rows};
    both.reopen(); // ended before it could sync
    both.clean_sync();
    CHECK(both.text("r") == "from b");
    CHECK(both.beside("r") == std::vector<std::string>{"from a"});
}

} // namespace
