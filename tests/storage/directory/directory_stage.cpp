#include "directory_fixture.hpp"

#include <sealsync/storage/directory/directory_stage.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using namespace directory_tests;

namespace {

using stage_type = detail::directory_stage<failing_files>;
const call_context soon{{}, std::chrono::milliseconds{3}};

void write_staged(const world& w, const stage_type& stage, std::size_t index) {
    handle file;
    REQUIRE_FALSE(w.files.create_file(stage.folder(), stage.name(index).c_str(), file));
}

} // namespace

TEST_CASE("open_reserved: the store's own folder is made once") {
    world w;
    REQUIRE(detail::open_reserved(w.site));
    CHECK(fs::is_directory(w.at(".sealsync")));
    w.count("make_directory");
    REQUIRE(detail::open_reserved(w.site));
    CHECK(w.calls() == 0);
}

TEST_CASE("open_reserved: a store that takes no writes says so, of its own folder") {
    world w;
    w.fail("make_directory", std::errc::read_only_file_system);
    const auto outcome = detail::open_reserved(w.site);
    CHECK(outcome.error() == errc::read_only);
    CHECK(outcome.error().object() == w.shown(".sealsync"));
}

TEST_CASE("held_by_others: only what a lock that is taken comes back with") {
    CHECK(detail::held_by_others(make_error_code(std::errc::operation_would_block)));
    CHECK(detail::held_by_others(make_error_code(std::errc::resource_unavailable_try_again)));
    CHECK_FALSE(detail::held_by_others(make_error_code(std::errc::no_lock_available)));
    CHECK_FALSE(detail::held_by_others({}));
}

TEST_CASE("lock_names: who shares lets others share; who is alone keeps all others out") {
    world w;
    {
        const auto held = detail::lock_names(w.site, lock_mode::shared, soon);
        REQUIRE(held);
        CHECK(detail::lock_names(w.site, lock_mode::shared, soon));
        CHECK(detail::lock_names(w.site, lock_mode::exclusive, soon).error() == errc::busy);
    }
    const auto held = detail::lock_names(w.site, lock_mode::exclusive, soon);
    REQUIRE(held);
    CHECK(detail::lock_names(w.site, lock_mode::shared, soon).error() == errc::busy);
}

TEST_CASE("lock_names: the lock is asked for as often as the call has milliseconds, then it is busy") {
    world w;
    w.fail_for_ever("try_lock", std::errc::operation_would_block);
    const auto outcome = detail::lock_names(w.site, lock_mode::shared, soon);
    CHECK(w.calls() == 3);
    CHECK(outcome.error() == errc::busy);
    CHECK(outcome.error().object() == w.folder.path().string());
    CHECK(outcome.error().detail() == "another process holds .sealsync/lock");
}

