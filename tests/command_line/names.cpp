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

TEST_CASE("conflict names: they begin as the file's name does, in every script, and are whole UTF-8") {
    for (const std::string_view one : {"x", "\xc3\xa9", "\xe5\xa0\xb1", "\xf0\x9f\x93\x84"}) {
        for (std::size_t spare = 0; spare < 5; ++spare) {
            std::string name(spare, 'a');
            while (name.size() + one.size() <= 251) name += one;
            const auto copy = cli::conflict_path(name + ".txt", std::string(31, 'd') + "\xe5\xa0\xb1", "01234567");
            CAPTURE(copy);
            CHECK(copy.starts_with(name.substr(0, 150 / one.size() * one.size())));
            CHECK(copy.ends_with(".txt"));
            CHECK(copy.size() <= 255);
            CHECK(copy.size() > 251);
            CHECK(sealsync::detail::is_utf8(copy));
        }
    }
    CHECK(cli::conflict_path(std::string(255, '\xff'), "d", "01234567").size() == 255); // no characters at all
}

TEST_CASE("names of a device's own state: whatever a file system takes for them") {
    for (const std::string_view name : {".sealsync", ".SealSync", ".SEALSYNC", ".seal\xe2\x80\x8csync",
                                        "\xef\xbb\xbf.sealsync", ".sealsync\xe2\x81\xa0",
                                        ".\xc5\xbf"
                                        "eal\xc5\xbfync",
                                        ".sealsync.", ".sealsync ", ".sealsync. .", ".sealsync::$INDEX_ALLOCATION",
                                        ".sealsync:keys", "SEALSY~1", "sealsy~2"}) {
        CAPTURE(name);
        CHECK(cli::is_state_name(name));
        CHECK(cli::fault_of_path("a/" + std::string{name} + "/config") != nullptr);
    }
    for (const std::string_view name : {"sealsync", ".sealsync2", ".sealsyn", "..sealsync", "sealsy~", "sealsy~10", ".",
                                        "\xe2\x80\x8c", ":", ".sealsync-notes", "\xff.sealsync"}) {
        CAPTURE(name);
        CHECK_FALSE(cli::is_state_name(name));
    }
}

TEST_CASE("printable: a terminal is never commanded by a name") {
    CHECK(cli::printable("a\x1b[31m\n\\\x7f") == "a\\x1b[31m\\x0a\\\\\\x7f");
    CHECK(cli::printable("\xc3\xa9") == "\xc3\xa9");
    CHECK(cli::printable("\xc2\x9b"
                         "31m") == "\\xc2\\x9b31m"); // C1: a command without an escape
    CHECK(cli::printable("\x9b"
                         "31m") == "\\x9b31m"); // and as one byte
    CHECK(cli::printable("a\xe2\x80\xae"
                         "b") == "a\\xe2\\x80\\xaeb"); // right to left
    CHECK(cli::printable("a\xe2\x81\xa7"
                         "b") == "a\\xe2\\x81\\xa7b"); // an isolate
    CHECK(cli::printable("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac") ==
          "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac");
    CHECK(cli::harmless(cli::printable("a\x1b\\")) == cli::printable("a\x1b\\"));
}
