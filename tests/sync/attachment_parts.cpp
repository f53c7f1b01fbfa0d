#include "../../examples/sealsync/thread_executor.hpp"
#include "../tries.hpp"
#include "vault_fixture.hpp"

// An attachment of so many parts that they are fetched in several rounds.

namespace {

using namespace vault_fixture;

/// Hashes next to nothing, so that many megabytes are quick.
class quick_cipher : public plaintext_cipher {
public:
    using plaintext_cipher::plaintext_cipher;

    struct quick_hash {
        std::uint64_t value = 1;
        void update(bytes_view data) noexcept {
            for (std::size_t i = 0; i < data.size(); i += 997) value = value * 31 + std::to_integer<unsigned>(data[i]);
            value = value * 31 + data.size() % 61'000;
        }
        [[nodiscard]] digest256 finish() const noexcept {
            digest256 out;
            std::memcpy(out.value.data(), &value, sizeof value);
            return out;
        }
    };
    /// Of the bytes, however they are cut.
    struct whole_hash {
        bytes all{};
        void update(bytes_view data) { append(all, data); }
        [[nodiscard]] digest256 finish() const {
            quick_hash hash;
            hash.update(all);
            return hash.finish();
        }
    };
    [[nodiscard]] digest256 digest(bytes_view in) const {
        quick_hash hash;
        hash.update(in);
        return hash.finish();
    }
    [[nodiscard]] whole_hash start_digest() const { return {}; }
    [[nodiscard]] whole_hash start_keyed_id(id_purpose, std::string_view) const { return {}; }
};
static_assert(cipher<quick_cipher>);

using engine_type = basic_sync_engine<store_type, quick_cipher, manual_clock, keep_both>;

constexpr std::size_t part = std::size_t{4} << 20U;

struct rig {
    explicit rig(std::shared_ptr<executor> with) : workers{std::move(with)} {
        (void)need(a.sync());
        (void)need(b.sync());
        faults.reset_traffic();
    }
    [[nodiscard]] engine_type open(std::uint64_t seed) {
        return need(open_vault({"alice", "", true, {}, workers}, store_type{w.store, faults}, quick_cipher{seed},
                               w.clock, keep_both{}, memory_replica{}));
    }
    [[nodiscard]] result<void> read(std::string& got) {
        return b.collection("emma").read_attachment(
            id, [&](bytes_view piece) { return got += as_text(piece), result<void>{}; });
    }

    std::shared_ptr<executor> workers;
    world w{};
    testing::fault_plan faults{1};
    std::string content = std::string{as_text(testing::random{1}.some_bytes(6 * part + 12'345))};
    engine_type a = open(1), b = open(2);
    attachment_id id = need(a.collection("emma").attach(attachment_source::from_bytes(content), {"large", ""}));
    std::string key = "users/alice/collections/emma/attachments/" + id.text() + "/data.blob";
};

/// Under a sanitizer, where megabytes take long, with threads alone.
std::vector<std::shared_ptr<executor>> executors() {
    const auto workers = std::make_shared<cli::thread_executor>(3);
    if (sealsync_tests::sanitized) return {workers};
    return {nullptr, workers};
}

TEST_CASE("attachment_reader: one of several rounds of parts is read in order, with a GET for each part") {
    for (const auto& workers : executors()) {
        rig r{workers};
        std::string got;
        need(r.read(got));
        CHECK(got.size() == r.content.size());
        CHECK((got == r.content)); // without the megabytes in the report
        CHECK(r.faults.traffic().gets == 7);
        CHECK(r.faults.traffic().requests() == 7);
    }
}

TEST_CASE("attachment_reader: any GET that fails ends the reading, and what came before is what was attached") {
    for (const auto& workers : executors()) {
        rig r{workers};
        for (std::uint64_t n = 0; n < 7; ++n) {
            r.faults.at(r.faults.operations() + n, fault::unavailable);
            std::string got;
            const auto read = r.read(got);
            REQUIRE_FALSE(read);
            CHECK(read.error() == errc::unavailable);
            CHECK(got.size() < r.content.size());
            CHECK(r.content.starts_with(got));
        }
    }
}

TEST_CASE("attachment_reader: a sink that refuses in a later round ends the reading with its failure") {
    for (const auto& workers : executors()) {
        rig r{workers};
        std::size_t taken = 0;
        const auto read = r.b.collection("emma").read_attachment(r.id, [&](bytes_view piece) -> result<void> {
            taken += piece.size();
            if (taken > 5 * part) return failure{errc::no_space, "disk", "full"};
            return {};
        });
        REQUIRE_FALSE(read);
        CHECK(read.error() == errc::no_space);
    }
}

TEST_CASE(
    "attachment_reader: a byte changed in the first, a middle or the last part is found out at the latest at the end") {
    for (const auto& workers : executors()) {
        rig r{workers};
        const auto whole = stored_at(r.w, r.key);
        for (const std::size_t i : {0U, 3U, 6U}) {
            auto damaged = whole;
            damaged[(i * part + 997 * 10) / 997 * 997] ^= std::byte{1}; // one that the hash of this test looks at
            store_at(r.w, r.key, damaged);
            std::string got;
            const auto read = r.read(got);
            REQUIRE_FALSE(read);
            CHECK(read.error() == errc::tampered);
        }
    }
}

} // namespace
