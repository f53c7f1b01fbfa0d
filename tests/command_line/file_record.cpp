#include "../../examples/sealsync/file_record.hpp"

#include <doctest/doctest.h>

using cli::file_kind;
using cli::file_record;

namespace {

const std::string attachment(64, 'a');

std::vector<file_record> samples() {
    return {{file_kind::file, 0644, 123, 5, "hello", {}},
            {file_kind::file, 0, -1, 0, {}, {}},
            {file_kind::file, 0777, 5, 1 << 20, {}, attachment},
            {file_kind::directory, 0755, 0, 0, {}, {}},
            {file_kind::symlink, 0777, 9, 3, "a/b", {}}};
}

} // namespace

TEST_CASE("file records: what is written is read again") {
    for (const auto& record : samples()) {
        const auto content = encode(record);
        const auto again = cli::decode_file_record(content);
        REQUIRE(again);
        CHECK(again->kind == record.kind);
        CHECK(again->mode == record.mode);
        CHECK(again->mtime == record.mtime);
        CHECK(again->size == record.size);
        CHECK(again->content == record.content);
        CHECK(again->attachment == record.attachment);
    }
}

TEST_CASE("file records: none that is cut short crashes, and none shorter than its header is taken") {
    for (const auto& record : samples()) {
        const auto content = encode(record);
        for (std::size_t size = 0; size < content.size(); ++size) {
            const auto cut = cli::decode_file_record(sealsync::bytes_view{content}.subview(0, size));
            CHECK((cut.has_value() == false || size >= 25));
        }
    }
}

TEST_CASE("file records: what no device writes is refused") {
    const auto refused = [](const file_record& record) {
        const auto content = encode(record);
        const auto read = cli::decode_file_record(content);
        return !read && read.error() == sealsync::errc::malformed;
    };
    CHECK(refused({static_cast<file_kind>(0), 0644, 0, 0, {}, {}}));
    CHECK(refused({file_kind::special, 0644, 0, 0, {}, {}}));
    CHECK(refused({file_kind::file, 04755, 0, 0, {}, {}}));
    CHECK(refused({file_kind::file, 0644, 0, 7, "hello", {}}));
    CHECK(refused({file_kind::directory, 0755, 0, 5, "hello", {}}));
    CHECK(refused({file_kind::directory, 0755, 0, 0, {}, attachment}));
    CHECK(refused({file_kind::symlink, 0777, 0, 0, {}, {}}));
    CHECK(refused({file_kind::symlink, 0777, 0, 3, std::string_view{"a\0b", 3}, {}}));
    CHECK(refused({file_kind::symlink, 0777, 0, 5000, std::string_view{std::string(5000, 'x')}, {}}));
}

TEST_CASE("file records: a newer format asks for an update") {
    auto content = encode(samples().front());
    content[0] = std::byte{3};
    const auto read = cli::decode_file_record(content);
    REQUIRE_FALSE(read);
    CHECK(read.error() == sealsync::errc::unknown_format);
}

TEST_CASE("file records: times and permissions make no other content") {
    const file_record one{file_kind::file, 0644, 1, 5, "hello", {}}, touched{file_kind::file, 0600, 2, 5, "hello", {}};
    CHECK(one.same_content(touched));
    CHECK_FALSE(one.same_content({file_kind::file, 0644, 1, 5, "other", {}}));
    CHECK_FALSE(one.same_content({file_kind::symlink, 0644, 1, 5, "hello", {}}));
    CHECK(samples()[3].same_content({file_kind::directory, 0700, 0, 0, {}, {}}));
}

TEST_CASE("file records: a time from 1901 to 9999 is read as it was written; one of too many nanoseconds is refused") {
    for (const cli::file_time time :
         {cli::file_time{-2'177'452'800}, cli::file_time{-1, 999'999'999}, cli::file_time{10'413'792'000, 1},
          cli::file_time{253'402'300'799, 999'999'999}}) {
        const auto content = encode(file_record{file_kind::file, 0644, time, 0, {}, {}});
        CHECK(cli::decode_file_record(content).value().mtime == time);
        CHECK(cli::file_time{time.system_time()} == time);
    }
    const auto content = encode(file_record{file_kind::file, 0644, {0, 1'000'000'000}, 0, {}, {}});
    CHECK_FALSE(cli::decode_file_record(content));
}

TEST_CASE("file records: the times of the older format, in nanoseconds, are read") {
    const auto read_time = [](std::int64_t nanoseconds) {
        cli::packer out;
        out.number(std::uint8_t{1});
        out.number(std::uint8_t{1});
        out.number(std::uint16_t{0644});
        out.number(static_cast<std::uint64_t>(nanoseconds));
        out.number(std::uint64_t{5});
        out.number(std::uint8_t{0});
        out.raw("hello");
        const auto content = std::move(out).take();
        const auto record = cli::decode_file_record(content).value();
        CHECK(record.same_content(samples().front()));
        return record.mtime;
    };
    CHECK(read_time(1'000'000'001) == cli::file_time{1, 1});
    CHECK(read_time(-1) == cli::file_time{-1, 999'999'999});
    CHECK(read_time(-2'000'000'000) == cli::file_time{-2, 0});
}

TEST_CASE("times: they are in order") {
    CHECK(cli::file_time{-1, 999'999'999} < cli::file_time{0});
    CHECK(cli::file_time{7, 1} > cli::file_time{7});
}
