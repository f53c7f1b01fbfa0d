#include <doctest/doctest.h>
#include <sealsync/s3/s3_providers.hpp>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

using namespace sealsync;

namespace {

[[nodiscard]] std::string words_for(const s3_provider& one) {
    if (!one.writes) return "not known";
    switch (*one.writes) {
    case conditional_writes::none:
        return "none";
    case conditional_writes::create_only:
        return "create only";
    case conditional_writes::full:
        return one.unquoted_etags ? "full, etags without quotes" : "full";
    case conditional_writes::untrusted:
        return "untrusted";
    }
    return {};
}

} // namespace

TEST_CASE("s3_providers: a service is known by its host, and nobody else is taken for it") {
    REQUIRE(s3_provider_of("s3.eu-west-1.amazonaws.com") != nullptr);
    CHECK(s3_provider_of("s3.eu-west-1.amazonaws.com")->name == "AWS S3");
    CHECK(s3_provider_of("bucket.s3.eu-west-1.amazonaws.com:443")->name == "AWS S3");
    CHECK(s3_provider_of("0123.r2.cloudflarestorage.com")->name == "Cloudflare R2");
    CHECK(s3_provider_of("storage.googleapis.com")->name == "Google Cloud Storage");
    CHECK(s3_provider_of("fly.storage.tigris.dev")->name == "Tigris");
    CHECK(s3_provider_of("bucket.t3.storage.dev:443")->name == "Tigris");
    CHECK(s3_provider_of("127.0.0.1:9000") == nullptr);
    CHECK(s3_provider_of("amazonaws.com.example.org") == nullptr);
    CHECK(s3_provider_of("") == nullptr);
}

TEST_CASE("s3_providers: each is there once, with what there is to say") {
    std::set<std::string_view> names;
    for (const auto& one : s3_providers()) {
        CHECK(names.insert(one.name).second);
        CHECK_FALSE(one.note.empty());
    }
}

TEST_CASE("s3_providers: docs/providers.md has a line for each, and says the same") {
    const auto* root = std::getenv("SEALSYNC_SOURCE_DIR");
    REQUIRE(root != nullptr);
    std::stringstream page;
    page << std::ifstream{std::string{root} + "/docs/providers.md"}.rdbuf();
    for (const auto& one : s3_providers()) {
        CAPTURE(one.name);
        const auto line = "| " + std::string{one.name} + " | " + words_for(one) + " | " + (one.tested ? "yes" : "no") +
                          " | " + std::string{one.note} + " |";
        CHECK(page.str().find(line) != std::string::npos);
    }
}
