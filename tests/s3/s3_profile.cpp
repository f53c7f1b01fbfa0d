#include "aws_files.hpp"

#include <doctest/doctest.h>

using namespace sealsync;
using s3_tests::aws_files;

namespace {

[[nodiscard]] detail::ini_section section(std::string_view text, std::string_view name = "default") {
    return detail::ini_reader::section(text, name);
}

} // namespace

TEST_CASE("ini_reader: takes the settings of one section, without regard to case, spaces and line ends") {
    const auto found = section("[other]\nkey = 0\n[default]\r\n key=1 \r\nKEY2\t=\ttwo words \n[other2]\nkey=3");
    CHECK(found == detail::ini_section{{"key", "1"}, {"key2", "two words"}});
    CHECK(section("[default]\nkey = 1", "Default").empty());
    CHECK(section("\xef\xbb\xbf[default]\nkey=1").at("key") == "1");
}

TEST_CASE("ini_reader: leaves out comments, but nothing of a value that only contains their marks") {
    const auto found =
        section("# [default]\n[default] ; mine\n;key=0\nkey = a+b/c=#;d # the old one\nkey2 = x\t; y\n  # z");
    CHECK(found == detail::ini_section{{"key", "a+b/c=#;d"}, {"key2", "x"}});
}

TEST_CASE("ini_reader: a section may be there twice, and the last of equal names counts") {
    CHECK(section("[default]\na=1\nb=1\n[x]\na=2\n[default]\nb=3\n") == detail::ini_section{{"a", "1"}, {"b", "3"}});
}

TEST_CASE("ini_reader: the name of a section may have spaces around it, within it, and quotes") {
    for (const auto* header :
         {"[profile my name]", "[ profile\tmy  name ]", "[profile \"my name\"]", "[profile 'my name']"}) {
        CAPTURE(header);
        CHECK(section(std::string{header} + "\nkey=1", "profile my name").size() == 1);
    }
}

TEST_CASE("ini_reader: settings below one without a value are not those of the section") {
    const auto found = section("[default]\ns3 =\n  region = nested\n  max = 20\nregion = mine\n  output = json\n");
    CHECK(found == detail::ini_section{{"s3", ""}, {"region", "mine"}, {"output", "json"}});
}

TEST_CASE("ini_reader: what is neither is left out") {
    CHECK(section("") == detail::ini_section{});
    CHECK(section("key=1\n[default\nkey=2\n[]\nkey=3") == detail::ini_section{{"key", "2"}});
    CHECK(section("[default]\nno value here\n=\n\n\n=x\n").at("") == "x");
}

TEST_CASE("s3_profile: of ~/.aws/credentials and ~/.aws/config the first to say something is heard") {
    aws_files home;
    home.write("credentials", "[default]\naws_access_key_id = AK1\nregion =\n[work]\naws_access_key_id = AK2\n");
    home.write("config", "[default]\nregion = eu-west-1\naws_access_key_id = AK3\n"
                         "[profile work]\nregion = eu-west-2\n[work]\nregion = none\n");

    const auto standard = s3_profile::read(home.environment()).value();
    CHECK(standard.name == "default");
    CHECK(standard.setting("aws_access_key_id") == "AK1");
    CHECK(standard.setting("region") == "eu-west-1");
    CHECK(standard.setting("aws_session_token") == "");
    CHECK(standard.files == std::vector<std::string>{home.path("credentials"), home.path("config")});

    const auto work = s3_profile::read(home.environment(), "work").value();
    CHECK(work.setting("aws_access_key_id") == "AK2");
    CHECK(work.setting("region") == "eu-west-2");
}

TEST_CASE("s3_profile: config may call the default profile by either name, and the longer one is heard first") {
    aws_files home;
    home.write("config", "[default]\nregion = short\noutput = json\n[profile default]\nregion = long\n");
    const auto profile = s3_profile::read(home.environment()).value();
    CHECK(profile.setting("region") == "long");
    CHECK(profile.setting("output") == "json");
}

TEST_CASE("s3_profile: the environment names the profile and the files, unless the caller names a profile") {
    aws_files home;
    home.write("elsewhere", "[p1]\nregion = one\n[p2]\nregion = two\n[p3]\nregion = three\n");
    home.variables["AWS_SHARED_CREDENTIALS_FILE"] = home.path("elsewhere");
    home.variables["AWS_CONFIG_FILE"] = home.path("missing");
    home.variables["AWS_DEFAULT_PROFILE"] = "p1";
    CHECK(s3_profile::read(home.environment())->setting("region") == "one");
    home.variables["AWS_PROFILE"] = "p2";
    CHECK(s3_profile::read(home.environment())->setting("region") == "two");
    CHECK(s3_profile::read(home.environment(), "p3")->setting("region") == "three");
    home.variables["AWS_PROFILE"] = "";
    CHECK(s3_profile::read(home.environment())->setting("region") == "one");
}

TEST_CASE("s3_profile: without files, or without a home, there is a profile without settings") {
    aws_files home;
    CHECK(s3_profile::read(home.environment())->settings.empty());
    CHECK(s3_profile::read(home.environment())->files.size() == 2);
    home.variables["USERPROFILE"] = home.variables["HOME"];
    home.variables["HOME"] = "";
    CHECK(s3_profile::read(home.environment())->files.size() == 2);
    home.variables.clear();
    CHECK(s3_profile::read(home.environment())->files.empty());
}

TEST_CASE("s3_profile: a file that is there and cannot be read is a failure that names it") {
    aws_files home;
    home.write("credentials/inside", "a folder in place of the file");
    const auto folder = s3_profile::read(home.environment());
    REQUIRE_FALSE(folder);
    CHECK(folder.error() == errc::io_error);
    CHECK(folder.error().object() == home.path("credentials"));

    home.variables["AWS_SHARED_CREDENTIALS_FILE"] = home.path("large");
    home.write("large", std::string((1U << 20U) + 1, ' '));
    CHECK(s3_profile::read(home.environment()).error() == errc::io_error);
    home.write("large", "[default]\nkey=1\n" + std::string((1U << 20U) - 16, ' '));
    CHECK(s3_profile::read(home.environment())->setting("key") == "1");
}

TEST_CASE("process_environment: has what is there, and nothing for what is not") {
    CHECK(process_environment("PATH"));
    CHECK_FALSE(process_environment("SEALSYNC_NO_SUCH_VARIABLE"));
}
