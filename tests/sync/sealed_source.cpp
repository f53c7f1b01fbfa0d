#include "small_chunks.hpp"

#include <sealsync/sync/sealed_source.hpp>
#include <sealsync/testing/random.hpp>

#include <doctest/doctest.h>

namespace {

using namespace sealsync;
using detail::owner;
using detail::sealed_source;

/// Bytes that a test may change under the reader.
struct open_file final : byte_source {
    explicit open_file(bytes of) : content{std::move(of)} {}
    [[nodiscard]] std::uint64_t size() const noexcept override { return size_at_open; }
    [[nodiscard]] result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        if (offset + out.size() > content.size()) return failure{errc::source_changed, "file", "shorter"};
        std::copy_n(content.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
        return {};
    }
    bytes content;
    std::uint64_t size_at_open = content.size();
};

struct rig {
    explicit rig(std::size_t size) : plain{testing::random{size}.some_bytes(size)} {}

    [[nodiscard]] std::string id() { return cipher.keyed_id(id_purpose::attachment, "emma", original); }
    [[nodiscard]] owner<sealed_source> source() {
        text = id();
        const sealing_context context{object_kind::attachment, {}, "emma", text};
        return sealed_source::make(cipher, context, plain).value();
    }
    /// The sealed form, made without the class under test.
    [[nodiscard]] bytes expected() const {
        bytes all = to_bytes("HEAD");
        const auto chunks = cipher.layout().chunks(original.size());
        for (std::uint64_t i = 0; i < chunks; ++i) {
            const auto from = static_cast<std::size_t>(i * 8);
            all.push_back(static_cast<std::byte>(i));
            all.push_back(std::byte{i + 1 == chunks});
            append(all, bytes_view{original}.subview(from, (std::min)(std::size_t{8}, original.size() - from)));
        }
        return all;
    }

    detail::any_cipher cipher{std::in_place, small_chunks{1}};
    open_file plain;
    bytes original = plain.content;
    std::string text{};
};

bytes read(byte_source& source, std::uint64_t offset, std::size_t count) {
    bytes out(count);
    const auto got = source.read(offset, out);
    REQUIRE(got);
    return out;
}

TEST_CASE("sealed_source: read as a whole it is header and sealed chunks, and its digest is of that") {
    for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 16U, 100U, 1'000U}) {
        rig r{size};
        const auto source = r.source();
        const auto expected = r.expected();
        CHECK(source->size() == expected.size());
        CHECK(read(*source, 0, expected.size()) == expected);
        CHECK(source->stored().value() == r.cipher.digest(expected));
    }
}

TEST_CASE("sealed_source: read from anywhere, in any order, more than once, it is the same bytes") {
    testing::random rng{5};
    for (const std::size_t size : {0U, 8U, 21U, 300U}) {
        rig r{size};
        const auto source = r.source();
        const auto expected = r.expected();
        for (int i = 0; i < 200; ++i) {
            const auto from = static_cast<std::size_t>(rng.below(expected.size() + 1));
            const auto count = static_cast<std::size_t>(rng.below(expected.size() - from + 1));
            const auto part = bytes_view{expected}.subview(from, count);
            REQUIRE(bytes_view{read(*source, from, count)} == part);
        }
        CHECK(source->stored().value() == r.cipher.digest(expected));
    }
}

TEST_CASE("sealed_source: a digest that nobody read for is made from the source") {
    rig r{100};
    CHECK(r.source()->stored().value() == r.cipher.digest(r.expected()));
}

TEST_CASE("sealed_source: a source that changed since it was attached never gives its last chunk") {
    rig r{100};
    r.plain.content[3] ^= std::byte{1};
    const auto source = r.source();
    bytes out(static_cast<std::size_t>(source->size()));
    const auto got = source->read(0, out);
    REQUIRE_FALSE(got);
    CHECK(got.error() == errc::source_changed);
    CHECK(got.error().object() == r.id());
    CHECK(source->stored().error() == errc::source_changed);
}

TEST_CASE("sealed_source: one that changes between two readings of a chunk is found out") {
    rig r{100};
    const auto source = r.source();
    (void)read(*source, 0, r.expected().size());
    r.plain.content[50] ^= std::byte{1};
    (void)read(*source, 0, 10);
    bytes out(20);
    const auto again = source->read(4 + 6 * 10, out); // the chunk that holds byte 50
    REQUIRE_FALSE(again);
    CHECK(again.error() == errc::source_changed);
}

TEST_CASE("sealed_source: one that is cut short fails as its source does") {
    rig r{100};
    const auto source = r.source();
    r.plain.content.resize(60);
    bytes out(static_cast<std::size_t>(source->size()));
    CHECK(source->read(0, out).error() == errc::source_changed);
}

TEST_CASE("fingerprint: every byte counts, and so does the length") {
    testing::random rng{6};
    for (std::size_t size = 1; size < 40; ++size) {
        auto data = rng.some_bytes(size);
        const auto before = detail::fingerprint(data);
        for (std::size_t i = 0; i < size; ++i) {
            data[i] ^= std::byte{0x10};
            CHECK(detail::fingerprint(data) != before);
            data[i] ^= std::byte{0x10};
        }
        CHECK(detail::fingerprint(bytes_view{data}.subview(0, size - 1)) != before);
    }
}

} // namespace
