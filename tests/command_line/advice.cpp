#include "../../examples/sealsync/advice.hpp"

#include <doctest/doctest.h>

#include <vector>

using sealsync::errc;
using sealsync::failure;

namespace {

const std::vector<errc> all{errc::unavailable,      errc::timed_out,        errc::connection_lost,
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
                            errc::closed,           errc::read_only,        errc::no_space};

[[nodiscard]] bool says(const failure& why, std::string_view words) {
    return cli::message_of(why).find(words) != std::string::npos;
}

} // namespace

TEST_CASE("messages: attempted, object, what, what came back, advice, in this order") {
    CHECK(cli::message_of(failure{errc::read_only, "a/b", "Permission denied"}.during("write")) ==
          "write: a/b: takes no writes (Permission denied); make it writable, then sync again");
    CHECK(cli::message_of(failure{errc::timed_out}) == failure{errc::timed_out}.message());
}

TEST_CASE("messages: no word of the library's inner life reaches the terminal") {
    for (const auto code : all) {
        const auto text = cli::message_of(failure{code, "x"});
        CAPTURE(text);
        for (const auto* word : {"replica", "segment", "process", "call", "application", "policy"}) {
            CHECK(text.find(word) == std::string::npos);
        }
    }
}

TEST_CASE("messages: of a damaged object they say how it can be mended, which depends on what it is") {
    const std::string in = "users/alice/collections/c/";
    for (const auto code : {errc::missing_object, errc::tampered}) {
        CHECK(says(failure{code, in + "records/id.v2.0.blob"}, "change the file's content"));
        CHECK(says(failure{code, in + "attachments/id/data.blob"}, "its time is not enough"));
        CHECK(says(failure{code, "users/alice/devices/d/manifest/l/1.blob"}, "from a backup"));
        CHECK(says(failure{code, "users/alice/sync-manifest.blob"}, "each sync writes it anew"));
    }
    // A user may be called like any part of a key.
    CHECK(says(failure{errc::tampered, "users/records/devices/d/manifest/l/1.blob"}, "from a backup"));
    CHECK(says(failure{errc::tampered, "users/records/sync-manifest.blob"}, "each sync writes it anew"));
    CHECK(says(failure{errc::tampered, "users/records/collections/attachments/records/id.v2.0.blob"}, "move it back"));
    CHECK(says(failure{errc::missing_object, "users/alice/master-key.blob"}, "copy FOLDER/.sealsync/master-key.blob"));
    CHECK_FALSE(says(failure{errc::tampered, "users/alice/master-key.blob"}, "new vault"));
    CHECK_FALSE(says(failure{errc::read_only, in + "records/id.v2.0.blob"}, "move it back"));
}

TEST_CASE("messages: where a vault cannot be created once, they say how it can be all the same") {
    CHECK(says(failure{errc::unsupported, "users/alice/master-key.blob"}, "--accept-unsafe-creation"));
    CHECK_FALSE(says(failure{errc::unsupported, "users/alice/sync-manifest.blob"}, "--accept-unsafe-creation"));
}
