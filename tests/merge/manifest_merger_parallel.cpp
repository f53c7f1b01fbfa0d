#include "histories.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace sealsync_tests;

namespace {

/// Each part on a thread of its own, but the first.
class threads : public executor {
public:
    explicit threads(std::size_t width) : width_{width} {}
    [[nodiscard]] std::size_t width() const noexcept override { return width_; }
    void run(std::size_t count, function_ref<void(std::size_t)> f) override {
        std::vector<std::thread> others;
        for (std::size_t i = 1; i < count; ++i) others.emplace_back([=] { f(i); });
        if (count > 0) f(0);
        for (auto& each : others) each.join();
    }

private:
    std::size_t width_;
};

std::vector<bytes> manifests_of(random_history& history, std::size_t edits) {
    std::vector<bytes> all;
    for (const auto& s : history.segments(history.edits(edits, 30))) all.push_back(*write_segment(s, field));
    return all;
}

} // namespace

TEST_CASE("manifest_merger: with threads the result is that of one thread") {
    for (const std::size_t width : {1U, 2U, 3U, 8U}) {
        random_history history{width};
        const auto manifests = manifests_of(history, 1'000);
        const std::vector<bytes_view> views{manifests.begin(), manifests.end()};
        threads workers{width};
        auto settings = settings_for(width);
        manifest_merger alone{settings};
        settings.workers = &workers;
        manifest_merger together{settings};
        for (std::size_t at = 0; at < views.size(); at += 50) {
            const auto some = std::span{views}.subspan(at, (std::min)(views.size() - at, std::size_t{50}));
            const auto expected = alone.add(some), counts = together.add(some);
            REQUIRE(counts);
            CHECK(*counts == *expected);
        }
        CHECK(together.objects() == alone.objects());
        CHECK(siblings_of(together) == siblings_of(alone));
        std::size_t changed = 0;
        together.take_changed([&](const object_view&) { ++changed; });
        CHECK(changed == together.objects());
        together.for_each_object([&](const object_view& object) {
            CHECK(together.find(object.type(), object.collection(), object.id()).has_value());
        });
    }
}

TEST_CASE("manifest_merger: with threads, manifests of very different sizes count as they do in order") {
    random_history history{5};
    const auto edits = history.edits(2'000, 30);
    std::vector<segment> segments;
    for (std::size_t at = 0, size = 1; at < edits.size(); at += size, size = 1 + size * 7 % 300) {
        auto s = sample_segment();
        s.changes.assign(edits.begin() + static_cast<std::ptrdiff_t>(at),
                         edits.begin() + static_cast<std::ptrdiff_t>((std::min)(at + size, edits.size())));
        segments.push_back(std::move(s));
    }
    std::vector<bytes> manifests;
    for (const auto& s : segments) manifests.push_back(*write_segment(s, field));
    const std::vector<bytes_view> views{manifests.begin(), manifests.end()};
    threads workers{3};
    auto settings = settings_for(9);
    manifest_merger alone{settings};
    settings.workers = &workers;
    manifest_merger together{settings};
    const auto expected = alone.add(views), counts = together.add(views);
    REQUIRE(counts);
    CHECK(*counts == *expected);
    CHECK(siblings_of(together) == siblings_of(alone));
}

TEST_CASE("manifest_merger: with threads, too, what stands behind a refused manifest is not merged") {
    random_history history{77};
    const auto manifests = manifests_of(history, 300);
    threads workers{3};
    for (const std::size_t bad : {0U, 1U, 2U, 7U, 20U}) {
        std::vector<bytes_view> views{manifests.begin(), manifests.end()};
        views[bad] = "nothing";
        views[bad + 2] = "nothing either";
        auto settings = settings_for(bad);
        manifest_merger expected{settings};
        REQUIRE(expected.add(std::span{views}.first(bad)));
        settings.workers = &workers;
        manifest_merger merger{settings};
        const auto refused = merger.add(views);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message().find("manifest " + std::to_string(bad)) != std::string::npos);
        CHECK(siblings_of(merger) == siblings_of(expected));
    }
}
