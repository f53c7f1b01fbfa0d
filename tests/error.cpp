#include <sealsync/error.hpp>

#include <doctest/doctest.h>

#include <ostream>
#include <set>

using namespace sealsync;

namespace {

constexpr errc every_code[] = {
    errc::unavailable,      errc::timed_out,        errc::connection_lost,
    errc::outcome_unknown,  errc::throttled,        errc::busy,
    errc::cancelled,        errc::io_error,         errc::precondition_failed,
    errc::not_current,      errc::already_exists,   errc::source_changed,
    errc::invalid_argument, errc::invalid_id,       errc::invalid_key,
    errc::too_large,        errc::unsupported,      errc::not_found,
    errc::already_joined,   errc::malformed,        errc::missing_object,
    errc::unknown_format,   errc::unknown_critical, errc::replica_corrupt,
    errc::no_vault,         errc::wrong_key,        errc::other_vault,
    errc::tampered,         errc::rolled_back,      errc::forked,
    errc::withheld,         errc::mass_delete,      errc::access_denied,
    errc::closed,           errc::read_only,        errc::no_space,
};

} // namespace

TEST_CASE("errc: every code says what happened and what to do, each in words of its own") {
    std::set<std::string> whats;
    for (const auto code : every_code) {
        const auto text = detail::text_of(code);
        CAPTURE(static_cast<int>(code));
        CHECK(std::string_view{text.what} != "unknown error");
        CHECK_FALSE(std::string_view{text.advice}.empty());
        CHECK(whats.insert(text.what).second);
    }
    CHECK(whats.size() == std::size(every_code));
}

TEST_CASE("errc: the hundreds digit is the kind, so that a caller need not know the codes") {
    CHECK(kind_of(errc::unavailable) == error_kind::retry);
    CHECK(kind_of(errc::io_error) == error_kind::retry);
    CHECK(kind_of(errc::not_current) == error_kind::conflict);
    CHECK(kind_of(errc::invalid_key) == error_kind::invalid);
    CHECK(kind_of(errc::missing_object) == error_kind::data);
    CHECK(kind_of(errc::mass_delete) == error_kind::security);
    CHECK(kind_of(errc::no_space) == error_kind::closed);
    CHECK(kind_of(static_cast<errc>(0)) == error_kind::closed);
}

TEST_CASE("errc: numbers are fixed for ever, because they are stored in other people's logs") {
    CHECK(static_cast<int>(errc::unavailable) == 100);
    CHECK(static_cast<int>(errc::io_error) == 107);
    CHECK(static_cast<int>(errc::precondition_failed) == 200);
    CHECK(static_cast<int>(errc::invalid_argument) == 300);
    CHECK(static_cast<int>(errc::malformed) == 400);
    CHECK(static_cast<int>(errc::wrong_key) == 500);
    CHECK(static_cast<int>(errc::access_denied) == 507);
    CHECK(static_cast<int>(errc::closed) == 600);
}

TEST_CASE("errc: is a standard error code of the category sealsync") {
    const std::error_code code = errc::tampered;
    CHECK(code == errc::tampered);
    CHECK(code != errc::forked);
    CHECK(code.category() == sealsync_category());
    CHECK(std::string_view{code.category().name()} == "sealsync");
    CHECK(code.message() == "not what its author wrote");
}

TEST_CASE("errc: a number of no code is told as such instead of being undefined") {
    CHECK(sealsync_category().message(12345) == "unknown error");
    CHECK(failure{static_cast<errc>(12345)}.advice() == "report this");
}

TEST_CASE("failure: holds the code, the object and what came back") {
    const failure f{errc::no_space, "users/alice/vault.json", "ENOSPC"};
    CHECK(f.code() == errc::no_space);
    CHECK(f.kind() == error_kind::closed);
    CHECK(f.object() == "users/alice/vault.json");
    CHECK(f.detail() == "ENOSPC");
    CHECK(f == errc::no_space);
    CHECK(f != errc::read_only);
}

TEST_CASE("failure: the message names what was attempted, on what, what came back and what to do") {
    CHECK(failure{errc::timed_out}.message() == "no answer in time; check the connection, then try again");
    CHECK(failure{errc::throttled, "k"}.message() == "k: the store asks for fewer requests; try again later");
    CHECK(failure{errc::unavailable, "k", "HTTP 503"}.during("pull").message() ==
          "pull: k: the store is unavailable (HTTP 503); try again later");
}

TEST_CASE("failure: during() adds the outer action in front, and leaves the original as it was") {
    const failure inner{errc::not_found, "head"};
    const auto outer = inner.during("GET head").during("pull");
    CHECK(outer.message() == "pull: GET head: head: not found; check the name");
    CHECK(inner.message() == "head: not found; check the name");
    CHECK(outer.attempted() == "pull: GET head");
    CHECK(inner.attempted().empty());
    CHECK(outer.code() == errc::not_found);
}
