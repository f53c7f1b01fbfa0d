#include "aws_files.hpp"

#include <sealsync/s3/s3_credentials.hpp>

#include <doctest/doctest.h>

using namespace sealsync;
using s3_tests::aws_files;

namespace {

[[nodiscard]] failure refusal(const s3_credentials_provider& provider) {
    const auto got = provider(false);
    REQUIRE_FALSE(got);
    CHECK(got.error().object() == "S3 credentials");
    return got.error();
}

} // namespace

TEST_CASE("fixed_s3_credentials: the same, refreshed or not") {
    const s3_credentials given{"AK", "secret", "token"};
    const auto provider = fixed_s3_credentials(given);
    CHECK(provider(false).value() == given);
    CHECK(provider(true).value() == given);
}

TEST_CASE("s3_credentials_from_environment: reads the three variables whenever asked") {
    aws_files home;
    const auto provider = s3_credentials_from_environment(home.environment());
    home.variables["AWS_ACCESS_KEY_ID"] = "AK";
    home.variables["AWS_SECRET_ACCESS_KEY"] = "secret";
    CHECK(provider(false).value() == s3_credentials{"AK", "secret"});
    home.variables["AWS_SESSION_TOKEN"] = "token";
    CHECK(provider(true).value() == s3_credentials{"AK", "secret", "token"});
}

TEST_CASE("s3_credentials_from_environment: what is missing is named") {
    aws_files home;
    const auto provider = s3_credentials_from_environment(home.environment());
    CHECK(refusal(provider) == errc::access_denied);
    CHECK(refusal(provider).detail() == "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
    home.variables["AWS_SECRET_ACCESS_KEY"] = "hunter2";
    CHECK(refusal(provider).detail() == "the environment has AWS_SECRET_ACCESS_KEY but no AWS_ACCESS_KEY_ID");
    home.variables = {{"AWS_ACCESS_KEY_ID", "AK"}, {"AWS_SECRET_ACCESS_KEY", ""}};
    CHECK(refusal(provider).detail() == "the environment has AWS_ACCESS_KEY_ID but no AWS_SECRET_ACCESS_KEY");
}

TEST_CASE("s3_credentials_from_profile: reads the file whenever asked, so that what was refreshed there is found") {
    aws_files home;
    const auto provider = s3_credentials_from_profile("work", home.environment());
    home.write("credentials", "[work]\naws_access_key_id=AK\naws_secret_access_key=s1\n");
    CHECK(provider(false).value() == s3_credentials{"AK", "s1"});
    home.write("credentials", "[work]\naws_access_key_id=AK\naws_secret_access_key=s2\naws_session_token=t\n");
    CHECK(provider(true).value() == s3_credentials{"AK", "s2", "t"});
}

TEST_CASE("s3_credentials_from_profile: says where it looked, and for which profile") {
    aws_files home;
    const auto provider = s3_credentials_from_profile("work", home.environment());
    CHECK(refusal(provider) == errc::access_denied);
    CHECK(refusal(provider).detail() ==
          "no profile work with aws_access_key_id in " + home.path("credentials") + " or " + home.path("config"));
    home.write("credentials", "[work]\naws_access_key_id=AK\n[default]\naws_secret_access_key=hunter2\n");
    CHECK(refusal(provider).detail() == "profile work has aws_access_key_id but no aws_secret_access_key");
    CHECK(refusal(s3_credentials_from_profile({}, home.environment())).detail() ==
          "profile default has aws_secret_access_key but no aws_access_key_id");
    home.variables.clear();
    CHECK(refusal(provider).detail() == "no home directory to look for ~/.aws in");
}

TEST_CASE("s3_credentials_from_profile: a profile that gets its keys otherwise is told what it needs") {
    for (const auto* setting :
         {"credential_process", "role_arn", "sso_session", "sso_start_url", "web_identity_token_file"}) {
        CAPTURE(setting);
        aws_files home;
        home.write("config", "[profile work]\n" + std::string{setting} + " = x\n");
        CHECK(refusal(s3_credentials_from_profile("work", home.environment())).detail() ==
              "profile work uses " + std::string{setting} + ", which needs a provider of the application's own");
    }
}

TEST_CASE("s3_credentials_from_profile: a file that cannot be read is no absence") {
    aws_files home;
    home.write("config/inside", "");
    CHECK(s3_credentials_from_profile("work", home.environment())(false).error() == errc::io_error);
    CHECK(default_s3_credentials(home.environment())(false).error() == errc::io_error);
}

TEST_CASE("default_s3_credentials: the environment's, or else the profile's") {
    aws_files home;
    const auto provider = default_s3_credentials(home.environment());
    home.write("credentials", "[default]\naws_access_key_id=AK\naws_secret_access_key=s1\n");
    CHECK(provider(false).value() == s3_credentials{"AK", "s1"});
    home.variables["AWS_ACCESS_KEY_ID"] = "ENV";
    home.variables["AWS_SECRET_ACCESS_KEY"] = "s2";
    CHECK(provider(false).value() == s3_credentials{"ENV", "s2"});
}

TEST_CASE("default_s3_credentials: half a pair in the environment is a mistake, not a reason to look on") {
    aws_files home;
    home.write("credentials", "[default]\naws_access_key_id=AK\naws_secret_access_key=s1\n");
    home.variables["AWS_ACCESS_KEY_ID"] = "ENV";
    CHECK(refusal(default_s3_credentials(home.environment())).detail() ==
          "the environment has AWS_ACCESS_KEY_ID but no AWS_SECRET_ACCESS_KEY");
}

TEST_CASE("default_s3_credentials: says everywhere that it looked") {
    aws_files home;
    home.variables["AWS_PROFILE"] = "work";
    CHECK(refusal(default_s3_credentials(home.environment())).message() ==
          "S3 credentials: access denied (AWS_ACCESS_KEY_ID is not set; no profile work with aws_access_key_id in " +
              home.path("credentials") + " or " + home.path("config") + "); check credentials and permissions");
}

TEST_CASE("s3_credentials: no refusal has a part of a secret") {
    aws_files home;
    home.write("credentials", "[default]\naws_secret_access_key=hunter2\n[work]\naws_session_token = hunter2\n");
    home.variables["AWS_SESSION_TOKEN"] = "hunter2";
    CHECK(refusal(default_s3_credentials(home.environment())).message().find("hunter2") == std::string::npos);
    CHECK(refusal(s3_credentials_from_profile("work", home.environment())).message().find("hunter2") ==
          std::string::npos);
}

TEST_CASE("default_s3_region: the environment's, or else the profile's, or none") {
    aws_files home;
    CHECK(default_s3_region(home.environment()).value() == "");
    home.write("config", "[default]\nregion = eu-west-1\n");
    CHECK(default_s3_region(home.environment()).value() == "eu-west-1");
    home.variables["AWS_DEFAULT_REGION"] = "eu-west-2";
    CHECK(default_s3_region(home.environment()).value() == "eu-west-2");
    home.variables["AWS_REGION"] = "eu-west-3";
    CHECK(default_s3_region(home.environment()).value() == "eu-west-3");
    home.variables = {{"AWS_CONFIG_FILE", home.path("")}};
    CHECK(default_s3_region(home.environment()).error() == errc::io_error);
}
