#include "../../examples/sealsync/names.hpp"

#include <doctest/doctest.h>

TEST_CASE("paths of another device: what leads out of the folder, or into its state, has a fault") {
    for (const std::string_view path : {"", "/", "/etc/passwd", "..", "../a", "a/..", "a/../b", ".", "./a", "a/./b",
                                        "a//b", "a/", ".sealsync", ".sealsync/config", "a/.sealsync/device.key"}) {
        CAPTURE(path);
        CHECK(cli::fault_of_path(path) != nullptr);
    }
    CHECK(cli::fault_of_path(std::string_view{"a\0b", 3}) != nullptr);
    CHECK(cli::fault_of_path("a/" + std::string(256, 'x')) != nullptr);
}

TEST_CASE("paths of another device: every other name is good") {
    for (const std::string_view path : {"a", "a/b/c", "...", "..a", "a..", ".hidden", "-rf", " ", "new\nline",
                                        "\xff\x80", "~0123", ".sealsync2", "\x1b[31m"}) {
        CAPTURE(path);
        CHECK(cli::fault_of_path(path) == nullptr);
    }
    CHECK(cli::fault_of_path(std::string(255, 'x')) == nullptr);
}

TEST_CASE("paths: the folder is what comes before the last name") {
    CHECK(cli::folder_of("a/b/c") == "a/b");
    CHECK(cli::folder_of("a/b") == "a");
    CHECK(cli::folder_of("a") == "");
    CHECK(cli::folder_of("") == "");
    CHECK(cli::name_of("a/b/c") == "c");
    CHECK(cli::name_of("a") == "a");
    CHECK(cli::name_of("") == "");
}

TEST_CASE("record ids: a path's id is never one of a version in conflict") {
    CHECK(cli::record_id("~ab") == "/~ab");
    CHECK(cli::is_record_id(cli::record_id("~ab")));
    CHECK_FALSE(cli::is_record_id("~ab"));
}

TEST_CASE("conflict names: beside the file, before its ending") {
    CHECK(cli::conflict_path("a/b.txt", "laptop", "01234567") == "a/b (conflict laptop 01234567).txt");
    CHECK(cli::conflict_path("b", "laptop", "01234567") == "b (conflict laptop 01234567)");
    CHECK(cli::conflict_path(".profile", "laptop", "01234567") == ".profile (conflict laptop 01234567)");
    CHECK(cli::conflict_path("a.b.tar", "", "01234567") == "a.b (conflict unknown 01234567).tar");
}

TEST_CASE("conflict names: what a device calls itself cannot lead elsewhere") {
    const auto path = cli::conflict_path("dir/f", "../../etc/\n", "01234567");
    CHECK(path == "dir/f (conflict .._.._etc__ 01234567)");
    CHECK(cli::fault_of_path(path) == nullptr);
}

TEST_CASE("conflict names: never over 255 bytes, and no character is cut in two") {
    const auto path = cli::conflict_path("dir/" + std::string(250, 'x') + ".docx", std::string(100, 'd'), "01234567");
    CHECK(cli::fault_of_path(path) == nullptr);
    CHECK(path.ends_with(" 01234567).docx"));
    std::string accents;
    for (int i = 0; i < 127; ++i) accents += "\xc3\xa9";
    const auto cut = cli::conflict_path(accents, "d", "01234567");
    CHECK(cli::fault_of_path(cut) == nullptr);
    CHECK(cut.substr(0, cut.find(' ')).size() % 2 == 0);
}

TEST_CASE("printable: a terminal is never commanded by a name") {
    CHECK(cli::printable("a\x1b[31m\n\\\x7f") == "a\\x1b[31m\\x0a\\\\\\x7f");
    CHECK(cli::printable("\xc3\xa9") == "\xc3\xa9");
}
