#include "vault_fixture.hpp"

using namespace vault_fixture;

namespace {

/// A memory store whose probe is dear, and counted.
class dear_storage : public memory_storage {
public:
    struct record {
        int probes = 0;
        std::string name = "here";
        storage_capabilities truth{conditional_writes::create_only};
        std::optional<storage_capabilities> told;
    };
    dear_storage(memory_storage at, std::shared_ptr<record> kept)
        : memory_storage{std::move(at)}, record_{std::move(kept)} {}

    [[nodiscard]] result<storage_capabilities> probe(const call_context&) { return ++record_->probes, record_->truth; }
    [[nodiscard]] std::string identity() const { return record_->name; }
    void assume(const storage_capabilities& found) { record_->told = found; }

private:
    std::shared_ptr<record> record_;
};
static_assert(remembered_storage<dear_storage>);
static_assert(!remembered_storage<memory_storage>);
static_assert(!probing_storage<memory_storage>);

struct dear_world : world {
    std::shared_ptr<dear_storage::record> record = std::make_shared<dear_storage::record>();
    memory_replica rows{};

    /// A process of the same device.
    [[nodiscard]] result<sync_report> sync() {
        auto opened = open_vault({"alice", "laptop"}, dear_storage{store, record}, cipher, clock, keep_both{}, rows);
        if (!opened) return std::move(opened).error();
        return opened->sync();
    }
};

} // namespace

TEST_CASE("capabilities: a dear probe is made once, and remembered by the replica") {
    dear_world w;
    (void)need(w.sync());
    const auto probes = w.record->probes;
    CHECK_FALSE(w.record->told);
    (void)need(w.sync());
    (void)need(w.sync());
    CHECK(w.record->probes == probes);
    REQUIRE(w.record->told);
    CHECK(*w.record->told == w.record->truth);
}

TEST_CASE("capabilities: another store is probed anew") {
    dear_world w;
    (void)need(w.sync());
    const auto probes = w.record->probes;
    w.record->name = "there";
    (void)need(w.sync());
    CHECK(w.record->probes == probes + 1);
    CHECK_FALSE(w.record->told);
}

TEST_CASE("capabilities: a store that is found to be eventual is refused") {
    dear_world w;
    (void)need(w.sync());
    w.record->name = "a folder that is carried";
    w.record->truth.eventual = true;
    const auto refused = w.sync();
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::unsupported);
}

TEST_CASE("capabilities: all of them come back, and only for the same store") {
    for (const auto writes : {conditional_writes::none, conditional_writes::create_only, conditional_writes::full,
                              conditional_writes::untrusted}) {
        for (const bool flag : {false, true}) {
            const storage_capabilities found{writes, flag, !flag};
            const auto text = detail::encode(found, "s3://b");
            CHECK(detail::decode_capabilities(text, "s3://b") == found);
            CHECK_FALSE(detail::decode_capabilities(text, "s3://c"));
            CHECK_FALSE(detail::decode_capabilities(text, "s3://bb"));
        }
    }
    CHECK_FALSE(detail::decode_capabilities("", "s3://b"));
    CHECK_FALSE(detail::decode_capabilities("900 s3://b", "s3://b"));
}
