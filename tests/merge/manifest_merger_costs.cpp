#include "../tries.hpp"
#include "histories.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

namespace {
std::size_t allocations = 0;
}

// Counts what this program allocates. Not inlined: a compiler that sees malloc and delete together would warn.
[[gnu::noinline]] void* operator new(std::size_t size) {
    ++allocations;
    if (void* const place = std::malloc(size == 0 ? 1 : size)) return place;
    throw std::bad_alloc{};
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    ++allocations;
    return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* place) noexcept { std::free(place); }
[[gnu::noinline]] void operator delete(void* place, std::size_t) noexcept { std::free(place); }

using namespace sealsync_tests;

namespace {

/// Updates of the common shape, each on the newest version of one of few objects.
std::vector<segment> update_segments(std::size_t manifests, std::size_t changes, std::size_t objects) {
    std::vector<dot> newest(objects);
    std::vector<segment> all;
    std::uint64_t n = 0;
    for (std::size_t i = 0; i < manifests; ++i) {
        auto s = sample_segment();
        s.changes.clear();
        for (std::size_t j = 0; j < changes; ++j) {
            auto c = record_change();
            const auto object = (i * changes + j) % objects;
            c.id = *object_id::make(std::string(27, 'f') + std::to_string(10'000 + object));
            c.dot = dot_of(1, ++n);
            c.replaces.clear();
            if (newest[object].n > 0) c.replaces.push_back(newest[object]);
            newest[object] = c.dot;
            c.attachments.clear();
            s.changes.push_back(std::move(c));
        }
        all.push_back(std::move(s));
    }
    return all;
}

std::vector<bytes> updates(std::size_t manifests, std::size_t changes, std::size_t objects) {
    std::vector<bytes> all;
    for (const auto& s : update_segments(manifests, changes, objects)) all.push_back(*write_segment(s, field));
    return all;
}

/// What it costs to be given a manifest whose changes are all known.
std::size_t allocations_again(manifest_merger& merger, bytes_view manifest) {
    REQUIRE(merger.add(manifest));
    const auto before = allocations;
    REQUIRE(merger.add(manifest));
    return allocations - before;
}

} // namespace

TEST_CASE("manifest_merger: no change allocates once buffers have grown") {
    constexpr std::size_t changes = 2'000;
    const auto manifests = updates(12, changes, changes);
    manifest_merger merger{settings_for()};
    for (std::size_t i = 0; i < 2; ++i) REQUIRE(merger.add(bytes_view{manifests[i]}));
    const auto before = allocations;
    for (std::size_t i = 2; i < manifests.size(); ++i) REQUIRE(merger.add(bytes_view{manifests[i]}));
    // What is known of versions replaced still grows, two pages for some 200 of them.
    CHECK(allocations - before < (manifests.size() - 2) * changes / 50);
    CHECK(merger.objects() == changes);
}

TEST_CASE("manifest_merger: no change of a compact segment allocates once buffers have grown") {
    constexpr std::size_t changes = 2'000;
    std::vector<bytes> manifests;
    for (const auto& s : update_segments(12, changes, changes)) manifests.push_back(*write_compact_segment(s));
    manifest_merger merger{settings_for()};
    for (std::size_t i = 0; i < 2; ++i) REQUIRE(merger.add(bytes_view{manifests[i]}));
    const auto before = allocations;
    for (std::size_t i = 2; i < manifests.size(); ++i) REQUIRE(merger.add(bytes_view{manifests[i]}));
    CHECK(allocations - before < (manifests.size() - 2) * changes / 50); // as above: what is known still grows
    CHECK(merger.objects() == changes);

    auto few = update_segments(1, changes, changes).front();
    few.changes.resize(10);
    CHECK(allocations_again(merger, manifests[0]) == allocations_again(merger, *write_compact_segment(few)));
}

TEST_CASE("manifest_merger: an object costs less than 176 bytes") {
    constexpr std::size_t objects = tries(50'000U);
    const auto manifests = updates(1, objects, objects);
    manifest_merger merger{settings_for()};
    REQUIRE(merger.add(bytes_view{manifests[0]}));
    CHECK(merger.objects() == objects);
    CHECK(merger.bytes_held() < objects * 176);
}

TEST_CASE("manifest_merger: ids that collide under one seed are as good as any under another") {
    // Under seed 1 the hash of each ends in the same ten bits, which would put them all in few places.
    const detail::seeded_hash known{1};
    const auto collection = known.of_text("emma");
    std::vector<change> chosen;
    for (std::uint32_t i = 0; chosen.size() < 500; ++i) {
        const auto id = std::string(22, 'c') + std::to_string(1'000'000'000 + i);
        const auto kind = static_cast<std::uint32_t>(change_type::record);
        if ((known.of_id(bytes_view{id}.data(), kind, collection) & 0x3ffU << 8U) != 0) continue;
        auto c = record_change();
        c.id = *object_id::make(id);
        c.dot = dot_of(1, 1 + chosen.size());
        c.replaces.clear();
        chosen.push_back(std::move(c));
    }
    auto s = sample_segment();
    s.changes = std::move(chosen);
    manifest_merger attacked{settings_for(1)}, other{settings_for(0x5eed)};
    attacked.add(s);
    other.add(s);
    CHECK(attacked.probes() > 500 * 50);
    CHECK(other.probes() < 500 * 4);
    CHECK(siblings_of(attacked) == siblings_of(other));
}
