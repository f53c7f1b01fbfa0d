#include <sealsync/storage/operations.hpp>

#include <doctest/doctest.h>

#include <cstring>

using namespace sealsync;

namespace {

/// The least that a byte_source is.
class text_source final : public byte_source {
public:
    explicit text_source(std::string_view text) : text_{text} {}
    [[nodiscard]] std::uint64_t size() const noexcept override { return text_.size(); }
    [[nodiscard]] result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        std::memcpy(out.data(), text_.data() + offset, out.size());
        return {};
    }

private:
    std::string_view text_;
};

} // namespace

TEST_CASE("get_op: unless told otherwise asks for the whole body, of at most 64 MiB, without a condition") {
    const get_op op{.key = *object_key::make("k")};
    CHECK(op.part == get_part::body);
    CHECK_FALSE(op.range);
    CHECK(op.if_none_match.empty());
    CHECK(op.size_max == std::uint64_t{64} * 1024 * 1024);
}

TEST_CASE("put_op: unless told otherwise is unconditional, and its body is borrowed") {
    const bytes body = to_bytes("abc");
    const put_op op{.key = *object_key::make("k"), .body = body};
    CHECK(op.condition == write_condition::unconditional);
    CHECK(op.source == nullptr);
    CHECK(op.body.data() == body.data());
}

TEST_CASE("byte_source: can be read from anywhere and more than once") {
    text_source text{"abcdef"};
    byte_source& source = text;
    bytes part(3);
    for (int again = 0; again < 2; ++again) {
        REQUIRE(source.read(2, part));
        CHECK(as_text(part) == "cde");
    }
    CHECK(source.size() == 6);
}

TEST_CASE("call_context: stops when its source says so, and by default never") {
    CHECK_FALSE(call_context{}.stop.stop_requested());
    std::stop_source stop;
    const call_context call{.stop = stop.get_token()};
    stop.request_stop();
    CHECK(call.stop.stop_requested());
}

TEST_CASE("storage_capabilities: promise nothing unless a store says so") {
    const storage_capabilities capabilities;
    CHECK(capabilities.writes == conditional_writes::none);
    CHECK_FALSE(capabilities.eventual);
}

TEST_CASE("request_counts: the total is all kinds, equal counts are equal, and what came between two is a difference") {
    request_counts counts{1, 20, 300, 4'000, 50'000};
    CHECK(counts.total() == 54'321);
    CHECK(counts == request_counts{1, 20, 300, 4'000, 50'000});
    CHECK_FALSE(counts == request_counts{});
    const auto before = counts;
    counts += {5, 4, 3, 2, 1};
    CHECK(counts == request_counts{6, 24, 303, 4'002, 50'001});
    CHECK(counts - before == request_counts{5, 4, 3, 2, 1});
}

TEST_CASE("sinks: take any callable with the operation's index and its result") {
    std::vector<std::size_t> order;
    const auto note = [&](std::size_t index, const result<get_reply>& reply) {
        if (reply) order.push_back(index);
    };
    const get_sink sink{note};
    sink(2, get_reply{});
    sink(0, get_reply{});
    sink(1, failure{errc::not_found});
    CHECK(order == std::vector<std::size_t>{2, 0});
}