TEST_CASE("lock_names: without a timeout it waits longer than a moment") {
    world w;
    w.fail_for_ever("try_lock", std::errc::operation_would_block);
    CHECK(detail::lock_names(w.site, lock_mode::shared, {}).error() == errc::busy);
    CHECK(w.calls() == 60'000);
}

TEST_CASE("lock_names: a lock that comes free while it waits is taken") {
    world w;
    w.fail("try_lock", std::errc::operation_would_block);
    CHECK(detail::lock_names(w.site, lock_mode::exclusive, soon));
    CHECK(w.calls() == 2);
}

TEST_CASE("lock_names: whoever waits can be stopped, whoever need not wait gets the lock all the same") {
    world w;
    std::stop_source stop;
    stop.request_stop();
    CHECK(detail::lock_names(w.site, lock_mode::shared, {stop.get_token()}));
    w.fail_for_ever("try_lock", std::errc::operation_would_block);
    CHECK(detail::lock_names(w.site, lock_mode::shared, {stop.get_token()}).error() == errc::cancelled);
    CHECK(w.calls() == 1);
}

TEST_CASE("lock_names: a file system without locks is unsupported at once") {
    world w;
    w.fail_for_ever("try_lock", std::errc::no_lock_available);
    CHECK(detail::lock_names(w.site, lock_mode::shared, {}).error() == errc::unsupported);
    CHECK(w.calls() == 1);
}

TEST_CASE("directory_stage: stages that live at once have different folders") {
    world w;
    const auto one = stage_type::take(w.site), other = stage_type::take(w.site);
    REQUIRE(one);
    REQUIRE(other);
    write_staged(w, *one, 0);
    write_staged(w, *other, 0);
    CHECK(fs::exists(w.at(".sealsync/stage-0/0")));
    CHECK(fs::exists(w.at(".sealsync/stage-1/0")));
}

TEST_CASE("directory_stage: what lies in it goes with it, and the folder can be taken again") {
    world w;
    for (int round = 0; round < 2; ++round) {
        const auto stage = stage_type::take(w.site);
        REQUIRE(stage);
        write_staged(w, *stage, 0);
        CHECK(fs::exists(w.at(".sealsync/stage-0/0")));
    }
    CHECK_FALSE(fs::exists(w.at(".sealsync/stage-0/0")));
    CHECK_FALSE(fs::exists(w.at(".sealsync/stage-1")));
}

TEST_CASE("directory_stage: a stage that was moved from neither sweeps nor unlocks") {
    world w;
    auto taken = stage_type::take(w.site);
    std::optional<stage_type> first{*std::move(taken)};
    const stage_type owner{std::move(*first)};
    write_staged(w, owner, 7);
    first.reset();
    CHECK(fs::exists(w.at(".sealsync/stage-0/7")));
    const auto next = stage_type::take(w.site);
    REQUIRE(next);
    CHECK(fs::exists(w.at(".sealsync/stage-0/7")));
    CHECK(fs::exists(w.at(".sealsync/stage-1")));
}

TEST_CASE("directory_stage: what the dead left is swept, in one's own slot and in later ones") {
    world w;
    for (const auto* name : {".sealsync/stage-0/3", ".sealsync/stage-1/4", ".sealsync/stage-2/5"}) {
        w.folder.write(name, "half");
    }
    const auto stage = stage_type::take(w.site);
    REQUIRE(stage);
    for (const auto* name : {".sealsync/stage-0/3", ".sealsync/stage-1/4", ".sealsync/stage-2/5"}) {
        CHECK_FALSE(fs::exists(w.at(name)));
    }
}

TEST_CASE("directory_stage: what the living write is left alone, and the dead behind them are swept") {
    world w;
    auto dying = stage_type::take(w.site);
    const auto living = stage_type::take(w.site);
    REQUIRE(living);
    write_staged(w, *living, 0);
    { const stage_type gone{*std::move(dying)}; }
    w.folder.write(".sealsync/stage-2/0", "half");
    const auto stage = stage_type::take(w.site);
    REQUIRE(stage);
    CHECK(fs::exists(w.at(".sealsync/stage-1/0")));
    CHECK_FALSE(fs::exists(w.at(".sealsync/stage-2/0")));
}

TEST_CASE("directory_stage: what cannot be swept is in nobody's way") {
    world w;
    w.folder.write(".sealsync/stage-0/3", "half");
    w.fail_for_ever("remove_file", std::errc::permission_denied);
    CHECK(stage_type::take(w.site));
    w.work_again();
    CHECK(stage_type::take(w.site));
    CHECK_FALSE(fs::exists(w.at(".sealsync/stage-0/3")));
}

TEST_CASE("directory_stage: when every slot is held the store is busy") {
    world w;
    w.fail_for_ever("try_lock", std::errc::operation_would_block);
    const auto outcome = stage_type::take(w.site);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error() == errc::busy);
    CHECK(outcome.error().detail() == "too many processes write at once");
    CHECK(w.calls() == 1024);
}

TEST_CASE("directory_stage: a slot that cannot be opened or locked is an error, not a reason to try the next") {
    for (const auto* operation : {"make_directory", "open_lock", "try_lock"}) {
        world w;
        REQUIRE(detail::open_reserved(w.site));
        w.fail_for_ever(operation, std::errc::no_space_on_device);
        CHECK(stage_type::take(w.site).error() == errc::no_space);
        CHECK(w.calls() == 1);
    }
}
